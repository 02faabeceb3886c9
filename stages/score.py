"""Perplexity, bits a byte and ROUGE of the answers, before and after training.

    python -m stages.score --base data/generations_base.jsonl --tuned data/generations.jsonl --out metrics/scores.json

A pure function of two files: no model is loaded. Takes a few seconds.
Writes OUT: n, and for base and tuned perplexity, bits_per_byte, rouge1, rouge2, rougeL (ROUGE from 0 to 1).
"""

from typing import Any

from pipeline_lib.errors import UserError
from pipeline_lib.files import read_jsonl, write_json
from pipeline_lib.metrics import check_predictions, score_generations
from stages.command import parser, run, say

PARAMS = ()


def main(argv: list[str] | None = None) -> None:
    """Read the command line, score, write."""
    arguments = parser(__doc__)
    arguments.add_argument("--base", required=True, help="predictions of the base model, JSONL")
    arguments.add_argument("--tuned", required=True, help="predictions of the tuned model, JSONL")
    arguments.add_argument("--out", required=True, help="JSON file for the scores")
    args = arguments.parse_args(argv)

    base, tuned = _predictions(args.base), _predictions(args.tuned)
    left, right = ({row["id"]: row["reference"] for row in rows} for rows in (base, tuned))
    if left != right:
        apart = sorted({name for name, _ in left.items() ^ right.items()})
        raise UserError(
            f"base and tuned must answer the same rows, {args.base} and {args.tuned} differ in "
            f"{len(apart)} ({', '.join(apart[:5])}): run both generate stages again"
        )
    scores = {"n": len(base), "base": score_generations(base), "tuned": score_generations(tuned)}
    write_json(args.out, _rounded(scores))
    for name in ("base", "tuned"):
        say(f"{name}: " + ", ".join(f"{key} {value:.4f}" for key, value in scores[name].items()))


def _predictions(path: str) -> list[dict[str, Any]]:
    rows = read_jsonl(path)
    try:
        check_predictions(rows)
    except UserError as error:
        raise UserError(f"{path}: {error}") from error
    return rows


def _rounded(value: object) -> object:
    """Six decimals: what this many rows can tell, and stable in Git."""
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    return round(value, 6) if isinstance(value, float) else value


if __name__ == "__main__":
    run(main)
