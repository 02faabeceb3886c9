"""Label the rows of a split with an encoder, and say how likely each label is.

    python -m stages.classify --params recipes/sentiment/params.yaml --data recipes/sentiment/data/split \\
        --tuned recipes/sentiment/models/tuned --out recipes/sentiment/predictions/tuned

Without --tuned the labels are those of a logistic regression on the untrained encoder's mean-pooled features, learnt
from the training rows, since a head that was never trained is no baseline. 300 reviews take seconds on 2 cores.
Writes OUT/<part>.jsonl, {id, prediction, reference, probabilities} a line, probabilities {label: 0 to 1}.
"""

from pathlib import Path
from typing import Any

import torch

from pipeline_lib.cli.command import fill_row, parser, run, say
from pipeline_lib.cli.progress import Progress
from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import write_jsonl, written
from pipeline_lib.core.logistic import DIGITS, label_probabilities, of_all_labels
from pipeline_lib.core.rows import Example
from pipeline_lib.core.run_files import labels_of, read_identity, read_split_rows
from pipeline_lib.models.classifier import probabilities
from pipeline_lib.models.configuration import ENCODER
from pipeline_lib.models.device import device_and_dtype
from pipeline_lib.models.forward import choose_attention
from pipeline_lib.models.loading import load_encoder, load_tokenizer, locate
from pipeline_lib.models.lora import load_trained
from pipeline_lib.models.text_encoder import context_length, encode_texts, text_vectors
from pipeline_lib.models.unknown_tokens import unknown_line
from pipeline_lib.params import read_params

PARAMS = ("model", "revision", "trust_remote_code", "max_tokens", "classify")
PARTS = ("validation", "test")


def main(argv: list[str] | None = None) -> None:
    """Read the command line, label each part, write."""
    arguments = parser(__doc__)
    arguments.add_argument("--data", required=True, type=Path, help="folder of split")
    arguments.add_argument("--parts", nargs="+", choices=PARTS, default=["test"], help="default: test")
    arguments.add_argument("--tuned", type=Path, help="folder of finetune_classifier; left out: the untrained encoder")
    arguments.add_argument("--out", required=True, type=Path, help="folder for the labels, a JSONL file for each part")
    arguments.add_argument("--row", help="a row of grid: its name replaces {row} in a path")
    args = arguments.parse_args(argv)
    params = read_params(args.params, PARAMS)  # checks the names of rows, too
    fill_row(args)
    parts = {part: read_split_rows(args.data / f"{part}.jsonl") for part in args.parts}
    rows = [row for examples in parts.values() for row in examples]

    with written(args.out, mark=f"{args.parts[0]}.jsonl") as folder:
        folder.mkdir()
        labelled = _tuned(rows, args.tuned, params) if args.tuned else _untrained(rows, args.data, params)
        found = iter(labelled)
        for part, examples in parts.items():
            answers = [_line(row, next(found)) for row in examples]
            write_jsonl(folder / f"{part}.jsonl", answers)
            right = sum(row["prediction"] == row["reference"] for row in answers)
            share = f", {right / len(answers):.1%} of them right" if answers else ""
            say(f"{len(answers)} {part} rows labelled{share}")


def _line(row: Example, probabilities: dict[str, float]) -> dict[str, Any]:
    """Return a line of the file."""
    prediction = max(probabilities, key=probabilities.__getitem__)
    return {"id": row["id"], "prediction": prediction, "reference": row["target"], "probabilities": probabilities}


def _tuned(rows: list[Example], folder: Path, params: dict[str, Any]) -> list[dict[str, float]]:
    """Return each row's probabilities by the trained classifier in `folder`."""
    base = locate(params["model"], params["revision"], ENCODER)
    labels = read_identity(folder).get("labels")
    if labels is None:
        raise UserError(f"{folder} is no classifier, it has no labels: name a folder of finetune_classifier")
    # In float32, so that any other program that loads the folder says the same.
    model = load_trained(base, folder, torch.float32, params["trust_remote_code"]).to(device_and_dtype("fp32")[0])
    tokenizer = load_tokenizer(base, params["trust_remote_code"])
    texts = [row["source"] for row in rows]
    ids = [ids for ids, _ in encode_texts(texts, tokenizer, params["max_tokens"], context_length(model, tokenizer))]
    if warning := unknown_line(tokenizer, base.name, ids, "these rows"):
        say(warning)
    if ids:
        choose_attention(model, [len(row) for row in ids], model.device)
    with Progress(len(ids), "classify", "row") as progress:
        found = probabilities(
            model, ids, tokenizer.pad_token_id, params["classify"]["batch_size"], on_batch=progress.advance
        )
    return [{label: round(float(p), DIGITS) for label, p in zip(labels, line, strict=True)} for line in found]


def _untrained(rows: list[Example], data: Path, params: dict[str, Any]) -> list[dict[str, float]]:
    """Return each row's probabilities by logistic regression on the untrained encoder's features."""
    train = read_split_rows(data / "train.jsonl")
    encoder = load_encoder(params["model"], params["revision"], ENCODER)
    model = encoder.model.to(device_and_dtype("fp32")[0])
    say(f"reading {len(train) + len(rows)} texts with the frozen encoder")
    texts = [row["source"] for row in [*train, *rows]]
    ids = encoder.tokenizer(texts, verbose=False)["input_ids"]
    if warning := unknown_line(encoder.tokenizer, params["model"], ids, "these rows"):
        say(warning)
    features = text_vectors(model, encoder.tokenizer, texts, params["max_tokens"], params["classify"]["batch_size"])
    given = label_probabilities(features[: len(train)], [row["target"] for row in train], features[len(train) :])
    return of_all_labels(given, labels_of(train[0], data / "train.jsonl"))


if __name__ == "__main__":
    run(main)
