"""The stage fetch_dataset with a table in memory instead of the Hub."""

import json
from types import SimpleNamespace

import pytest
from datasets import Dataset

from pipeline_lib.core.errors import UserError
from stages import fetch_dataset
from tests.helpers.stages import refused


@pytest.fixture
def hub(monkeypatch):
    requests: dict[str, str | None] = {}

    class Api:
        def dataset_info(self, name, revision=None):
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


def test_rows_are_written_as_jsonl(hub, tmp_path, capsys):
    out = tmp_path / "sst2.jsonl"
    fetch_dataset.main(["hub:stanfordnlp/sst2@v1", "--split", "train", "--out", str(out)])
    assert hub == {"name": "stanfordnlp/sst2", "revision": "v1", "split": "train", "commit": "c0ffee"}
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert rows == [{"sentence": "très bon", "label": 1}, {"sentence": 'bad, "very"', "label": 0}]
    assert "2 rows of stanfordnlp/sst2@c0ffee" in capsys.readouterr().out


def test_rows_are_written_as_csv(hub, tmp_path):
    out = tmp_path / "sst2.csv"
    fetch_dataset.main(["hub:stanfordnlp/sst2", "--split", "train", "--out", str(out)])
    assert out.read_text(encoding="utf-8") == 'sentence,label\ntrès bon,1\n"bad, ""very""",0\n'


@pytest.mark.parametrize(
    ("source", "split", "out", "message"),
    [
        ("sst2", "train", "x.csv", "source must be hub:ID"),
        ("hub:a/b", "train", "x.parquet", "--out must end in"),
        ("hub:a/b", "tests", "x.csv", "has no split 'tests': it has train, validation"),
    ],
)
def test_a_mistake_is_one_line_and_nothing_is_written(hub, tmp_path, source, split, out, message):
    refused(message, fetch_dataset.main, [source, "--split", split, "--out", str(tmp_path / out)])
    assert not list(tmp_path.iterdir())


def test_no_network_is_one_line(monkeypatch, tmp_path):
    class Api:
        def dataset_info(self, name, revision=None):
            raise ConnectionError("Name or service not known")

    monkeypatch.setattr(fetch_dataset, "HfApi", Api)
    with pytest.raises(UserError, match=r"cannot be had from the Hub \(ConnectionError: Name or service not known\)"):
        fetch_dataset.main(["hub:a/b", "--split", "train", "--out", str(tmp_path / "x.csv")])
    assert not list(tmp_path.iterdir())
