"""The files of a trained model that may be published: none that quotes a row unless told, none that names a path."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, Literal

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import read_jsonl
from pipeline_lib.core.run_files import IDENTITY, read_identity

CARD, MERGED_CARD = "README.md", "README.merged.md"  # of the report; the second is of an adapter's merged model
FEW_SHOT = "few_shot.jsonl"
# What finetune and export write, and what transformers and peft add. None of these holds the text of a row.
FREE_OF_ROWS = (
    IDENTITY, "prompt.txt", "adapter_config.json", "adapter_model.safetensors", "config.json", "generation_config.json",
    "model.safetensors", "model-*-of-*.safetensors", "model.safetensors.index.json", "tokenizer.json",
    "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.txt", "vocab.json", "merges.txt",
    "tokenizer.model", "spiece.model", "chat_template.jinja", "additional_chat_templates/*.jinja", "*.gguf",
    "Modelfile",
)  # fmt: skip
_WEIGHTS = {"lora": "adapter_model.safetensors"}  # by method; of all others any model*.safetensors
_CHECKED = ("adapter_config.json", "config.json", "generation_config.json", "tokenizer_config.json", IDENTITY)

Rows = Literal["refuse", "with", "without"]


@dataclass(frozen=True)
class PublishedFile:
    """A file to upload, and its name in the repository."""

    name: str
    path: Path

    @property
    def size(self) -> int:
        """Its size in bytes."""
        return self.path.stat().st_size


@dataclass(frozen=True)
class Publication:
    """What is uploaded, and what is not, with the reason."""

    files: list[PublishedFile]
    left_out: dict[str, str]
    task: str
    base: str
    quoted_rows: int  # in what is uploaded


def publication(model: Path, card: Path, rows: Rows) -> Publication:
    """Return the files of the trained model in `model`, and its card in `card` as README.md.

    rows: whether files that quote training rows, or may, are an error, uploaded or left out. Raises UserError where
    `model` holds no trained model, `card` is no card of it, or a file names a path of this machine.
    """
    if not (model / IDENTITY).is_file():
        raise UserError(f"{model} is no trained model, it has no {IDENTITY}: name a folder of finetune or export")
    identity = read_identity(model)
    found = {path.relative_to(model).as_posix(): path for path in sorted(model.rglob("*")) if path.is_file()}
    _check_weights(model, identity["method"], list(found))
    left_out = {name: "hidden" for name in found if any(part.startswith(".") for part in PurePosixPath(name).parts)}
    left_out |= {CARD: "the card takes its place"} if CARD in found else {}
    doubtful = {name: path for name, path in found.items() if name not in left_out and not is_free_of_rows(name)}
    quoted = len(read_jsonl(doubtful[FEW_SHOT])) if FEW_SHOT in doubtful else 0
    if doubtful and rows == "refuse":
        raise UserError(_refusal(list(doubtful), quoted))
    if rows == "without":
        left_out |= {name: "quotes training rows" if name == FEW_SHOT else "may quote rows" for name in doubtful}
    files = [PublishedFile(name, path) for name, path in found.items() if name not in left_out]
    files.append(PublishedFile(CARD, _card_of(card, identity)))
    for file in files:
        _check_paths(file, model)
    files.sort(key=lambda file: file.name)
    return Publication(files, left_out, identity["settings"]["task"], identity["name"], quoted if rows == "with" else 0)


def is_free_of_rows(name: str) -> bool:
    """Return whether a file of this name, as finetune or export writes it, holds no text of a row."""
    return any(fnmatch(name, pattern) for pattern in FREE_OF_ROWS)


def _refusal(doubtful: list[str], quoted: int) -> str:
    others = [name for name in doubtful if name != FEW_SHOT]
    facts = [f"{FEW_SHOT} quotes {quoted} training rows"] if FEW_SHOT in doubtful else []
    facts += [f"{', '.join(others[:3])}{', ...' * (len(others) > 3)} may quote rows"] if others else []
    return (
        f"files that quote rows are published only if you say so: {' and '.join(facts)}; add --with-rows to upload "
        "them, or --without-rows to leave them out"
    )


def _check_weights(model: Path, method: str, names: list[str]) -> None:
    wanted = _WEIGHTS.get(method, "model*.safetensors")
    if not any(fnmatch(name, wanted) for name in names):
        raise UserError(f"{model} has no {wanted}: its weights are missing; train or export again")


def _card_of(card: Path, identity: dict[str, Any]) -> Path:
    """Return the file of the model's card. Raises UserError where there is none, or it is of another model."""
    path = card / (MERGED_CARD if identity["method"] == "merged" else CARD)
    if not path.is_file():
        raise UserError(f"{path} is missing, the card of the model: run the report stage (dvc repro report)")
    text = path.read_text(encoding="utf-8", errors="replace")
    if identity["sha256"] not in text:
        raise UserError(
            f"{path} is the card of another model, it does not name the base model's hash {identity['sha256'][:12]}: "
            "name the card of this model's run with --card"
        )
    return path


def _check_paths(file: PublishedFile, model: Path) -> None:
    """Raise UserError where a configuration, the prompt or the card names a path of this machine."""
    if file.name in _CHECKED:
        try:
            texts = list(_texts(json.loads(file.path.read_bytes())))
        except (ValueError, RecursionError) as error:
            raise UserError(f"{file.path} is not JSON ({error}): train or export again") from error
        bad = next((text for text in texts if _is_path(text)), None)
    elif file.name in (CARD, "prompt.txt"):
        own = [str(place) for place in (Path.home(), Path.cwd(), model.resolve()) if len(place.parts) > 2]
        text = file.path.read_text(encoding="utf-8", errors="replace")
        bad = next((place for place in own if place in text), None)
    else:
        return
    if bad:
        raise UserError(
            f"{file.path} names a path of this machine, {bad}: put the model's name in its place, then publish again"
        )


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)


def _is_path(text: str) -> bool:
    """Return whether a text is a path that begins at a root, a drive or a home folder."""
    return PureWindowsPath(text).is_absolute() or (text.startswith(("/", "~/")) and len(PurePosixPath(text).parts) > 2)
