"""Human review: a blind sheet of the untrained and the tuned model's answers, and the tally of reviewers' choices.

Each row shows the two answers as A and B. Which of them is the tuned model's follows from a hash of the seed and the
row's id; the sheet does not contain it, and `tally` computes it again. Rows with two equal answers are not judged: they
count as "equal" for every reviewer.
"""

import csv
import hashlib
import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
from scipy import stats

from pipeline_lib.core.errors import UserError, did_you_mean
from pipeline_lib.core.files import guarded, read_json, written
from pipeline_lib.core.rows import Answer, Example
from pipeline_lib.evaluation.metrics.definitions import MEAN
from pipeline_lib.evaluation.predictions import check_predictions
from pipeline_lib.evaluation.rates import LEVEL
from pipeline_lib.evaluation.significance import interval, p_text

CHOICES = ("A", "B", "equal")
COLUMNS = ("run", "id", "question", "A", "B", "choice")
SHORT = 12  # characters of a hash that are shown


@dataclass(frozen=True)
class Row:
    """A test row of the sheet: `a` and `b` are the two answers in the order shown."""

    id: str
    group: str
    question: str
    reference: str
    a: str
    b: str
    tuned_is_a: bool

    @property
    def same(self) -> bool:
        """Whether both answers are equal but for white space at their ends."""
        return self.a.strip() == self.b.strip()


@dataclass(frozen=True)
class Sheet:
    """All test rows, and `run`, the hash of their questions and answers and of the seed."""

    run: str
    rows: list[Row]


@dataclass(frozen=True)
class Review:
    """The choices of one reviewer by row id: A, B or equal; without rows left open and rows of equal answers."""

    reviewer: str
    choices: dict[str, str]


def tuned_is_a(seed: int, name: str) -> bool:
    """Return whether answer A of the row with the id `name` is the tuned model's: a bit of SHA-256, so half are."""
    return bool(hashlib.sha256(json.dumps([seed, name]).encode("ascii")).digest()[0] & 1)


def make_sheet(examples: Sequence[Example], untrained: Sequence[Answer], tuned: Sequence[Answer], seed: int) -> Sheet:
    """Return the test rows `examples` with the answers of both models, in the examples' order.

    The hash is SHA-256 over the seed and each row's id, question, untrained and tuned answer. Raises UserError, as
    predictions.check_predictions does, unless each model answered each row once.
    """
    texts = {}
    for name, answers in (("untrained", untrained), ("tuned", tuned)):
        try:
            check_predictions(answers, examples)
        except UserError as error:
            raise UserError(f"answers of {name}: {error}") from error
        texts[name] = {row["id"]: row["prediction"] for row in answers}
    parts = [(row["id"], row["source"], texts["untrained"][row["id"]], texts["tuned"][row["id"]]) for row in examples]
    rows = []
    for example, (name, question, untrained_text, tuned_text) in zip(examples, parts, strict=True):
        first = tuned_is_a(seed, name)
        a, b = (tuned_text, untrained_text) if first else (untrained_text, tuned_text)
        rows.append(Row(name, example["group"], question, example["target"], a, b, first))
    return Sheet(hashlib.sha256(json.dumps([seed, parts]).encode("ascii")).hexdigest(), rows)


def write_table(path: str | Path, sheet: Sheet) -> None:
    """Write the sheet as CSV for a spreadsheet, with `choice` to be filled in; rows of equal answers have "equal".

    It begins with a byte order mark, without which Excel does not read it as UTF-8.
    """
    with written(path) as draft, draft.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in sheet.rows:
            cells = (sheet.run, row.id, row.question, row.a, row.b, "equal" if row.same else "")
            writer.writerow([guarded(cell) for cell in cells])


def read_review(path: str | Path, sheet: Sheet) -> Review:
    """Return a reviewer's choices on `sheet`: from the JSON that the page saves, or the filled CSV, review_NAME.csv.

    In a CSV an empty choice is a row left open, letters may be of either case, and cells may be separated by ; or tab.
    Raises UserError for a file that is missing or neither, a review of another run, an id that is unknown or there
    twice, a choice that is not A, B or equal, A or B for equal answers, no reviewer's name, and no choice at all.
    """
    source = Path(path)
    if not source.is_file():
        raise UserError(f"review {path} is missing: name the files that the reviewers saved")
    readers = {".json": _read_json, ".csv": _read_csv}
    if source.suffix.lower() not in readers:
        raise UserError(
            f"a review must end in .json or .csv, {path} ends in {source.suffix or 'nothing'!r}: convert it"
        )
    reviewer, runs, judged = readers[source.suffix.lower()](source)
    _check_origin(path, reviewer, runs, sheet)
    rows = {row.id: row for row in sheet.rows}
    ids = rows if source.suffix.lower() == ".json" else {guarded(name): row for name, row in rows.items()}
    choices = _checked_choices(path, judged, ids)
    if not choices and not all(row.same for row in sheet.rows):
        raise UserError(f"{path} judges no row: fill in A, B or equal, or leave the file out")
    return Review(reviewer, choices)


def _check_origin(path: str | Path, reviewer: str, runs: Sequence[str], sheet: Sheet) -> None:
    """Raise UserError for a review of another run, and for one without a reviewer's name."""
    for run in runs:
        if run != sheet.run:
            raise UserError(
                f"a review must be of the run that is tallied, {path} is of {run[:SHORT]!r}, these files and this seed "
                f"are {sheet.run[:SHORT]!r}: name the data, predictions and params that its sheet was made from"
            )
    if not reviewer or not reviewer.isprintable():
        raise UserError(
            f"a review must have its reviewer's name, {path} has {reviewer!r}: write it in the page before saving, "
            "or call a CSV review_NAME.csv"
        )


def _checked_choices(path: str | Path, judged: Sequence[tuple[str, str]], rows: Mapping[str, Row]) -> dict[str, str]:
    """Return the choices by row id, without empty ones and rows of equal answers; UserError as read_review.

    `judged` are pairs of id and choice, `rows` the sheet's rows by the id that the file has.
    """
    choices: dict[str, str] = {}
    seen = set()
    for name, choice in judged:
        if name not in rows:
            raise UserError(
                f"{path} judges a row {name!r}{did_you_mean(name, list(rows))}, which is none of the {len(rows)} test "
                "rows: mend the id, a spreadsheet may have changed it"
            )
        if name in seen:
            raise UserError(f"a row must be judged once, {path} has row {name!r} twice: take one of them out")
        seen.add(name)
        row = rows[name]
        if choice and choice not in CHOICES:
            raise UserError(f"a choice must be A, B or equal, {path} has {choice!r} for row {row.id!r}: mend it there")
        if row.same and choice not in ("", "equal"):
            raise UserError(f"both answers to row {row.id!r} are equal, {path} chooses {choice}: write equal there")
        if choice and not row.same:
            choices[row.id] = choice
    return choices


def tally(sheet: Sheet, reviews: Sequence[Review], seed: int) -> dict[str, Any]:
    """Return the figures of the reviewers' choices, as plain values, None for a number that does not exist.

    `reviewers` has the figures of each, `pooled` those of the choice made most often in each row (a tie is equal).
    Figures: judged and missing (of the rows whose answers differ); wins, losses and equal of tuned; n, their sum (the
    judged rows and those of equal answers); win_rate = (wins + equal / 2) / n with its 95% interval
    (significance.interval, None where all rows are one group); p of the two-sided exact sign test of wins
    against losses, which assumes independent rows (scipy's binomtest); the verdict (better or worse where the interval
    excludes 1/2 and p is below 0.05, else no clear difference); chose_a, how often A was chosen: about half of wins +
    losses where the position has no influence. `agreement` has for each pair of reviewers, on rows both judged, `same`,
    the share of equal choices, and Cohen's kappa of A, B and equal (None where both always made one and the same
    choice); and the means over pairs. Raises UserError for a reviewer who is there twice.
    """
    names = Counter(" ".join(review.reviewer.casefold().split()) for review in reviews)
    name, count = names.most_common(1)[0]
    if count > 1:
        raise UserError(
            f"a reviewer must have one review, {name!r} has {count}: leave out all but one of the files, "
            "or give two people different names"
        )
    votes = {row.id: [review.choices[row.id] for review in reviews if row.id in review.choices] for row in sheet.rows}
    return {
        "run": sheet.run,
        "rows": len(sheet.rows),
        "equal_answers": sum(row.same for row in sheet.rows),
        "pooled": _figures(sheet, {name: _majority_choice(given) for name, given in votes.items() if given}, seed),
        "reviewers": {review.reviewer: _figures(sheet, review.choices, seed) for review in reviews},
        "agreement": _agreement(reviews),
    }


def _read_json(source: Path) -> tuple[str, list[str], list[tuple[str, str]]]:
    """Return reviewer, [run] and (id, choice) pairs of a file that the page saved."""
    content = read_json(source)
    try:
        judged = [(row["id"], row["choice"]) for row in content["judgements"]]
        run, reviewer = content["run"], content["reviewer"]
        if not all(isinstance(text, str) for text in (run, reviewer, *(text for pair in judged for text in pair))):
            raise TypeError("all of it must be text")
    except (KeyError, TypeError) as error:
        raise UserError(
            f"{source} is not what the review page saves ({type(error).__name__}: {error}): save it from the page again"
        ) from error
    for name, choice in judged:
        if not choice:
            raise UserError(f"a choice must be A, B or equal, {source} has '' for row {name!r}: take that row out")
    return reviewer.strip(), [run], judged


def _read_csv(source: Path) -> tuple[str, list[str], list[tuple[str, str]]]:
    """Return reviewer, runs and (id, choice or "") pairs of a filled table."""
    csv.field_size_limit(2**31 - 1)  # an answer may be long
    try:
        text = source.read_bytes().decode("utf-8-sig")
        header = text.split("\n", 1)[0]
        reader = csv.DictReader(io.StringIO(text, newline=""), restval="", delimiter=max(",;\t", key=header.count))
        missing = [name for name in ("run", "id", "choice") if name not in (reader.fieldnames or [])]
        if missing:
            raise UserError(
                f"{source} has no column {', '.join(missing)}: fill in the table that the review_sheet stage wrote"
            )
        rows = list(reader)
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{source} is not CSV in UTF-8 ({error}): save it as CSV UTF-8") from error
    rows = [row for row in rows if any(cell for cell in row.values())]  # a spreadsheet may leave blank lines
    if any(None in row for row in rows):
        raise UserError(f"{source} has a row with more cells than its header: quote what holds a separator")
    folded = {choice.casefold(): choice for choice in CHOICES}
    judged = [(row["id"], row["choice"].strip()) for row in rows]
    reviewer = source.stem.removeprefix("review").strip("_- ")
    runs = list(dict.fromkeys(row["run"] for row in rows)) or [""]
    return reviewer, runs, [(name, folded.get(choice.casefold(), choice)) for name, choice in judged]


def _majority_choice(choices: list[str]) -> str:
    """Return the choice made most often, "equal" for a tie."""
    ranked = Counter(choices).most_common(2)
    return "equal" if len(ranked) == 2 and ranked[0][1] == ranked[1][1] else ranked[0][0]


def _figures(sheet: Sheet, choices: Mapping[str, str], seed: int) -> dict[str, Any]:
    """Return the figures of `choices`, one for each judged row; rows of equal answers count as equal. See `tally`."""
    counted = [row for row in sheet.rows if row.same or row.id in choices]
    scores = [_score(row, "equal" if row.same else choices[row.id]) for row in counted]
    wins, losses = scores.count(1.0), scores.count(0.0)
    columns = np.column_stack([scores, np.ones(len(scores))])
    rate = interval(columns, MEAN, [row.group for row in counted], seed)
    low, high = rate.low, rate.high
    p = float(stats.binomtest(wins, wins + losses).pvalue) if wins + losses else 1.0
    verdict = "no clear difference"
    if low is not None and high is not None and p < 1 - LEVEL and not low <= 0.5 <= high:
        verdict = "better" if rate.value > 0.5 else "worse"
    return {
        "n": len(counted),
        "judged": len(choices),
        "missing": sum(not row.same for row in sheet.rows) - len(choices),
        "wins": wins,
        "losses": losses,
        "equal": len(counted) - wins - losses,
        "win_rate": rate.value,
        "win_rate_low": low,
        "win_rate_high": high,
        "p": p,
        "p_text": p_text(p),
        "verdict": verdict,
        "chose_a": list(choices.values()).count("A"),
    }


def _score(row: Row, choice: str) -> float:
    """Return 1 where the tuned model's answer was chosen, 0 where the other was, 1/2 where they are equal."""
    return 0.5 if choice == "equal" else float((choice == "A") == row.tuned_is_a)


def _agreement(reviews: Sequence[Review]) -> dict[str, Any]:
    """Return the agreement of each pair of reviewers, and the means over pairs. See `tally`."""
    from sklearn.metrics import cohen_kappa_score  # takes a second to load, and making a sheet does not need it

    pairs: dict[str, dict[str, Any]] = {}
    for one, other in combinations(reviews, 2):
        both = [name for name in one.choices if name in other.choices]
        first, second = ([review.choices[name] for name in both] for review in (one, other))
        kappa = float(cohen_kappa_score(first, second)) if len({*first, *second}) > 1 else None
        same = fmean(a == b for a, b in zip(first, second, strict=True)) if both else None
        pairs.setdefault(one.reviewer, {})[other.reviewer] = {"rows": len(both), "same": same, "kappa": kappa}
    all_pairs = [found for inner in pairs.values() for found in inner.values()]
    means = {key: [found[key] for found in all_pairs if found[key] is not None] for key in ("same", "kappa")}
    return {**{key: fmean(values) if values else None for key, values in means.items()}, "pairs": pairs}
