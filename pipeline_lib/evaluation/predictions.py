"""The answers of every system, read from a folder of predictions, and what makes an answer one that can be scored.

untrained/PART.jsonl and tuned/PART.jsonl are the model's answers before and after training, PART is test or validation.
A folder with meanings.json holds answers of baselines, NAME/PART swapped: validation/NAME.jsonl and test/NAME.jsonl.
"""

import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import read_json, read_jsonl
from pipeline_lib.core.rows import Answer, Example
from pipeline_lib.core.run_files import MEANINGS

MODELS = ("untrained", "tuned")
PARTS = ("validation", "test")
_AGAIN = "run the stage that writes the answers again (dvc repro)"
_OVERFLOW = 700  # nats a token: exp of more is infinite


def read_systems(folder: Path, part: str, examples: Sequence[Example]) -> dict[str, list[Answer]]:
    """Return the answers of untrained, tuned and each baseline to the `examples` of a part, in the examples' order.

    {} for a part without examples. A system without answers to validation rows is left out. Raises UserError for
    answers to test rows that are missing, and as check_predictions does.
    """
    if not examples and part != "test":
        return {}
    given = [name for name in MODELS if part == "test" or (folder / name / f"{part}.jsonl").is_file()]
    homes = {
        name: home
        for name, home in _baseline_folders(folder).items()
        if part == "test" or (home / part / f"{name}.jsonl").is_file()
    }
    answers = {name: read_model(folder, name, part, examples) for name in given}
    return answers | {name: _read_baseline(home, name, part, examples) for name, home in homes.items()}


def read_model(folder: Path, name: str, part: str, examples: Sequence[Example]) -> list[Answer]:
    """Return the answers of `untrained` or `tuned` to the `examples` of a part; UserError as read_predictions."""
    path = folder / name / f"{part}.jsonl"
    if not path.is_file():
        raise UserError(f"{path} is missing: run the stage that makes it, generate or classify (dvc repro)")
    return read_predictions(path, examples)


def _read_baseline(home: Path, name: str, part: str, examples: Sequence[Example]) -> list[Answer]:
    """Return the answers of a baseline of the folder `home` to the `examples` of a part; UserError likewise."""
    path = home / part / f"{name}.jsonl"
    if not path.is_file():
        raise UserError(f"{path} is missing: run the {home.name} stage again (dvc repro)")
    return read_predictions(path, examples)


def read_meanings(folder: Path) -> dict[str, str]:
    """Return what each baseline did, in words, by name: those of the folder that is first by name first."""
    return {name: _meanings(home)[name] for name, home in _baseline_folders(folder).items()}


def _meanings(home: Path) -> dict[str, str]:
    meanings = read_json(home / MEANINGS)
    if not isinstance(meanings, dict) or not all(isinstance(meaning, str) for meaning in meanings.values()):
        raise UserError(
            f"{home / MEANINGS} must say of each baseline, in words, what it did: run the {home.name} stage again "
            "(dvc repro)"
        )
    return meanings


def read_system(folder: Path, name: str, part: str, examples: Sequence[Example]) -> list[Answer]:
    """Return the answers of one system, a model or a baseline; UserError where there are none."""
    if name in MODELS:
        return read_model(folder, name, part, examples)
    homes = _baseline_folders(folder)
    if name not in homes:
        raise UserError(f"{folder} has no baseline {name}: run the baselines stage again (dvc repro)")
    return _read_baseline(homes[name], name, part, examples)


def _baseline_folders(folder: Path) -> dict[str, Path]:
    """Return the folder of each baseline's answers, by the baseline's name.

    Raises UserError where there is none, and for answers without meanings: no baseline is left out in silence.
    """
    for path in sorted(folder.glob("*/*/*.jsonl")):
        home = path.parent.parent
        if path.parent.name in PARTS and path.stem not in PARTS and not (home / MEANINGS).is_file():
            raise UserError(f"{home / MEANINGS} is missing: run the {home.name} stage again (dvc repro)")
    homes = sorted(path.parent for path in folder.glob(f"*/{MEANINGS}"))
    found = {name: home for home in homes for name in _meanings(home)}
    if not found:
        raise UserError(f"{folder} has no answers of a baseline: run the baselines stage (dvc repro)")
    return found


def read_predictions(path: Path, examples: Sequence[Example]) -> list[Answer]:
    """Return the answers of a JSONL file in the order of `examples`; UserError of check_predictions, with the file."""
    rows = read_jsonl(path)
    try:
        check_predictions(rows, examples)
    except UserError as error:
        raise UserError(f"{path}: {error}") from error
    by_id = {row["id"]: row for row in rows}
    return [by_id[row["id"]] for row in examples]


def read_replies(path: Path) -> list[Answer]:
    """Return the answers {id, prediction} to questions without a reference. Raises UserError for another type."""
    rows = read_jsonl(path)
    for row in rows:
        for key in ("id", "prediction"):
            if not isinstance(row.get(key), str):
                raise UserError(f"{path}: every row must have {key} as text, one has {_shown(row.get(key))}: {_AGAIN}")
    return rows


def read_choices(path: Path) -> list[dict[str, Any]]:
    """Return {id, logp, chars, answer} of multiple-choice questions. Raises UserError for values of another type."""
    rows = read_jsonl(path)
    for number, row in enumerate(rows, start=1):
        logp, chars, answer = (row.get(key) for key in ("logp", "chars", "answer"))
        lists = isinstance(logp, list) and isinstance(chars, list) and len(logp) == len(chars) and "id" in row
        if not (lists and isinstance(answer, int) and 0 <= answer < len(logp)):  # type: ignore[arg-type]
            raise UserError(f"{path}: row {number} is no question with the logp and chars of each choice: {_AGAIN}")
        if not all(map(_is_number, [*logp, *chars])) or min(chars) < 1:  # type: ignore[misc,arg-type]
            raise UserError(f"{path}: logp and chars must be finite numbers, row {number} has others: {_AGAIN}")
    return rows


def check_predictions(answers: Sequence[Answer], examples: Sequence[Example]) -> None:
    """Raise UserError unless there is exactly one answer for each example, with its reference.

    An empty answer is an answer. Where an answer has a log-likelihood it must be a finite number of nats, not
    above 0, and its reference must have tokens and bytes.
    """
    if not answers:
        raise UserError("there are no answers to score: run the stage that writes them")
    for key in ("id", "prediction", "reference"):
        for number, row in enumerate(answers, start=1):
            if not isinstance(row.get(key), str):
                raise UserError(
                    f"every answer must have {key} as text, number {number} has {_shown(row.get(key))}: run the stage "
                    "that writes them again"
                )
    _check_ids(answers, examples)
    for row in answers:
        _check_numbers(row)
    nats = [-row["logp"] / row["tokens"] for row in answers if "logp" in row]
    if nats and max(nats) > _OVERFLOW:
        raise UserError(f"{max(nats):g} nats a token has no perplexity: the model has diverged, lower lr")


def _check_numbers(row: Answer) -> None:
    """Raise UserError where a number of an answer has another type or range; one that is not there is none."""
    if "logp" in row:
        if not all(_is_number(row.get(key, 0)) and row.get(key, 0) >= 1 for key in ("tokens", "bytes")):
            raise UserError(f"row {row['id']}: its reference must have at least a token and a byte: mend the data")
        if not _is_number(row["logp"]) or row["logp"] > 0:
            shown = _shown(row["logp"])
            raise UserError(f"row {row['id']}: logp must be a finite number of nats below 0, not {shown}: {_AGAIN}")
    if not _is_number(row.get("no_answer", 0.0)):
        raise UserError(f"row {row['id']}: no_answer must be a finite number, not {_shown(row['no_answer'])}: {_AGAIN}")
    if not isinstance(row.get("ended", True), bool):
        raise UserError(f"row {row['id']}: ended must be true or false, not {_shown(row['ended'])}: {_AGAIN}")
    if not isinstance(row.get("probabilities", {}), dict):
        shown = _shown(row["probabilities"])
        raise UserError(f"row {row['id']}: probabilities must be those of the labels, not {shown}: {_AGAIN}")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:40]}..."


def _check_ids(answers: Sequence[Answer], examples: Sequence[Example]) -> None:
    """Raise UserError for an example without an answer or with two, and for an answer to another example."""
    counts = Counter(row["id"] for row in answers)
    targets = {row["id"]: row["target"] for row in examples}
    faults = {
        "twice": [name for name, count in counts.items() if count > 1],
        "missing": [name for name in targets if name not in counts],
        "of no test row": [name for name in counts if name not in targets],
        "of another reference": [row["id"] for row in answers if row["reference"] != targets.get(row["id"])],
    }
    for what, names in faults.items():
        if names:
            more = f" and {len(names) - 5} more" if len(names) > 5 else ""
            verb = "is" if len(names) == 1 else "are"
            raise UserError(
                f"there must be one answer for each test row, {', '.join(names[:5])}{more} {verb} {what}: "
                "run the stages that write them again (dvc repro)"
            )
