"""Merge an adapter into its base model, as a plain transformers model. Not a stage of the pipeline: run it by hand.

    python -m stages.export --tuned models/tuned --out models/merged
    python -m stages.export --tuned models/tuned --model ~/models/mine --precision bf16 --out models/merged

The base model is found by the name in base.json; --model says where it is if it was a local folder. A folder of
method: full can be exported too. LoRA weights are added to those of the base model in float32; --precision bf16 or fp16
halves the files and rounds the weights. Writes OUT: model.safetensors, config.json (with a classifier's labels), the
tokenizer, and what this project needs beside them: base.json, prompt.txt and, where prompts show training rows,
few_shot.jsonl. It loads with transformers alone, and with pipeline_lib.load and stages.predict as before:

    pipeline("text-classification", model=OUT, truncation=True)     a classifier; model_max_length is max_tokens
    AutoModelForCausalLM.from_pretrained(OUT)                       a language model; generate() stops as trained, or
                                                                    after as many tokens as 99% of the answers had
"""

from pathlib import Path
from typing import Any

import torch

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import written
from pipeline_lib.core.run_files import IDENTITY, read_identity
from pipeline_lib.core.tasks import load
from pipeline_lib.models.loading import Base, load_tokenizer
from pipeline_lib.models.lora import load_base, load_trained, merge, save_trained
from pipeline_lib.models.tokenization import PromptTemplate
from pipeline_lib.models.usage import PROMPT, Usage, data_of, read_few_shot

PARAMS = ()
PRECISIONS = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


def main(argv: list[str] | None = None) -> None:
    """Read the command line, merge, write."""
    arguments = parser(__doc__)
    arguments.add_argument("--tuned", required=True, type=Path, help="folder of finetune or finetune_classifier")
    arguments.add_argument("--out", required=True, type=Path, help="folder for the model")
    arguments.add_argument("--model", help="the base model: a folder, name or Hub id (default: as in base.json)")
    arguments.add_argument(
        "--precision", choices=PRECISIONS, default="fp32", help="of the files (default: %(default)s)"
    )
    args = arguments.parse_args(argv)
    if args.out.resolve() == args.tuned.resolve():
        raise UserError(f"--out must be another folder than --tuned, both are {args.out}: the adapter would be lost")

    identity = read_identity(args.tuned)
    labels, settings, answer_tokens = identity.get("labels"), identity["settings"], identity.get("answer_tokens")
    with written(args.out, mark=IDENTITY) as folder:
        base = load_base(args.tuned, args.model)
        model = merge(load_trained(base, args.tuned, torch.float32)).to(PRECISIONS[args.precision])
        tokenizer = load_tokenizer(Base(base.name, base.revision, args.tuned, base.sha256))
        if labels is None:
            _stop_as_trained(model, tokenizer, settings["task"], answer_tokens)
        else:
            tokenizer.model_max_length = settings["max_tokens"]
        folder.mkdir()
        save_trained(
            model, tokenizer, base, folder, method="merged", settings=settings, labels=labels,
            answer_tokens=answer_tokens, usage=_usage(args.tuned, identity),
        )  # fmt: skip
    kind = "a language model" if labels is None else f"a classifier of {', '.join(labels)}"
    say(f"{args.out}: {base.name} with {args.tuned}, {kind}, {model.num_parameters():,} weights in {args.precision}")


def _usage(tuned: Path, identity: dict[str, Any]) -> Usage | None:
    """Return how the trained model in `tuned` is asked; None where the folder is older and does not say it."""
    if "data" not in identity:
        return None
    prompt = tuned / PROMPT
    return Usage(data_of(identity), read_few_shot(tuned), prompt.read_bytes().decode() if prompt.is_file() else "")


def _stop_as_trained(model: Any, tokenizer: Any, task: str, answer_tokens: int | None) -> None:
    """Make generate() also stop at the token that ended each answer in training, which may differ from the base's.

    Its longest answer is that of the training rows (generate.max_new_tokens: auto); transformers' default is 20 tokens.
    """
    if answer_tokens is not None:
        model.generation_config.max_new_tokens = answer_tokens
    prompt = load(task, "prompt")
    eos_id = PromptTemplate(tokenizer, prompt.prompt, prompt.CUE).eos_id()
    configured = model.generation_config.eos_token_id
    stops = configured if isinstance(configured, list) else [configured] if configured is not None else []
    if eos_id not in stops:
        model.generation_config.eos_token_id = [*stops, eos_id]


if __name__ == "__main__":
    run(main)
