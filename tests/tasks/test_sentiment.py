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
SST2 = {0: "negative", 1: "positive"}
TEN = ", ".join(f"{at} (1 row)" for at in range(10)), ", ".join(f"{at}: WORD" for at in range(10))


def write_tsv(folder: Path, rows: list[tuple[str, str]], header: str = "text\tlabel") -> Path:
    path = folder / "reviews.tsv"
    path.write_text("\n".join([header, *("\t".join(row) for row in rows)]) + "\n", encoding="utf-8")
    return path


def examples_of(path: Path, columns: dict[str, str] | None = None, labels: dict | None = None) -> list[dict]:
    given: dict = SST2 if labels is None else labels
    return sentiment.examples(sentiment.read(path, columns or {}), given)


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
        assert (example["stratum"], example["phenomenon"]) == (row["label"], row["phenomenon"])
    assert len({example["group"] for example in found}) == len(found)
    split = split_rows(found, train=1400, validation=200, test=200, duplicates="keep", seed=1)
    for part, size in ((split.train, 1400), (split.validation, 200), (split.test, 200)):
        counts = Counter(row["target"] for row in part)
        assert all(abs(count - size / 2) <= 2 for count in counts.values())


@pytest.mark.parametrize(
    ("labels", "given", "expected"),
    [
        (SST2, ["1", "0", "1"], ["positive", "negative", "positive"]),
        (SST2, [1, 0, 1], ["positive", "negative", "positive"]),
        (SST2, [1, 0, None], ["positive", "negative", ""]),
        (SST2, [1.0, 0.0, 1.0], ["positive", "negative", "positive"]),
        ({0: "Ham", 1: "spam"}, [1, 0, "ham"], ["spam", "ham", "ham"]),
        ({True: "toxic", False: "fine"}, [True, False, "TRUE"], ["toxic", "fine", "toxic"]),
        ({1: "bad", 2: "bad", "4.5": "good"}, [1, 2, 4.5], ["bad", "bad", "good"]),
        ({0: "0", 1: "1"}, [0, 1, 1], ["0", "1", "1"]),  # so named, they are words
        ({-1: "against", "For": "for"}, ["-1", "for", "none"], ["against", "for", "none"]),
        ({}, ["Positive", " NEGATIVE ", "positive"], ["positive", "negative", "positive"]),
        ({}, ["Very  good", "very good", "bad"], ["very good", "very good", "bad"]),
        ({}, ["gut", "schlecht", "STRASSE"], ["gut", "schlecht", "strasse"]),
    ],
)
def test_labels_are_words(tmp_path, labels, given, expected):
    rows = [{"text": f"review {number}", "label": label} for number, label in enumerate(given)]
    write_jsonl(tmp_path / "reviews.jsonl", rows)
    found = examples_of(tmp_path / "reviews.jsonl", labels=labels)
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
    assert load("sentiment", "data") is sentiment
    row = example(["negative", "positive"], few_shot=["positive", "negative"], target="T", phenomenon="P", id="I")
    assert sentiment_prompt.prompt(row).splitlines()[2:] == [
        "Labels of similar reviews: positive, negative",
        "Review: Not bad at all.",
    ]
    without = example(["negative", "positive"], few_shot=[])
    assert sentiment_prompt.prompt(without) == sentiment_prompt.prompt(example(["negative", "positive"]))


@pytest.mark.parametrize(
    ("labels", "question", "noun", "cue"),
    [
        (["negative", "positive"], "Is this review positive or negative?", "Review", "Sentiment:"),
        (["neutral", "negative", "positive"], "Is this review positive, neutral or negative?", "Review", "Sentiment:"),
        (["spam", "ham"], "Is this text ham or spam?", "Text", "Label:"),
        (["sports", "world", "business"], "Which label fits this text: business, sports or world?", "Text", "Label:"),
        ([f"intent {at:02}" for at in range(21)], "Which label fits this text?", "Text", "Label:"),
    ],
)
def test_the_question_follows_from_the_labels(labels, question, noun, cue):
    row = example(labels, few_shot=[labels[0]])
    assert sentiment_prompt.prompt(row).splitlines() == [
        f"{question} Answer with the label alone.", "", f"Labels of similar {noun.lower()}s: {labels[0]}",
        f"{noun}: Not bad at all.",
    ]  # fmt: skip
    assert sentiment_prompt.CUE(row) == cue


LONG = [(f"{at:02} {'long ' * 20}", "1") for at in range(201)]
REMEDY = "right column under columns.label in the params file"


@pytest.mark.parametrize(("rows", "header", "columns", "message"), [
    ([("fine", "1"), ("bad", "0")], "text\tlabels", {},
     "PATH has no column 'label' (did you mean labels?): its columns are text, labels; name the right one under "
     "columns.label in the params file"),
    ([("fine", "1"), ("bad", "0")], "text\tlabel", {"sentence": "text"},
     "columns.sentence is no column of this task: it knows text, label, phenomenon"),
    *(
        (rows, "text\tlabel", {}, f"sentiment needs at least 2 labels, PATH in its column 'label' has {found}: "
         f"bring rows of the others, or name the {REMEDY}")
        for rows, found in (
            ([("a", "1"), ("b", "1")], "'positive' alone"),
            ([("a", "Good"), ("b", "good"), ("c", "")], "'good' alone"),
            ([("a", ""), ("b", "")], "none"),
        )
    ),
    (LONG, "text\tlabel", {"label": "text", "text": "label"},
     "sentiment takes at most 200 labels, PATH in its column 'text' has 201, the first is "
     f"'00 {'long ' * 7}lo...': name the {REMEDY}"),
])  # fmt: skip
def test_a_file_that_cannot_be_used_names_the_remedy(tmp_path, rows, header, columns, message):
    path = write_tsv(tmp_path, rows, header)
    assert error_of(examples_of, path, columns) == message.replace("PATH", str(path))


@pytest.mark.parametrize(
    ("labels", "given", "found", "wanted"),
    [
        ({}, ["0", "1", "1"], "0 (1 row), 1 (2 rows)", "0: WORD, 1: WORD"),
        ({0: "ham"}, ["0", "1", "2.50"], "1 (1 row), 2.50 (1 row)", "1: WORD, 2.50: WORD"),
        ({}, ["True", "FALSE", "spam"], "true (1 row), false (1 row)", "true: WORD, false: WORD"),
        ({}, [*map(str, range(12))], f"{TEN[0]} and 2 other values", f"{TEN[1]}, ..."),
    ],
)
def test_a_number_is_no_label_until_it_is_named(tmp_path, labels, given, found, wanted):
    path = write_tsv(tmp_path, [(f"text {at}", label) for at, label in enumerate(given)])
    assert error_of(examples_of, path, None, labels) == (
        f"labels must be words, {path} in its column 'label' has {found}: say what they mean in the params file, "
        f"labels: {{{wanted}}}, or name a column of words under columns.label"
    )
    named_twice = "labels must name each value once, it has 1, '1', 0: leave one out"
    assert error_of(examples_of, path, None, {1: "good", "1": "spam", 0: "bad"}) == named_twice
