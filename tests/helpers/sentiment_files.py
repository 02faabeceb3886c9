"""Labelled reviews, answers to them, and a folder with everything that the score stage reads of a classifier."""

import copy
import shutil
from pathlib import Path

from pipeline_lib.core.files import read_json, read_jsonl, write_jsonl
from stages import baselines, score
from tests.helpers.toys import write_params

LABELS = ["negative", "positive"]
WORDS = {
    "negative": ("a dull film", "dreadful cast", "the plot drags", "a waste of money"),
    "positive": ("a lovely film", "wonderful cast", "the plot sings", "worth every penny"),
}
PHENOMENA = ("plain", "negation", "irony", "contrast")


def reviews(rows: int, first: int, labels: list[str] = LABELS) -> list[dict]:
    """Return reviews with the ids `first`, `first` + 1, ..., in a fixed order of labels and phenomena."""
    made = []
    for number in range(first, first + rows):
        label = labels[number * 7 % 5 % len(labels)]
        phrases = WORDS.get(label, ("nothing much",))
        source = f"review {number}: {phrases[number % len(phrases)]}, " + "and so on " * (number % 4)
        common = {"id": str(number), "group": str(number), "stratum": label, "labels": labels}
        made.append({**common, "source": source, "target": label, "phenomenon": PHENOMENA[number % 4], "leak": ""})
    return made


def answers(rows: list[dict], wrong: int, first: int = 0) -> list[dict]:
    """Return labels with probabilities; every `wrong`-th row from `first` is labelled wrongly."""
    made = []
    for at, row in enumerate(rows):
        labels = row["labels"]
        place = (labels.index(row["target"]) + (at >= first and (at - first) % wrong == 0)) % len(labels)
        sure = round(0.52 + (at * 13 % 45) / 100, 6)
        rest = round((1 - sure) / (len(labels) - 1), 6)
        probabilities = {label: sure if number == place else rest for number, label in enumerate(labels)}
        common = {"id": row["id"], "prediction": labels[place], "reference": row["target"]}
        made.append({**common, "probabilities": probabilities})
    return made


class Files:
    """The split, predictions and params of a classifier in one folder: change files, then `run` the score stage."""

    def __init__(self, folder: Path, test_rows: list[dict] | None = None):
        self.folder, self.split, self.predictions = folder, folder / "split", folder / "predictions"
        self.metrics = folder / "metrics"
        self.metrics.mkdir()
        self.test_rows = reviews(24, 100) if test_rows is None else test_rows
        labels = self.test_rows[0]["labels"]
        parts = {"train": reviews(20, 1, labels), "validation": reviews(8, 30, labels), "test": self.test_rows}
        for name, rows in parts.items():
            write_jsonl(self.split / f"{name}.jsonl", rows)
        self.params = write_params(folder / "params.yaml", "none", {"task": "sentiment"})
        out = self.predictions / "baselines"
        baselines.main([f"--params={self.params}", f"--data={self.split}", f"--out={out}"])
        self.write("untrained", answers(self.test_rows, 3))
        self.write("tuned", answers(self.test_rows, 9, first=1))

    def copied(self, folder: Path) -> "Files":
        """Return the same files in another folder, without the time that baselines take."""
        made = copy.copy(self)
        made.folder = Path(shutil.copytree(self.folder, folder, dirs_exist_ok=True))
        for name in ("split", "predictions", "metrics"):
            setattr(made, name, folder / name)
        made.params = folder / "params.yaml"
        return made

    def path(self, system: str) -> Path:
        """Return the file of a system's answers to the test rows."""
        model = system in ("untrained", "tuned")
        return self.predictions / (f"{system}/test.jsonl" if model else f"baselines/test/{system}.jsonl")

    def write(self, system: str, rows: list[dict]) -> None:
        write_jsonl(self.path(system), rows)

    def answers(self, system: str) -> list[dict]:
        """Return a system's answers in the order of the test rows."""
        by_id = {row["id"]: row for row in read_jsonl(self.path(system))}
        return [by_id[row["id"]] for row in self.test_rows]

    def run(self) -> dict:
        """Run the score stage and return scores.json."""
        score.main(
            [
                f"--params={self.params}", f"--data={self.split}", f"--predictions={self.predictions}",
                f"--out={self.metrics}",
            ]
        )  # fmt: skip
        return read_json(self.metrics / "scores.json")
