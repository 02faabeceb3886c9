"""Write an answer for each test row, and how likely the model held the reference to be.

    python -m stages.generate --data data/split --adapter models/adapter --out data/generations.jsonl
    python -m stages.generate --data data/split --out data/generations_base.jsonl       # the base, untrained

Greedy; base and tuned get the same rows and the same prompts. Prompts that begin alike are read together, what they
share once, where that saves enough; the others in batches of like length. 30 reports take about half a minute on 2
cores. Writes OUT: {id, prediction, reference, logp, tokens, bytes} a line; logp in nats, of the reference and its
closing token given the prompt; tokens and bytes are the reference's (tokens with the closing one); ended: whether the
answer came to its end within generate.max_new_tokens; for a task that may decline, no_answer: logp of the words for no
answer. A run that was killed or stopped goes on where it was, see pipeline_lib/inference/run.py.
"""

from pathlib import Path

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.cli.progress import Progress
from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import read_jsonl, write_jsonl
from pipeline_lib.core.retrieval import with_few_shot
from pipeline_lib.core.rows import NO_ANSWER, Example
from pipeline_lib.core.tasks import load
from pipeline_lib.inference.decoding import Completion
from pipeline_lib.inference.generation import generate
from pipeline_lib.inference.run import load_model, resumable_answers, run_facts
from pipeline_lib.models.device import device_and_dtype
from pipeline_lib.models.forward import choose_attention
from pipeline_lib.models.prompt_encoder import load_row_encoder
from pipeline_lib.models.run_cache import fingerprint_rows
from pipeline_lib.models.tokenization import Encoded, truncation_lines
from pipeline_lib.params import read_params

PARAMS = ("task", "model", "revision", "trust_remote_code", "precision", "prompt", "generate")


def main(argv: list[str] | None = None) -> None:
    """Read the command line, load, decode, write."""
    arguments = parser(__doc__)
    arguments.add_argument("--data", required=True, type=Path, help="folder of split: test.jsonl")
    arguments.add_argument("--part", choices=("test", "validation"), default="test", help="default: %(default)s")
    arguments.add_argument("--adapter", type=Path, help="folder of finetune; left out: the base model")
    arguments.add_argument("--out", required=True, help="JSONL file for the predictions")
    args = arguments.parse_args(argv)
    params = read_params(args.params, PARAMS)
    settings = params["generate"]

    test_rows = read_jsonl(args.data / f"{args.part}.jsonl")
    if not test_rows and args.part == "test":
        raise UserError(f"{args.data / 'test.jsonl'} holds no rows: run the split stage")
    if not test_rows:
        write_jsonl(args.out, [])
        say("no validation rows to answer")
        return
    device, dtype = device_and_dtype(params["precision"])
    task = load(params["task"], "prompt")
    reader = load_row_encoder(params["model"], params["revision"], params["trust_remote_code"], task)
    train, prompt = read_jsonl(args.data / "train.jsonl"), params["prompt"]
    rows = reader.encode(with_few_shot(test_rows, train, prompt["few_shot"]), prompt["max_tokens"])
    longest = max(max(len(row.ids), row.start + settings["max_new_tokens"]) for row in rows)
    model = load_model(reader.base, args.adapter, dtype, device, params["trust_remote_code"])
    context = getattr(model.config, "max_position_embeddings", None)
    if context and longest > context:
        raise UserError(
            f"a prompt and its answer may take {longest} tokens, the model reads {context}: "
            "lower generate.max_new_tokens or prompt.max_tokens"
        )
    choose_attention(model, [len(row.ids) for row in rows], device)

    # How likely the reference is, and where the task may decline the words for that, is read off the same prompt.
    none = [{**test_rows[0], "target": NO_ANSWER}] if getattr(task, "MAY_DECLINE", False) else []
    words = [row.ids[row.start :] for row in reader.encode(none, prompt["max_tokens"])]
    asked = [(row.ids[: row.start], [row.ids[row.start :], *words]) for row in rows]
    facts = run_facts(reader.base, args.adapter, fingerprint_rows([*rows, *words]), settings, dtype, device)
    with resumable_answers(facts) as journal, Progress(len(rows), "generate", "row") as progress:
        answers = generate(
            model,
            reader.tokenizer,
            asked,
            eos_id=reader.eos_id,
            max_new_tokens=settings["max_new_tokens"],
            batch_size=settings["batch_size"],
            on_batch=progress.advance,
            keep=journal.keep,
        )
        _write(args.out, test_rows, rows, answers)
    said = [one for _, one in answers]
    cut = [row for row in rows if row.cut]
    say(
        f"{len(rows)} rows answered; {len(cut)} inputs cut to prompt.max_tokens; "
        f"{sum(not one.text for one in said)} empty answers, {sum(not one.ended for one in said)} not ended after "
        f"generate.max_new_tokens ({settings['max_new_tokens']})"
    )
    for line in truncation_lines(rows):
        say(line)


def _write(
    out: str, test_rows: list[Example], rows: list[Encoded], answers: list[tuple[list[float], Completion]]
) -> None:
    write_jsonl(
        out,
        [
            {
                "id": example["id"],
                "prediction": said.text,
                "reference": example["target"],
                "logp": likely[0],
                **({"no_answer": likely[1]} if len(likely) > 1 else {}),
                "tokens": len(row.targets()),
                "bytes": len(example["target"].encode("utf-8")),
                "ended": said.ended,
            }
            for example, row, (likely, said) in zip(test_rows, rows, answers, strict=True)
        ],
    )


if __name__ == "__main__":
    run(main)
