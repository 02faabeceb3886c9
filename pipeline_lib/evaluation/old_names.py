"""Metrics files that were written before names changed, under today's names, so that old revisions can be compared."""

from typing import Any

import pandas as pd

SYSTEMS = {
    "base": "untrained",
    "constant": "majority",
    "neighbour": "nearest_row",
    "consensus": "minimum_bayes_risk",
}
DEFINITIONS = {"held_out": "test_rows", "floors": "baselines"}


def current_names(definitions: dict[str, Any], rows: pd.DataFrame) -> tuple[dict[str, Any], pd.DataFrame]:
    """Return definitions.json and rows.csv of one run under today's names; unchanged where they have these already."""
    if "floors" not in definitions:
        return definitions, rows
    renamed = {DEFINITIONS.get(key, key): value for key, value in definitions.items()}
    renamed["baselines"] = {_system(name): meaning for name, meaning in definitions["floors"].items()}
    parts = {column: column.split(".", 1) for column in rows.columns if "." in column}  # base.rougeL
    return renamed, rows.rename(columns={column: f"{_system(name)}.{rest}" for column, (name, rest) in parts.items()})


def _system(name: str) -> str:
    return SYSTEMS.get(name, name)
