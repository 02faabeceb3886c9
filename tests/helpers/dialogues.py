"""Dialogues, a split of them, and a model trained on them for two epochs."""

from pathlib import Path
from typing import Any

from pipeline_lib.core.dialogues import transcript
from pipeline_lib.core.files import write_jsonl
from pipeline_lib.tasks.dialogue import data as dialogue
from stages import finetune
from tests.helpers import toys

DRAWN: dict[str, Any] = {"max_new_tokens": 16, "temperature": 0.8, "top_k": 0, "top_p": 0.9, "repetition_penalty": 1.1}
SETTINGS = {"task": "dialogue", "prompt.few_shot": 0, "prompt.max_tokens": 120, "epochs": 2, "lr": 0.02}
SETTINGS |= {"generate.max_new_tokens": 12, "generate.batch_size": 2, "sample": {"prompts": 2, "turns": 3, **DRAWN}}
THINGS = "tea soup bread milk rice cake salad fruit".split()


def talks(number: int) -> list[dict]:
    """Return dialogues of four turns, Mia's and Tom's."""
    made = []
    for at, thing in enumerate(THINGS[:number]):
        said = [("Mia", f"Shall we have {thing}?"), ("Tom", "Yes, please."), ("Mia", f"I bring {thing}.")]
        made.append(talk([*said, ("Tom", "Good.")], name=f"d{at}"))
    return made


def write_split(folder: Path) -> None:
    """Write five training dialogues, and two validation dialogues and a test dialogue of two turns to predict each."""
    made = talks(8)
    parts = {"train": made[:5], "validation": made[5:7], "test": made[7:]}
    for name, rows in parts.items():
        part = rows if name == "train" else dialogue.questions(rows, {"turns_asked": 2})
        write_jsonl(folder / "split" / f"{name}.jsonl", part)


def tune(folder: Path, *more: str) -> None:
    where = {"params": "params.yaml", "data": "split", "out": "tuned", "record": "training"}
    finetune.main([*(f"--{name}={folder / file}" for name, file in where.items()), *more])


def trained(folder: Path, model: Path, changes: dict | None = None) -> Path:
    """Write a split and params, and train two epochs, which are kept."""
    write_split(folder)
    toys.write_params(folder / "params.yaml", model, SETTINGS | (changes or {}))
    tune(folder, f"--epochs={folder / 'epochs'}")
    return folder


def talk(pairs, learnt=None, name="d") -> dict:
    """Return a dialogue of (speaker, text) pairs; all turns are trained on, or only those of the speaker `learnt`."""
    turns = [{"speaker": who, "text": text, "learnt": learnt in (None, who)} for who, text in pairs]
    return {
        "id": name, "group": name, "stratum": "", "source": transcript(turns), "target": pairs[-1][1], "turns": turns,
    }  # fmt: skip
