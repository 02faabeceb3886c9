"""Write an answer for each held-out row, and how likely the model held the reference to be.

    python -m stages.generate --data data/split --adapter models/adapter --out data/generations.jsonl
    python -m stages.generate --data data/split --out data/generations_base.jsonl       # the base, untrained

Greedy, in batches of like length; base and tuned get the same rows and the same prompts. 30 reports take about
half a minute on 2 cores. Writes OUT: {id, prediction, reference, logp, tokens, bytes} a line; logp in nats, of the
reference and its closing token given the prompt; tokens and bytes are the reference's (tokens with the closing one);
for a task that may decline, no_answer: the same of the words for no answer.
"""

from pathlib import Path

from accelerate import PartialState

from pipeline_lib.adapters import load_trained
from pipeline_lib.choosing import choice_log_likelihoods
from pipeline_lib.decoding import decode, log_likelihoods
from pipeline_lib.errors import UserError
from pipeline_lib.files import read_jsonl, write_jsonl
from pipeline_lib.forward import choose_attention
from pipeline_lib.models import load_causal, weights_dtype
from pipeline_lib.neighbours import with_neighbours
from pipeline_lib.params import read_params
from pipeline_lib.reading import load_reader
from pipeline_lib.records import NO_ANSWER
from pipeline_lib.tasks import load_task
from stages.command import parser, run, say
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
    device = PartialState().device
    dtype = weights_dtype(params["precision"], device)
    task = load_task(params["task"])
    reader = load_reader(params["model"], params["revision"], params["trust_remote_code"], task)
    train, prompt = read_jsonl(args.data / "train.jsonl"), params["prompt"]
    rows = reader.encode(with_neighbours(held_out, train, prompt["neighbours"]), prompt["max_tokens"])
    longest = max(max(len(row.ids), row.start + settings["max_new_tokens"]) for row in rows)
    if args.adapter:
        model = load_trained(reader.base, args.adapter, dtype, params["trust_remote_code"])
    else:
        model = load_causal(reader.base, dtype, params["trust_remote_code"])
    context = getattr(model.config, "max_position_embeddings", None)
    if context and longest > context:
        raise UserError(
            f"a prompt and its answer may take {longest} tokens, the model reads {context}: "
            "lower generate.max_new_tokens or prompt.max_tokens"
        )
    model.to(device)
    choose_attention(model, [len(row.ids) for row in rows], device)

    how = {"pad_id": reader.tokenizer.pad_token_id, "batch_size": settings["batch_size"]}
    with Progress(2 * len(rows), "generate", "row") as progress:
        if getattr(task, "MAY_DECLINE", False):
            declined = [*reader.wording.target_ids({"target": NO_ANSWER}), reader.closing]
            asked = [(row.ids[: row.start], [row.ids[row.start :], declined]) for row in rows]
            likely = choice_log_likelihoods(model, asked, **how, on_batch=progress.advance)
        else:
            likely = [[logp] for logp in log_likelihoods(model, rows, **how, on_batch=progress.advance)]
        said = decode(
            model,
            reader.tokenizer,
            [row.ids[: row.start] for row in rows],
            closing=reader.closing,
            max_new_tokens=settings["max_new_tokens"],
            batch_size=settings["batch_size"],
            on_batch=progress.advance,
        )
    write_jsonl(
        args.out,
        [
            {
                "id": example["id"],
                "prediction": prediction,
                "reference": example["target"],
                "logp": chances[0],
                **({"no_answer": chances[1]} if len(chances) > 1 else {}),
                "tokens": len(row.ids) - row.start,
                "bytes": len(example["target"].encode("utf-8")),
            }
            for example, row, prediction, chances in zip(held_out, rows, said, likely, strict=True)
        ],
    )
    cut = [row for row in rows if row.cut]
    say(f"{len(rows)} rows answered; {len(cut)} inputs cut to prompt.max_tokens; {said.count('')} empty answers")
    lost = [row.id for row in cut if row.lost]
    if lost:
        say(f"{len(lost)} of them lost their target with it: {', '.join(lost)}")


if __name__ == "__main__":
    run(main)
