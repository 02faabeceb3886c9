"""The settings of the training loop."""

from typing import Annotated, Any

from pydantic import BeforeValidator, StringConstraints

from pipeline_lib.core.settings import Settings, setting


class GridRow(Settings):
    """Settings of the training loop; a row of grid may set any of them."""

    lr: float = setting(
        "Peak learning rate, after a linear warm-up and before a linear decay to zero.", example=0.0002, above=0, most=1
    )
    epochs: int = setting("Passes over the training rows.", "epochs", example=3, least=1, most=1000)
    batch_size: int = setting("Rows per optimizer step, over all processes.", "rows", example=8, least=1, most=4096)
    micro_batch_size: int = setting(
        "Rows in memory at once; fewer need less memory and give the same result.",
        "rows",
        example=4,
        least=1,
        most=4096,
    )
    warmup_ratio: float = setting(
        "Share of the steps in which the learning rate rises.",
        "share of the optimizer steps",
        example=0.05,
        least=0,
        most=1,
    )
    weight_decay: float = setting(
        "AdamW's weight decay: a step shrinks each weight by this times the learning rate.",
        example=0.01,
        least=0,
        most=1,
    )
    max_grad_norm: float = setting(
        "Largest L2 norm of a step's gradient; a larger one is scaled down.", example=1.0, above=0
    )
    patience: int | None = setting(
        "Training stops after this many epochs without a better validation result; null never stops early.",
        "epochs",
        example=2,
        least=1,
    )


GRID_KEYS = tuple(GridRow.model_fields)  # what a row of grid may set


def _sets_something(row: Any) -> Any:
    if not row:
        raise ValueError("a row of grid sets at least one key")
    return row


RowName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][\w-]*$")]
Grid = Annotated[dict[RowName, Annotated[GridRow, BeforeValidator(_sets_something)]], BeforeValidator(_sets_something)]


class TrainingSettings(GridRow):
    """Settings of the package training."""

    grid: Grid = setting(
        "Named settings, each trained from a fresh model; validation rows choose one.",
        example={"low": {"lr": 0.0002, "epochs": 2}},
    )
