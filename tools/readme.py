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
from pipeline_lib.reporting.verdict import between, figure, gained, verdict

README = Path("README.md")
COLUMNS = ("rougeL", "rouge1", "rouge2", "bits_per_byte", "perplexity")


def results(scores: dict, split: dict, definitions: dict) -> str:
    """Return the verdict, and the table of what was scored: floors, untrained, tuned, with 95% intervals."""
    names = [name for name in COLUMNS if name in scores["tuned"]]
    best = scores["best_floor"]["name"]
    head = f"{scores['n']} held-out rows, {split['train']} to learn from"
    titles = [f"{definitions['metrics'][name]['title']} ({definitions['metrics'][name]['better']})" for name in names]
    lines = [
        f"**{verdict(scores, definitions)}** {gained(scores, definitions)}",
        "",
        f"| {head} | {' | '.join(titles)} |",
        "|---" * (len(names) + 1) + "|",
    ]
    systems = {name: (definitions["floors"][name], scores["floor"][name]) for name in scores["floor"]}
    systems |= {"base": ("the model, untrained", scores["base"]), "tuned": ("**the model, tuned**", scores["tuned"])}
    for name, (told, found) in systems.items():
        cells = [_cell(found, column) for column in names]
        lines.append(f"| {told}{' *(best floor)*' if name == best else ''} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(found: dict, name: str) -> str:
    if name not in found:
        return ""
    ends = between(found[f"{name}_low"], found[f"{name}_high"])
    return f"{figure(found[name])}{f' ({ends})' if ends else ''}"


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
        "results": results(*(json.loads(read(f"metrics/{name}.json")) for name in ("scores", "split", "definitions"))),
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
