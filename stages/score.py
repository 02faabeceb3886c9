"""How good the answers are: untrained, tuned, and the best of what needs no model; and whether the difference is real.

    python -m stages.score --data data/split --untrained data/generations_base.jsonl --tuned data/generations.jsonl \\
        --baselines data/baselines --out metrics/scores.json --definitions metrics/definitions.json \\
        --rows metrics/rows.csv --slices metrics/slices.csv

A pure function of files: no model is loaded. The best baseline is chosen on validation rows. Takes about ten seconds.
Writes OUT (figures with 95% intervals, gain of tuned over the best baseline and over base), DEFINITIONS (what each figure
is), ROWS (numbers of each test row, no text) and SLICES (the headline figure by kind of row).
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.core.files import read_json, read_jsonl, write_csv, write_json
from pipeline_lib.core.retrieval import nearest_rows
from pipeline_lib.core.rows import Answer, Example
from pipeline_lib.evaluation.metrics.definitions import Metric, definition
from pipeline_lib.evaluation.predictions import read_predictions
from pipeline_lib.evaluation.score_table import (
    INTERVAL,
    gain_over,
    rounded,
    row_table,
    slices,
    system_metrics,
    test_set_hash,
)
from pipeline_lib.evaluation.scoring import Scoring, load_scoring
from pipeline_lib.params import read_params

PARAMS = ("task", "seed")
MEANINGS = "meanings.json"


def main(argv: list[str] | None = None) -> None:
    """Read the command line, score, write."""
    arguments = parser(__doc__)
    arguments.add_argument("--data", required=True, type=Path, help="folder of split: train, validation, eval .jsonl")
    arguments.add_argument("--untrained", required=True, type=Path, help="answers of the base model, JSONL")
    arguments.add_argument("--tuned", required=True, type=Path, help="answers of the tuned model, JSONL")
    arguments.add_argument(
        "--untrained-validation", type=Path, help="the base's answers to validation rows, which may decide"
    )
    arguments.add_argument("--tuned-validation", type=Path, help="the tuned model's answers to validation rows")
    arguments.add_argument("--baselines", required=True, type=Path, nargs="+", help="folders of the baselines' answers")
    arguments.add_argument("--out", required=True, help="JSON file for the scores")
    arguments.add_argument("--definitions", required=True, help="JSON file for what each figure is")
    arguments.add_argument("--rows", required=True, help="CSV file for the numbers of each row")
    arguments.add_argument("--slices", required=True, help="CSV file for the headline figure by kind of row")
    args = arguments.parse_args(argv)
    params = read_params(args.params, PARAMS)
    scoring, seed = load_scoring(params["task"]), params["seed"]
    settings = read_params(args.params, scoring.PARAMS)

    train, validation, test_rows = (read_jsonl(args.data / f"{part}.jsonl") for part in ("train", "validation", "test"))
    learnt = scoring.learn(train)
    homes = {
        name: folder for folder in args.baselines for name in read_json(folder / MEANINGS)
    }  # of each baseline's answers
    meanings = {name: read_json(folder / MEANINGS)[name] for name, folder in homes.items()}
    answers = {
        "untrained": read_predictions(args.untrained, test_rows),
        "tuned": read_predictions(args.tuned, test_rows),
    }
    for system, path in (("untrained", args.untrained_validation), ("tuned", args.tuned_validation)):
        if path and validation:
            answers[system] = scoring.decide(validation, read_predictions(path, validation), answers[system])
    answers |= {name: read_predictions(home / "test" / f"{name}.jsonl", test_rows) for name, home in homes.items()}
    best, chosen_on = _best_baseline(homes, partial(scoring.score, **learnt), validation, test_rows)

    similarity = nearest_rows(train, test_rows, 1)[1][:, 0].tolist()
    table = row_table(test_rows, similarity, answers, scoring, {**settings, **learnt})
    headline, metrics = scoring.HEADLINE, scoring.metrics(test_rows, **settings)
    decisive = metrics[headline]
    scores: dict[str, Any] = {"n": len(table), "groups": table["group"].nunique(), "headline": headline}
    scores |= _systems(table, test_rows, answers, scoring, metrics, seed)
    scores["best_baseline"] = {"name": best, "chosen_on": chosen_on}
    for kind, other in (("baseline", best), ("untrained", "untrained")):
        scores.setdefault("gain", {})[kind] = gain_over(table, other, headline, decisive, seed)
        for test, result in scoring.paired(test_rows, answers["tuned"], answers[other], seed).items():
            scores.setdefault(test, {})[kind] = {"against": other, **result}
    if table["leaked"].any():
        for name, leaked in (("clean", False), ("leaked", True)):
            chosen = [row for row in test_rows if bool(row.get("leak")) == leaked]
            part = table[table["leaked"] == leaked]
            figured = _systems(part, chosen, answers, scoring, metrics, seed) if chosen else {}
            scores[name] = {"n": len(part), **figured}
    definitions = {
        "test_rows": test_set_hash(test_rows),
        "interval": INTERVAL,
        "metrics": {name: definition(made) for name, made in {**metrics, **scoring.WHOLE}.items()},
        "baselines": meanings,
        **({"labels": test_rows[0]["labels"]} if "labels" in test_rows[0] else {}),
    }
    parts = slices(table, list(scoring.facets(test_rows[0])), best, headline, decisive, seed)

    write_csv(args.rows, list(table.columns), table.to_dict("records"))
    write_csv(args.slices, list(parts[0]), [rounded(part) for part in parts])
    write_json(args.definitions, definitions)
    write_json(args.out, rounded(scores))
    _say(scores, best, list(definitions["metrics"]))


def _best_baseline(
    homes: dict[str, Path], score: Callable[[str, Example], float], validation: list[Example], test_rows: list[Example]
) -> tuple[str, str]:
    """Return the baseline with the highest mean headline score, and the rows it was chosen on."""
    part, rows = ("validation", validation) if validation else ("test", test_rows)
    means = {}
    for name, home in homes.items():
        said = {row["id"]: row["prediction"] for row in read_predictions(home / part / f"{name}.jsonl", rows)}
        means[name] = sum(score(said[row["id"]], row) for row in rows) / len(rows)
    return max(means, key=lambda name: means[name]), part


def _systems(
    table: Any,
    test_rows: list[Example],
    answers: dict[str, list[Answer]],
    scoring: Scoring,
    metrics: dict[str, Metric],
    seed: int,
) -> dict[str, Any]:
    """Return the figures of base, tuned and each baseline."""
    found = {
        name: system_metrics(table, name, metrics, seed) | scoring.whole(test_rows, given, seed)
        for name, given in answers.items()
    }
    baselines = {name: made for name, made in found.items() if name not in ("untrained", "tuned")}
    return {"untrained": found["untrained"], "tuned": found["tuned"], "baseline": baselines}


def _say(scores: dict[str, Any], best: str, metrics: list[str]) -> None:
    headline = scores["headline"]
    for name, found in {
        "untrained": scores["untrained"],
        "tuned": scores["tuned"],
        best: scores["baselines"][best],
    }.items():
        say(f"{name}: " + ", ".join(f"{key} {found[key]:.4f}" for key in metrics if found.get(key) is not None))
    for over in scores["gain"].values():
        ends = "" if over["low"] is None else f" [{over['low']:+.3f}, {over['high']:+.3f}]"
        say(
            f"tuned over {over['against']} in {headline}: {over['difference']:+.3f}{ends}, p {over['p_text']}: "
            f"{over['verdict']}"
        )


if __name__ == "__main__":
    run(main)
