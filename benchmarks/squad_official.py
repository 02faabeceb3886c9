"""Comparison of our exact match and F1 with SQuAD's own script, figure by figure, on the same answers.

    python -m benchmarks.squad_official --official evaluate-v2.0.py --data dev-v2.0.json --predictions answers.json

The script and the data are at https://rajpurkar.github.io/SQuAD-explorer/: download them first, this does not. The
predictions are {question id: answer}, "" for no answer, of every question. The script runs in a process of its own,
once as it is meant to (overall, questions with and without an answer, best thresholds), once for the figures of each
question. Equal means equal: the same floating-point number. The last line on stdout is one JSON object; exit code 1
where anything differs.

Without --no-answer the probabilities of no answer are drawn at random, in hundredths so that many are equal: the
thresholds then mean nothing, but must agree.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from pipeline_lib.cli.command import run, say
from pipeline_lib.core.errors import UserError
from pipeline_lib.evaluation.metrics.squad import best_threshold, exact, f1, with_threshold

# What the official script has no option for: the figures of each question.
_EACH = """
import json, runpy, sys
script, data, predictions, out = sys.argv[1:]
with open(data, encoding="utf-8") as file: articles = json.load(file)["data"]
with open(predictions, encoding="utf-8") as file: answers = json.load(file)
figures = runpy.run_path(script)["get_raw_scores"](articles, answers)
with open(out, "w", encoding="utf-8") as file: json.dump(figures, file)
"""


def main(argv: list[str] | None = None) -> None:
    """Compare, and print what was compared."""
    args = _parse(argv)
    if not args.official.is_file():
        raise UserError(
            f"--official must be SQuAD's script, {args.official} is no file: download evaluate-v2.0.py from "
            "https://rajpurkar.github.io/SQuAD-explorer/"
        )
    golds = _golds(args.data)
    predictions = _by_question(args.predictions, "--predictions", golds)
    draw = random.Random(args.seed)
    drawn = {name: draw.randint(0, 100) / 100 for name in golds}
    no_answer = _by_question(args.no_answer, "--no-answer", golds) if args.no_answer else drawn
    with tempfile.TemporaryDirectory() as folder:
        figures, theirs = _official(args, no_answer, Path(folder))
    each = {
        "exact": {name: exact(predictions[name], golds[name]) for name in golds},
        "f1": {name: f1(predictions[name], golds[name]) for name in golds},
    }
    has_answer = {name: bool(answers) for name, answers in golds.items()}
    ours = _summary(each, no_answer, has_answer, predictions, args.threshold)
    lines = [(name, ours.get(name), figures.get(name)) for name in dict.fromkeys([*ours, *figures])]
    for name, mine, official in lines:
        say(f"{name:20} ours {mine!r:22} official {official!r:22} {'equal' if mine == official else 'DIFFERENT'}")
    apart = [name for name, mine, official in lines if mine != official]
    for (title, found), official_found in zip(each.items(), theirs, strict=True):
        different = [name for name in golds if found[name] != official_found.get(name)]
        say(f"{title} of each of {len(golds)} questions: {len(different)} different")
        apart += [f"{title} of {name}" for name in different]
    say(json.dumps({"questions": len(golds), "figures": len(lines), "different": len(apart)}))
    if apart:
        raise UserError(f"{len(apart)} figures are not the official ones, as {', '.join(apart[:5])}: squad.py is wrong")


def _parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--official", type=Path, required=True, help="evaluate-v2.0.py")
    parser.add_argument("--data", type=Path, required=True, help="questions in SQuAD's format, JSON")
    parser.add_argument("--predictions", type=Path, required=True, help="{question id: answer}, JSON")
    parser.add_argument("--no-answer", type=Path, help="{question id: probability of no answer}, JSON (drawn)")
    parser.add_argument("--threshold", type=float, default=0.5, help="no answer above this probability (%(default)s)")
    parser.add_argument("--seed", type=int, default=42, help="of the drawn probabilities (%(default)s)")
    return parser.parse_args(argv)


def _read(path: Path, option: str) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{option} must be a JSON file, {path} is not ({error}): name another") from error


def _golds(path: Path) -> dict[str, list[str]]:
    """Return the gold answers of each question, in the order of the file."""
    data = _read(path, "--data")
    try:
        questions = [question for article in data["data"] for part in article["paragraphs"] for question in part["qas"]]
        return {question["id"]: [answer["text"] for answer in question["answers"]] for question in questions}
    except (KeyError, TypeError) as error:
        raise UserError(f"--data must be in SQuAD's format, {path} is not ({error!r}): name another file") from error


def _by_question(path: Path, option: str, golds: dict[str, list[str]]) -> dict[str, Any]:
    found = _read(path, option)
    if not isinstance(found, dict) or found.keys() != golds.keys():
        raise UserError(f"{option} must have one entry for each question of --data, {path} has others: write it anew")
    return found


def _official(args: argparse.Namespace, no_answer: dict[str, float], folder: Path) -> tuple[dict, list[dict]]:
    """Return the script's own figures, and exact and F1 of each question."""
    given, summary, each = (folder / name for name in ("no_answer.json", "summary.json", "each.json"))
    given.write_text(json.dumps(no_answer), encoding="utf-8")
    files = [str(args.data), str(args.predictions)]
    _python(str(args.official), *files, "-o", str(summary), "-n", str(given), "-t", str(args.threshold))
    _python("-c", _EACH, str(args.official), *files, str(each))
    return _read(summary, "--official"), _read(each, "--official")


def _python(*arguments: str) -> None:
    ended = subprocess.run([sys.executable, "-X", "utf8", *arguments], capture_output=True, text=True, encoding="utf-8")
    if ended.returncode:
        last = (ended.stderr.strip().splitlines() or ["nothing on stderr"])[-1]
        raise UserError(f"--official must run to its end, it stopped with {last}: is it evaluate-v2.0.py?")


def _summary(
    each: dict[str, dict[str, float]],
    no_answer: dict[str, float],
    has_answer: dict[str, bool],
    predictions: dict[str, str],
    threshold: float,
) -> dict[str, float]:
    """Return our figures under the names of the script."""
    found: dict[str, float] = {}
    kept = {title: with_threshold(figures, no_answer, has_answer, threshold) for title, figures in each.items()}
    parts = {
        "": list(has_answer),
        "HasAns_": [name for name, has in has_answer.items() if has],
        "NoAns_": [name for name, has in has_answer.items() if not has],
    }
    for prefix, names in parts.items():
        if names:
            for title, figures in kept.items():
                found[prefix + title] = 100.0 * sum(figures[name] for name in names) / len(names)
            found[f"{prefix}total"] = len(names)
    for title, figures in each.items():
        best, at = best_threshold(no_answer, figures, has_answer, predictions)
        found |= {f"best_{title}": best, f"best_{title}_thresh": at}
    return found


if __name__ == "__main__":
    run(main)
