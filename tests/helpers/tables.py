"""A table in any of the formats that the project reads."""

import csv
import json
from pathlib import Path
from typing import Any


def write_table(path: Path, rows: list[dict] | dict) -> Path:
    """Write rows, or a JSON file's object, in the format that the name says; a cell that is no text is JSON."""
    kind = path.suffix.lower()
    if kind in (".csv", ".tsv"):
        how: Any = {"delimiter": "\t", "quoting": csv.QUOTE_NONE, "quotechar": None} if kind == ".tsv" else {}
        cells = [{name: v if isinstance(v, str) else json.dumps(v) for name, v in row.items()} for row in rows]
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(cells[0]), lineterminator="\n", **how)
            writer.writeheader()
            writer.writerows(cells)
    elif kind == ".jsonl":
        path.write_text("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows), encoding="utf-8")
    else:
        path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    return path
