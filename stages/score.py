"""How good the answers are: untrained, tuned, and the best of what needs no model; and whether the difference is real.

    python -m stages.score --data data/split --base data/generations_base.jsonl --tuned data/generations.jsonl \\
        --floors data/floors --out metrics/scores.json --definitions metrics/definitions.json \\
        --rows metrics/rows.csv --slices metrics/slices.csv

A pure function of files: no model is loaded. The best floor is chosen on validation rows. Takes about ten seconds.
Writes OUT (figures with 95% intervals, lift of tuned over the best floor and over base), DEFINITIONS (what each figure
is), ROWS (numbers of each held-out row, no text) and SLICES (the headline figure by kind of row).
"""

from pathlib import Path
from typing import Any

from pipeline_lib.errors import UserError
from pipeline_lib.evaluation import INTERVAL, figures, held_out_hash, lift_over, rounded, row_table, slices
from pipeline_lib.files import read_json, read_jsonl, write_csv, write_json
from pipeline_lib.metrics import METRICS, check_answers
from pipeline_lib.neighbours import nearest
from pipeline_lib.params import read_params
from pipeline_lib.records import Answer, Example
from pipeline_lib.scoring import Scoring, load_scoring
from stages.command import parser, run, say

PARAMS = ("task", "seed")


def main(argv: list[str] | None = None) -> None:
    """Read the command line, score, write."""
    arguments = parser(__doc__)
    arguments.add_argument("--data", required=True, type=Path, help="folder of split: train, validation, eval .jsonl")
    arguments.add_argument("--base", required=True, type=Path, help="answers of the base model, JSONL")
    arguments.add_argument("--tuned", required=True, type=Path, help="answers of the tuned model, JSONL")
    arguments.add_argument("--floors", required=True, type=Path, help="folder of the floors stage")
    arguments.add_argument("--out", required=True, help="JSON file for the scores")
    arguments.add_argument("--definitions", required=True, help="JSON file for what each figure is")
    arguments.add_argument("--rows", required=True, help="CSV file for the numbers of each row")
    arguments.add_argument("--slices", required=True, help="CSV file for the headline figure by kind of row")
    args = arguments.parse_args(argv)
    params = read_params(args.params, PARAMS)
    scoring, seed = load_scoring(params["task"]), params["seed"]

    train, validation, held_out = (read_jsonl(args.data / f"{part}.jsonl") for part in ("train", "validation", "eval"))
    meanings = read_json(args.floors / "meanings.json")
    answers = {"base": _answers(args.base, held_out), "tuned": _answers(args.tuned, held_out)}
    answers |= {name: _answers(args.floors / "eval" / f"{name}.jsonl", held_out) for name in meanings}
    best, chosen_on = _best_floor(args.floors, meanings, scoring, validation, held_out)

    similarity = nearest(train, held_out, 1)[1][:, 0].tolist()
    table = row_table(held_out, similarity, answers, scoring)
    scores: dict[str, Any] = {"n": len(table), "groups": table["group"].nunique(), "headline": scoring.HEADLINE}
    scores |= _systems(table, meanings, scoring, seed)
    scores["best_floor"] = {"name": best, "chosen_on": chosen_on}
    scores["lift"] = {
        "floor": lift_over(table, best, scoring.HEADLINE, seed),
        "base": lift_over(table, "base", scoring.HEADLINE, seed),
    }
    if table["leaked"].any():
        for name, part in (("clean", table[table["leaked"] == 0]), ("leaked", table[table["leaked"] == 1])):
            scores[name] = {"n": len(part), **(_systems(part, meanings, scoring, seed) if len(part) else {})}
    definitions = {
        "held_out": held_out_hash(held_out),
        "interval": INTERVAL,
        "metrics": {
            name: {"columns": list(made.columns), "better": made.better, "title": made.title, "meaning": made.meaning}
            for name, made in ((name, METRICS[name]) for name in scoring.METRICS)
        },
        "floors": meanings,
    }
    parts = slices(table, list(scoring.facets(held_out[0])), best, scoring.HEADLINE, seed)

    write_csv(args.rows, list(table.columns), table.to_dict("records"))
    write_csv(args.slices, list(parts[0]), [rounded(part) for part in parts])
    write_json(args.definitions, definitions)
    write_json(args.out, rounded(scores))
    _say(scores, best)


def _answers(path: Path, examples: list[Example]) -> list[Answer]:
    rows = read_jsonl(path)
    try:
        check_answers(rows, examples)
    except UserError as error:
        raise UserError(f"{path}: {error}") from error
    return rows


def _best_floor(
    folder: Path,
    meanings: dict[str, str],
    scoring: Scoring,
    validation: list[Example],
    held_out: list[Example],
) -> tuple[str, str]:
    """Return the floor with the highest mean headline score, and the rows it was chosen on."""
    part, rows = ("validation", validation) if validation else ("eval", held_out)
    means = {}
    for name in meanings:
        said = _answers(folder / part / f"{name}.jsonl", rows)
        means[name] = sum(scoring.score(row["prediction"], row["reference"]) for row in said) / len(said)
    return max(means, key=lambda name: means[name]), part


def _systems(table: Any, floors: dict[str, str], scoring: Scoring, seed: int) -> dict[str, Any]:
    return {
        "base": figures(table, "base", scoring.METRICS, seed),
        "tuned": figures(table, "tuned", scoring.METRICS, seed),
        "floor": {name: figures(table, name, scoring.METRICS, seed) for name in floors},
    }


def _say(scores: dict[str, Any], best: str) -> None:
    headline = scores["headline"]
    for name, found in {"base": scores["base"], "tuned": scores["tuned"], best: scores["floor"][best]}.items():
        say(f"{name}: " + ", ".join(f"{key} {found[key]:.4f}" for key in METRICS if key in found))
    for over in scores["lift"].values():
        ends = "" if over["low"] is None else f" [{over['low']:+.3f}, {over['high']:+.3f}]"
        say(
            f"tuned over {over['against']} in {headline}: {over['difference']:+.3f}{ends}, p {over['p_text']}: "
            f"{over['verdict']}"
        )


if __name__ == "__main__":
    run(main)
