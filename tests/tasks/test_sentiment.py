"""The task sentiment: labels as words, the prompt, and what is said of a file that cannot be used."""

import csv
import random
from collections import Counter
from pathlib import Path

import pytest

from pipeline_lib.core.files import write_jsonl
from pipeline_lib.core.tasks import load
from pipeline_lib.data.containment import containment_groups
from pipeline_lib.data.splitting import split_rows
from pipeline_lib.tasks.sentiment import data as sentiment
from pipeline_lib.tasks.sentiment import prompt as sentiment_prompt
from tests.helpers.stages import error_of
from tests.helpers.toys import ROOT

OWN = ROOT / "recipes/sentiment/data/reviews.csv"


def write_tsv(folder: Path, rows: list[tuple[str, str]], header: str = "text\tlabel") -> Path:
    path = folder / "reviews.tsv"
    path.write_text("\n".join([header, *("\t".join(row) for row in rows)]) + "\n", encoding="utf-8")
    return path


def examples_of(path: Path, columns: dict[str, str] | None = None) -> list[dict]:
    return sentiment.examples(sentiment.read(path, columns or {}))


def test_the_file_of_sst2_has_its_labels_as_words(tmp_path):
    rows = [("a gorgeous , witty film ", "1"), ('" dull " and \'grim ', "0"), ("a gorgeous , witty FILM", "1")]
    found = examples_of(write_tsv(tmp_path, rows, "sentence\tlabel"), {"text": "sentence"})
    assert found == [
        {
            "id": str(number), "group": group, "stratum": label, "labels": ["negative", "positive"],
            "source": text.strip(),
        }
        | {"target": label}
        for number, (group, label, (text, _)) in enumerate(
            zip("121", ("positive", "negative", "positive"), rows, strict=True), start=1
        )
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
    write_jsonl(tmp_path / "reviews.jsonl", rows)
    found = examples_of(tmp_path / "reviews.jsonl")
    assert [example["target"] for example in found] == expected
    assert [example["stratum"] for example in found] == expected
    assert found[0]["labels"] == sorted(set(filter(None, expected)))


def test_phenomena_and_documents(tmp_path):
    path = write_tsv(tmp_path, [("fine", "1\tplain"), ("bad", "0\t")], "text\tlabel\tkind")
    first, second = examples_of(path, {"phenomenon": "kind"})
    assert first["phenomenon"] == "plain"
    assert "phenomenon" not in second
    assert "phenomenon" not in examples_of(path)[0]
    path = write_tsv(tmp_path, [("fine", "1"), ("bad", "0"), ("fine", "0"), ("", "1"), ("dull", "")])
    assert sentiment.documents(sentiment.read(path, {})) == ["fine", "bad", "dull"]
    # Rows without text or label are kept for the split to judge.
    assert [(row["source"], row["target"]) for row in examples_of(path)] == [
        ("fine", "positive"), ("bad", "negative"), ("fine", "negative"), ("", "positive"), ("dull", ""),
    ]  # fmt: skip


def test_a_group_of_equal_reviews_is_part_of_a_group_of_phrases(tmp_path):
    # One text of each group is enough to find what contains it: punctuation in another row loses none.
    chance = random.Random(2)
    texts = [" ".join(chance.choices(["so", "So,", "so!", "bad", '"bad"', "it", "."], k=6)) for _ in range(200)]
    path = write_tsv(tmp_path, [(text, str(at % 2)) for at, text in enumerate(texts)])
    found = examples_of(path)
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


LONG = [(f"{at:02} {'long ' * 20}", "1") for at in range(21)]
REMEDY = "right column under columns.label in the params file"


@pytest.mark.parametrize(
    ("rows", "header", "columns", "message"),
    [
        ([("fine", "1"), ("bad", "0")], "text\tlabels", {},
         "PATH has no column 'label' (did you mean labels?): its columns are text, labels; name the right one under "
         "columns.label in the params file"),
        ([("fine", "1"), ("bad", "0")], "text\tlabel", {"sentence": "text"},
         "columns.sentence is no column of this task: it knows text, label, phenomenon"),
        *(
            (rows, "text\tlabel", {}, f"sentiment needs at least 2 labels, PATH has {found} in its column 'label': "
             f"bring rows of the others, or name the {REMEDY}")
            for rows, found in (
                ([("a", "1"), ("b", "1")], "'1' alone"), ([("a", "Good"), ("b", "good"), ("c", "")], "'good' alone"),
                ([("a", ""), ("b", "")], "none"),
            )
        ),
        (LONG, "text\tlabel", {"label": "text"},
         "sentiment takes at most 20 labels, PATH has 21 in its column 'text', the first is "
         f"'00 {'long ' * 7}lo...': name the {REMEDY}"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_names_the_remedy(tmp_path, rows, header, columns, message):
    path = write_tsv(tmp_path, rows, header)
    assert error_of(sentiment.read, path, columns) == message.replace("PATH", str(path))
