"""Let a language model choose one of a row's labels: the one it holds for the likeliest after the prompt.

    python -m stages.classify_lm --params recipes/sentiment_lm/params.yaml --data recipes/sentiment_lm/data/split \\
        --adapter recipes/sentiment_lm/models/adapter --out recipes/sentiment_lm/data/labels.jsonl

Without --adapter the base model chooses, untrained. The prompt is that of training, computed once for all labels. 300
reviews take about half a minute on 2 cores. Writes OUT: {id, prediction, reference, probabilities, choices} a line:
choices {label: log p of its tokens given the prompt, in nats}, probabilities {label: their softmax over the labels}.
"""

from pathlib import Path

import torch

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.cli.progress import Progress
from pipeline_lib.core.files import read_jsonl, write_jsonl, written
from pipeline_lib.core.retrieval import with_few_shot
from pipeline_lib.core.rows import Example
from pipeline_lib.core.tasks import load
from pipeline_lib.inference.loglikelihood import PromptWithChoices, choice_logprobs
from pipeline_lib.inference.run import load_model
from pipeline_lib.models.device import device_and_dtype
from pipeline_lib.models.forward import choose_attention
from pipeline_lib.models.prompt_encoder import PromptEncoder, load_prompt_encoder
from pipeline_lib.models.tokenization import truncate
from pipeline_lib.params import read_params

PARAMS = ("task", "model", "revision", "trust_remote_code", "precision", "prompt", "choose")
DIGITS = 6


def main(argv: list[str] | None = None) -> None:
    """Read the command line, choose, write."""
    arguments = parser(__doc__)
    arguments.add_argument("--data", required=True, type=Path, help="folder of split: train and eval .jsonl")
    arguments.add_argument("--adapter", type=Path, help="folder of finetune; without it the untrained base")
    arguments.add_argument("--out", required=True, type=Path, help="JSONL file for the labels")
    args = arguments.parse_args(argv)
    params = read_params(args.params, PARAMS)
    device, dtype = device_and_dtype(params["precision"])
    prompt = params["prompt"]

    reader = load_prompt_encoder(
        params["model"], params["revision"], params["trust_remote_code"], load(params["task"], "prompt")
    )
    train, test_rows = (read_jsonl(args.data / f"{part}.jsonl") for part in ("train", "test"))
    rows = with_few_shot(test_rows, train, prompt["few_shot"])
    asked = [_asked(row, reader, prompt["max_tokens"]) for row in rows]
    model = load_model(reader.base, args.adapter, dtype, device, params["trust_remote_code"])
    if asked:
        choose_attention(model, [len(start) for start, _ in asked], device)
    with written(args.out) as draft, Progress(len(rows), "choose", "row") as progress:
        found = choice_logprobs(
            model,
            asked,
            pad_id=reader.tokenizer.pad_token_id,
            batch_size=params["choose"]["batch_size"],
            on_batch=progress.advance,
        )
        answers = [_answer(row, logp) for row, logp in zip(rows, found, strict=True)]
        write_jsonl(draft, answers)
    right = sum(row["prediction"] == row["reference"] for row in answers)
    say(f"{len(answers)} rows labelled" + (f", {right / len(answers):.1%} of them right" if answers else ""))


def _asked(row: Example, reader: PromptEncoder, max_prompt: int) -> PromptWithChoices:
    """Return the prompt and each label in tokens, as training has them.

    Where the tokens of one label begin another's, each is closed: the shorter one would be the likelier whatever the
    text says.
    """
    shortened, _ = truncate(row, reader.template, max_prompt)
    labels = [reader.template.target_ids({**row, "target": label}) for label in row["labels"]]
    nested = any(a != b and b[: len(a)] == a for a in labels for b in labels)
    return reader.template.prompt_ids(shortened), [[*ids, reader.eos_id] if nested else ids for ids in labels]


def _answer(row: Example, logp: list[float]) -> dict[str, object]:
    shares = torch.tensor(logp, dtype=torch.float64).softmax(-1).tolist()
    probabilities = {label: round(share, DIGITS) for label, share in zip(row["labels"], shares, strict=True)}
    return {
        "id": row["id"],
        "prediction": row["labels"][logp.index(max(logp))],
        "reference": row["target"],
        "probabilities": probabilities,
        "choices": {label: round(value, DIGITS) for label, value in zip(row["labels"], logp, strict=True)},
    }


if __name__ == "__main__":
    run(main)
