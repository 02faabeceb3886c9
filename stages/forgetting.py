"""What training did to the model's other abilities: multiple-choice accuracy and refusals, before and after.

    python -m stages.forgetting --data data/split --predictions predictions --out metrics/forgetting.json

Reads untrained and tuned of predictions/multiple_choice, predictions/refusal_probe and of the test answers; loads no
model. Takes seconds. Writes OUT: multiple_choice {n, acc, acc_norm: untrained and tuned with standard errors, and
McNemar's exact test of one against the other} and refusals {untrained, tuned: the share of off-topic questions refused,
and of on-topic test questions answered}.
"""

from pathlib import Path
from typing import Any

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.core.files import write_json
from pipeline_lib.core.run_files import read_split_rows
from pipeline_lib.evaluation.forgetting import RULES, multiple_choice_change, refusals
from pipeline_lib.evaluation.metrics.refusals import is_refusal
from pipeline_lib.evaluation.predictions import MODELS, read_choices, read_model, read_replies
from pipeline_lib.evaluation.score_table import rounded
from pipeline_lib.params import read_params

PARAMS = ("seed",)


def main(argv: list[str] | None = None) -> None:
    """Read the command line, count, write, print."""
    arguments = parser(__doc__)
    arguments.add_argument("--data", required=True, type=Path, help="folder of split: test .jsonl")
    arguments.add_argument("--predictions", required=True, type=Path, help="folder of answers, a folder a system")
    arguments.add_argument("--out", required=True, help="JSON file for the figures")
    args = arguments.parse_args(argv)
    seed = read_params(args.params, PARAMS)["seed"]

    test_rows = read_split_rows(args.data / "test.jsonl")
    on_topic = {row["id"] for row in test_rows if not is_refusal(row["target"])}
    items = {model: read_choices(args.predictions / "multiple_choice" / f"{model}.jsonl") for model in MODELS}
    probe = {model: read_replies(args.predictions / "refusal_probe" / f"{model}.jsonl") for model in MODELS}
    answers = {model: read_model(args.predictions, model, "test", test_rows) for model in MODELS}
    found = {
        "multiple_choice": multiple_choice_change(items["untrained"], items["tuned"], seed),
        "refusals": refusals(
            {model: [row["prediction"] for row in rows] for model, rows in probe.items()},
            {model: [row["prediction"] for row in rows if row["id"] in on_topic] for model, rows in answers.items()},
        ),
    }
    write_json(args.out, rounded(found))
    for line in _lines(found):
        say(line)


def _lines(found: dict[str, Any]) -> list[str]:
    """Return the figures in words, one line for each rule and each model."""
    lines = []
    for rule in RULES:
        one = found["multiple_choice"][rule]
        lines.append(
            f"{rule} on {found['multiple_choice']['n']} questions: untrained {one['untrained']:.4f} (stderr "
            f"{one['untrained_stderr']:.4f}), tuned {one['tuned']:.4f} ({one['tuned_stderr']:.4f}), exact p "
            f"{one['mcnemar']['p_text']}"
        )
    for model, one in found["refusals"].items():
        lines.append(
            f"{model}: {one['refused']:.0%} of off-topic questions refused, {one['answered']:.0%} of on-topic ones "
            "answered"
        )
    return lines


if __name__ == "__main__":
    run(main)
