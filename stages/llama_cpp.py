"""The test rows through llama.cpp, from a GGUF file. Not a stage of the pipeline: run it by hand.

    pip install xllamacpp
    python -m stages.llama_cpp --gguf model.gguf --tuned models/tuned --data data/split --out predictions/llama_cpp
    python -m stages.llama_cpp ... --beside predictions/tuned     # and what the file loses beside transformers

The prompts of the test rows are those of generate, token by token, and decoding is greedy, one row after the other. It
says how many prompts llama.cpp's own tokenizer reads otherwise. Writes OUT/test.jsonl, {id, prediction, reference,
ended} a line, as generate does without likelihoods; score shows it where it stands in the place of tuned. --beside
prints how many answers are the same, and the difference in the task's headline metric with its 95% interval, paired by
row. 30 reports take about half a minute on 2 cores.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.cli.progress import Progress
from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import write_jsonl, written
from pipeline_lib.core.retrieval import with_few_shot
from pipeline_lib.core.rows import Answer, Example
from pipeline_lib.core.run_files import read_split_rows
from pipeline_lib.core.tasks import load
from pipeline_lib.evaluation.predictions import read_predictions
from pipeline_lib.evaluation.score_table import gain_over, row_table
from pipeline_lib.evaluation.scoring import Scoring, load_scoring
from pipeline_lib.export.llama_cpp import LlamaCpp, check_source
from pipeline_lib.export.merging import Trained, prompt_frame, prompting, read_trained
from pipeline_lib.inference.decoding import completion
from pipeline_lib.models.prompt_encoder import trained_encoder
from pipeline_lib.models.tokenization import Encoded
from pipeline_lib.params import read_params

PARAMS = ()
FILE = "test.jsonl"


def main(argv: list[str] | None = None) -> None:
    """Read the command line, answer the test rows, write, compare."""
    arguments = parser(__doc__)
    arguments.add_argument("--gguf", required=True, type=Path, help="file of stages.export --format gguf")
    arguments.add_argument("--tuned", required=True, type=Path, help="folder of finetune that it was made of")
    arguments.add_argument("--model", help="the base model: a folder, name or Hub id (default: as in base.json)")
    arguments.add_argument("--data", required=True, type=Path, help="folder of split")
    arguments.add_argument("--out", required=True, type=Path, help="folder for the answers")
    arguments.add_argument("--beside", type=Path, help="folder of generate's answers of the same model")
    arguments.add_argument("--max-new-tokens", type=int, help="of an answer (default: as 99%% of the training rows)")
    args = arguments.parse_args(argv)

    trained = read_trained(args.tuned, args.model)
    limit = _limit(trained, args.max_new_tokens)
    if not check_source(args.gguf, trained):
        say(f"{args.gguf} does not say what it was made of: whether of {args.tuned} is not checked")
    test, train = (read_split_rows(args.data / f"{part}.jsonl") for part in ("test", "train"))
    beside = read_predictions(args.beside / FILE, test) if args.beside else None
    # Read now: a key that the params file lacks is an error before the answers, which take minutes.
    scoring = load_scoring(trained.settings["task"])
    settings = read_params(args.params, scoring.PARAMS) if args.beside else {}
    rows = _encoded(trained, test, train)
    llama = LlamaCpp(args.gguf, max(row.start for row in rows) + limit + 1)
    other = sum(_reads_otherwise(llama, trained.tokenizer, row) for row in rows)
    say(f"{other} of {len(rows)} prompts are other tokens in llama.cpp's own tokenizer; it is given ours")
    with written(args.out, mark=FILE) as folder:
        folder.mkdir()
        answers = _answers(llama, trained, test, rows, limit)
        write_jsonl(folder / FILE, answers)
    say(f"{len(answers)} test rows answered, {sum(not one['ended'] for one in answers)} not ended after {limit} tokens")
    if beside is not None:
        for line in _comparison(scoring, settings, trained.settings["seed"], test, train, answers, beside):
            say(line)


def _limit(trained: Trained, given: int | None) -> int:
    """Return how many tokens an answer may have. Raises UserError for a classifier, and where nothing says it."""
    if trained.labels is not None:
        raise UserError(f"{trained.folder} is a classifier, and llama.cpp runs language models: name another --tuned")
    limit = trained.answer_tokens if given is None else given
    if limit is None or limit < 1:
        shown = f", not {given}" if given is not None else f": base.json of {trained.folder} does not say it"
        raise UserError(f"an answer must have --max-new-tokens of 1 or more{shown}: set it as in generate")
    return limit


def _encoded(trained: Trained, test: Sequence[Example], train: Sequence[Example]) -> list[Encoded]:
    """Return the test rows in tokens, as generate encodes them."""
    if not test:
        raise UserError("there are no test rows to ask llama.cpp: run the split stage")
    prompt = trained.settings["prompt"]
    encoder = trained_encoder(trained.base, trained.folder, False, load(trained.settings["task"], "prompt"))
    return encoder.encode(with_few_shot(test, train, prompt["few_shot"]), prompt["max_tokens"])


def _reads_otherwise(llama: LlamaCpp, tokenizer: Any, row: Encoded) -> bool:
    """Return whether llama.cpp makes other tokens of the prompt's text than the tokenizer does."""
    text = tokenizer.decode(row.ids[: row.start], clean_up_tokenization_spaces=False)
    return llama.token_ids(text) != tokenizer(text, add_special_tokens=False)["input_ids"]


def _answers(
    llama: LlamaCpp, trained: Trained, test: Sequence[Example], rows: Sequence[Encoded], limit: int
) -> list[Answer]:
    tokenizer = trained.tokenizer
    frame = prompt_frame(tokenizer, trained.base, load(trained.settings["task"], "prompt"))
    # Where an answer ends with ordinary text, the file has no token to end it.
    stop = None if prompting(frame, tokenizer).eos_id is not None else tokenizer.decode([frame.eos_id])
    ends = {frame.eos_id, tokenizer.eos_token_id}
    answers = []
    with Progress(len(rows), "llama.cpp", "row") as progress:
        for example, row in zip(test, rows, strict=True):
            ids = llama.complete(row.ids[: row.start], limit, stop)
            ids = ids[: next((place for place, token in enumerate(ids) if token in ends), len(ids))]
            made = completion(tokenizer, ids, limit)
            answers.append(
                {"id": example["id"], "prediction": made.text, "reference": example["target"], "ended": made.ended}
            )
            progress.advance(1)
    return answers


def _comparison(
    scoring: Scoring,
    settings: dict[str, Any],
    seed: int,
    test: list[Example],
    train: list[Example],
    ours: list[Answer],
    theirs: list[Answer],
) -> list[str]:
    """Return how many answers are the same, and the difference in the headline metric with its interval."""
    same = sum(one["prediction"] == other["prediction"] for one, other in zip(ours, theirs, strict=True))
    answers = {"tuned": ours, "transformers": theirs}
    table = row_table(test, [0.0] * len(test), answers, scoring, {**settings, **scoring.fit(train)})
    name = scoring.HEADLINE
    found = gain_over(table, "transformers", name, scoring.metrics(test, **settings)[name], seed)
    ends = "" if found["low"] is None else f" [{found['low']:+.4f}, {found['high']:+.4f}]"
    means = {system: table[f"{system}.{name}"].mean() for system in answers if f"{system}.{name}" in table}
    shown = f" ({means['tuned']:.4f} against {means['transformers']:.4f})" if len(means) == len(answers) else ""
    return [
        f"{same} of {len(test)} answers are the same text as transformers'",
        f"llama.cpp over transformers in {name}: {found['difference']:+.4f}{ends}{shown}, p {found['p_text']}: "
        f"{found['verdict']}; rows better {found['rows_better']}, worse {found['rows_worse']}",
    ]


if __name__ == "__main__":
    run(main)
