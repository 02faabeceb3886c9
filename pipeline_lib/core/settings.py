"""How a setting of params.yaml is declared, and the settings that belong to no single package.

Each package declares its own in its settings.py, with type, range, unit, default and one sentence. params.py checks a
file against all of them; docs/params.schema.json is generated from them. A key of a group (lora.r) has a default unless
only the user can know it; a top-level key (lr) has none, because DVC needs it in the file.
"""

import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

AUTO = "auto"  # the value of a setting that is measured on the training rows


def _day(text: str) -> str:
    """Return a text that is a day, YYYY-MM-DD. Raises ValueError for another."""
    if datetime.date.fromisoformat(text).isoformat() != text:
        raise ValueError(f"{text!r} is not like 2026-01-31")
    return text


Date = Annotated[str, AfterValidator(_day), Field(json_schema_extra={"format": "date"})]


class Settings(BaseModel):
    """Settings that are checked strictly: no text becomes a number, no number a flag, no key is ignored."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


def setting(
    sentence: str,
    unit: str = "",
    *,
    default: Any = ...,
    example: Any = None,
    above: float | None = None,
    least: float | None = None,
    most: float | None = None,
) -> Any:
    """Return the pydantic field of one setting: a number must be > `above`, >= `least` and <= `most`.

    `example` is the value that an error message suggests; left out, it is the default. A key without a default is
    required.
    """
    return Field(
        default,
        description=f"{sentence} Unit: {unit}." if unit else sentence,
        examples=None if example is None else [example],
        gt=above,
        ge=least,
        le=most,
    )


class CoreSettings(Settings):
    """Settings that stages of several packages read."""

    task: str = setting("The task: a folder of pipeline_lib/tasks.", example="impression")
    seed: int = setting("Fixes the split, the training and every random draw.", example=42, least=0, most=2**32 - 1)
