"""A classifier trained on a few rows with finetune_classifier, and texts for it to label."""

from pathlib import Path

from pipeline_lib.core.files import write_jsonl
from stages import finetune_classifier
from tests.helpers import toys

LABELS = ["negative", "neutral", "positive"]
LIMIT = 16  # tokens
TEXTS = ["No acute fracture.", "a tear", "", "The heart size is normal. " * 30, "MRI of the right knee: tear", "a tear"]


def train(folder: Path, model: Path, **changes) -> Path:
    """Run finetune_classifier on a few rows; return its folder."""
    rows = [
        {"id": str(number), "source": example["source"], "target": LABELS[number % 3], "labels": LABELS}
        for number, example in enumerate(toys.examples(12))
    ]
    write_jsonl(folder / "split" / "train.jsonl", rows)
    write_jsonl(folder / "split" / "validation.jsonl", [])
    settings = {"task": "sentiment", "max_tokens": LIMIT, "epochs": 8} | changes
    params = toys.write_params(folder / "params.yaml", model, settings)
    where = {"--params": params, "--data": folder / "split", "--out": folder / "tuned", "--record": folder / "training"}
    finetune_classifier.main([str(part) for pair in where.items() for part in pair])
    return folder / "tuned"
