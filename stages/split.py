"""Deal the rows into some to learn from, some to choose by and some held out.

    python -m stages.split --data data/reports.csv --out data/split --metrics metrics/split.json

DATA is a table, or a folder with a train and an test table (train.tsv, test.tsv): then the rows of the second are held
out, and training rows that are nearly equal to one of them, or contained in it, are left out.
Rows with equal input stay on one side, and so do rows with nearly equal input (their runs of five words have a
Jaccard similarity of 0.8) unless split.near_duplicates says otherwise, and texts that contain one another where
split.contained says so. The seed fixes the deal. Takes seconds. Writes OUT/train.jsonl, OUT/validation.jsonl,
OUT/test.jsonl (one example a line: id, group, source, target, and leak: the nearest training row that is nearly equal,
"" where there is none) and METRICS (rows, duplicates, groups of equal input, pairs of near-duplicates among them,
training rows left out and why, sizes, strata, lengths in words).
"""

import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import write_json, write_jsonl, written
from pipeline_lib.core.rows import Example, check_labels
from pipeline_lib.core.tasks import TaskData, load
from pipeline_lib.data.containment import contained_in, containment_groups, rows_to_train_on
from pipeline_lib.data.near_duplicates import connected, near_duplicates
from pipeline_lib.data.splitting import Split, leaking_rows, split_groups, split_rows
from pipeline_lib.data.tables import FORMATS, data_files
from pipeline_lib.params import read_params

PARAMS = ("task", "columns", "seed", "split")
PERCENTILES = (5, 50, 95, 100)
SHORTEST = 10  # percent of the test rows


def main(argv: list[str] | None = None) -> None:
    """Read the command line, deal, write."""
    arguments = parser(__doc__)
    arguments.add_argument("--data", required=True, help="the user's table, or a folder with a train and an test table")
    arguments.add_argument("--out", required=True, help="folder for train, validation and test .jsonl")
    arguments.add_argument("--metrics", required=True, help="JSON file for the split's figures")
    args = arguments.parse_args(argv)
    params = read_params(args.params, PARAMS)
    sizes = params["split"]

    task = load(params["task"], "data")
    own = read_params(args.params, getattr(task, "PARAMS", ()))
    known, *second = data_files(args.data, getattr(task, "FORMATS", FORMATS))
    examples, faults = _examples(task, known, params["columns"], own)
    given: list[Example] = []
    for path in second:
        rows, more = _examples(task, path, params["columns"], own)
        # The two files number their rows alike.
        given += [{**row, **{key: f"test-{row[key]}" for key in ("id", "group")}} for row in rows]
        faults |= {kind: [*faults.get(kind, []), *(f"test-{name}" for name in ids)] for kind, ids in more.items()}
    complete = _complete(examples, known, sizes["incomplete"], args.params)
    test_rows = _complete(given, second[0], sizes["incomplete"], args.params) if second else []
    incomplete = len(examples) + len(given) - len(complete) - len(test_rows)
    unsupported = [row["id"] for row in complete + test_rows if row.get("unsupported")]
    test_rows = _labelled(test_rows, complete)
    if sizes["unsupported"] == "drop":
        complete, test_rows = ([row for row in rows if not row.get("unsupported")] for rows in (complete, test_rows))

    # Of rows that repeat one another one text is enough; of a whole group each text counts.
    kept = {row["group"]: row for row in complete}.values() if task.DISTINCT else complete
    names, texts = _texts(kept)
    found = _near(names, texts)
    links = list(found) if sizes["near_duplicates"] == "group" else []
    if sizes["contained"] == "group":
        links += [(other, at, 1.0) for at, other in enumerate(containment_groups(texts)) if other != at]
    links += [(names.index(name), at, 1.0) for at, name in enumerate(names) if not task.DISTINCT]
    firsts = [names[first] for first in connected(links, len(names))]
    merged = {name: first for name, first in zip(names, firsts, strict=True) if first != name}
    cleaned, unfit = _unfit(complete, sizes["min_words"])
    close = _close(complete, test_rows, sizes) if test_rows else set()
    dealt = _deal(task, complete, test_rows, sizes, params["seed"], args.data, merged, unfit, close)

    if test_rows and sizes["near_duplicates"] == "allow":
        names, texts = _texts([*kept, *test_rows])
        near = _near(names, texts)
    else:
        near = [] if sizes["near_duplicates"] == "group" else found
    pairs = [(names[left], names[right], similarity) for left, right, similarity in near]
    leaked = leaking_rows(dealt.test + dealt.validation, dealt.train, pairs)
    straddling = leaked | leaking_rows(dealt.test, dealt.validation, pairs)
    if straddling and sizes["near_duplicates"] == "fail":
        row, (other, similarity) = next(iter(straddling.items()))
        raise UserError(
            "no row of test or validation may have a near-duplicate in another part (split.near_duplicates: fail), "
            f"{args.data} has {len(straddling)} that do, the first is row {row}, by {similarity:.3f} like row {other}: "
            f"set split.near_duplicates in {args.params} to group (they stay on one side) or allow (they are marked), "
            "or take one row of each pair out of the data"
        )
    parts = {
        name: [{**row, "leak": leaked.get(row["id"], ("",))[0]} for row in rows]
        for name, rows in (("train", dealt.train), ("validation", dealt.validation), ("test", dealt.test))
    }
    dialogues = {}
    if hasattr(task, "questions"):
        dialogues = {name: len(rows) for name, rows in parts.items()}
        parts |= {name: task.questions(parts[name], **own) for name in ("validation", "test")}
        if not parts["test"]:
            raise UserError(f"no test dialogue of {args.data} has a turn to ask for: choose another dialogue.train_on")
    figures = {
        "rows": len(examples) + len(given),
        **({"faults": faults} if faults else {}),
        "incomplete": incomplete,
        **({"unsupported": {sizes["unsupported"]: unsupported}} if unsupported else {}),
        "duplicates": dealt.duplicates,
        "groups": len({row["group"] for row in kept}),
        "near_duplicates": len(found),
        "merged_groups": len(merged),
        **({"not_learnt": cleaned} if cleaned else {}),
        **({"too_close_to_test": len(close)} if test_rows else {}),
        "leaked": sum(row["leak"] != "" for row in parts["test"]),
        **{name: len(rows) for name, rows in parts.items()},
        **({"dialogues": dialogues} if dialogues else {}),
        "left_out": dealt.left_out,
        "shared_groups": _shared_groups(list(parts.values())),
        "strata": {name: dict(sorted(_strata(rows).items())) for name, rows in parts.items()},
        "words": {key: _percentiles([len(row[key].split()) for row in complete]) for key in ("source", "target")},
    }
    with written(args.out, mark="train.jsonl") as folder, written(args.metrics) as metrics:  # both, or neither
        folder.mkdir()
        for name, rows in parts.items():
            write_jsonl(folder / f"{name}.jsonl", rows)
        write_json(metrics, figures)
    _say(figures)


def _examples(
    task: TaskData, path: Path, columns: dict[str, str], own: dict[str, Any]
) -> tuple[list[Example], dict[str, list[str]]]:
    """Return a file's examples without those at fault, and the ids of these by kind, for tasks that know faults."""
    table = task.read(path, columns)
    if "schema" in table.attrs:
        say(f"{path}: {table.attrs['schema']}")
    faults = {kind: ids for kind, ids in getattr(task, "faults", lambda table: {})(table).items() if ids}
    left_out = {name for ids in faults.values() for name in ids}
    return [row for row in task.examples(table, **own) if row["id"] not in left_out], faults


def _complete(examples: list[Example], path: Path, incomplete: str, params: str) -> list[Example]:
    """Return the examples with an input and a target; UserError where some lack one and may not, or all do."""
    complete = [example for example in examples if example["source"] and example["target"]]
    if len(complete) < len(examples) and incomplete == "fail":
        blank = next(example for example in examples if not (example["source"] and example["target"]))
        part = "input" if not blank["source"] else "target"
        raise UserError(
            f"every row needs an input and a target, row {blank['id']} of {path} has an empty {part} "
            f"({len(examples) - len(complete)} such rows in all): fill it in, or set split.incomplete: drop in {params}"
        )
    if not complete:
        raise UserError(f"all {len(examples)} rows of {path} are incomplete: look at columns in {params}")
    return complete


def _labelled(test_rows: list[Example], known: list[Example]) -> list[Example]:
    """Return rows of a second table with the labels of the first; UserError for a label that this has not."""
    if not test_rows or "labels" not in known[0]:
        return test_rows
    labels = known[0]["labels"]
    check_labels(test_rows, labels, "the test table")
    return [{**row, "labels": labels} for row in test_rows]


def _texts(rows: Iterable[Example]) -> tuple[list[str], list[str]]:
    """Return the distinct inputs of each group: the groups' names, and the inputs."""
    names, texts = zip(*dict.fromkeys((row["group"], row["source"]) for row in rows), strict=True)
    return list(names), list(texts)


def _near(names: list[str], texts: list[str]) -> list[tuple[int, int, float]]:
    """Return the places of nearly equal inputs of different groups, two and two, and their similarity."""
    return [pair for pair in near_duplicates(texts) if names[pair[0]] != names[pair[1]]]


def _unfit(rows: list[Example], min_words: int) -> tuple[dict[str, int], set[str]]:
    """Return how many rows cleaning leaves out for each reason, and their ids; nothing where `min_words` is 0."""
    if min_words == 0:
        return {}, set()
    made = rows_to_train_on([row["source"] for row in rows], [row["target"] for row in rows], min_words)
    return made.dropped, {row["id"] for row in rows} - {rows[place]["id"] for place in made.kept}


def _close(rows: list[Example], test_rows: list[Example], sizes: dict[str, Any]) -> set[str]:
    """Return the ids of rows that must not be learnt from or chosen by: test rows repeat or contain them."""
    texts, others = [row["source"] for row in rows], [row["source"] for row in test_rows]
    least = {} if sizes["contained"] == "group" else {"min_words": sys.maxsize}  # the same text is always too close
    places = set(contained_in(texts, others, **least))
    if sizes["near_duplicates"] != "allow":
        distinct = {text: place for place, text in enumerate(dict.fromkeys(texts + others))}
        whose = set(others)
        near = near_duplicates(list(distinct))
        kinds = [text in whose for text in distinct]
        beside = {place for left, right, _ in near if kinds[left] != kinds[right] for place in (left, right)}
        places |= {at for at, text in enumerate(texts) if text in whose or distinct[text] in beside}
    return {rows[place]["id"] for place in places}


def _deal(
    task: TaskData,
    complete: list[Example],
    test_rows: list[Example],
    sizes: dict[str, Any],
    seed: int,
    origin: str,
    merged: dict[str, str],
    unfit: set[str],
    close: set[str],
) -> Split:
    rows = [row for row in complete if row["id"] not in close]
    counts = {name: sizes[name] for name in ("train", "validation", "test")}
    options: dict[str, Any] = {"seed": seed, "origin": origin, "merged": merged, "unfit": unfit}
    if task.DISTINCT:
        options["duplicates"] = sizes["duplicates"]
    if not test_rows:
        return split_rows(rows, **counts, **options) if task.DISTINCT else split_groups(rows, **counts, **options)
    if counts["test"] > len(test_rows):
        raise UserError(
            f"split.test must be at most the rows held out, {len(test_rows)} in {origin}, not {counts['test']}: lower it"
        )
    if not rows:
        raise UserError(
            f"some training row must be apart from those held out, all {len(complete)} rows of {origin} repeat one or "
            "are contained in one: bring others"
        )
    chosen = test_rows[: counts["test"]]
    if task.DISTINCT:
        # What chooses has to be like what is held out: as long as all but the shortest tenth of it.
        least = np.percentile([len(row["source"].split()) for row in test_rows], SHORTEST)
        unlike = {row["id"] for row in rows if len(row["source"].split()) < least}
        able = {merged.get(row["group"], row["group"]) for row in rows if row["id"] not in unlike}
        wanted = min(counts["validation"], max(0, len(able) - 1))
        made = split_rows(rows, train=counts["train"], validation=0, test=wanted, unlike=unlike, **options)
        made = Split(made.train, made.test, [], made.left_out, made.duplicates)
    else:
        made = split_groups(rows, train=counts["train"], validation=counts["validation"], test=0, **options)
    left_out = made.left_out + len(close) + len(test_rows) - len(chosen)
    return Split(made.train, made.validation, chosen, left_out, made.duplicates)


def _say(figures: dict[str, Any]) -> None:
    say(
        f"{figures['rows']} rows, {figures['duplicates']} of them duplicates: {figures['train']} train, "
        f"{figures['validation']} validation, {figures['test']} test; {figures['left_out']} left over, "
        f"{figures['incomplete']} incomplete; {figures['near_duplicates']} pairs of near-duplicates, "
        f"{figures['merged_groups']} groups merged, {figures['leaked']} test rows leaked"
    )
    if "dialogues" in figures:
        dealt = ", ".join(f"{count} {name}" for name, count in figures["dialogues"].items())
        say(f"of dialogues: {dealt}; a row of validation and test is a turn that is asked for")
    for kind, ids in figures.get("faults", {}).items():
        say(f"{len(ids)} rows left out as {kind.replace('_', ' ')}: {', '.join(ids)}")
    for done, ids in figures.get("unsupported", {}).items():
        say(f"{len(ids)} rows whose answer their passage does not hold ({done}): {', '.join(ids)}")
    if "not_learnt" in figures:
        why = ", ".join(f"{count} {reason.replace('_', ' ')}" for reason, count in figures["not_learnt"].items())
        say(f"not learnt from: {why}")
    if "too_close_to_test" in figures:
        say(f"left out because a test row repeats or contains them: {figures['too_close_to_test']}")


def _shared_groups(parts: list[list[Example]]) -> int:
    """Return how many groups stand in more than one part; 0, or the deal is wrong."""
    counts = Counter(group for part in parts for group in {example["group"] for example in part})
    return sum(count > 1 for count in counts.values())


def _strata(rows: list[Example]) -> Counter[str]:
    return Counter(row.get("stratum") or "none" for row in rows)


def _percentiles(lengths: list[int]) -> dict[str, float]:
    values = np.percentile(lengths, PERCENTILES)
    return {f"p{percent}": float(value) for percent, value in zip(PERCENTILES, values, strict=True)}


if __name__ == "__main__":
    run(main)
