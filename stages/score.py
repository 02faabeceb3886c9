"""Scores of the untrained model, the tuned model and the baselines, and whether the tuned model's gain is clear.

    python -m stages.score --data data/split --predictions predictions --out metrics

Reads predictions/untrained, predictions/tuned and every folder of baselines beside them; loads no model. The verdict is
over all baselines. Takes about ten seconds. Writes OUT/scores.json (metrics with 95% intervals, tuned's on validation
rows where it answered them, gains of tuned over each baseline and over untrained), OUT/summary.json (the figures that
`dvc metrics` and `dvc exp show` show, a dozen at most), OUT/definitions.json (what each metric is), OUT/rows.csv
(numbers of each test row, no text) and OUT/slices.csv (the headline metric by slice of the test set).
"""

from pathlib import Path
from typing import Any

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.core.files import write_csv, write_json
from pipeline_lib.core.run_files import read_split_rows
from pipeline_lib.evaluation.predictions import read_meanings, read_systems
from pipeline_lib.evaluation.score_run import score_run
from pipeline_lib.evaluation.score_table import rounded
from pipeline_lib.evaluation.scoring import load_scoring
from pipeline_lib.evaluation.validation_figures import LIKELIHOOD
from pipeline_lib.params import read_params

PARAMS = ("task", "seed")


def main(argv: list[str] | None = None) -> None:
    """Read the command line, score, write, print."""
    arguments = parser(__doc__)
    arguments.add_argument("--data", required=True, type=Path, help="folder of split: train, validation, test .jsonl")
    arguments.add_argument("--predictions", required=True, type=Path, help="folder of answers, a folder a system")
    arguments.add_argument("--out", required=True, type=Path, help="folder for the five files")
    args = arguments.parse_args(argv)
    params = read_params(args.params, PARAMS)
    scoring = load_scoring(params["task"])
    settings = read_params(args.params, scoring.PARAMS)

    split = {part: read_split_rows(args.data / f"{part}.jsonl") for part in ("train", "validation", "test")}
    answers = {part: read_systems(args.predictions, part, split[part]) for part in ("test", "validation")}
    meanings = read_meanings(args.predictions)
    found = score_run(split, answers, meanings, scoring, settings, params["seed"])

    write_csv(args.out / "rows.csv", list(found.rows.columns), found.rows.to_dict("records"))
    write_csv(args.out / "slices.csv", list(found.slices[0]), [rounded(row) for row in found.slices])
    write_json(args.out / "definitions.json", found.definitions)
    write_json(args.out / "scores.json", rounded(found.scores))
    write_json(args.out / "summary.json", rounded(found.summary))
    for line in _lines(found.scores, list(found.definitions["metrics"])):
        say(line)


def _lines(scores: dict[str, Any], metrics: list[str]) -> list[str]:
    """Return the metrics of untrained, tuned and the best baseline, tuned's on validation rows, and its gains."""
    best = scores["best_baseline"]["name"]
    systems = {name: scores[name] for name in ("untrained", "tuned")} | {best: scores["baselines"][best]}
    lines = []
    for name, found in systems.items():
        lines.append(
            f"{name}: " + ", ".join(f"{key} {found[key]:.4f}" for key in metrics if found.get(key) is not None)
        )
    if "validation" in scores:
        own = scores["validation"]
        figures = [f"{key} {own[key]:.4f}" for key in (scores["headline"], *LIKELIHOOD) if key in own]
        lines.append(f"tuned on {own['n']} validation rows: {', '.join(figures)}")
    each = [{"against": name, **over} for name, over in scores["gain"]["each"].items()]
    for gain in each:
        ends = "" if gain["low"] is None else f" [{gain['low']:+.3f}, {gain['high']:+.3f}]"
        lines.append(
            f"tuned over {gain['against']} in {scores['headline']}: {gain['difference']:+.3f}{ends}, "
            f"p {gain['p_text']}: {gain['verdict']}"
        )
    if warning := scores["gain"]["baseline"]["warning"]:
        lines.append(f"be careful: {warning}")
    return [*lines, f"against all baselines: {scores['gain']['baseline']['verdict']}"]


if __name__ == "__main__":
    run(main)
