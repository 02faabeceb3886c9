"""Write the generated tables of the documents, each between its two marks, from the files they describe.

    python -m tools.readme            # write
    python -m tools.readme --check    # exit 1 where a README differs from the files

The README has `verdict` and `headlines` (a clear gain and none) from metrics/*.json, seeds.json among them where it is
there, `recipes`, a line per pipeline, and `models` from the registry. Each recipe's README has `results` (verdict and
figures) and `stages` from its dvc.yaml, docs/pipeline.md the main pipeline's `stages`, docs/word_vectors.md `vectors`,
a copy of benchmarks/word_similarity.md.
docs/verdict-light.svg and docs/verdict-dark.svg are the chart of the project's results.
"""

import argparse
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

from ruamel.yaml import YAML

from pipeline_lib.core.files import write_text
from pipeline_lib.models.registry import CATALOG
from pipeline_lib.report.figures.palette import SCHEMES
from pipeline_lib.report.figures.verdict_chart import verdict_picture
from pipeline_lib.report.seeds_verdict import seeds_lines
from pipeline_lib.report.verdict import HEADINGS, between, figure, gain_over_untrained, rows_in_words, verdict
from pipeline_lib.report.wording import FROZEN_ENCODER, untrained_model

RECIPES = ("sentiment", "sentiment_lm", "qa", "company", "dialogue")
FOLDERS = (".", *(f"recipes/{name}" for name in RECIPES))
COLUMNS = (
    "relevance", "speaker", "ended", "repeated", "distinct_1", "distinct_2", "self_bleu",
    "rougeL", "rouge1", "rouge2", "accuracy", "f1_macro", "roc_auc", "calibration_error", "f1", "exact", "f1_has",
    "f1_no", "f1_threshold", "meteor", "meteor_no_synonyms", "bleu", "bits_per_byte", "perplexity",
)  # fmt: skip
FILES = ("scores", "definitions", "split")  # of a metrics folder


def verdict_line(scores: dict, definitions: dict, classifier: bool, runs: list[str]) -> str:
    """Return the verdict in bold, the gain over the untrained model, and of how many training runs that is."""
    over = gain_over_untrained(scores, definitions, untrained_model(classifier))
    return f"**{verdict(scores, definitions)}** {' '.join([over, *runs])}"


def results(scores: dict, definitions: dict, split: dict, classifier: bool, runs: list[str]) -> str:
    """Return the verdict, and the table of figures: baselines, untrained and tuned, with 95% intervals."""
    names = [name for name in COLUMNS if name in scores["tuned"]]
    best = scores["best_baseline"]["name"]
    head = f"{scores['n']} test rows, {split['train']} training rows"
    titles = [f"{definitions['metrics'][name]['title']} ({definitions['metrics'][name]['better']})" for name in names]
    lines = [
        verdict_line(scores, definitions, classifier, runs),
        "",
        f"| {head} | {' | '.join(titles)} |",
        "|---" * (len(names) + 1) + "|",
    ]
    systems = {name: (definitions["baselines"][name], scores["baselines"][name]) for name in scores["baselines"]}
    untrained = f"untrained: {FROZEN_ENCODER}" if classifier else "the untrained model"
    systems |= {"untrained": (untrained, scores["untrained"]), "tuned": ("**the tuned model**", scores["tuned"])}
    for name, (meaning, figures) in systems.items():
        cells = [_cell(figures, column) for column in names]
        lines.append(f"| {meaning}{' *(best baseline)*' if name == best else ''} | {' | '.join(cells)} |")
    return "\n".join(lines)


def verdict_in_short(found: dict[str, str], runs: list[str]) -> str:
    """Return the verdict of a pipeline in a sentence, from its headline, and of how many training runs it is."""
    return (
        f"**{HEADINGS[found['verdict']]}: {found['title']} {found['tuned']} against {found['best']} of the best "
        f"baseline on {found['rows']}, {found['gain']} with its 95% interval.** {' '.join(runs)}"
    )


def recipes(read: Callable[[str], str]) -> str:
    """Return a line per pipeline: best baseline, untrained and tuned in its headline figure, gain and verdict."""
    lines = ["| pipeline | headline | best baseline | untrained | tuned | gain over the baseline | verdict |"]
    lines.append("|---|---|---:|---:|---:|---:|---|")
    for folder in FOLDERS:
        found = _headline(read, folder)
        where = "[the main pipeline](dvc.yaml)" if folder == "." else f"[{folder}]({folder}/README.md)"
        cells = [where, f"{found['title']}, {found['rows']}", found["best"], found["untrained"], found["tuned"]]
        lines.append(f"| {' | '.join(cells)} | {found['gain']} | **{found['verdict']}** |")
    return "\n".join(lines)


def headlines(read: Callable[[str], str]) -> str:
    """Return a line of the first recipe whose tuned model is better than every baseline, and of the first other one."""
    lines: dict[bool, str] = {}
    for folder in FOLDERS[1:]:
        found = _headline(read, folder)
        line = (
            f"- **{found['verdict']}**: [{folder}]({folder}/README.md), {found['title']} {found['tuned']} on "
            f"{found['rows']}, best baseline {found['best']}: {found['gain']}"
        )
        lines.setdefault(found["verdict"] == "better", line)
    return "\n".join(lines[kind] for kind in (True, False) if kind in lines)


def _headline(read: Callable[[str], str], folder: str) -> dict[str, str]:
    """Return the headline of a pipeline in words: title, rows, best, untrained, tuned, gain with interval, verdict."""
    scores, definitions = (json.loads(read(_path(folder, f"metrics/{name}.json"))) for name in FILES[:2])
    name, gain = scores["headline"], scores["gain"]["baseline"]
    systems = {"best": scores["baselines"][scores["best_baseline"]["name"]]}
    systems |= {one: scores[one] for one in ("untrained", "tuned")}
    ends = between(gain["low"], gain["high"], sign=True)
    return {
        "title": definitions["metrics"][name]["title"],
        "rows": rows_in_words(scores),
        **{one: figure(figures[name]) for one, figures in systems.items()},
        "gain": figure(gain["difference"], sign=True) + (f" ({ends})" if ends else ""),
        "verdict": gain["verdict"],
    }


def _path(folder: str, name: str) -> str:
    return (Path(folder) / name).as_posix()


def _cell(figures: dict, name: str) -> str:
    if figures.get(name) is None:
        return ""
    ends = between(figures[f"{name}_low"], figures[f"{name}_high"])
    return f"{figure(figures[name])}{f' ({ends})' if ends else ''}"


def stages(pipeline: dict) -> str:
    """Return the table of stages: what each does and writes."""
    lines = ["| stage | what it does | writes |", "|---|---|---|"]
    for name, entry in pipeline["stages"].items():
        stage, outs = entry.get("do", entry), []
        for out in [*stage.get("outs", []), *stage.get("metrics", [])]:
            path = out if isinstance(out, str) else next(iter(out))
            outs.append(f"`{path.replace('${here}/', '').replace('${key}', 'NAME')}`")
        lines.append(f"| `{name}{'@NAME' if 'foreach' in entry else ''}` | {stage['desc']} | {', '.join(outs)} |")
    return "\n".join(lines)


def models() -> str:
    """Return the table of the registry's models."""
    lines = ["| `model:` | what | licence |", "|---|---|---|"]
    lines += [f"| `{name}` | {source.about} | {source.licence} |" for name, source in CATALOG.items()]
    return "\n".join(lines)


def filled(text: str, tables: dict[str, str], name: str = "README.md") -> str:
    """Return `text` with each table between `<!-- name -->` and `<!-- /name -->`."""
    for mark, table in tables.items():
        parts = re.split(rf"(?<=<!-- {mark} -->\n).*?(?=<!-- /{mark} -->)", text, flags=re.DOTALL)
        if len(parts) != 2:
            raise SystemExit(
                f"error: {name} must hold <!-- {mark} --> and <!-- /{mark} --> once, it has {len(parts) - 1}"
            )
        text = f"{parts[0]}{table}\n{parts[1]}"
    return text


def tables(read: Callable[[str], str], folder: str = ".") -> dict[str, dict[str, str]]:
    """Return the tables of the documents of a pipeline, by path and mark.

    `read(path)` returns a file's text, from the folder or from a commit.
    """
    pipeline = YAML(typ="safe", pure=True).load(read(_path(folder, "dvc.yaml")))
    scores, definitions, split = (json.loads(read(_path(folder, f"metrics/{name}.json"))) for name in FILES)
    classifier = any(
        "stages.finetune_classifier" in entry.get("do", entry)["cmd"] for entry in pipeline["stages"].values()
    )
    params = YAML(typ="safe", pure=True).load(read(_path(folder, "params.yaml")))
    runs = seeds_lines(Path(folder) / "metrics", scores, definitions, params)
    if folder != ".":
        found = {"results": results(scores, definitions, split, classifier, runs), "stages": stages(pipeline)}
        return {_path(folder, "README.md"): found}
    first = {"verdict": verdict_in_short(_headline(read, folder), runs), "headlines": headlines(read)}
    return {
        "README.md": {**first, "models": models(), "recipes": recipes(read)},
        "docs/pipeline.md": {"stages": stages(pipeline)},
    }


def pictures(read: Callable[[str], str]) -> dict[str, str]:
    """Return the chart of the project's results as SVG files, by path, one for each colour scheme of a reader."""
    scores, definitions = (json.loads(read(f"metrics/{name}.json")) for name in FILES[:2])
    return {f"docs/verdict-{scheme}.svg": verdict_picture(scores, definitions, scheme) for scheme in SCHEMES}


def main() -> None:
    """Write the READMEs and the pictures, or check them."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--check", action="store_true", help="write nothing; exit 1 where a README differs")
    args = arguments.parse_args()

    def read(path: str) -> str:
        return Path(path).read_text(encoding="utf-8")

    documents = {path: found for folder in FOLDERS for path, found in tables(read, folder).items()}
    documents["docs/word_vectors.md"] = {"vectors": read("benchmarks/word_similarity.md").strip()}
    files = {path: filled(read(path), found, path) for path, found in documents.items()} | pictures(read)
    for path, after in files.items():
        before = read(path) if Path(path).exists() else ""
        if args.check and before != after:
            sys.exit(f"error: {path} differs from the files: run make readme")
        if not args.check:
            write_text(path, after)


if __name__ == "__main__":
    main()
