"""A finished run of a classifier on twelve rows, scored and analysed by the stages, in report_run's layout."""

from pathlib import Path

from pipeline_lib.core.files import write_json, write_jsonl
from stages import error_analysis, score

LABELS = ("negative", "positive")
HOSTILE = ("<script>alert(1)</script>", 'a"b|c', "positive")
TEXTS = [
    "a fine film", "not worth it", "lovely", "I hated it", "<script>alert(2)</script>", "it is not bad at all", "dull",
    "far from good", "great", "awful {{ 7*7 }}", "a joy", "no",
]  # fmt: skip
# The confidence of tuned in the label it gives each row; minus, where that label is wrong.
CONFIDENCE = [0.9, -0.97, 0.8, 0.95, -0.6, 0.7, 0.85, -0.99, 0.9, 0.9, 0.9, 0.55]
BASELINE_RIGHT, UNTRAINED_RIGHT = {0, 1, 2, 3, 5}, {2, 3, 5, 6, 8, 9, 10, 11}
SETTINGS = {
    "task": "sentiment", "seed": 7, "method": "lora", "max_tokens": 32, "lr": 0.01, "epochs": 2, "batch_size": 4,
    "lora": {"r": 4, "alpha": 8, "dropout": 0.0, "target_modules": "all-linear"},
}  # fmt: skip
GRID = {"gentle": {"lr": 0.001, "epochs": 2}, "steady": {"lr": 0.01, "epochs": 2}}
HISTORY = """step,epoch,split,loss,lr,tokens,seconds,tokens_per_second,flops,seconds_left,memory_gb,kept
1,1,train,0.700000,0.01,120,0.5000,240.0,3e+09,1.5,0.500,
2,1,train,0.600000,0.01,120,0.5000,240.0,3e+09,1.0,0.600,
2,1,validation,0.650000,,,,,,,,
3,2,train,0.500000,0.01,120,0.7000,171.4,3e+09,0.5,0.600,
4,2,train,0.400000,0.005,140,0.9000,155.6,3.5e+09,0.0,0.600,
4,2,validation,0.550000,,,,,,,,1
"""
MODEL_SELECTION = {
    "by": "accuracy", "validation": 6, "chosen": "steady", "grid_keys": ["lr", "epochs", "batch_size"],
    "settings": {
        "steady": {"lr": 0.01, "epochs": 2, "batch_size": 4, "accuracy": 0.8125, "accuracy_low": None,
                   "accuracy_high": None, "f1_macro": 0.8, "f1_macro_low": None, "f1_macro_high": None, "loss": 0.55,
                   "best_epoch": 2},
        "gentle": {"lr": 0.001, "epochs": 2, "batch_size": 4, "accuracy": 0.5, "accuracy_low": 0.25,
                   "accuracy_high": 0.75, "f1_macro": 0.45, "f1_macro_low": 0.2, "f1_macro_high": 0.7, "loss": 0.68,
                   "best_epoch": 2},
    },
}  # fmt: skip


def examples(labels: tuple[str, ...], name: str, texts: list[str], groups: int = 0) -> list[dict]:
    """Return rows as the split stage writes them; the first `groups` rows share a group two by two."""
    return [
        {
            "id": f"{name}{i}", "group": f"{name}{i // 2 if i < groups else i}", "stratum": labels[i % len(labels)],
            "labels": list(labels), "source": text, "target": labels[i % len(labels)], "leak": "",
        }
        for i, text in enumerate(texts)
    ]  # fmt: skip


def answers(rows: list[dict], right: set[int], confidence: list[float] | None = None) -> list[dict]:
    """Return the label of each row that is in `right`, and the next label for others; with probabilities, if given."""
    given = []
    for i, row in enumerate(rows):
        labels = row["labels"]
        label = labels[(labels.index(row["target"]) + (i not in right)) % len(labels)]
        answer = {"id": row["id"], "prediction": label, "reference": row["target"]}
        if confidence is not None:
            rest = (1 - abs(confidence[i])) / (len(labels) - 1)
            answer["probabilities"] = {name: round(abs(confidence[i]) if name == label else rest, 6) for name in labels}
        given.append(answer)
    return given


def write_label_run(folder: Path, labels: tuple[str, ...] = LABELS, groups: int = 0) -> Path:
    """Write the run to `folder` and return it."""
    test_rows, validation = examples(labels, "r", TEXTS, groups), examples(labels, "v", TEXTS[:6])
    parts = {"train": examples(labels, "t", [f"{text}, they say" for text in TEXTS]), "validation": validation}
    for name, rows in (parts | {"test": test_rows}).items():
        write_jsonl(folder / "data" / "split" / f"{name}.jsonl", rows)
    predictions = folder / "predictions"
    meanings = {"majority": "the first label, always", "regression": "TF-IDF"}
    write_json(predictions / "baselines" / "meanings.json", meanings)
    for part, rows in (("test", test_rows), ("validation", validation)):
        write_jsonl(predictions / "baselines" / part / "majority.jsonl", answers(rows, set()))
        write_jsonl(predictions / "baselines" / part / "regression.jsonl", answers(rows, BASELINE_RIGHT))
    tuned_right = {i for i, confidence in enumerate(CONFIDENCE) if confidence > 0}
    write_jsonl(predictions / "tuned" / "test.jsonl", answers(test_rows, tuned_right, CONFIDENCE))
    write_jsonl(predictions / "untrained" / "test.jsonl", answers(test_rows, UNTRAINED_RIGHT, [0.75] * 12))
    base = {"name": "toy", "revision": None, "sha256": "cd" * 32, "method": "lora", "labels": list(labels)}
    write_json(folder / "models" / "tuned" / "base.json", base | {"settings": SETTINGS})
    (folder / "models" / "training").mkdir()
    (folder / "models" / "training" / "history.csv").write_text(HISTORY, encoding="utf-8")
    write_json(folder / "metrics" / "model_selection.json", MODEL_SELECTION)
    split = {"rows": 36, "train": 12, "validation": 6, "test": 12, "left_out": 6}
    write_json(folder / "metrics" / "split.json", split)
    kept = {name: value for name, value in SETTINGS.items() if name not in GRID["steady"]}
    write_json(folder / "params.yaml", {**kept, "data": "mine.csv", "grid": GRID})
    where = [f"--params={folder}/params.yaml", f"--data={folder}/data/split", f"--predictions={predictions}"]
    metrics = f"{folder}/metrics"
    score.main([*where, f"--out={metrics}"])
    error_analysis.main(
        [*where, f"--metrics={metrics}", f"--record={folder}/models/training", f"--tuned={folder}/models/tuned",
         f"--errors={folder}/pages/errors.csv", f"--out={metrics}/fine_tuning_results.json"]
    )  # fmt: skip
    return folder
