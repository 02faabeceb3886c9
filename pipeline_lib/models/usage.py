"""What lies beside a trained model so that it can be used without its data: prompt, columns and few-shot rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import read_jsonl, write_jsonl, write_text
from pipeline_lib.core.rows import Example
from pipeline_lib.models.prompt_encoder import PromptEncoder, RowEncoder

FEW_SHOT, PROMPT = "few_shot.jsonl", "prompt.txt"


@dataclass(frozen=True)
class Usage:
    """How a trained model is asked, as its training rows were.

    data: {columns, the user's headers by the task's names; of a language model also labels, where its rows name them}.
    few_shot: the training rows that a prompt may show, [] where it shows none. prompt: the prompt of a row with the
    names of the columns for their texts, "" for an encoder of texts.
    """

    data: Mapping[str, Any] = field(default_factory=dict)
    few_shot: Sequence[Example] = ()
    prompt: str = ""

    def write(self, folder: Path) -> None:
        """Write the files that a folder has beside base.json."""
        if self.prompt:
            write_text(folder / PROMPT, self.prompt)
        if self.few_shot:
            write_jsonl(folder / FEW_SHOT, [{key: row[key] for key in ("source", "target")} for row in self.few_shot])


def usage_of(train: Sequence[Example], columns: Mapping[str, str]) -> Usage:
    """Return how a language model is asked that was trained on these rows of a file with `columns`; no prompt yet."""
    labels = {"labels": train[0]["labels"]} if "labels" in train[0] else {}
    return Usage({"columns": dict(columns), **labels})


def prompt_form(encoder: RowEncoder, blank: Example, few_shot: int) -> str:
    """Return the prompt of the row `blank`, which has {names} for texts; "" for dialogues, which have no prompt."""
    if not isinstance(encoder, PromptEncoder):
        return ""
    similar = ["{target of a similar row}"] * few_shot
    return encoder.template.prompt_text({**blank, "few_shot": similar})


def data_of(identity: Mapping[str, Any]) -> dict[str, Any]:
    """Return Usage.data of a trained model by its base.json; older ones have none."""
    data = identity.get("data", {})
    if not isinstance(data, Mapping) or not isinstance(data.get("columns", {}), Mapping):
        raise UserError(f"data in base.json must be a mapping with columns, it is {data!r}: train again (dvc repro)")
    return {"columns": {}, **data}


def read_few_shot(folder: Path) -> list[Example]:
    """Return the training rows that prompts may show, [] where the folder has none."""
    path = folder / FEW_SHOT
    rows = read_jsonl(path) if path.is_file() else []
    return [{**row, "id": f"train-{at}", "group": f"train-{at}"} for at, row in enumerate(rows)]
