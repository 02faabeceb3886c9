"""Answer the rows of a split with the untrained model, shown training rows with their answers: baselines.

    python -m stages.generate_prompted --data data/split --out predictions/prompted

Each prompt begins with the training rows most similar to its row, 3 and in a second round 6 of them, each as a question
and its answer: as turns of a chat where the model has a chat template, else as text; the most similar one comes last.
As many are shown as the model reads, and never rows of the row's own group. For 30 reports both take about two minutes
on 2 cores. Writes what baselines writes: OUT/test/prompted_3.jsonl and prompted_6.jsonl, each with the lines of
generate, and OUT/meanings.json. A run that was killed or stopped goes on after its last batch.
"""

from collections.abc import Mapping
from contextlib import ExitStack
from itertools import chain
from pathlib import Path

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.cli.launch import launch
from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import write_json, write_jsonl
from pipeline_lib.core.retrieval import with_demonstrations
from pipeline_lib.core.rows import Example
from pipeline_lib.core.run_files import MEANINGS, read_split_rows
from pipeline_lib.core.tasks import load
from pipeline_lib.inference.answer_lines import answer_line
from pipeline_lib.inference.prompted import SHOWN, prompted_batch_size, prompted_meaning, prompted_name
from pipeline_lib.inference.run import (
    answers_with_progress,
    declining_ids,
    fetched_encoder,
    load_model,
    resumable_answers,
    run_facts,
    written_by_first,
)
from pipeline_lib.models.device import device_and_dtype
from pipeline_lib.models.length_limits import LengthLimits, length_limits
from pipeline_lib.models.prompt_encoder import RowEncoder
from pipeline_lib.models.run_cache import fingerprint_rows
from pipeline_lib.models.tokenization import Encoded
from pipeline_lib.models.too_long import check_answers_fit
from pipeline_lib.params import read_params

PARAMS = ("task", "model", "revision", "trust_remote_code", "precision", "prompt", "generate", "launch")
PARTS = ("validation", "test")


def main(argv: list[str] | None = None) -> None:
    """Read the command line, load the model, answer with each number of training rows, write."""
    arguments = parser(__doc__)
    arguments.add_argument("--data", required=True, type=Path, help="folder of split")
    arguments.add_argument("--parts", nargs="+", choices=PARTS, default=["test"], help="default: test")
    arguments.add_argument("--out", required=True, type=Path, help="folder for the baselines' answers")
    args = arguments.parse_args(argv)
    params = read_params(args.params, PARAMS)
    if launch("stages.generate_prompted", argv, **params["launch"]):
        return
    prompt = params["prompt"]

    parts = {part: read_split_rows(args.data / f"{part}.jsonl") for part in args.parts}
    train = read_split_rows(args.data / "train.jsonl")
    for part, examples in {"train": train, **parts}.items():
        if not examples and part != "validation":
            raise UserError(f"{args.data / part}.jsonl holds no rows: run the split stage")
    device, dtype = device_and_dtype(params["precision"])
    task = load(params["task"], "prompt")
    encoder = fetched_encoder(params, task)
    limits = length_limits(encoder, train, prompt, params["generate"]["max_new_tokens"])
    decline = declining_ids(encoder, list(chain(*parts.values())), task, limits.prompt)
    prompts, meanings = _prompts(encoder, parts, train, limits)
    settings = {
        shown: {
            "max_new_tokens": limits.answer,
            "batch_size": prompted_batch_size(shown, params["generate"]["batch_size"]),
        }
        for shown in prompts
    }
    model = load_model(encoder.base, None, dtype, device, params["trust_remote_code"])
    # Each batch is kept until the folder is there: a full disk at the end loses no answer.
    with ExitStack() as stack:
        journals = {}
        for shown, encoded in prompts.items():
            for part, rows in encoded.items():
                tokens = fingerprint_rows([*rows, *decline])
                facts = run_facts(encoder.base, None, tokens, settings[shown], dtype, device)
                journals[shown, part] = stack.enter_context(resumable_answers(facts)) if rows else None
        folder = stack.enter_context(written_by_first(args.out, mark=MEANINGS))
        for (shown, part), journal in journals.items():
            rows, title = prompts[shown][part], f"{part} rows, {shown} shown"
            answers = (
                answers_with_progress(model, encoder, rows, decline, settings[shown], journal, title) if journal else []
            )
            lines = [answer_line(*row) for row in zip(parts[part], rows, answers, strict=True)]
            if folder:
                write_jsonl(folder / part / f"{prompted_name(shown)}.jsonl", lines)
        if folder:
            write_json(folder / MEANINGS, meanings)


def _prompts(
    encoder: RowEncoder, parts: Mapping[str, list[Example]], train: list[Example], limits: LengthLimits
) -> tuple[dict[int, dict[str, list[Encoded]]], dict[str, str]]:
    """Return the rows in tokens by training rows shown and by part, and by baseline what it did, in words."""
    prompts: dict[int, dict[str, list[Encoded]]] = {}
    meanings = {}
    for shown in SHOWN:
        name = prompted_name(shown)
        shots = {part: with_demonstrations(examples, train, shown) for part, examples in parts.items()}
        encoded = {part: encoder.encode(rows, limits.prompt, limits.answer) for part, rows in shots.items()}
        if encoded in prompts.values():
            say(f"{name}: left out, no more training rows fit than with fewer")
            continue
        for part, rows in encoded.items():
            check_answers_fit(encoder, parts[part], rows, limits.answer)
        prompts[shown] = encoded
        meanings[name] = prompted_meaning(shown, list(chain(*shots.values())), list(chain(*encoded.values())))
        say(f"{name}: {meanings[name]}")
    return prompts, meanings


if __name__ == "__main__":
    run(main)
