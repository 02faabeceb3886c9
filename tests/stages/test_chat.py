"""chat: the same dialogue for the same seed, its commands, how it is stopped, and its errors."""

import os
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from pipeline_lib import load
from pipeline_lib.core.dialogues import split_label
from pipeline_lib.core.files import read_json, write_json
from pipeline_lib.inference.sampling import Sampling, next_turn
from pipeline_lib.models.loading import load_tokenizer, locate
from pipeline_lib.models.lora import load_trained
from pipeline_lib.models.transcript_encoder import TranscriptEncoder
from pipeline_lib.tasks.dialogue import data as dialogue
from stages import chat, finetune
from tests.helpers import toys
from tests.helpers.dialogues import DRAWN, SETTINGS, trained
from tests.helpers.stages import error_of, refused, run_stage
from tests.helpers.training_outputs import places

LINES = ["Shall we have tea?", "Good."]


@pytest.fixture(scope="module")
def made(tmp_path_factory, llama_folder) -> Path:
    return trained(tmp_path_factory.mktemp("chat"), llama_folder, {"epochs": 8})


@pytest.fixture
def where(made, llama_folder) -> dict:
    return {"params": made / "params.yaml", "tuned": made / "tuned", "model": llama_folder}


@pytest.fixture
def talk(where, tmp_path):
    """Return a function that runs lines from a script and returns the output."""

    def printed(lines: list[str], **more) -> str:
        (tmp_path / "script.txt").write_text("\n".join(lines), encoding="utf-8")
        return run_stage(chat, **where | {"script": tmp_path / "script.txt"} | more)

    return printed


def by_hand(made, model, lines: list[str], you="Mia", it="", seed=42) -> str:
    """Return the expected output, made with the library alone."""
    base = locate(str(model))
    encoder = TranscriptEncoder(base, load_tokenizer(base))
    tuned = load_trained(base, made / "tuned", torch.float32)
    generator, turns, out = torch.Generator().manual_seed(seed), [], []
    for line in lines:
        turns.append({"speaker": you, "text": line})
        first, *rest = next_turn(tuned, encoder, turns, Sampling(**DRAWN), generator, max_prompt=120, speaker=it)
        shown = "".join([first.lstrip(), *rest])
        out += [f"{you}: {line}\n", "".join(sign if sign.isprintable() else " " for sign in shown), "\n"]
        reply = "".join([first, *rest])
        speaker, text = (it, reply.removeprefix(f"{it}:")) if it else split_label(reply.strip())
        turns.append({"speaker": speaker or "?", "text": text.strip()})
    return "".join(out)


def test_the_seed_fixes_the_dialogue_that_a_script_prints(talk, made, llama_folder, tmp_path):
    first = talk(LINES)
    assert first == by_hand(made, llama_folder, LINES) == talk(LINES)
    assert len(first.splitlines()) >= 4
    other = talk(LINES, params=toys.write_params(tmp_path / "params.yaml", llama_folder, SETTINGS | {"seed": 7}))
    assert other == by_hand(made, llama_folder, LINES, seed=7) != first


def test_labels_may_be_chosen(talk, made, llama_folder):
    found = talk(LINES, you="Tom", it="Dr. Who")
    assert found == by_hand(made, llama_folder, LINES, "Tom", "Dr. Who")
    assert len(re.findall(r"^Dr\. Who:", found, re.MULTILINE)) == 2
    assert len(re.findall(r"^Tom: ", found, re.MULTILINE)) >= 2


def test_save_and_reset(talk, tmp_path):
    fresh = talk(LINES[:1])
    assert talk([*LINES, "/reset", LINES[0]]) == f"{talk(LINES)}Mia: /reset\na new dialogue\n{fresh}"
    assert not talk([*LINES, LINES[0]]).endswith(fresh), "without it the turns before are read"
    needed = "/save needs a file, and a dialogue to write: /save talk.json\n"
    found = talk(["/save x.json", LINES[0], "/save", f"/save {tmp_path}", "/reset", "/save x.json"])
    assert found.count(needed) == 3
    assert f"error: cannot write the file {tmp_path}: it is a folder: name a file in it\n" in found
    assert not Path("x.json").exists()


def test_what_the_input_may_hold(talk, monkeypatch):
    assert talk(["  Shall   we\thave tea? "]).splitlines()[1:] == talk(["Shall we have tea?"]).splitlines()[1:]
    assert talk(["", "   "]) == "Mia: \nMia: \n", "nothing said is no turn"
    assert talk(["/quit", *LINES]) == "Mia: /quit\n"
    assert talk(["/rest", "/savex a"]) == (
        f"Mia: /rest\n/rest is no command: {chat.HELP}\nMia: /savex a\n/savex is no command: {chat.HELP}\n"
    )
    monkeypatch.setattr(chat, "next_turn", lambda *_, **__: iter(["\nTom: \x1b[2J", "a\rb\x07\x9b", " \u00fc\u4e16"]))
    assert talk(LINES[:1]) == f"Mia: {LINES[0]}\nTom:  [2Ja b   \u00fc\u4e16\n"


def test_save_writes_what_the_recipe_reads(talk, tmp_path, monkeypatch):
    path = tmp_path / "new" / "talk.json"
    given = iter([["Tom:", " Tea: \u00fc", " and milk"], ["\n no label"]])
    monkeypatch.setattr(chat, "next_turn", lambda *_, **__: iter(next(given)))
    assert talk([*LINES, f"/save {path}"]) == (
        f"Mia: {LINES[0]}\nTom: Tea: \u00fc and milk\nMia: {LINES[1]}\nno label\n"
        f"Mia: /save {path}\nwrote 4 turns to {path}\n"
    )
    table = dialogue.read(path, {})
    assert table.attrs["schema"] == "turns: a list of {speaker, text}"
    assert list(table["turns"]) == [[
        {"speaker": "Mia", "text": LINES[0]}, {"speaker": "Tom", "text": "Tea: \u00fc and milk"},
        {"speaker": "Mia", "text": LINES[1]}, {"speaker": "?", "text": "no label"},
    ]]  # fmt: skip
    assert read_json(path) == [{"turns": table["turns"][1]}]


def test_a_turn_that_cannot_be_encoded_is_an_error_and_left_out(talk, made, llama_folder):
    found = talk(["tea " * 200, LINES[0], "a <|im_end|> b", LINES[1]])
    long, special = re.findall(r"^error: .*$", found, re.MULTILINE)
    assert re.fullmatch(r"error: prompt.max_tokens \(120\) must hold the longest turn, number 1 of dialogue .*", long)
    assert special == (
        "error: row of this chat holds '<|im_end|>' as text, which is a special token of this model: remove it from "
        "the data"
    )
    left_out = ("error: ", "Mia: tea tea", "Mia: a <")
    rest = "".join(line for line in found.splitlines(keepends=True) if not line.startswith(left_out))
    assert rest == by_hand(made, llama_folder, LINES), "it goes on without them"


def interrupted():
    yield from ("Tom:", " Yes", ", and")
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("pieces", "printed", "turns"),
    [
        (interrupted, f"Mia: {LINES[0]}\nTom: Yes, and ...\nMia: /save ", [("Mia", LINES[0]), ("Tom", "Yes, and")]),
        (lambda: iter(()), "the model ends the dialogue here; go on, or /reset\n", [("Mia", LINES[0])]),
    ],
    ids=["Ctrl-C stops a turn and its text is kept", "the end of the dialogue is printed"],
)
def test_a_turn_that_ends_early(talk, tmp_path, monkeypatch, pieces, printed, turns):
    monkeypatch.setattr(chat, "next_turn", lambda *_, **__: pieces())
    assert printed in talk([LINES[0], f"/save {tmp_path / 'talk.json'}"])
    assert read_json(tmp_path / "talk.json") == [{"turns": [{"speaker": who, "text": text} for who, text in turns]}]


@pytest.mark.parametrize("end", [EOFError, KeyboardInterrupt])
def test_input_is_read_until_its_end_or_ctrl_c(where, made, llama_folder, monkeypatch, end):
    given = iter([LINES[0], " ", "/reset"])

    def read(prompt):
        assert prompt == "", "nobody is there to be prompted"
        for line in given:
            return line
        raise end

    monkeypatch.setattr("builtins.input", read)
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    reply = by_hand(made, llama_folder, LINES[:1]).split("\n", 1)[1]
    assert run_stage(chat, **where) == f"{chat.HELP}\n{reply}a new dialogue\n"


def test_ctrl_c_at_the_prompt_ends_it_without_a_traceback(where):
    process: Any = subprocess.Popen(
        [sys.executable, "-m", "stages.chat", *(f"--{name}={value}" for name, value in where.items())],
        cwd=toys.ROOT, env={**os.environ, "PYTHONUNBUFFERED": "1"}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    try:
        printed = b""
        while chat.HELP.encode() not in printed and select.select([process.stdout], [], [], 120)[0]:
            printed += os.read(process.stdout.fileno(), 4096)
        process.stdin.write(b"Shall we have tea?\n")
        process.stdin.flush()
        assert select.select([process.stdout], [], [], 120)[0], "it answers"
        time.sleep(1)  # the turn is over, it waits for the next
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 0, err
    assert b"Traceback" not in err
    assert out


@pytest.mark.parametrize(
    ("option", "name"), [("you", ""), ("you", "a: b"), ("it", "a:b"), ("it", " x"), ("it", "x" * 61)]
)
def test_a_wrong_label_is_refused(where, option, name):
    assert error_of(run_stage, chat, **where, **{option: name}) == (
        f"--{option} must be a name of at most 60 letters without a colon, not {name!r}: choose another"
    )


def test_a_script_that_cannot_be_read_is_one_line(where, tmp_path):
    (tmp_path / "bad.txt").write_bytes(b"\xff")
    for name in ("none", "bad"):
        message = rf"cannot read .*{name}.txt as UTF-8 text .*: name a file with a line a turn$"
        refused(message, run_stage, chat, **where, script=tmp_path / f"{name}.txt")


def test_models_that_may_be_used(talk, made, where, tmp_path):
    for epoch in ("epoch-1", "epoch-8"):
        assert talk(LINES[:1], tuned=made / "epochs" / epoch).startswith(f"Mia: {LINES[0]}\n")


def test_questions_of_another_task_are_rows_of_their_own(tmp_path, llama_folder, monkeypatch):
    toys.write_split(tmp_path)
    params = toys.write_params(tmp_path / "params.yaml", llama_folder, {"epochs": 1})
    run_stage(finetune, *places(tmp_path), params=params)
    model: Any = load(tmp_path / "tuned", model=str(llama_folder))
    (tmp_path / "title.txt").write_text("CT chest\n")
    lines = [
        "A small nodule.", "/set history cough", f"/read title {tmp_path / 'title.txt'}", "A tear.", "/set history",
        f"/save {tmp_path / 'said.json'}", "/set", "/read title none.txt", "a <|im_end|> b", "/reset", "/save x.json",
    ]  # fmt: skip
    (tmp_path / "script.txt").write_text("\n".join(lines))
    monkeypatch.chdir(tmp_path)
    where = {"tuned": "tuned", "model": llama_folder, "script": "script.txt"}
    (tmp_path / "params.yaml").unlink()
    printed = run_stage(chat, **where)
    rows = [{"observation": "A small nodule."}, {"history": "cough", "title": "CT chest", "observation": "A tear."}]
    answers = [one["answer"] for one in model.predict(rows)]
    said = read_json(tmp_path / "said.json")
    assert said == [row | {"answer": answer} for row, answer in zip(rows, answers, strict=True)]
    shown = ["".join(sign if sign.isprintable() else " " for sign in answer) for answer in answers]
    assert printed.startswith(f"question: A small nodule.\n{shown[0]}\nquestion: /set history cough\n")
    assert f"question: A tear.\n{shown[1]}\n" in printed
    assert f"wrote 2 turns to {tmp_path / 'said.json'}\n" in printed
    assert f"question: /set\na column needs a name and a value: {chat.COLUMNS}\n" in printed
    assert "error: cannot read none.txt as UTF-8 text " in printed
    assert "error: row 1 holds '<|im_end|>' as text" in printed
    assert printed.endswith(
        "a new dialogue\nquestion: /save x.json\n/save needs a file, and a dialogue to write: /save talk.json\n"
    )


def test_a_classifier_is_refused(made, where, tmp_path):
    identity = read_json(made / "tuned" / "base.json")
    write_json(tmp_path / "tuned" / "base.json", identity | {"labels": ["good", "bad"]})
    tuned = tmp_path / "tuned"
    assert error_of(run_stage, chat, **where | {"tuned": tuned}) == (
        f"chat needs a model that writes, {tuned} gives a text one of 2 labels: use python -m stages.predict --model "
        f"{tuned} --row TEXT"
    )
