"""Write docs/params.schema.json, by which editors complete and check a params.yaml.

    python -m tools.params_schema

Made from the settings.py of each package. A test fails when the file is not up to date.
"""

import json
from pathlib import Path
from typing import Any

from pipeline_lib.params import Params

PATH = Path(__file__).resolve().parent.parent / "docs" / "params.schema.json"


def schema() -> dict[str, Any]:
    """Return the JSON schema of a params file."""
    made = Params.model_json_schema()
    # Which top-level keys a file needs depends on its stages, and a row of grid needs none.
    for part in (made, made["$defs"]["GridRow"]):
        del part["required"]
    for part in (made, *made["$defs"].values()):
        del part["title"]
        for setting in part["properties"].values():
            setting.pop("title", None)
    made["properties"]["grid"] |= {"additionalProperties": False, "minProperties": 1}
    made["$defs"]["GridRow"] |= {"minProperties": 1}
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "params.yaml"}
    return head | made


def text() -> str:
    """Return the file's text."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
