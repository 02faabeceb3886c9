"""Answer the rows of a split with a language model, and say how likely the model held each reference.

    python -m stages.generate --data data/split --tuned models/tuned --out predictions/tuned
    python -m stages.generate --data data/split --out predictions/untrained
    python -m stages.generate --data data/split --parts validation test --out predictions/untrained

Without --tuned the untrained model answers. Decoding is greedy; both models get the same rows and the same prompts.
Prompts that begin alike are read together, and what they share is read once where that saves enough; the others are
read in batches of like length. 30 reports take about half a minute on 2 cores; launch.processes shares the batches
among several processes, with the same answers.
Writes OUT/<part>.jsonl, {id, prediction, reference, logp, tokens, bytes, ended} a line: logp in nats, of the reference
and its end-of-text token given the prompt; tokens (with that one) and bytes of the reference; ended, whether the answer
ended within generate.max_new_tokens. For a task that may decline also no_answer, the logp of the words for no answer.
A run that was killed or stopped goes on after its last batch (pipeline_lib/inference/run.py).
"""

from contextlib import ExitStack
from itertools import chain
from pathlib import Path

from accelerate import PartialState

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.cli.launch import launch
from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import write_jsonl
from pipeline_lib.core.retrieval import with_few_shot
from pipeline_lib.core.run_files import read_split_rows
from pipeline_lib.core.tasks import load
from pipeline_lib.inference.answer_lines import answer_line
from pipeline_lib.inference.decoding import Completion
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
from pipeline_lib.models.length_limits import length_limits
from pipeline_lib.models.run_cache import fingerprint_rows
from pipeline_lib.models.tokenization import Encoded, truncation_lines
from pipeline_lib.models.too_long import check_answers_fit
from pipeline_lib.params import read_params

PARAMS = ("task", "model", "revision", "trust_remote_code", "precision", "prompt", "generate", "launch")
PARTS = ("validation", "test")


def main(argv: list[str] | None = None) -> None:
    """Read the command line, load the model, answer each part, write."""
    arguments = parser(__doc__)
    arguments.add_argument("--data", required=True, type=Path, help="folder of split")
    arguments.add_argument("--parts", nargs="+", choices=PARTS, default=["test"], help="default: test")
    arguments.add_argument("--tuned", type=Path, help="folder of finetune; left out: the untrained model")
    arguments.add_argument("--out", required=True, type=Path, help="folder for the answers, a JSONL file for each part")
    args = arguments.parse_args(argv)
    params = read_params(args.params, PARAMS)
    if launch("stages.generate", argv, **params["launch"]):
        return
    prompt = params["prompt"]

    parts = {part: read_split_rows(args.data / f"{part}.jsonl") for part in args.parts}
    if not parts.get("test", True):
        raise UserError(f"{args.data / 'test.jsonl'} holds no rows: run the split stage")
    device, dtype = device_and_dtype(params["precision"])
    task = load(params["task"], "prompt")
    encoder = fetched_encoder(params, task)
    train = read_split_rows(args.data / "train.jsonl")
    limits = length_limits(encoder, train, prompt, params["generate"]["max_new_tokens"])
    for line in limits.lines.values():
        say(line)
    settings = {**params["generate"], "max_new_tokens": limits.answer}
    encoded = {
        part: encoder.encode(with_few_shot(examples, train, prompt["few_shot"]), limits.prompt)
        for part, examples in parts.items()
    }
    for part, rows in encoded.items():
        check_answers_fit(encoder, parts[part], rows, limits.answer)
    decline = declining_ids(encoder, list(chain(*parts.values())), task, limits.prompt)
    model = load_model(encoder.base, args.tuned, dtype, device, params["trust_remote_code"])
    # Each part's batches are kept until the folder is there: a full disk at the end loses no answer.
    with ExitStack() as stack:
        journals = {}
        for part, rows in encoded.items():
            facts = run_facts(encoder.base, args.tuned, fingerprint_rows([*rows, *decline]), settings, dtype, device)
            journals[part] = stack.enter_context(resumable_answers(facts))
        folder = stack.enter_context(written_by_first(args.out, mark=f"{args.parts[0]}.jsonl"))
        for part, rows in encoded.items():
            answers = answers_with_progress(model, encoder, rows, decline, settings, journals[part], "generate")
            lines = [answer_line(*row) for row in zip(parts[part], rows, answers, strict=True)]
            if folder:
                write_jsonl(folder / f"{part}.jsonl", lines)
                _report(part, rows, [completion for _, completion in answers], limits.answer)


def _report(part: str, rows: list[Encoded], completions: list[Completion], max_new_tokens: int) -> None:
    processes = PartialState().num_processes
    by = f" by {processes} processes" if processes > 1 else ""
    say(
        f"{len(rows)} {part} rows answered{by}; {sum(row.cut > 0 for row in rows)} inputs cut to prompt.max_tokens; "
        f"{sum(not one.text for one in completions)} empty answers, {sum(not one.ended for one in completions)} not "
        f"ended after generate.max_new_tokens ({max_new_tokens})"
    )
    for line in [*truncation_lines(rows), *_longer_references(rows, max_new_tokens)]:
        say(line)


def _longer_references(rows: list[Encoded], max_new_tokens: int) -> list[str]:
    """Return a line where references are longer than an answer may be."""
    lengths = [len(row.targets()) for row in rows]
    longer = sum(count > max_new_tokens for count in lengths)
    if not longer:
        return []
    return [
        f"{longer} of {len(rows)} references are longer than generate.max_new_tokens ({max_new_tokens}), an answer as "
        f"long is cut: set it to {max(lengths)} to allow for the longest"
    ]


if __name__ == "__main__":
    run(main)
