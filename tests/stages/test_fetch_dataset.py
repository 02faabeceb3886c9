"""The stage fetch_dataset with a table in memory instead of the Hub."""

from types import SimpleNamespace

import pytest
from datasets import Dataset

from pipeline_lib.core.files import read_jsonl
from stages import fetch_dataset
from tests.helpers.stages import refused, run_stage


@pytest.fixture
def hub(monkeypatch):
    requests: dict[str, str | None] = {}

    class Api:
        def dataset_info(self, name, revision=None):
            if name == "down":
                raise ConnectionError("Name or service not known")
            requests.update(name=name, revision=revision)
            return SimpleNamespace(sha="c0ffee")

    def builder(name, config, revision):
        return SimpleNamespace(info=SimpleNamespace(splits={"train": None, "validation": None}))

    def load(name, config, split, revision):
        requests.update(split=split, commit=revision)
        return Dataset.from_dict({"sentence": ["très bon", 'bad, "very"'], "label": [1, 0]})

    monkeypatch.setattr(fetch_dataset, "HfApi", Api)
    monkeypatch.setattr(fetch_dataset, "load_dataset_builder", builder)
    monkeypatch.setattr(fetch_dataset, "load_dataset", load)
    return requests


def test_rows_are_written_as_jsonl_or_csv(hub, tmp_path):
    printed = run_stage(fetch_dataset, "hub:stanfordnlp/sst2@v1", split="train", out=tmp_path / "sst2.jsonl")
    assert hub == {"name": "stanfordnlp/sst2", "revision": "v1", "split": "train", "commit": "c0ffee"}
    rows = read_jsonl(tmp_path / "sst2.jsonl")
    assert rows == [{"sentence": "très bon", "label": 1}, {"sentence": 'bad, "very"', "label": 0}]
    assert "2 rows of stanfordnlp/sst2@c0ffee" in printed
    run_stage(fetch_dataset, "hub:stanfordnlp/sst2", split="train", out=tmp_path / "sst2.csv")
    text = (tmp_path / "sst2.csv").read_text(encoding="utf-8")
    assert text == 'sentence,label\ntrès bon,1\n"bad, ""very""",0\n'


@pytest.mark.parametrize(
    ("source", "split", "out", "message"),
    [
        ("sst2", "train", "x.csv", "source must be hub:ID"),
        ("hub:a/b", "train", "x.parquet", "--out must end in"),
        ("hub:a/b", "tests", "x.csv", "has no split 'tests': it has train, validation"),
        ("hub:down", "train", "x.csv", r"cannot be had from the Hub \(ConnectionError: Name or service not known\)"),
    ],
)
def test_a_mistake_is_one_line_and_nothing_is_written(hub, tmp_path, source, split, out, message):
    refused(message, run_stage, fetch_dataset, source, split=split, out=tmp_path / out)
    assert not list(tmp_path.iterdir())
