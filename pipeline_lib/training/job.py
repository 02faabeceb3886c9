"""A training job, and the steps that both stages that train prepare it with: devices, rows, trainable weights."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.utils import set_seed

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.rows import Example
from pipeline_lib.core.run_files import COLUMNS, read_object, read_split_rows
from pipeline_lib.models.checkpointing import checkpoint_layers
from pipeline_lib.models.device import device_and_dtype
from pipeline_lib.models.loading import Base
from pipeline_lib.models.lora import add_lora, save_trained
from pipeline_lib.models.quantization import PACKAGE
from pipeline_lib.models.run_cache import code_hashes, environment, fingerprint_files, fingerprint_rows
from pipeline_lib.models.unknown_tokens import UNKNOWN, unknown_share
from pipeline_lib.models.usage import Usage
from pipeline_lib.training.objective import Objective
from pipeline_lib.training.settings import GRID_KEYS

LOOP_SETTINGS = (*GRID_KEYS, "seed")  # the arguments of loop.train that are parameters
BASE_SETTINGS = ("model", "revision", "trust_remote_code")  # those that name the base model
PLACE_SETTINGS = ("launch",)  # those of this machine; the number of processes is in TrainingJob.environment


@dataclass(frozen=True)
class TrainingJob:
    """A model with the rows to train it on, as a stage prepares them."""

    accelerator: Accelerator
    base: Base
    tokenizer: Any
    model: Any
    rows: Sequence[Any]
    validation: Sequence[Any]
    objective: Objective
    unit: str  # what a target is: token or row
    params: dict[str, Any]
    labels: Sequence[str] | None = None  # of a classifier
    # Of a language model: LengthLimits.figures() {prompt, answer}; rows and inputs_cut, how many are trained on and how
    # many of these were cut; too_long, the ids of rows that were left out.
    lengths: dict[str, Any] | None = None
    usage: Usage | None = None  # how the trained model is asked, written beside it

    def save(self, folder: Path) -> None:
        """Write what was trained to `folder`, which must exist (lora.save_trained)."""
        settings = training_settings(self.params)
        save_trained(
            self.model,
            self.tokenizer,
            self.base,
            folder,
            method=self.params["method"],
            settings=settings,
            labels=self.labels,
            answer_tokens=self.lengths["answer"]["limit"] if self.lengths else None,
            usage=self.usage,
        )

    def facts(self) -> dict[str, Any]:
        """Return everything that decides what is trained: runs with equal facts end with the same bits.

        The rows are those in tokens, which covers the data files, the tokenizer and the code that reads them.
        """
        return {
            "base": self.base.sha256,
            "base_files": fingerprint_files(self.base.folder, ".json", ".py"),
            "rows": fingerprint_rows(self.rows),
            "validation": fingerprint_rows(self.validation),
            "settings": training_settings(self.params),
            "code": code_hashes("models", "training"),
            "environment": self.environment(),
        }

    def unknown_tokens(self) -> dict[str, float]:
        """Return {"unknown_tokens": their share (0-1) of the training tokens} where it is above UNKNOWN, else {}."""
        share = unknown_share(self.tokenizer, [row.ids for row in self.rows])
        return {"unknown_tokens": round(share, 4)} if share > UNKNOWN else {}

    def environment(self) -> dict[str, Any]:
        """Return run_cache.environment of the devices that train, with the package that quantized the weights."""
        quantized = self.params["memory"]["quantization"] != "none"
        return {
            **environment(self.accelerator.device, self.accelerator.mixed_precision, self.accelerator.num_processes),
            **({PACKAGE: version(PACKAGE)} if quantized else {}),
        }


def check_alike(found: Sequence[Mapping[str, Any]]) -> None:
    """Raise UserError where the processes of a run, which have found these facts, would not train the same."""
    for name in found[0]:
        values = [facts[name] for facts in found]
        if any(value != values[0] for value in values):
            what = name
            if name == "environment":
                key = next(key for key in values[0] if any(value.get(key) != values[0][key] for value in values))
                what = f"{key}: {' and '.join(sorted({str(value.get(key)) for value in values}))}"
            raise UserError(
                f"the processes of a run must have the same data, code and kind of device, they differ in {what}: "
                "start them on machines and devices that are alike"
            )


def training_settings(params: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters that say how a model was trained, without those of its base model and this machine."""
    return {name: value for name, value in params.items() if name not in (*BASE_SETTINGS, *PLACE_SETTINGS)}


def check_memory(memory: Mapping[str, Any], method: str, kind: str) -> None:
    """Raise UserError where the weights cannot be quantized: all are trained, or the model is no language model."""
    chosen = memory["quantization"]
    if chosen == "none":
        return
    if method != "lora":
        raise UserError(
            f"memory.quantization {chosen} is for frozen weights, method {method} trains all: set method: lora, or "
            "memory.quantization: none"
        )
    if kind != "language model":
        raise UserError(
            f"memory.quantization {chosen} is for language models, this one is a {kind}, which is small: set it to none"
        )


def start_accelerator(params: dict[str, Any]) -> tuple[Accelerator, torch.dtype]:
    """Return the devices and the type of the parameters' precision on them, with all random numbers seeded."""
    _, dtype = device_and_dtype(params["precision"])
    mixed = {torch.bfloat16: "bf16", torch.float16: "fp16"}.get(dtype, "no")
    accelerator = Accelerator(mixed_precision=mixed)
    set_seed(params["seed"])
    return accelerator, dtype


def read_rows(data: Path) -> tuple[list[Example], list[Example]]:
    """Return the training and the validation rows of the split in `data`. Raises UserError without training rows."""
    train, validation = (read_split_rows(data / f"{part}.jsonl") for part in ("train", "validation"))
    if not train:
        raise UserError(f"there are no rows to train on in {data / 'train.jsonl'}: run the split stage")
    return train, validation


def read_columns(data: Path) -> dict[str, str]:
    """Return the user's headers by the task's names, {} where the split in `data` does not say them."""
    path = data / COLUMNS
    return read_object(path, []) if path.is_file() else {}


def trainable(model: Any, params: dict[str, Any], head: Sequence[str] = ()) -> Any:
    """Return the model with the weights that `method` trains: all, or fresh LoRA weights and the modules `head`.

    Raises UserError as add_lora and checkpoint_layers do.
    """
    full = params["method"] == "full"
    made = model.requires_grad_(True) if full else add_lora(model, **params["lora"], seed=params["seed"], head=head)
    if params["memory"]["gradient_checkpointing"]:
        checkpoint_layers(made)
    return made
