"""The task sentiment: labels as words, the prompt, and what is said of a file that cannot be used."""

import csv
import json
import random
from collections import Counter
from pathlib import Path

import pytest

from pipeline_lib.core.tasks import load
from pipeline_lib.data.containment import containment_groups
from pipeline_lib.data.splitting import split_rows
from pipeline_lib.tasks.sentiment import data as sentiment
from pipeline_lib.tasks.sentiment import prompt as sentiment_prompt
from tests.helpers.stages import error_of
from tests.helpers.toys import ROOT

OWN = ROOT / "recipes/sentiment/data/reviews.csv"


def write_tsv(path: Path, rows: list[tuple[str, str]], header: str = "sentence\tlabel") -> Path:
    path.write_text("\n".join([header, *("\t".join(row) for row in rows)]) + "\n", encoding="utf-8")
    return path


def write_json(path: Path, rows: list[dict]) -> Path:
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


def examples_of(path: Path, columns: dict[str, str] | None = None) -> list[dict]:
    return sentiment.examples(sentiment.read(path, columns or {}))


def test_the_file_of_sst2_has_its_labels_as_words(tmp_path):
    rows = [("a gorgeous , witty film ", "1"), ('" dull " and \'grim ', "0"), ("a gorgeous , witty FILM", "1")]
    found = examples_of(write_tsv(tmp_path / "train.tsv", rows), {"text": "sentence"})
    assert found == [
        {
            "id": str(number), "group": group, "stratum": label, "labels": ["negative", "positive"], "source": text,
            "target": label,
        }
        for number, group, text, label in [
            (1, "1", "a gorgeous , witty film", "positive"),
            (2, "2", '" dull " and \'grim', "negative"),
            (3, "1", "a gorgeous , witty FILM", "positive"),
        ]
    ]  # fmt: skip


def test_the_projects_own_file_has_words_and_phenomena():
    found = examples_of(OWN)
    with OWN.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for example, row in zip(found, rows, strict=True):
        assert (example["source"], example["target"]) == (row["text"].strip(), row["label"])
        assert example["stratum"] == row["label"]
        assert example["phenomenon"] == row["phenomenon"]
    assert len({example["group"] for example in found}) == len(found)
    split = split_rows(found, train=1400, validation=200, test=200, duplicates="keep", seed=1)
    for part, size in ((split.train, 1400), (split.validation, 200), (split.test, 200)):
        counts = Counter(row["target"] for row in part)
        assert all(abs(count - size / 2) <= 2 for count in counts.values())


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["1", "0", "1"], ["positive", "negative", "positive"]),
        ([1, 0, 1], ["positive", "negative", "positive"]),
        ([1, 0, None], ["positive", "negative", ""]),  # pandas may read 1.0
        ([1.0, 0.0, 1.0], ["positive", "negative", "positive"]),
        (["Positive", " NEGATIVE ", "positive"], ["positive", "negative", "positive"]),
        (["Very  good", "very good", "bad"], ["very good", "very good", "bad"]),
        ([2, 0, 1], ["2", "0", "1"]),  # of three numbers, 1 need not be positive
        ([-1, 1, 1], ["-1", "1", "1"]),
        (["1.5", "1.0", "0"], ["1.5", "1", "0"]),
        (["gut", "schlecht", "STRASSE"], ["gut", "schlecht", "strasse"]),
    ],
)
def test_labels_become_words(tmp_path, given, expected):
    rows = [{"text": f"review {number}", "label": label} for number, label in enumerate(given)]
    found = examples_of(write_json(tmp_path / "reviews.jsonl", rows))
    assert [example["target"] for example in found] == expected
    assert [example["stratum"] for example in found] == expected
    assert found[0]["labels"] == sorted(set(filter(None, expected)))


def test_phenomena_and_documents(tmp_path):
    path = tmp_path / "reviews.csv"
    path.write_text("text,label,kind\nfine,1,plain\nbad,0,\n", encoding="utf-8")
    first, second = examples_of(path, {"phenomenon": "kind"})
    assert first["phenomenon"] == "plain"
    assert "phenomenon" not in second
    assert "phenomenon" not in examples_of(path)[0]
    path = write_tsv(tmp_path / "reviews.tsv", [("fine", "1"), ("bad", "0"), ("fine", "0"), ("", "1")])
    assert sentiment.documents(sentiment.read(path, {"text": "sentence"})) == ["fine", "bad"]


def test_rows_without_text_or_label_are_kept_for_the_split_to_judge(tmp_path):
    path = write_tsv(tmp_path / "reviews.tsv", [("fine", "1"), ("", "0"), ("dull", "")])
    found = examples_of(path, {"text": "sentence"})
    assert [(row["source"], row["target"]) for row in found] == [
        ("fine", "positive"),
        ("", "negative"),
        ("dull", ""),
    ]


def test_a_group_of_equal_reviews_is_part_of_a_group_of_phrases(tmp_path):
    # One text of each group is enough to find what contains it: punctuation in another row loses none.
    chance = random.Random(2)
    texts = [" ".join(chance.choices(["so", "So,", "so!", "bad", '"bad"', "it", "."], k=6)) for _ in range(200)]
    path = write_tsv(tmp_path / "reviews.tsv", [(text, str(at % 2)) for at, text in enumerate(texts)])
    found = examples_of(path, {"text": "sentence"})
    all_texts = containment_groups(texts)
    firsts: dict[str, int] = {}
    for at, example in enumerate(found):
        assert all_texts[firsts.setdefault(example["group"], at)] == all_texts[at]
    assert len(firsts) < 200
    one_of_each = containment_groups([texts[at] for at in firsts.values()])
    assert len(set(one_of_each)) == len(set(all_texts))


def example(labels: list[str], **more) -> dict:
    return {"source": "Not bad at all.", "labels": sorted(labels), **more}


def test_the_prompt():
    assert sentiment_prompt.prompt(example(["negative", "positive"])) == (
        "Is this review positive or negative? Answer with the label alone.\n\nReview: Not bad at all."
    )
    assert sentiment_prompt.CUE == "Sentiment:"
    assert load("sentiment", "data") is sentiment
    row = example(["negative", "positive"], few_shot=["positive", "negative"], target="T", phenomenon="P", id="I")
    assert sentiment_prompt.prompt(row).splitlines()[2:] == [
        "Labels of similar reviews: positive, negative",
        "Review: Not bad at all.",
    ]
    without = example(["negative", "positive"], few_shot=[])
    assert sentiment_prompt.prompt(without) == sentiment_prompt.prompt(example(["negative", "positive"]))


@pytest.mark.parametrize(
    ("labels", "question"),
    [
        (["neutral", "negative", "positive"], "Is this review positive, neutral or negative?"),
        (["2", "0", "1"], "Which label fits this review: 0, 1 or 2?"),
        (["very good", "bad"], "Which label fits this review: bad or very good?"),
    ],
)
def test_the_question_names_the_labels_there_are(labels, question):
    assert sentiment_prompt.prompt(example(labels)).splitlines()[0] == f"{question} Answer with the label alone."


def test_a_wrong_column_names_the_remedy(tmp_path):
    path = write_tsv(tmp_path / "reviews.tsv", [("fine", "1"), ("bad", "0")], "text\tlabels")
    assert error_of(sentiment.read, path, {}) == (
        f"{path} has no column 'label' (did you mean labels?): its columns are text, labels; name the right one under "
        "columns.label in the params file"
    )
    path = write_tsv(tmp_path / "reviews.tsv", [("fine", "1"), ("bad", "0")])
    message = error_of(sentiment.read, path, {"sentence": "sentence"})
    assert message.startswith("columns.sentence is no column of this task")
    assert message.endswith(": it knows text, label, phenomenon")
    path = write_tsv(tmp_path / "reviews.tsv", [(f"{at:02} {'long ' * 20}", "1") for at in range(21)])
    assert error_of(sentiment.read, path, {"text": "sentence", "label": "sentence"}) == (
        f"sentiment takes at most 20 labels, {path} has 21 in its column 'sentence', the first is "
        f"'00 {'long ' * 7}lo...': name the right column under columns.label in the params file"
    )


@pytest.mark.parametrize(
    ("labels", "found"),
    [(["1", "1"], "'1' alone"), (["Good", "good", ""], "'good' alone"), (["", ""], "none")],
)
def test_one_label_is_refused(tmp_path, labels, found):
    path = write_tsv(tmp_path / "reviews.tsv", [(f"review {at}", label) for at, label in enumerate(labels)])
    assert error_of(sentiment.read, path, {"text": "sentence"}) == (
        f"sentiment needs at least 2 labels, {path} has {found} in its column 'label': bring rows of the others, or "
        "name the right column under columns.label in the params file"
    )
