"""TODO."""

from pathlib import Path

from pipeline_lib.core.files import read_json, read_jsonl, write_jsonl
from stages import baselines as baselines
from stages import score
from tests.helpers.toys import write_params

LABELS = ["negative", "positive"]

WORDS = {
    "negative": ("a dull film", "dreadful cast", "the plot drags", "a waste of money"),
    "positive": ("a lovely film", "wonderful cast", "the plot sings", "worth every penny"),
}

PHENOMENA = ("plain", "negation", "irony", "contrast")


def reviews(rows: int, first: int, labels: list[str] = LABELS) -> list[dict]:
    made = []
    for number in range(first, first + rows):
        label = labels[number * 7 % 5 % len(labels)]
        said = WORDS.get(label, ("nothing much",))
        source = f"review {number}: {said[number % len(said)]}, " + "and so on " * (number % 4)
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
        shares = [
            sure if number == place else round((1 - sure) / (len(labels) - 1), 6) for number in range(len(labels))
        ]
        made.append(
            {
                "id": row["id"],
                "prediction": labels[place],
                "reference": row["target"],
                "probabilities": dict(zip(labels, shares, strict=True)),
            }
        )
    return made


class Files:
    """A folder with what the score stage reads of reviews; change what you like, then `run`."""

    def __init__(self, folder: Path, test_rows: list[dict] | None = None, validation: list[dict] | None = None):
        self.folder, self.metrics = folder, folder / "metrics"
        self.test_rows = reviews(24, 100) if test_rows is None else test_rows
        labels = self.test_rows[0]["labels"]
        parts = {"train": reviews(20, 1, labels), "validation": reviews(8, 30, labels), "test": self.test_rows}
        if validation is not None:
            parts["validation"] = validation
        for name, rows in parts.items():
            write_jsonl(folder / "split" / f"{name}.jsonl", rows)
        self.params = write_params(folder / "params.yaml", "none", {"task": "sentiment"})
        baselines.main([f"--params={self.params}", f"--data={folder / 'split'}", f"--out={folder / 'baselines'}"])
        write_jsonl(folder / "base.jsonl", answers(self.test_rows, 3))
        write_jsonl(folder / "tuned.jsonl", answers(self.test_rows, 9, first=1))

    def run(self) -> dict:
        places = {name: self.folder / f"{name}.jsonl" for name in ("untrained", "tuned")}
        places |= {"data": self.folder / "split", "baselines": self.folder / "baselines"}
        names = {"out": "scores.json", "definitions": "definitions.json", "rows": "rows.csv", "slices": "slices.csv"}
        places |= {name: self.metrics / file for name, file in names.items()}
        self.metrics.mkdir(exist_ok=True)
        score.main([f"--params={self.params}", *(f"--{name}={place}" for name, place in places.items())])
        return read_json(self.metrics / "scores.json")

    def said(self, system: str) -> list[dict]:
        path = f"baselines/test/{system}.jsonl" if system in ("majority", "regression") else f"{system}.jsonl"
        by_id = {row["id"]: row for row in read_jsonl(self.folder / path)}
        return [by_id[row["id"]] for row in self.test_rows]
