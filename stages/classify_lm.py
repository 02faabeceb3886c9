"""Label rows with a language model: the label it holds for the likeliest after the prompt.

    python -m stages.classify_lm --params recipes/sentiment_lm/params.yaml --data recipes/sentiment_lm/data/split \\
        --tuned recipes/sentiment_lm/models/tuned --out recipes/sentiment_lm/predictions/tuned

Without --tuned the untrained model labels. The prompt is that of training, computed once for all labels. 300 reviews
take about half a minute on 2 cores. Writes OUT/<part>.jsonl, lines of {id, prediction, reference, probabilities,
choices}: choices {label: log p of its tokens given the prompt, in nats}, probabilities {label: their softmax over the
labels}.
"""

from pathlib import Path

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.core.files import write_jsonl, written
from pipeline_lib.core.retrieval import with_few_shot
from pipeline_lib.core.run_files import labels_of, read_split_rows
from pipeline_lib.core.tasks import load
from pipeline_lib.inference.answer_lines import label_line
from pipeline_lib.inference.label_choices import prompt_and_labels
from pipeline_lib.inference.run import load_model, logprobs_with_progress
from pipeline_lib.models.device import device_and_dtype
from pipeline_lib.models.length_limits import length_limits
from pipeline_lib.models.prompt_encoder import load_prompt_encoder
from pipeline_lib.params import read_params

PARAMS = ("task", "model", "revision", "trust_remote_code", "precision", "prompt", "classify")
PARTS = ("validation", "test")
ANSWER = 1  # no answer is decoded: its longest length does not matter


def main(argv: list[str] | None = None) -> None:
    """Read the command line, label the test rows, write."""
    arguments = parser(__doc__)
    arguments.add_argument("--data", required=True, type=Path, help="folder of split")
    arguments.add_argument("--tuned", type=Path, help="folder of finetune; left out: the untrained model")
    arguments.add_argument("--parts", nargs="+", choices=PARTS, default=["test"], help="default: test")
    arguments.add_argument("--out", required=True, type=Path, help="folder for the labels, a JSONL file for each part")
    args = arguments.parse_args(argv)
    params = read_params(args.params, PARAMS)
    device, dtype = device_and_dtype(params["precision"])
    prompt, task = params["prompt"], load(params["task"], "prompt")

    encoder = load_prompt_encoder(
        params["model"], params["revision"], params["trust_remote_code"], task, prompt["date"]
    )
    train = read_split_rows(args.data / "train.jsonl")
    parts = {part: read_split_rows(args.data / f"{part}.jsonl") for part in args.parts}
    for part, rows in parts.items():
        for row in rows:
            labels_of(row, args.data / f"{part}.jsonl")
    limits = length_limits(encoder, train, prompt, ANSWER)
    for line in limits.lines.values():
        say(line)
    prompts = {
        part: [prompt_and_labels(row, encoder, limits.prompt) for row in with_few_shot(rows, train, prompt["few_shot"])]
        for part, rows in parts.items()
    }
    model = load_model(encoder.base, args.tuned, dtype, device, params["trust_remote_code"])
    with written(args.out, mark=f"{args.parts[0]}.jsonl") as folder:
        folder.mkdir()
        size = params["classify"]["batch_size"]
        for part, rows in parts.items():
            logprobs = logprobs_with_progress(
                model, encoder.tokenizer, prompts[part], batch_size=size, title=f"classify {part}", unit="row"
            )
            answers = [label_line(row, logp) for row, logp in zip(rows, logprobs, strict=True)]
            write_jsonl(folder / f"{part}.jsonl", answers)
            right = sum(row["prediction"] == row["reference"] for row in answers)
            share = f", {right / len(answers):.1%} of them right" if answers else ""
            say(f"{len(answers)} {part} rows labelled{share}")


if __name__ == "__main__":
    run(main)
