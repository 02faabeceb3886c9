"""The stage split: texts that contain one another, cleaned training rows, a second table for test, whole groups."""

import csv
import random
import re
from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest

from pipeline_lib.core.files import read_json, read_jsonl
from pipeline_lib.data.containment import containment_groups, words
from pipeline_lib.data.tables import data_files
from stages import split
from tests.helpers.brute_force import brute_force
from tests.helpers.stages import error_of, refused, run_stage
from tests.helpers.tables import write_table
from tests.helpers.toys import write_params

LABELS = ("negative", "positive")
PARTS = ("train", "validation", "test")
NOUNS = "film plot cast score script set scene joke hero song mask ship dog duel".split()
VERBS = "drags shines bores glows limps soars stalls sings fails wins".split()
CLOSE = {"8", "9", "10", "11"}


def review(number: int) -> tuple[str, str]:
    """Return a sentence of ten words that no other shares a run of five words with, and its label."""
    noun, verb = NOUNS[number % 14], VERBS[number % 10]
    return f"item{number} the {noun} of part{number} {verb} on day{number} and then ends{number}", LABELS[number % 2]


def sentences(*numbers: int) -> list[tuple[str, str]]:
    return [review(number) for number in range(*numbers)]


def table(path: Path, rows: list[tuple[str, str]]) -> Path:
    return write_table(path, [{"text": text, "label": label} for text, label in rows])


def run(folder: Path, data: Path, changes: dict | None = None) -> dict:
    """Run the stage on reviews; return its rows by part, its metrics and what it printed."""
    small = {"task": "sentiment", "columns": {}, "labels": {}, "split.train": 6, "split.test": 3, "split.validation": 3}
    params = write_params(folder / "params.yaml", "no-model", small | (changes or {}))
    out, metrics = folder / "split", folder / "metrics.json"
    printed = run_stage(split, data=data, out=out, metrics=metrics, params=params)
    rows = {part: read_jsonl(out / f"{part}.jsonl") for part in PARTS}
    return rows | {"metrics": read_json(metrics), "printed": printed}


def contained_across_parts(found: dict) -> int:
    """Return how many pairs of rows in two parts contain one another, by definition."""
    placed = [(part, f" {' '.join(words(row['source']))} ") for part in PARTS for row in found[part]]
    return sum(part != other and text in longer for part, text in placed for other, longer in placed)


def phrases(folder: Path) -> Path:
    """Write 16 sentences, and of 8 of them a phrase, and of 4 of these a shorter one: the first is the longest."""
    made = []
    for number in range(16):
        text, label = review(number)
        made.append((text, label))
        if number < 8:
            made.append((" ".join(text.split()[:6]).capitalize() + ".", label))
        if number < 4:
            made.append((" ".join(text.split()[1:5]), label))
    return table(folder / "reviews.csv", random.Random(3).sample(made, len(made)))


@pytest.mark.parametrize("seed", range(5))
def test_phrases_that_contain_one_another_stay_in_one_part(tmp_path, seed):
    data = phrases(tmp_path)
    found = run(tmp_path, data, {"split.contained": "group", "split.train": 14, "split.seed": seed})
    assert contained_across_parts(found) == 0
    figures = found["metrics"]
    assert (figures["groups"], figures["near_duplicates"], figures["merged_groups"]) == (28, 0, 12)
    assert (figures["shared_groups"], [figures[part] for part in PARTS]) == (0, [14, 3, 3])
    assert "0 pairs of near-duplicates, 12 groups merged, 0 test rows leaked\n" in found["printed"]
    # A group has the name of its first row.
    with data.open(encoding="utf-8") as file:
        texts = [row["text"] for row in csv.DictReader(file)]
    firsts = containment_groups(texts)
    for part in PARTS:
        for row in found[part]:
            assert row["group"] == str(firsts[int(row["id"]) - 1] + 1)
    assert len({row["group"] for row in found["test"]}) == 3, "test rows are of groups of their own"
    # Without grouping phrases are in two parts.
    found = run(tmp_path, data, {"split.contained": "allow", "split.train": 14, "split.seed": seed})
    assert contained_across_parts(found) > 0
    assert found["metrics"]["merged_groups"] == 0


def test_short_phrases_link_no_groups(tmp_path):
    # "part of" stands in half of all sentences: it would link everything into one group.
    rows = [(f"word{number} is part of this", "positive") for number in range(10)]
    data = table(tmp_path / "reviews.csv", [("part of this", "negative"), *rows])
    found = run(tmp_path, data, {"split.contained": "group", "split.near_duplicates": "allow"})
    assert found["metrics"]["merged_groups"] == 0


def test_phrases_and_near_duplicates_are_linked_together(tmp_path):
    long = " ".join(f"w{number}" for number in range(30))
    near = long + " more"  # 26 of 27 runs of five words
    rows = [(text, "positive") for text in (long, near, "w27 w28 w29 more")] + sentences(12)
    found = run(tmp_path, table(tmp_path / "reviews.csv", rows), {"split.contained": "group", "split.train": 9})
    groups = {row["id"]: row["group"] for part in PARTS for row in found[part]}
    assert {groups[name] for name in ("1", "2", "3") if name in groups} == {"1"}
    assert (found["metrics"]["merged_groups"], found["metrics"]["near_duplicates"]) == (2, 1)


def unclean(folder: Path) -> Path:
    """Write 20 sentences, 6 short rows, a text with two labels, and two sentences a second time."""
    short = [(f"fine{number}", "positive") for number in range(6)]
    two = [("nobody knows what this was about", label) for label in ("positive", "negative")]
    again = [(review(number)[0].upper() + " !", review(number)[1]) for number in (0, 1)]
    return table(folder / "reviews.csv", [*sentences(20), *short, *two, *again])


def test_only_training_rows_are_cleaned(tmp_path):
    data = unclean(tmp_path)
    short = {"cleaned": 0, "as it is": 0}
    for seed in range(6):
        found = run(tmp_path, data, {"split.min_words": 3, "split.train": 12, "split.seed": seed})
        assert found["metrics"]["not_trained_on"] == {"empty": 0, "short": 6, "two_labels": 2, "duplicate": 0}
        assert "not trained on: 0 empty, 6 short, 2 two labels, 0 duplicate\n" in found["printed"]
        texts = [row["source"] for row in found["train"]]
        assert len(texts) == 12
        assert not [text for text in texts if len(text.split()) < 3 or text.startswith("nobody")]
        short["cleaned"] += sum(len(row["source"].split()) < 3 for part in PARTS[1:] for row in found[part])
        found = run(tmp_path, data, {"split.train": 12, "split.seed": seed})
        short["as it is"] += sum(len(row["source"].split()) < 3 for row in found["train"])
        assert "not_trained_on" not in found["metrics"]
        assert "not trained on" not in found["printed"]
    assert short["cleaned"] > 0, "test rows are not cleaned"
    assert short["as it is"] > 0, "without cleaning short rows are trained on"


def test_repeated_texts_are_trained_on_once(tmp_path):
    rows = [*sentences(10), *[(review(0)[0] + ".", "negative")] * 3]
    data = table(tmp_path / "reviews.csv", rows)
    for seed in range(4):
        found = run(tmp_path, data, {"split.min_words": 1, "split.train": 6, "split.validation": 0, "split.seed": seed})
        assert found["metrics"]["not_trained_on"]["duplicate"] == 3
        assert Counter(row["group"] for row in found["train"]).most_common(1)[0][1] == 1


def test_cleaning_that_leaves_too_few_names_the_number(tmp_path):
    data, sizes = unclean(tmp_path), {"split.min_words": 3, "split.train": 23, "split.validation": 0}
    message = error_of(run, tmp_path, data, sizes)
    most = int(re.findall(r"lower split\.train to (\d+) in the params file", message)[0])
    assert 15 < most < 23
    assert len(run(tmp_path, data, sizes | {"split.train": most})["train"]) == most


def folder_of(folder: Path, known: list, test_rows: list, ending: str = ".tsv") -> Path:
    data = folder / "data"
    data.mkdir(exist_ok=True)
    table(data / f"train{ending}", known)
    table(data / f"test{ending}", test_rows)
    return data


def two_tables(folder: Path) -> Path:
    """Write a table of 18 rows and a test table of 5: rows 8 to 11 repeat, nearly equal or are in a test row."""
    long = " ".join(f"w{number}" for number in range(30))
    test_rows = [*sentences(50, 53), (f"{long} indeed", "positive"), ("Bad.", "negative")]
    close = [
        (review(50)[0].upper() + "!", review(50)[1]),
        ("bad", "negative"),
        (f"{long} truly", "positive"),
        (" ".join(review(51)[0].split()[2:7]), review(51)[1]),
    ]
    return folder_of(folder, [*sentences(7), *close, *sentences(7, 14)], test_rows)


def test_a_second_table_is_test_and_training_rows_close_to_it_are_left_out(tmp_path):
    data = two_tables(tmp_path)
    for seed in range(5):
        sizes = {"split.test": 5, "split.train": 10, "split.validation": 4}
        found = run(tmp_path, data, {"split.contained": "group", "split.seed": seed} | sizes)
        assert [row["id"] for row in found["test"]] == [f"test-{number}" for number in range(1, 6)]
        assert [row["group"] for row in found["test"]] == [row["id"] for row in found["test"]]
        assert CLOSE.isdisjoint(row["id"] for part in PARTS[:2] for row in found[part])
        assert len(found["train"]) == 10
        assert len(found["validation"]) == 4, "validation rows come from the training table"
        assert contained_across_parts(found) == 0
        figures = found["metrics"]
        assert figures["too_close_to_test"] == 4
        assert (figures["rows"], figures["groups"], figures["left_out"], figures["leaked"]) == (23, 18, 4, 0)
        assert "left out because a test row repeats or contains them: 4\n" in found["printed"]


@pytest.mark.parametrize(
    ("contained", "near", "left"),
    [("allow", "group", CLOSE - {"11"}), ("group", "allow", CLOSE - {"10"}), ("allow", "allow", {"8", "9"})],
)
def test_rows_that_may_be_close_are_trained_on_but_never_the_same_text(tmp_path, contained, near, left):
    ask = {"split.contained": contained, "split.near_duplicates": near, "split.test": 5, "split.validation": 0}
    found = run(tmp_path, two_tables(tmp_path), ask | {"split.train": 18 - len(left)})
    every = {str(number) for number in range(1, 19)}
    assert {row["id"] for row in found["train"]} == every - left
    assert found["metrics"]["too_close_to_test"] == len(left)


def test_allowed_near_duplicates_are_marked_in_a_second_table_too(tmp_path):
    sizes = {"split.test": 5, "split.train": 16, "split.validation": 0}
    found = run(tmp_path, two_tables(tmp_path), {"split.near_duplicates": "allow"} | sizes)
    pairs = brute_force([row["source"] for row in found["train"] + found["test"]], 0.8)
    near = [(found["train"][left]["id"], found["test"][right - 16]["id"]) for left, right, _ in pairs]
    assert near == [("10", "test-4")]
    assert {row["id"]: row["leak"] for row in found["test"] if row["leak"]} == {"test-4": "10"}
    assert found["metrics"]["leaked"] == 1
    assert "1 test rows leaked" in found["printed"]


def test_validation_rows_are_as_long_as_test_rows(tmp_path):
    # As in SST-2: the first table is mostly phrases, the second sentences.
    phrases = [(f"phrase{number} {('good', 'bad')[number % 2]}", LABELS[number % 2]) for number in range(40)]
    data = folder_of(tmp_path, phrases + sentences(10), sentences(50, 60))
    for seed in range(4):
        found = run(tmp_path, data, {"split.test": 8, "split.train": 30, "split.validation": 6, "split.seed": seed})
        assert [len(found[part]) for part in PARTS] == [30, 6, 8]
        assert {row["id"] for row in found["test"]} < {f"test-{number}" for number in range(1, 11)}
        assert found["metrics"]["left_out"] == 60 - 30 - 6 - 8
        assert all(len(row["source"].split()) > 5 for row in found["validation"])
        assert any(len(row["source"].split()) < 5 for row in found["train"])


@pytest.mark.parametrize(("known", "test_rows", "test", "message"), [
    (sentences(12), sentences(50, 55), 6,
     "^split.test must be at most the number of rows in the test file, 5 in DATA, not 6: lower it$"),
    (sentences(6), sentences(6), 3, "all 6 of .* repeat one or are contained in one: bring other training rows"),
    (sentences(12), [*sentences(50, 54), ("a shrug of a film", "neutral")], 3,
     "a label must be one of negative, positive, row test-5 of .* has 'neutral'"),
    (sentences(12), [*sentences(50, 54), ("", "positive")], 3,
     r"row test-5 of .*test\.tsv has an empty input \(1 such rows"),
])  # fmt: skip
def test_a_test_table_that_does_not_fit_is_refused(tmp_path, known, test_rows, test, message):
    data = folder_of(tmp_path, known, test_rows)
    refused(message.replace("DATA", str(data)), run, tmp_path, data, {"split.test": test})
    assert not (tmp_path / "split").exists()
    if "empty" in message:
        found = run(tmp_path, data, {"split.incomplete": "drop", "split.test": 4})
        assert found["metrics"]["incomplete"] == 1


def test_test_rows_have_the_labels_of_the_training_table(tmp_path):
    # The test table lacks one of the labels.
    named = ("negative", "neutral", "positive")
    known = [(text, named[number % 3]) for number, (text, _) in enumerate(sentences(12))]
    found = run(tmp_path, folder_of(tmp_path, known, sentences(50, 55)))
    assert {tuple(row["labels"]) for part in PARTS for row in found[part]} == {named}


def test_the_second_table_may_have_its_older_name_eval(tmp_path):
    data, sizes = two_tables(tmp_path), {"split.contained": "group", "split.test": 5, "split.train": 10}
    found = run(tmp_path, data, sizes)
    (data / "test.tsv").rename(data / "eval.tsv")
    assert run(tmp_path, data, sizes) == found
    (data / "test.tsv").write_text("text\tlabel\n")
    refused(r"must hold one file test or eval .* has eval\.tsv, test\.tsv: rename", run, tmp_path, data, sizes)


def test_a_folder_must_hold_one_table_of_each(tmp_path):
    data = two_tables(tmp_path)
    assert data_files(data) == [data / "train.tsv", data / "test.tsv"]
    assert data_files(data / "train.tsv") == [data / "train.tsv"]
    (data / "notes.txt").write_text("mine")
    (data / "train").mkdir()
    assert len(data_files(data)) == 2
    (data / "test.csv").write_text("text,label\n")
    endings = ".csv, .tsv, .txt, .json, .jsonl, .ndjson, .parquet, .xlsx"
    assert error_of(data_files, data) == (
        f"a folder of data must hold one file test or eval with the ending {endings}, {data} has test.csv, test.tsv: "
        "rename or remove files, or name a single file under data"
    )
    for name in ("test.csv", "test.tsv"):
        (data / name).unlink()
    refused(rf"must hold one file test or eval with the ending {endings}, .* has none: ", run, tmp_path, data)
    assert not (tmp_path / "split").exists()


def passages(path: Path, articles: int) -> Path:
    """Write questions: of each article two passages with two questions each; the last two articles share a passage.

    Two more articles have nearly the same passage.
    """
    rows = []
    for article in range(articles):
        for passage in range(2):
            name = f"{article - 1}a{passage}" if article == articles - 1 and passage == 0 else f"{article}a{passage}"
            context = f"The keeper of house{name} was Ada{name} and the house stood until year{name} ended for good."
            for question, answer in (("Who kept it?", f"Ada{name}"), ("Until when?", f"year{name}")):
                rows.append((f"Article {article}", context, question, answer))
    long = " ".join(f"w{number}" for number in range(40))
    rows += [("Left", f"{long} one", "What is last?", "one"), ("Right", f"{long} two", "And?", "two")]
    return write_table(path, [dict(zip(("title", "context", "question", "answer"), row, strict=True)) for row in rows])


def test_questions_of_an_article_or_of_nearly_equal_passages_stay_together(tmp_path):
    data = passages(tmp_path / "questions.csv", 10)
    for seed in range(6):
        sizes = {"split.train": 12, "split.test": 8, "split.validation": 4}
        found = run(tmp_path, data, {"task": "qa", "split.seed": seed} | sizes)
        assert [len(found[part]) for part in PARTS] == [12, 4, 8]
        titles = [{row["group"] for row in found[part]} for part in PARTS]
        assert all(title.startswith("Article ") or title == "Left" for part in titles for title in part)
        texts = [{row["source"] for row in found[part]} for part in PARTS]
        for one, other in combinations(range(3), 2):
            assert not titles[one] & titles[other]
            assert not texts[one] & texts[other]
        assert (found["metrics"]["shared_groups"], found["metrics"]["near_duplicates"]) == (0, 1)
        assert len(titles[2]) < len(found["test"]), "whole groups, not one row of each"
        assert sum(any(text.startswith("w0") for text in part) for part in texts) <= 1
