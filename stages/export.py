"""Export a trained model for other programs. Not a stage of the pipeline: run it by hand.

    python -m stages.export --tuned models/tuned --out models/merged
    python -m stages.export --tuned models/tuned --model ~/models/mine --precision bf16 --out models/merged
    python -m stages.export --tuned models/tuned --format gguf --out model.gguf
    python -m stages.export --tuned models/tuned --format gguf --precision q8_0 --out model-q8_0.gguf
    python -m stages.export --tuned models/tuned --format ollama --precision q8_0 --out models/ollama

The base model is found by the name in base.json; --model says where it is if it was a local folder. A folder of
method: full can be exported too. LoRA weights are added to those of the base model in float32, then rounded to
--precision. What --format writes:

merged (fp32, bf16 or fp16)  OUT: model.safetensors, config.json (with a classifier's labels), the tokenizer, and
                             what stages.predict needs: base.json and, where prompts show training rows, these in
                             few_shot.jsonl. It loads with transformers alone:
    pipeline("text-classification", model=OUT, truncation=True)     a classifier; model_max_length is max_tokens
    AutoModelForCausalLM.from_pretrained(OUT)                       a language model; generate() stops as trained, or
                                                                    after as many tokens as 99% of the answers had
gguf (f16 or q8_0)           OUT: one file for llama.cpp, of a Llama or a Gemma 3: weights, tokenizer, chat template,
                             and the token that ended each answer in training. stages.llama_cpp checks it.
ollama (f16 or q8_0)         OUT: model.gguf and a Modelfile with the prompt template: ollama create NAME -f
                             OUT/Modelfile, then ollama run NAME. Each question stands alone.
"""

import argparse
from pathlib import Path

import torch

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import write_text, written
from pipeline_lib.core.run_files import IDENTITY
from pipeline_lib.core.tasks import load
from pipeline_lib.export.gguf_file import PRECISIONS, SOURCE, check_supported, check_target, write_gguf
from pipeline_lib.export.merging import PromptFrame, Trained, prompt_frame, prompting, read_trained, write_merged
from pipeline_lib.export.modelfile import NAME, modelfile
from pipeline_lib.models.registry import CATALOG

PARAMS = ()
DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
FORMATS = {"merged": tuple(DTYPES), "gguf": tuple(PRECISIONS), "ollama": tuple(PRECISIONS)}  # the first is the default
MODEL = "model.gguf"  # in the folder for Ollama


def main(argv: list[str] | None = None) -> None:
    """Read the command line, merge, write."""
    arguments = parser(__doc__)
    arguments.add_argument("--tuned", required=True, type=Path, help="folder of finetune or finetune_classifier")
    arguments.add_argument("--format", choices=FORMATS, default="merged", help="default: %(default)s")
    arguments.add_argument("--out", required=True, type=Path, help="folder for the model; of gguf the file")
    arguments.add_argument("--model", help="the base model: a folder, name or Hub id (default: as in base.json)")
    arguments.add_argument("--precision", help="of the weights (default: fp32 of merged, f16 of gguf and ollama)")
    args = arguments.parse_args(argv)
    args.precision = args.precision or FORMATS[args.format][0]
    _check_arguments(args)
    trained = read_trained(args.tuned, args.model)
    frame = None
    if trained.labels is None:
        frame = prompt_frame(trained.tokenizer, trained.base, load(trained.settings["task"], "prompt"))
    if args.format == "merged":
        with written(args.out, mark=IDENTITY) as folder:
            weights = write_merged(folder, trained, DTYPES[args.precision], frame.eos_id if frame else None)
    else:
        weights = _write_gguf(args, trained, frame)
    kind = "a language model" if frame else f"a classifier of {', '.join(trained.labels or ())}"
    say(f"{args.out}: {trained.base.name} with {args.tuned}, {kind}, {weights:,} weights in {args.precision}")


def _check_arguments(args: argparse.Namespace) -> None:
    """Raise UserError for a precision that the format does not have, and where the adapter would be lost."""
    if args.precision not in FORMATS[args.format]:
        known = ", ".join(FORMATS[args.format])
        raise UserError(f"--precision must be one of {known} for --format {args.format}, not {args.precision!r}")
    if args.out.resolve() == args.tuned.resolve():
        raise UserError(f"--out must be another folder than --tuned, both are {args.out}: the adapter would be lost")
    if args.format == "gguf":
        check_target(args.out)


def _write_gguf(args: argparse.Namespace, trained: Trained, frame: PromptFrame | None) -> int:
    """Write the GGUF file, for Ollama in a folder with its Modelfile; return the model's number of weights."""
    if frame is None:
        raise UserError(
            f"{args.tuned} is a classifier, and llama.cpp runs language models: export --format merged, which "
            "transformers loads"
        )
    check_supported(trained.config, trained.base.name)
    source = CATALOG.get(trained.base.name)
    facts = {"general.name": trained.base.name, SOURCE: trained.fingerprint()}
    facts |= {"general.license": source.licence} if source else {}
    if args.format == "gguf":
        model = trained.merged()
        write_gguf(args.out, model, trained.tokenizer, prompting(frame, trained.tokenizer), args.precision, facts)
        return model.num_parameters()
    text = _modelfile(trained, frame, source.licence if source else None)
    with written(args.out, mark=NAME) as folder:
        folder.mkdir()
        model = trained.merged()
        write_gguf(folder / MODEL, model, trained.tokenizer, prompting(frame, trained.tokenizer), args.precision, facts)
        write_text(folder / NAME, text)
    return model.num_parameters()


def _modelfile(trained: Trained, frame: PromptFrame, licence: str | None) -> str:
    """Return the Modelfile. Raises UserError where the template depends on the row."""
    if frame.after is None:
        raise UserError(
            "the last words of this task's prompts depend on the row, and Ollama has one template: export --format gguf"
        )
    answer, context = trained.answer_tokens, trained.config.max_position_embeddings
    asked = trained.settings["prompt"]["max_tokens"]
    parameters = {"temperature": 0, "num_ctx": min(context, asked + answer) if answer else context}
    parameters |= {"num_predict": answer} if answer else {}
    stop = trained.tokenizer.decode([frame.eos_id])
    return modelfile(MODEL, frame.before, frame.after, stop=stop, parameters=parameters, licence=licence)


if __name__ == "__main__":
    run(main)
