"""Label rows with an encoder, and say how likely each label is.

    python -m stages.classify --params recipes/sentiment/params.yaml --data recipes/sentiment/data/split \\
        --adapter recipes/sentiment/models/adapter --out recipes/sentiment/data/labels.jsonl

Without --adapter the labels are of the base: logistic regression on its frozen, mean-pooled features, learnt from the
training rows, since an untrained head is no baseline. 300 reviews take seconds on 2 cores. Writes OUT: {id, prediction,
reference, probabilities} a line, probabilities {label: 0 to 1}.
"""

from pathlib import Path
from typing import Any

import torch

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.cli.progress import Progress
from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import read_jsonl, write_jsonl, written
from pipeline_lib.core.rows import Example
from pipeline_lib.evaluation.logistic import DIGITS, label_probabilities
from pipeline_lib.models.classifier import probabilities
from pipeline_lib.models.device import device_and_dtype
from pipeline_lib.models.forward import choose_attention
from pipeline_lib.models.loading import load_encoder, load_tokenizer, locate
from pipeline_lib.models.lora import load_trained, read_identity
from pipeline_lib.models.text_encoder import context_length, encode_texts, text_vectors
from pipeline_lib.params import read_params

PARAMS = ("model", "revision", "trust_remote_code", "max_tokens", "classify")
PARTS = ("test", "validation")


def main(argv: list[str] | None = None) -> None:
    """Read the command line, label, write."""
    arguments = parser(__doc__)
    arguments.add_argument("--data", required=True, type=Path, help="folder of split: train, validation, eval .jsonl")
    arguments.add_argument("--part", choices=PARTS, default="test", help="the rows to label (default: %(default)s)")
    arguments.add_argument("--adapter", type=Path, help="folder of finetune_classifier; without it the base")
    arguments.add_argument("--out", required=True, type=Path, help="JSONL file for the labels")
    args = arguments.parse_args(argv)
    params = read_params(args.params, PARAMS)
    rows = read_jsonl(args.data / f"{args.part}.jsonl")

    with written(args.out) as draft:
        found = _tuned(rows, args.adapter, params) if args.adapter else _base(rows, args.data, params)
        answers = [
            {"id": row["id"], "prediction": max(given, key=given.__getitem__), "reference": row["target"]}
            | {"probabilities": given}
            for row, given in zip(rows, found, strict=True)
        ]
        write_jsonl(draft, answers)
    right = sum(row["prediction"] == row["reference"] for row in answers)
    say(f"{len(rows)} {args.part} rows labelled" + (f", {right / len(rows):.1%} of them right" if rows else ""))


def _tuned(rows: list[Example], adapter: Path, params: dict[str, Any]) -> list[dict[str, float]]:
    base = locate(params["model"], params["revision"])
    labels = read_identity(adapter).get("labels")
    if labels is None:
        raise UserError(f"{adapter} is no classifier, it has no labels: name a folder of finetune_classifier")
    # In float32, so that any other program that loads the folder says the same.
    model = load_trained(base, adapter, torch.float32, params["trust_remote_code"]).to(device_and_dtype("fp32")[0])
    tokenizer = load_tokenizer(base, params["trust_remote_code"])
    texts = [row["source"] for row in rows]
    ids = [ids for ids, _ in encode_texts(texts, tokenizer, params["max_tokens"], context_length(model, tokenizer))]
    if ids:
        choose_attention(model, [len(row) for row in ids], model.device)
    with Progress(len(ids), "classify", "row") as progress:
        found = probabilities(
            model, ids, tokenizer.pad_token_id, params["classify"]["batch_size"], on_batch=progress.advance
        )
    return [{label: round(float(p), DIGITS) for label, p in zip(labels, line, strict=True)} for line in found]


def _base(rows: list[Example], data: Path, params: dict[str, Any]) -> list[dict[str, float]]:
    train = read_jsonl(data / "train.jsonl")
    encoder = load_encoder(params["model"], params["revision"])
    model = encoder.model.to(device_and_dtype("fp32")[0])
    say(f"reading {len(train) + len(rows)} texts with the frozen encoder")
    texts = [row["source"] for row in [*train, *rows]]
    features = text_vectors(model, encoder.tokenizer, texts, params["max_tokens"], params["classify"]["batch_size"])
    return label_probabilities(features[: len(train)], [row["target"] for row in train], features[len(train) :])


if __name__ == "__main__":
    run(main)
