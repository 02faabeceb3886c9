"""What training did to the rest of the model: its exam before and after, and the questions it refuses.

    python -m stages.forgetting --data data/split --untrained data/generations_base.jsonl --tuned data/generations.jsonl \\
        --exam-base data/exam_base.jsonl --exam-tuned data/exam.jsonl \\
        --probe-base data/probe_base.jsonl --probe-tuned data/probe.jsonl --out metrics/abilities.json

A pure function of files: no model is loaded. Takes seconds. Writes OUT: exam {n, acc, acc_norm: base and tuned with
standard errors, and McNemar's exact test of one against the other}, refusals {base, tuned: the share of off-topic
questions refused, of on-topic test questions answered}.
"""

from pathlib import Path
from typing import Any

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.core.files import read_jsonl, write_json
from pipeline_lib.evaluation.forgetting import multiple_choice_change, refusals
from pipeline_lib.evaluation.metrics.refusals import is_refusal
from pipeline_lib.evaluation.score_table import rounded
from pipeline_lib.params import read_params

PARAMS = ("seed",)


def main(argv: list[str] | None = None) -> None:
    """Read the command line, count, write."""
    arguments = parser(__doc__)
    arguments.add_argument("--data", required=True, type=Path, help="folder of split: eval .jsonl")
    for system in ("untrained", "tuned"):
        arguments.add_argument(f"--{system}", required=True, type=Path, help=f"answers of {system} to test rows")
        arguments.add_argument(f"--exam-{system}", required=True, type=Path, help=f"what examine wrote of {system}")
        arguments.add_argument(f"--probe-{system}", required=True, type=Path, help=f"what probe wrote of {system}")
    arguments.add_argument("--out", required=True, help="JSON file for the figures")
    args = arguments.parse_args(argv)
    seed = read_params(args.params, PARAMS)["seed"]

    on_topic = {row["id"] for row in read_jsonl(args.data / "test.jsonl") if not is_refusal(row["target"])}
    answers = {
        system: [row["prediction"] for row in read_jsonl(path) if row["id"] in on_topic]
        for system, path in (("untrained", args.untrained), ("tuned", args.tuned))
    }
    probes = {
        system: [row["prediction"] for row in read_jsonl(path)]
        for system, path in (("untrained", args.probe_base), ("tuned", args.probe_tuned))
    }
    found = {
        "multiple_choice": multiple_choice_change(read_jsonl(args.exam_base), read_jsonl(args.exam_tuned), seed),
        "refusals": refusals(probes, answers),
    }
    write_json(args.out, rounded(found))
    _say(found)


def _say(found: dict[str, Any]) -> None:
    for rule in ("acc", "acc_norm"):
        one = found["multiple_choice"][rule]
        say(
            f"{rule} on {found['multiple_choice']['n']} questions: base {one['untrained']:.4f} (stderr {one['untrained_stderr']:.4f}), "
            f"tuned {one['tuned']:.4f} ({one['tuned_stderr']:.4f}), exact p {one['mcnemar']['p_text']}"
        )
    for system, one in found["refusals"].items():
        say(f"{system}: {one['refused']:.0%} of off-topic questions refused, {one['answered']:.0%} of others answered")


if __name__ == "__main__":
    run(main)
