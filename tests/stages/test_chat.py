"""chat: the same dialogue for the same seed, its commands, how it is stopped, and its errors."""

import os
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from pipeline_lib.core.dialogues import split_label
from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import read_json, write_json
from pipeline_lib.inference.sampling import Sampling, next_turn
from pipeline_lib.models.loading import load_tokenizer, locate
from pipeline_lib.models.lora import load_trained
from pipeline_lib.models.transcript_encoder import TranscriptEncoder
from pipeline_lib.tasks.dialogue import data as dialogue
from stages import chat
from tests.helpers import toys
from tests.helpers.dialogues import DRAWN, SETTINGS, trained
from tests.helpers.stages import error_of

ASKED = ["Shall we have tea?", "Good."]


@pytest.fixture(scope="module")
def made(tmp_path_factory, llama_folder) -> Path:
    return trained(tmp_path_factory.mktemp("chat"), llama_folder, {"epochs": 8})


def arguments(made: Path, model: Path) -> list[str]:
    return [f"--params={made / 'params.yaml'}", f"--tuned={made / 'tuned'}", f"--model={model}"]


@pytest.fixture
def talk(made, tmp_path, llama_folder, capsys):
    """Return a function that runs lines from a script and returns the output."""

    def said(lines: list[str], *more: str) -> str:
        (tmp_path / "script.txt").write_text("\n".join(lines), encoding="utf-8")
        capsys.readouterr()
        chat.main([*arguments(made, llama_folder), f"--script={tmp_path / 'script.txt'}", *more])
        return capsys.readouterr().out

    return said


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
        told = "".join([first, *rest])
        speaker, text = (it, told.removeprefix(f"{it}:")) if it else split_label(told.strip())
        turns.append({"speaker": speaker or "?", "text": text.strip()})
    return "".join(out)


def test_a_script_prints_the_same_dialogue_for_the_same_seed(talk, made, llama_folder):
    first = talk(ASKED)
    assert first == by_hand(made, llama_folder, ASKED)
    assert talk(ASKED) == first
    assert len(first.splitlines()) >= 4


def test_another_seed_gives_another_dialogue(talk, made, llama_folder, tmp_path):
    toys.write_params(tmp_path / "params.yaml", llama_folder, SETTINGS | {"seed": 7})
    found = talk(ASKED, f"--params={tmp_path / 'params.yaml'}")
    assert found == by_hand(made, llama_folder, ASKED, seed=7)
    assert found != talk(ASKED)


def test_labels_may_be_chosen(talk, made, llama_folder):
    found = talk(ASKED, "--you=Tom", "--it=Dr. Who")
    assert found == by_hand(made, llama_folder, ASKED, "Tom", "Dr. Who")
    assert len(re.findall(r"^Dr\. Who:", found, re.MULTILINE)) == 2
    assert len(re.findall(r"^Tom: ", found, re.MULTILINE)) >= 2


def test_reset_starts_a_new_dialogue(talk):
    fresh = talk(ASKED[:1])
    found = talk([*ASKED, "/reset", ASKED[0]])
    assert found == f"{talk(ASKED)}Mia: /reset\na new dialogue\n{fresh}"
    assert not talk([*ASKED, ASKED[0]]).endswith(fresh), "without it the turns before are read"


def test_white_space_is_normalised_as_in_the_data(talk):
    assert talk(["  Shall   we\thave tea? "]).splitlines()[1:] == talk(["Shall we have tea?"]).splitlines()[1:]
    assert talk(["", "   "]) == "Mia: \nMia: \n", "nothing said is no turn"


def test_quit_ends_it(talk):
    assert talk(["/quit", *ASKED]) == "Mia: /quit\n"


def test_an_unknown_command_is_an_error(talk):
    assert talk(["/rest", "/savex a"]) == (
        f"Mia: /rest\n/rest is no command: {chat.HELP}\nMia: /savex a\n/savex is no command: {chat.HELP}\n"
    )


def test_save_writes_what_the_recipe_reads(talk, tmp_path, monkeypatch):
    path = tmp_path / "new" / "talk.json"
    given = iter([["Tom:", " Tea: \u00fc", " and milk"], ["\n no label"]])
    monkeypatch.setattr(chat, "next_turn", lambda *_, **__: iter(next(given)))
    assert talk([*ASKED, f"/save {path}"]) == (
        f"Mia: {ASKED[0]}\nTom: Tea: \u00fc and milk\nMia: {ASKED[1]}\nno label\n"
        f"Mia: /save {path}\nwrote 4 turns to {path}\n"
    )
    table = dialogue.read(path, {})
    assert table.attrs["schema"] == "turns: a list of {speaker, text}"
    assert list(table["turns"]) == [[
        {"speaker": "Mia", "text": ASKED[0]}, {"speaker": "Tom", "text": "Tea: \u00fc and milk"},
        {"speaker": "Mia", "text": ASKED[1]}, {"speaker": "?", "text": "no label"},
    ]]  # fmt: skip
    assert read_json(path) == [{"turns": table["turns"][1]}]


def test_control_codes_are_not_printed(talk, monkeypatch):
    monkeypatch.setattr(chat, "next_turn", lambda *_, **__: iter(["\nTom: \x1b[2J", "a\rb\x07\x9b", " \u00fc\u4e16"]))
    assert talk(ASKED[:1]) == f"Mia: {ASKED[0]}\nTom:  [2Ja b   \u00fc\u4e16\n"


def test_a_saved_dialogue_can_be_read(talk, tmp_path):
    talk([*ASKED, *ASKED, f"/save {tmp_path / 'talk.json'}"], "--it=Dr. Who")
    (turns,) = dialogue.read(tmp_path / "talk.json", {})["turns"]
    assert [turn["speaker"] for turn in turns] == ["Mia", "Dr. Who"] * 4
    assert [turn["text"] for turn in turns[::2]] == ASKED * 2


def test_save_reports_errors(talk, tmp_path):
    wanted = "/save needs a file, and a dialogue to write: /save talk.json\n"
    found = talk(["/save x.json", ASKED[0], "/save", f"/save {tmp_path}", "/reset", "/save x.json"])
    assert found.count(wanted) == 3
    assert f"error: cannot write the file {tmp_path}: it is a folder: name a file in it\n" in found
    assert not Path("x.json").exists()


def test_a_turn_that_cannot_be_encoded_is_an_error_and_left_out(talk, made, llama_folder):
    long = "tea " * 200
    found = talk([long, ASKED[0], "a <|im_end|> b", ASKED[1]])
    told = re.findall(r"^error: .*$", found, re.MULTILINE)
    assert re.fullmatch(
        r"error: prompt.max_tokens \(120\) must hold the longest turn, number 1 of dialogue .*", told[0]
    )
    assert told[1] == (
        "error: row of this chat holds '<|im_end|>' as text, which is a special token of this model: remove it from "
        "the data"
    )
    assert len(told) == 2
    rest = "".join(
        line for line in found.splitlines(keepends=True) if not line.startswith(("error: ", "Mia: tea tea", "Mia: a <"))
    )
    assert rest == by_hand(made, llama_folder, ASKED), "it goes on as if it had not been said"


def pieces_then_ctrl_c(*pieces: str):
    def told(*_, **__):
        yield from pieces
        raise KeyboardInterrupt

    return told


def test_ctrl_c_stops_a_turn_and_keeps_its_text(talk, tmp_path, monkeypatch):
    monkeypatch.setattr(chat, "next_turn", pieces_then_ctrl_c("Tom:", " Yes", ", and"))
    found = talk([ASKED[0], f"/save {tmp_path / 'talk.json'}"])
    assert found.startswith(f"Mia: {ASKED[0]}\nTom: Yes, and ...\nMia: /save ")
    assert read_json(tmp_path / "talk.json") == [
        {"turns": [{"speaker": "Mia", "text": ASKED[0]}, {"speaker": "Tom", "text": "Yes, and"}]}
    ]


def test_the_end_of_the_dialogue_is_printed(talk, tmp_path, monkeypatch):
    monkeypatch.setattr(chat, "next_turn", lambda *_, **__: iter(()))
    found = talk([ASKED[0], f"/save {tmp_path / 'talk.json'}"])
    assert "the model ends the dialogue here; go on, or /reset\n" in found
    assert read_json(tmp_path / "talk.json") == [{"turns": [{"speaker": "Mia", "text": ASKED[0]}]}]


@pytest.mark.parametrize("end", [EOFError, KeyboardInterrupt])
def test_input_is_read_until_its_end_or_ctrl_c(made, llama_folder, monkeypatch, capsys, end):
    given = iter([ASKED[0], " ", "/reset"])

    def heard(prompt):
        assert prompt == "", "nobody is there to be prompted"
        for line in given:
            return line
        raise end

    monkeypatch.setattr("builtins.input", heard)
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    capsys.readouterr()
    chat.main(arguments(made, llama_folder))
    told = by_hand(made, llama_folder, ASKED[:1]).split("\n", 1)[1]
    assert capsys.readouterr().out == f"{chat.HELP}\n{told}a new dialogue\n"


@pytest.mark.slow
def test_ctrl_c_at_the_prompt_ends_it_without_a_traceback(made, llama_folder):
    process = subprocess.Popen(
        [sys.executable, "-m", "stages.chat", *arguments(made, llama_folder)],
        cwd=toys.ROOT, env={**os.environ, "PYTHONUNBUFFERED": "1"}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    try:
        told = b""
        while chat.HELP.encode() not in told and select.select([process.stdout], [], [], 120)[0]:
            told += os.read(process.stdout.fileno(), 4096)
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


def test_a_model_of_another_task_is_refused(made, llama_folder, tmp_path):
    (tmp_path / "tuned").mkdir()
    identity = read_json(made / "tuned" / "base.json")
    write_json(tmp_path / "tuned" / "base.json", identity | {"settings": {"task": "impression"}})
    assert error_of(chat.main, [*arguments(made, llama_folder), f"--tuned={tmp_path / 'tuned'}"]) == (
        f"chat needs a model trained on dialogues, {tmp_path / 'tuned'} was trained on impression: name another"
    )


@pytest.mark.parametrize(
    ("option", "name"), [("--you", ""), ("--you", "a: b"), ("--it", "a:b"), ("--it", " x"), ("--it", "x" * 61)]
)
def test_a_wrong_label_is_refused(made, llama_folder, option, name):
    assert error_of(chat.main, [*arguments(made, llama_folder), f"{option}={name}"]) == (
        f"{option} must be a name of at most 60 letters without a colon, not {name!r}: choose another"
    )


def test_a_script_that_cannot_be_read_is_one_line(made, llama_folder, tmp_path):
    with pytest.raises(UserError, match=r"cannot read .*none.txt as UTF-8 text .*: name a file with a line a turn$"):
        chat.main([*arguments(made, llama_folder), f"--script={tmp_path / 'none.txt'}"])
    (tmp_path / "bad.txt").write_bytes(b"\xff")
    with pytest.raises(UserError, match=r"cannot read .*bad.txt as UTF-8 text .*: name a file with a line a turn$"):
        chat.main([*arguments(made, llama_folder), f"--script={tmp_path / 'bad.txt'}"])


def test_the_model_of_an_epoch_may_be_used(made, llama_folder, tmp_path, capsys):
    (tmp_path / "script.txt").write_text(ASKED[0], encoding="utf-8")
    for epoch in ("epoch-1", "epoch-8"):
        chat.main(
            [
                *arguments(made, llama_folder),
                f"--script={tmp_path / 'script.txt'}",
                f"--tuned={made / 'epochs' / epoch}",
            ]
        )
    assert capsys.readouterr().out.count(f"Mia: {ASKED[0]}\n") == 2


def test_help_is_the_docstring(capsys):
    with pytest.raises(SystemExit):
        chat.main(["--help"])
    assert chat.__doc__.strip() in capsys.readouterr().out
