"""Answers and likelihoods of a unigram and a trigram model over the language model's tokens, as baselines.

    python -m stages.ngram_baselines --params recipes/dialogue/params.yaml --data recipes/dialogue/data/split \\
        --out recipes/dialogue/predictions/ngram_baselines

Interpolated, Witten-Bell smoothed, fitted to the training rows in the tokens that the model reads, so that bits per
byte can be compared. Only the tokenizer is loaded; 300 dialogues take seconds. Writes what baselines writes:
OUT/test/NAME.jsonl and OUT/validation/NAME.jsonl ({id, prediction, reference, logp, tokens, bytes} a line) and
OUT/meanings.json.
"""

import math
from pathlib import Path
from typing import Any

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.core.files import write_json, write_jsonl, written
from pipeline_lib.core.retrieval import with_few_shot
from pipeline_lib.core.rows import Answer, Example
from pipeline_lib.core.run_files import MEANINGS, read_split_rows
from pipeline_lib.core.tasks import load
from pipeline_lib.evaluation.ngram_lm import NgramModel
from pipeline_lib.models.length_limits import length_limits
from pipeline_lib.models.prompt_encoder import RowEncoder, load_row_encoder
from pipeline_lib.models.tokenization import Encoded
from pipeline_lib.params import read_params

PARAMS = ("task", "model", "revision", "trust_remote_code", "prompt", "generate")
ORDERS = {"unigram": 1, "trigram": 3}


def main(argv: list[str] | None = None) -> None:
    """Read the command line, count n-grams, answer, write."""
    arguments = parser(__doc__)
    arguments.add_argument("--data", required=True, type=Path, help="folder of split: train, validation, test .jsonl")
    arguments.add_argument("--out", required=True, type=Path, help="folder for the answers")
    args = arguments.parse_args(argv)
    params = read_params(args.params, PARAMS)
    encoder = load_row_encoder(
        params["model"],
        params["revision"],
        params["trust_remote_code"],
        load(params["task"], "prompt"),
        params["prompt"]["date"],
    )
    rows = {part: read_split_rows(args.data / f"{part}.jsonl") for part in ("train", "validation", "test")}
    prompt = params["prompt"]
    limits = length_limits(encoder, rows["train"], prompt, params["generate"]["max_new_tokens"])
    for line in limits.lines.values():
        say(line)
    encoded = {
        part: encoder.encode(with_few_shot(given, rows["train"], prompt["few_shot"]), limits.prompt)
        for part, given in rows.items()
    }
    counted = [(row.ids, row.targets()) for row in encoded["train"]]
    with written(args.out, mark=MEANINGS) as folder:
        for name, order in ORDERS.items():
            model = NgramModel(counted, order, len(encoder.tokenizer))
            for part in ("validation", "test"):
                (folder / part).mkdir(parents=True, exist_ok=True)
                answers = [
                    _answer(model, example, row, encoder, limits.answer)
                    for example, row in zip(rows[part], encoded[part], strict=True)
                ]
                write_jsonl(folder / part / f"{name}.jsonl", answers)
                if part == "test":
                    bits = -sum(row["logp"] for row in answers) / math.log(2) / sum(row["bytes"] for row in answers)
                    say(f"{name}: {bits:.3f} bits a byte on {len(answers)} test rows")
        write_json(folder / MEANINGS, {name: f"an interpolated {name} over the model's tokens" for name in ORDERS})


def _answer(model: NgramModel, example: Example, row: Encoded, encoder: RowEncoder, limit: int) -> Answer:
    """Return the most probable token at each step until the turn ends, as text, and logp of the reference."""
    nats = sum(-math.log(model.probability(row.ids[at], row.ids[max(0, at - 2) : at])) for at in row.targets())
    generated: list[int] = []
    before: list[Any] = list(row.ids[: row.start])
    while len(generated) < limit:
        token = model.most_likely(before[-2:])
        if token == encoder.eos_id:
            break
        generated.append(token)
        before.append(token)
    return {
        "id": example["id"],
        "prediction": encoder.tokenizer.decode(generated, skip_special_tokens=True).strip(),
        "reference": example["target"],
        "logp": -nats,
        "tokens": len(row.targets()),
        "bytes": len(example["target"].encode("utf-8")),
    }


if __name__ == "__main__":
    run(main)
