"""Write the README's tables anew, each between its two marks, from the files they are about.

    python -m tools.readme            # write
    python -m tools.readme --check    # exit 1 where the README says something else than the files

The tables: `results` from metrics/*.json, `stages` from dvc.yaml, `models` from the catalogue.
"""

import argparse
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

from ruamel.yaml import YAML

from pipeline_lib.catalog import CATALOG
from pipeline_lib.files import write_text

README = Path("README.md")


def results(scores: dict, split: dict) -> str:
    """Return the table of scores, base beside tuned."""
    names = {
        "perplexity": ("perplexity of the reference", "lower"),
        "bits_per_byte": ("bits per byte", "lower"),
        "rouge1": ("ROUGE-1", "higher"),
        "rouge2": ("ROUGE-2", "higher"),
        "rougeL": ("ROUGE-L", "higher"),
    }
    lines = [
        f"| {scores['n']} held-out reports ({split['train']} to learn from) | untrained | tuned | better is |",
        "|---|---:|---:|---|",
    ]
    for key, (name, better) in names.items():
        lines.append(f"| {name} | {scores['base'][key]:.3f} | {scores['tuned'][key]:.3f} | {better} |")
    return "\n".join(lines)


def stages(pipeline: dict) -> str:
    """Return the table of stages: what each does, reads and writes."""
    lines = ["| stage | what it does | writes |", "|---|---|---|"]
    for name, stage in pipeline["stages"].items():
        outs = []
        for out in [*stage.get("outs", []), *stage.get("metrics", [])]:
            outs.append(f"`{out if isinstance(out, str) else next(iter(out))}`")
        lines.append(f"| `{name}` | {stage['desc']} | {', '.join(outs)} |")
    return "\n".join(lines)


def models() -> str:
    """Return the table of models the project can always get."""
    lines = ["| `model:` | what | licence |", "|---|---|---|"]
    lines += [f"| `{name}` | {source.about} | {source.licence} |" for name, source in CATALOG.items()]
    return "\n".join(lines)


def filled(text: str, tables: dict[str, str]) -> str:
    """Return `text` with each table between `<!-- name -->` and `<!-- /name -->`."""
    for name, table in tables.items():
        pattern = rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)"
        text, count = re.subn(pattern, lambda found, new=table: f"{found[1]}{new}\n{found[2]}", text, flags=re.DOTALL)
        if count != 1:
            raise SystemExit(f"error: README.md must hold <!-- {name} --> and <!-- /{name} --> once, it has {count}")
    return text


def tables(read: Callable[[str], str]) -> dict[str, str]:
    """Return every table; `read(path)` gives a file's text, from the folder or from a commit."""
    return {
        "results": results(json.loads(read("metrics/scores.json")), json.loads(read("metrics/split.json"))),
        "stages": stages(YAML(typ="safe", pure=True).load(read("dvc.yaml"))),
        "models": models(),
    }


def main() -> None:
    """Write the README, or check it."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--check", action="store_true", help="write nothing; exit 1 where the README has drifted")
    args = arguments.parse_args()
    before = README.read_text(encoding="utf-8")
    after = filled(before, tables(lambda path: Path(path).read_text(encoding="utf-8")))
    if args.check and before != after:
        sys.exit("error: README.md has drifted from the files: run make readme")
    if not args.check:
        write_text(README, after)


if __name__ == "__main__":
    main()
