"""Ask a language model questions that are none of its business, to see whether it says so.

    python -m stages.refusal_probe --params recipes/company/params.yaml --data recipes/company/data/off_topic.jsonl \\
        --adapter recipes/company/models/adapter --out recipes/company/data/probe.jsonl

Without --adapter the untrained base. Greedy, as generate; the questions stand alone, no answers are known. Takes half a
minute on 2 cores. Writes OUT: {id, question, prediction} a line.
"""

from pathlib import Path

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.cli.progress import Progress
from pipeline_lib.core.files import read_jsonl, write_jsonl, written
from pipeline_lib.core.retrieval import with_few_shot
from pipeline_lib.core.tasks import load
from pipeline_lib.data.tables import read_table
from pipeline_lib.evaluation.metrics.refusals import is_refusal
from pipeline_lib.inference.generation import generate
from pipeline_lib.inference.run import load_model
from pipeline_lib.models.device import device_and_dtype
from pipeline_lib.models.forward import choose_attention
from pipeline_lib.models.prompt_encoder import load_prompt_encoder
from pipeline_lib.models.tokenization import truncate
from pipeline_lib.params import read_params

PARAMS = ("task", "model", "revision", "trust_remote_code", "precision", "prompt", "generate")


def main(argv: list[str] | None = None) -> None:
    """Read the command line, ask, write."""
    arguments = parser(__doc__)
    arguments.add_argument("--data", required=True, type=Path, help="a table with a column question")
    arguments.add_argument("--split", required=True, type=Path, help="folder of split, for the neighbours in prompts")
    arguments.add_argument("--adapter", type=Path, help="folder of finetune; without it the untrained base")
    arguments.add_argument("--out", required=True, type=Path, help="JSONL file for the answers")
    args = arguments.parse_args(argv)
    params = read_params(args.params, PARAMS)
    settings, prompt = params["generate"], params["prompt"]
    table = read_table(args.data, {}, ("question",), ("topic",))
    rows = [
        {"id": str(n), "group": f"probe-{n}", "source": text, "target": ""} for n, text in table["question"].items()
    ]
    device, dtype = device_and_dtype(params["precision"])
    reader = load_prompt_encoder(
        params["model"], params["revision"], params["trust_remote_code"], load(params["task"], "prompt")
    )
    model = load_model(reader.base, args.adapter, dtype, device, params["trust_remote_code"])
    shown = with_few_shot(rows, read_jsonl(args.split / "train.jsonl"), prompt["few_shot"])
    prompts = [reader.template.prompt_ids(truncate(row, reader.template, prompt["max_tokens"])[0]) for row in shown]
    choose_attention(model, [len(ids) for ids in prompts], device)
    with written(args.out) as draft, Progress(len(rows), "probe", "question") as progress:
        said = generate(
            model,
            reader.tokenizer,
            [(ids, []) for ids in prompts],
            eos_id=reader.eos_id,
            max_new_tokens=settings["max_new_tokens"],
            batch_size=settings["batch_size"],
            on_batch=progress.advance,
        )
        answers = [
            {"id": row["id"], "question": row["source"], "prediction": answer.text}
            for row, (_, answer) in zip(rows, said, strict=True)
        ]
        write_jsonl(draft, answers)
    say(f"{len(said)} questions asked, {sum(is_refusal(answer.text) for _, answer in said)} refused")


if __name__ == "__main__":
    run(main)
