"""A finished run of eight rows with hostile texts, written as the stages write it, and what reads a run's folder.

A run's folder has the project's layout: metrics/, data/split/, predictions/, models/{training,tuned}/ and params.yaml.
"""

from pathlib import Path
from typing import Any

from huggingface_hub import ModelCard

from pipeline_lib.core.files import write_csv, write_json, write_jsonl
from pipeline_lib.params import load_params
from pipeline_lib.report.model_card import card
from pipeline_lib.report.results import Run, read_run
from stages import report

HOSTILE = [
    "<script>alert(1)</script>", '"><img src=x onerror=alert(2)>', "{{ 7*7 }}{% raw %}", "</script></textarea><!-- ",
    "line\u2028separated\nand 'quoted' \"twice\"", "=1+1", "صدر طبيعي", "",
]  # fmt: skip
LONG = "word " * 4000  # 20,000 characters
TARGETS = ["normal", "a | b * c", "third", "fourth", "fifth", "sixth", "seventh", "eighth"]
IDS = ["1", "12", "3", "4", "a b", "6", "7", "<8>"]
SYSTEMS = {  # ROUGE-L of each row
    "untrained": [0, 0, 0, 0.1, 0.1, 0.1, 0.1, 0.4],
    "tuned": [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.2, 0.8],
    "majority": [0.1] * 8,
    "nearest_row": [0.4, 0.4, 0.4, 0.4, 0.5, 0.4, 0.6, 0.1],
}
DEFINITIONS: dict = {
    "test_rows": "ab" * 32,
    "train_rows": "ef" * 32,
    "interval": "95%, bootstrap",
    "metrics": {"perplexity": {"columns": ["nats", "tokens"], "better": "lower", "title": "perplexity",
                 "meaning": "exp(nats / tokens)"},
     "rougeL": {"columns": ["rougeL", "rows"], "better": "higher", "title": "ROUGE-L", "meaning": "F-measure"},
     "negation_flip": {"columns": ["negation_flip", "rows"], "better": "lower", "title": "negation flips",
                       "meaning": "share"},
     "distance": {"columns": [], "better": "lower", "title": "distance", "meaning": "of all rows at once"}},
    "baselines": {"majority": "the most frequent answer", "nearest_row": "the answer of the nearest row (TF-IDF)"},
}  # fmt: skip
GAIN: dict = {
    "against": "nearest_row", "metric": "rougeL", "difference": 0.088, "low": -0.01, "high": 0.19, "p": 0.08,
    "p_text": "0.080", "verdict": "no clear difference", "smallest_detectable": 0.14, "rows_better": 6, "rows_worse": 1,
}  # fmt: skip
SETTINGS: dict = {  # what the model was trained with; lr differs from the params file
    "task": "impression", "seed": 42, "precision": "auto", "method": "lora", "lr": 0.002, "epochs": 3, "batch_size": 8,
    "lora": {"r": 16, "alpha": 32, "dropout": 0.0, "target_modules": "all-linear"},
    "prompt": {"max_tokens": 512, "few_shot": 0},
}  # fmt: skip
PARAMS = """
task: impression
model: some/model
revision: main
seed: 42
precision: auto
method: lora
lora: {r: 16, alpha: 32, dropout: 0.0, target_modules: all-linear}
generate: {max_new_tokens: 96, batch_size: 16}
lr: 0.001
epochs: 3
batch_size: 8
split: {train: 30, test: 8, validation: 4, duplicates: keep, incomplete: fail, near_duplicates: group}
prompt: {max_tokens: 512, few_shot: 0}
"""
HISTORY = "step,epoch,split,loss,lr,tokens,seconds,tokens_per_second,flops,seconds_left,memory_gb,kept\n" + "".join(
    f"{step},{1 + step // 5},train,{3 / step:.6f},0.001,{100 * step},{step / 4:.4f},{400 + step}.0,2.5e+14,9.0,"
    f"{1 + step / 100:.3f},\n"
    + (f"{step},{step // 5},validation,{2 - step / 20:.6f},,,,,,,,{'1' * (step == 15)}\n" if step % 5 == 0 else "")
    for step in range(1, 16)
)
SLICES = "slice,value,n,untrained,tuned,baseline,difference,low,high,verdict\n"


def figures(rouge: float, perplexity: float | None = None, empty: int = 0) -> dict:
    """Return a system's figures as scores.json has them."""
    found = {"rougeL": rouge, "rougeL_low": rouge - 0.05, "rougeL_high": rouge + 0.05}
    if perplexity:
        found = {"perplexity": perplexity, "perplexity_low": perplexity - 1, "perplexity_high": perplexity + 1} | found
    return found | {"negation_flip": 0.125, "negation_flip_low": 0.0, "negation_flip_high": 0.25, "empty": empty}


OVER_UNTRAINED = GAIN | {"against": "untrained", "difference": 0.388, "low": 0.2, "high": 0.5, "verdict": "better"}
SCORES: dict = {
    "n": 8, "groups": 8, "seed": 42, "headline": "rougeL",
    "untrained": figures(0.1, 26.1234) | {"negation_flip": 0.0, "negation_flip_low": 0.0, "negation_flip_high": 0.0},
    "tuned": figures(0.488, 3.2, empty=1),
    "baselines": {"majority": figures(0.1), "nearest_row": figures(0.4)},
    "best_baseline": {"name": "nearest_row"},
    "gain": {"baseline": GAIN, "untrained": OVER_UNTRAINED,
     "each": {"majority": GAIN | {"verdict": "better"}, "nearest_row": GAIN, "untrained": OVER_UNTRAINED}},
}  # fmt: skip


def write_run(folder: Path, **changed) -> Path:
    """Write the run to `folder` and return it. `changed`: scores, history (text), base (keys of base.json)."""
    rows = [
        {
            "id": name, "group": name, "leaked": int(i == 3), "similarity": 0.1 * i, "source_words": 5,
            "target_words": 2, "tokens": 4, "bytes": 9, "rows": 1, "kind": ["x", "y", '"><b>'][i % 3],
            **{f"{system}.rougeL": given[i] for system, given in SYSTEMS.items()},
            "untrained.nats": 9.0, "tuned.nats": 3.0,
        }
        for i, name in enumerate(IDS)
    ]  # fmt: skip
    metrics = folder / "metrics"
    write_json(metrics / "scores.json", changed.get("scores", SCORES))
    write_json(metrics / "definitions.json", DEFINITIONS)
    write_csv(metrics / "rows.csv", list(rows[0]), rows)
    slices = ["kind,x,3,0.0,0.4,0.5,-0.1,-0.3,0.1,no clear difference", "kind,y | z,1,0.1,0.5,0.4,0.1,,,better"]
    (metrics / "slices.csv").write_text(SLICES + "\n".join(slices) + "\n", encoding="utf-8")
    strata = {"test": {"x": 3, "y": 5}}
    write_json(metrics / "split.json", {"rows": 50, "train": 30, "left_out": 8, "strata": strata})
    examples = [
        {"id": name, "group": name, "stratum": "", "source": source, "target": target}
        for name, source, target in zip(IDS, [*HOSTILE[:7], LONG], TARGETS, strict=True)
    ]
    write_jsonl(folder / "data" / "split" / "test.jsonl", examples)
    for number, name in enumerate(("untrained", "tuned", "baselines/majority", "baselines/nearest_row")):
        write_jsonl(answer_file(folder, name), answer_rows(HOSTILE[number:] + HOSTILE[:number]))
    base = {"name": "some/model", "revision": "c0ffee", "sha256": "cd" * 32, "method": "lora", "settings": SETTINGS}
    write_json(folder / "models" / "tuned" / "base.json", base | changed.get("base", {}))
    (folder / "models" / "training").mkdir(exist_ok=True)
    (folder / "models" / "training" / "history.csv").write_text(changed.get("history", HISTORY), encoding="utf-8")
    (folder / "params.yaml").write_text(PARAMS, encoding="utf-8")
    (folder / "pairs.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    return folder


def answer_rows(texts: list[str]) -> list[dict]:
    """Return answers to the run's test rows."""
    rows = zip(IDS, texts, TARGETS, strict=True)
    return [{"id": name, "prediction": text, "reference": target} for name, text, target in rows]


def answer_file(folder: Path, system: str) -> Path:
    """Return the path of a system's answers to the test rows: untrained, tuned, baselines/NAME."""
    group, _, name = system.partition("/")
    file = f"test/{name}.jsonl" if name else "test.jsonl"
    return folder / "predictions" / group / file


def command(folder: Path) -> list[str]:
    """Return the report stage's command line for the run in `folder`; it writes to `folder`/pages."""
    return (
        f"--params {folder}/params.yaml --metrics {folder}/metrics --data {folder}/data/split "
        f"--predictions {folder}/predictions --record {folder}/models/training --tuned {folder}/models/tuned "
        f"--page {folder}/pages/report.html --summary {folder}/pages/REPORT.md --card {folder}/pages/card"
    ).split()


def read(folder: Path) -> Run:
    """Return the run in `folder`."""
    return read_run(
        metrics=folder / "metrics", data=folder / "data" / "split", predictions=folder / "predictions",
        record=folder / "models" / "training", tuned=folder / "models" / "tuned",
        params=load_params(folder / "params.yaml"),
    )  # fmt: skip


def table_after(text: str, head: str) -> list[str]:
    """Return the lines of the first Markdown table after `head`."""
    lines = text.split(head, 1)[1].splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith("|"))
    end = next((place for place in range(start, len(lines)) if not lines[place].startswith("|")), len(lines))
    return lines[start:end]


def snippet(card: str) -> str:
    """Return the Python code of a model card that needs no package of ours."""
    return card.split("```python\n")[-1].split("\n```")[0]


def loaded_card(run: Run, folder: Path) -> Any:
    """Return a run's model card as the Hub reads it."""
    (folder / "c.md").write_text(card(run), encoding="utf-8")
    return ModelCard.load(folder / "c.md", ignore_metadata_errors=False)


def written(words: list[str], pages: Path) -> dict[str, bytes]:
    """Run the report stage; return what it wrote to the folder `pages`."""
    report.main(words)
    return {path.relative_to(pages).as_posix(): path.read_bytes() for path in sorted(pages.rglob("*.*"))}


def change(file: Path, old: str, new: str) -> None:
    """Replace a text in a file that has it."""
    before = file.read_text(encoding="utf-8")
    assert old in before
    file.write_text(before.replace(old, new), encoding="utf-8")
