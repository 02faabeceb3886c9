"""Show what a run on a params file will read, before anything is spent. Not a stage of the pipeline: run it by hand.

    python -m stages.preview
    python -m stages.preview --params recipes/company/params.yaml

What was read and how it is split, some training rows as the model will see them with what it learns marked, lengths
in tokens, what is cut, and what difference so many test rows can show at all. No weights are loaded and nothing is
trained; rows are read, split and encoded by the functions of the stages. Of the model its tokenizer alone is needed:
where it is not on this machine, the download and its size are named first; --no-model does without, in words. Takes
about 13 seconds for 10,000 rows. Writes PAGE (one HTML file, which quotes rows).
"""

import sys
from dataclasses import asdict
from typing import Any

from pipeline_lib.cli.command import parser, printable, run, say
from pipeline_lib.core.errors import UserError
from pipeline_lib.core.rows import Example
from pipeline_lib.core.tasks import load
from pipeline_lib.data.split_figures import label_lines, split_figures, summary
from pipeline_lib.data.split_table import split_table, written_parts
from pipeline_lib.data.tracking import refuse_unguarded
from pipeline_lib.data.user_rows import read_user_rows
from pipeline_lib.evaluation.scoring import load_scoring
from pipeline_lib.params import load_params, pick_params
from pipeline_lib.preview.detectable import detectable
from pipeline_lib.preview.preview_page import Lengths, Preview, advice, lengths, lines, write_page
from pipeline_lib.preview.preview_rows import PreviewRows, text_rows
from pipeline_lib.words.corpus.lexicon import detect_language

PARAMS = ("data", "encoding", "task", "columns", "seed", "split")
MODEL = ("model", "revision", "trust_remote_code")
COLOURS = {"": ("", ""), "learnt": ("\x1b[32m", "\x1b[0m"), "read": ("\x1b[2m", "\x1b[0m")}  # green, faint
PAGE = "pages/preview.html"
STRATA = {
    "impression": "modality",
    "sentiment": "label",
    "qa": "kind of question",
    "company": "topic",
    "dialogue": "topic",
}


def main(argv: list[str] | None = None) -> None:
    """Read the command line, show."""
    arguments = parser(__doc__)
    arguments.add_argument("--page", default=PAGE, help="HTML file to write (default: %(default)s)")
    arguments.add_argument("--rows", type=int, default=5, help="training rows to show (default: %(default)s)")
    arguments.add_argument("--no-model", action="store_true", help="no tokenizer: prompts as text, lengths in words")
    args = arguments.parse_args(argv)
    show(args.params, args.page, max(0, args.rows), with_model=not args.no_model)


def show(path: str, page: str, shown: int, with_model: bool) -> None:
    """Print the preview of a params file and write its page."""
    content = load_params(path)
    params = pick_params(content, PARAMS, path)
    task, scoring = load(params["task"], "data"), load_scoring(params["task"])
    task_params = pick_params(content, getattr(task, "PARAMS", ()), path)
    rows = read_user_rows(task, params["data"], params["columns"], params["split"], task_params, params["encoding"])
    split = split_table(rows, task.DISTINCT, params["split"], params["seed"])
    parts = written_parts(task, split, task_params, rows.origin)
    figures = split_figures(rows, split, parts, params["split"]["unsupported"])
    encoded = _encoded(content, path, parts, shown, with_model)
    power = detectable(parts, scoring, pick_params(content, scoring.PARAMS, path), params["seed"])
    preview = Preview(
        params=path,
        data=params["data"],
        task=params["task"],
        model=content["model"] if with_model else "",
        read=[
            *_columns(params["columns"]),
            *rows.schemas,
            *summary(figures),
            *label_lines(parts)[1:],
            _language(parts["train"]),
            *encoded.lines,
        ],
        figures=figures,
        strata=STRATA.get(params["task"], "stratum"),
        unit=encoded.unit,
        lengths=_lengths(encoded),
        power=power,
        advice=[*_unguarded(params["data"]), *advice(encoded)],
        rows=[asdict(row) for row in encoded.shown],
    )
    for kind, line in lines(preview):
        before, after = COLOURS[kind] if sys.stdout.isatty() else ("", "")
        print(f"{before}{printable(line)}{after}", flush=True)
    write_page(page, preview)
    say(f"open {page} in a browser")


def _encoded(content: dict[str, Any], path: str, parts: dict[str, Any], shown: int, with_model: bool) -> PreviewRows:
    """Return the rows as the model of the params file reads them: an encoder where it has max_tokens at its top."""
    classifies = "max_tokens" in content
    prompt = {} if classifies else pick_params(content, ("prompt",), path)["prompt"]
    task = None if classifies else load(content["task"], "prompt")
    if not with_model:
        return text_rows(parts, task, prompt.get("few_shot", 0), shown)
    # imported here, for it loads torch and transformers, which a preview without the model does not need
    from pipeline_lib.preview.encoded_rows import classifier_rows, language_model_rows

    settings = pick_params(content, MODEL, path)
    base, remote = _base(settings), settings["trust_remote_code"]
    if task is None:
        return classifier_rows(parts, base, remote, content["max_tokens"], shown)
    answer = pick_params(content, ("generate",), path)["generate"]["max_new_tokens"] if "generate" in content else None
    return language_model_rows(parts, base, remote, task, prompt, answer, shown)


def _base(settings: dict[str, Any]) -> Any:
    """Return the base model's tokenizer, fetched if necessary, which is said before."""
    from pipeline_lib.preview.tokenizer_only import download, locate_tokenizer

    try:
        if what := download(settings["model"], settings["revision"]):
            say(f"fetching {what}, once; --no-model previews without it")
        return locate_tokenizer(settings["model"], settings["revision"])
    except UserError as error:
        raise UserError(f"{error}; --no-model previews without the model") from error


def _columns(columns: dict[str, Any]) -> list[str]:
    """Return the line that says which columns of the file are read as what; the others have the task's own names."""
    if not columns:
        return []
    return [f"columns: {', '.join(f'{name} is {str(header)!r}' for name, header in columns.items())}"]


def _language(train: list[Example]) -> str:
    """Return the line that names the language of inputs and targets."""
    inputs, targets = (detect_language(row[name] for row in train) for name in ("source", "target"))
    if inputs == targets or "labels" in train[0]:
        return f"language: {inputs}"
    return f"language: {inputs}, of the targets {targets}"


def _unguarded(data: str) -> list[str]:
    """Return a line where split would stop, since Git could take the data."""
    try:
        refuse_unguarded(data)
    except UserError as error:
        return [f"A stage would stop: {error}"]
    return []


def _lengths(rows: PreviewRows) -> list[Lengths]:
    cut = f"{rows.cut:,} of {len(rows.prompts) + len(rows.windows):,} cut to {rows.limit:,}" if rows.limit else ""
    if rows.fewer:
        cut += f", {rows.fewer:,} show fewer examples"
    return [
        *lengths("dialogues", rows.windows, ""),
        *lengths("prompts" if rows.targets else "texts", rows.prompts, cut),
        *lengths("targets", rows.targets, ""),
    ]


if __name__ == "__main__":
    run(main)
