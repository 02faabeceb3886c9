"""Write an answer for each held-out row, and how likely the model held the reference to be.

    python -m stages.generate --data data/split --adapter models/adapter --out data/generations.jsonl
    python -m stages.generate --data data/split --out data/generations_base.jsonl       # the base, untrained

Greedy, in batches of like length; base and tuned get the same rows and the same prompts. 30 reports take about
half a minute on 2 cores. Writes OUT: {id, prediction, reference, logp, tokens, bytes} a line; logp in nats, of the
reference and its closing token given the prompt; tokens and bytes are the reference's (tokens with the closing one);
ended: whether the answer came to its end within generate.max_new_tokens; for a task that may decline, no_answer: logp
of the words for no answer. A run that was killed or stopped goes on where it was, see stages/answering.py.
"""

from pathlib import Path
from typing import Any

from pipeline_lib.asking import ask
from pipeline_lib.checkpoints import fingerprint_rows
from pipeline_lib.decoding import Said, decode, log_likelihoods
from pipeline_lib.encoding import Encoded, losses
from pipeline_lib.errors import UserError
from pipeline_lib.files import read_jsonl, write_jsonl
from pipeline_lib.forward import choose_attention
from pipeline_lib.neighbours import with_neighbours
from pipeline_lib.params import read_params
from pipeline_lib.reading import reader_of
from pipeline_lib.records import NO_ANSWER, Example
from pipeline_lib.tasks import load_task
from stages.answering import deciding, kept_answers, load_model
from stages.command import parser, run, say
from stages.device import device_and_dtype
from stages.progress import Progress

PARAMS = ("task", "model", "revision", "trust_remote_code", "precision", "prompt", "generate")


def main(argv: list[str] | None = None) -> None:
    """Read the command line, load, decode, write."""
    arguments = parser(__doc__)
    arguments.add_argument("--data", required=True, type=Path, help="folder of split: eval.jsonl")
    arguments.add_argument("--part", choices=("eval", "validation"), default="eval", help="default: %(default)s")
    arguments.add_argument("--adapter", type=Path, help="folder of finetune; left out: the base model")
    arguments.add_argument("--out", required=True, help="JSONL file for the predictions")
    args = arguments.parse_args(argv)
    params = read_params(args.params, PARAMS)
    settings = params["generate"]

    held_out = read_jsonl(args.data / f"{args.part}.jsonl")
    if not held_out and args.part == "eval":
        raise UserError(f"{args.data / 'eval.jsonl'} holds no rows: run the split stage")
    if not held_out:
        write_jsonl(args.out, [])
        say("no validation rows to answer")
        return
    device, dtype = device_and_dtype(params["precision"])
    task = load_task(params["task"])
    reader = reader_of(params["model"], params["revision"], params["trust_remote_code"], task)
    train, prompt = read_jsonl(args.data / "train.jsonl"), params["prompt"]
    rows = reader.encode(with_neighbours(held_out, train, prompt["neighbours"]), prompt["max_tokens"])
    longest = max(max(len(row.ids), row.start + settings["max_new_tokens"]) for row in rows)
    model = load_model(reader.base, args.adapter, dtype, device, params["trust_remote_code"])
    context = getattr(model.config, "max_position_embeddings", None)
    if context and longest > context:
        raise UserError(
            f"a prompt and its answer may take {longest} tokens, the model reads {context}: "
            "lower generate.max_new_tokens or prompt.max_tokens"
        )
    choose_attention(model, [len(row.ids) for row in rows], device)

    asked = [row.ids[: row.start] for row in rows]
    choices: list[list[list[int]]] = []  # the reference, and the words for no answer
    if getattr(task, "MAY_DECLINE", False):
        none = reader.encode([{**held_out[0], "target": NO_ANSWER}], prompt["max_tokens"])[0]
        choices = [[row.ids[row.start :], none.ids[none.start :]] for row in rows]
    facts = deciding(reader.base, args.adapter, fingerprint_rows([*rows, *choices]), settings, dtype, device)
    passes = 1 if choices else 2
    with kept_answers(facts) as journal, Progress(passes * len(rows), "generate", "row") as progress:
        size: dict[str, Any] = {"batch_size": settings["batch_size"], "on_batch": progress.advance}
        answer: dict[str, Any] = {"closing": reader.closing, "max_new_tokens": settings["max_new_tokens"], **size}
        if choices:
            items = list(zip(asked, choices, strict=True))
            found = ask(model, reader.tokenizer, items, **answer, keep=journal.keep("asked"))
            likely, said = [logp for logp, _ in found], [one for _, one in found]
        else:
            pad_id = reader.tokenizer.pad_token_id
            logps = log_likelihoods(model, rows, pad_id=pad_id, **size, keep=journal.keep("likely"))
            likely = [[logp] for logp in logps]
            said = decode(model, reader.tokenizer, asked, **answer, keep=journal.keep("said"))
        _write(args.out, held_out, rows, said, likely)
    cut = [row for row in rows if row.cut]
    say(
        f"{len(rows)} rows answered; {len(cut)} inputs cut to prompt.max_tokens; "
        f"{sum(not one.text for one in said)} empty answers, {sum(not one.ended for one in said)} not ended after "
        f"generate.max_new_tokens ({settings['max_new_tokens']})"
    )
    for line in losses(rows):
        say(line)


def _write(out: str, held_out: list[Example], rows: list[Encoded], said: list[Said], likely: list[list[float]]) -> None:
    write_jsonl(
        out,
        [
            {
                "id": example["id"],
                "prediction": one.text,
                "reference": example["target"],
                "logp": chances[0],
                **({"no_answer": chances[1]} if len(chances) > 1 else {}),
                "tokens": len(row.targets()),
                "bytes": len(example["target"].encode("utf-8")),
                "ended": one.ended,
            }
            for example, row, one, chances in zip(held_out, rows, said, likely, strict=True)
        ],
    )


if __name__ == "__main__":
    run(main)
