"""Answer multiple-choice questions with a language model: what it knew before training, and what it knows after.

    python -m stages.multiple_choice --params recipes/company/params.yaml \\
        --tuned recipes/company/models/tuned --out recipes/company/predictions/multiple_choice/tuned.jsonl

Without --tuned the untrained model answers. The questions are ARC's (AI2's JSONL) and are asked as
lm-evaluation-harness asks them, without a chat template. 100 questions take about half a minute on 2 cores. Writes OUT,
{id, logp, chars, answer} a line: logp of each choice in nats, its length in characters, and the place of the right one.
"""

from pathlib import Path

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.core.files import write_jsonl, written
from pipeline_lib.data.choice_items import items_of
from pipeline_lib.data.records import read_records
from pipeline_lib.inference.multiple_choice import choice_lengths, encode_item
from pipeline_lib.inference.run import load_model, logprobs_with_progress
from pipeline_lib.models.configuration import LANGUAGE_MODEL
from pipeline_lib.models.device import device_and_dtype
from pipeline_lib.models.loading import load_tokenizer, locate
from pipeline_lib.params import read_params

PARAMS = ("model", "revision", "trust_remote_code", "precision", "seed", "multiple_choice", "classify")


def main(argv: list[str] | None = None) -> None:
    """Read the command line, answer, write."""
    arguments = parser(__doc__)
    arguments.add_argument("--data", help="questions, AI2's JSONL or a table (default: multiple_choice.data in params)")
    arguments.add_argument("--tuned", type=Path, help="folder of finetune; left out: the untrained model")
    arguments.add_argument("--out", required=True, type=Path, help="JSONL file for the log-likelihoods")
    args = arguments.parse_args(argv)
    params = read_params(args.params, PARAMS)
    records = read_records(args.data or params["multiple_choice"]["data"])
    for note in records.notes:
        say(f"{records.path}: {note}")
    items = items_of(records, params["multiple_choice"]["limit"], params["seed"])
    device, dtype = device_and_dtype(params["precision"])
    base = locate(params["model"], params["revision"], LANGUAGE_MODEL)
    tokenizer = load_tokenizer(base, params["trust_remote_code"])
    questions = [encode_item(tokenizer, item) for item in items]
    model = load_model(base, args.tuned, dtype, device, params["trust_remote_code"])
    with written(args.out) as draft:
        size = params["classify"]["batch_size"]
        logprobs = logprobs_with_progress(
            model, tokenizer, questions, batch_size=size, title="multiple choice", unit="question"
        )
        answers = [
            {"id": item["id"], "logp": logp, "chars": choice_lengths(item), "answer": item["answer"]}
            for item, logp in zip(items, logprobs, strict=True)
        ]
        write_jsonl(draft, answers)
    right = sum(row["logp"].index(max(row["logp"])) == row["answer"] for row in answers)
    say(f"{len(answers)} questions, {right / len(answers):.1%} of them right (acc)")


if __name__ == "__main__":
    run(main)
