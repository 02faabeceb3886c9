"""Ask a language model questions that are off its topic, to see whether it declines.

    python -m stages.refusal_probe --params recipes/company/params.yaml \\
        --split recipes/company/data/split --tuned recipes/company/models/tuned \\
        --out recipes/company/predictions/refusal_probe/tuned.jsonl

Without --tuned the untrained model answers. Decoding is greedy, as in generate; the questions have no reference. Takes
half a minute on 2 cores. Writes OUT, {id, question, prediction} a line.
"""

from pathlib import Path

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.cli.progress import Progress
from pipeline_lib.core.files import write_jsonl, written
from pipeline_lib.core.retrieval import with_few_shot
from pipeline_lib.core.run_files import read_split_rows
from pipeline_lib.core.tasks import load
from pipeline_lib.data.tables import read_table
from pipeline_lib.inference.generation import generate
from pipeline_lib.inference.run import load_model
from pipeline_lib.models.device import device_and_dtype
from pipeline_lib.models.forward import choose_attention
from pipeline_lib.models.length_limits import length_limits
from pipeline_lib.models.prompt_encoder import load_prompt_encoder
from pipeline_lib.models.tokenization import truncate
from pipeline_lib.params import read_params

PARAMS = ("off_topic", "task", "model", "revision", "trust_remote_code", "precision", "prompt", "generate")


def main(argv: list[str] | None = None) -> None:
    """Read the command line, ask, write."""
    arguments = parser(__doc__)
    arguments.add_argument("--data", help="a table with a column question (default: off_topic in params)")
    arguments.add_argument(
        "--split", required=True, type=Path, help="folder of split, for the few-shot rows of prompts"
    )
    arguments.add_argument("--tuned", type=Path, help="folder of finetune; left out: the untrained model")
    arguments.add_argument("--out", required=True, type=Path, help="JSONL file for the answers")
    args = arguments.parse_args(argv)
    params = read_params(args.params, PARAMS)
    settings, prompt, task = params["generate"], params["prompt"], load(params["task"], "prompt")
    data = args.data or params["off_topic"]
    table = read_table(data, {}, ("question",), ("topic",))
    for note in table.attrs["notes"]:
        say(f"{data}: {note}")
    rows = [
        {"id": str(n), "group": f"probe-{n}", "source": text, "target": ""} for n, text in table["question"].items()
    ]
    device, dtype = device_and_dtype(params["precision"])
    encoder = load_prompt_encoder(
        params["model"], params["revision"], params["trust_remote_code"], task, prompt["date"]
    )
    model = load_model(encoder.base, args.tuned, dtype, device, params["trust_remote_code"])
    train = read_split_rows(args.split / "train.jsonl")
    limits = length_limits(encoder, train, prompt, settings["max_new_tokens"])
    for line in limits.lines.values():
        say(line)
    shown = with_few_shot(rows, train, prompt["few_shot"])
    prompts = [encoder.template.prompt_ids(truncate(row, encoder.template, limits.prompt)[0]) for row in shown]
    choose_attention(model, [len(ids) for ids in prompts], device)
    with written(args.out) as draft, Progress(len(rows), "refusal probe", "question") as progress:
        answers = generate(
            model,
            encoder.tokenizer,
            [(ids, []) for ids in prompts],
            eos_id=encoder.eos_id,
            max_new_tokens=limits.answer,
            batch_size=settings["batch_size"],
            on_batch=progress.advance,
        )
        lines = [
            {"id": row["id"], "question": row["source"], "prediction": completion.text}
            for row, (_, completion) in zip(rows, answers, strict=True)
        ]
        write_jsonl(draft, lines)
    say(f"{len(lines)} off-topic questions answered; the forgetting stage counts the refusals")


if __name__ == "__main__":
    run(main)
