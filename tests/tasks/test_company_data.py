"""The files of recipes/company/data keep to their rules: form, topics, no near-duplicates, refusals, choices."""

import re
from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest

from pipeline_lib.core.files import read_jsonl
from pipeline_lib.core.text import normalised
from pipeline_lib.data.choice_items import read_items
from pipeline_lib.data.near_duplicates import near_duplicates
from pipeline_lib.evaluation.metrics.refusals import is_refusal
from pipeline_lib.tasks.company.data import examples, faults, read

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "recipes" / "company" / "data"
OFF_TOPIC = "off_topic"
TOPICS = {
    "pipeline", "commands", "parameters", "data", "models", "training", "evaluation", "reports", "privacy", "words",
    "errors",
}  # fmt: skip
ALIKE = 0.75  # share of common words of two short texts, which have few runs of five words
SPECIAL = re.compile(r"<\||\|>|</?(s|bos|eos|pad|unk|mask)>|\[(CLS|SEP|PAD|UNK|MASK)\]")  # looks like a special token
GUESSED = 0.35  # share of the science questions that the lengths of their choices may answer

questions = read_jsonl(DATA / "questions.jsonl")
probe = read_jsonl(DATA / "off_topic.jsonl")
science = read_jsonl(DATA / "science.jsonl")
own = [row for row in questions if row["topic"] != OFF_TOPIC]
refused = [row for row in questions if row["topic"] == OFF_TOPIC]
stems = [row["question"]["stem"] for row in science]


def alike(texts):
    """Return the pairs of texts that share nearly all words."""
    sets = [set(normalised(text).split()) for text in texts]
    return [
        (texts[i], texts[j])
        for i, j in combinations(range(len(texts)), 2)
        if len(sets[i] & sets[j]) >= ALIKE * len(sets[i] | sets[j])
    ]


def test_every_row_has_its_fields_its_form_and_its_length():
    assert all(list(row) == ["question", "answer", "topic"] for row in questions)
    assert all(list(row) == ["question", "topic"] for row in probe)
    for text in [row[key] for row in questions + probe for key in ("question", "answer") if key in row]:
        assert text == " ".join(text.split())
        assert not {"\u2013", "\u2014"} & set(text), text
        assert not SPECIAL.search(text), text  # training would refuse the row
    for row in questions + probe:
        assert row["question"][-1] in "?.", row
        assert 3 <= len(row["question"].split()) <= 20, row
    for row in questions:
        assert 10 <= len(row["answer"].split()) <= 60, row
        assert 1 <= len(re.findall(r"[.!?](?= |$)", row["answer"])) <= 3, row
        assert row["answer"][-1] == ".", row
        assert row["answer"].count("`") % 2 == 0, row


def test_there_are_enough_of_each_topic():
    counts = Counter(row["topic"] for row in own)
    assert set(counts) == TOPICS
    assert len(own) >= 280
    assert min(counts.values()) >= 15
    assert len(refused) == len(probe) == 30
    assert {row["topic"] for row in probe} == {OFF_TOPIC}


@pytest.mark.parametrize(
    "texts",
    [[row["question"] for row in questions + probe], [row["answer"] for row in questions], stems],
    ids=["questions of both files", "answers", "stems"],
)
def test_no_two_are_equal_or_nearly_equal(texts):
    assert len({normalised(text) for text in texts}) == len(texts)
    assert (near_duplicates(texts), alike(texts)) == ([], [])


def test_no_text_resembles_another_of_its_kind():
    assert alike(["What is lora.r?", "What is lora.r, please?", "What is a baseline?"]) == [
        ("What is lora.r?", "What is lora.r, please?")
    ]
    assert not {normalised(stem) for stem in stems} & {normalised(row["question"]) for row in questions + probe}


def test_refusals_decline_and_name_the_topic_and_no_other_answer_does():
    for row in refused:
        assert is_refusal(row["answer"]), row
        assert re.search(r"\bTare\b", row["answer"]), row
        assert re.search(r"\bonly\b", row["answer"], re.IGNORECASE), row
    assert [row for row in own if is_refusal(row["answer"])] == []
    starts = Counter(" ".join(row["answer"].split()[:3]) for row in refused)
    assert max(starts.values()) <= 3, starts
    assert [row for row in refused + probe if "tare" in row["question"].casefold()] == []


def test_the_company_task_reads_every_row_and_finds_no_fault():
    table = read(DATA / "questions.jsonl", {})
    assert table.attrs["schema"] == "question/answer"
    assert faults(table) == {"duplicate": [], "empty_question": [], "empty_answer": []}
    made = examples(table, {"answers": "last"})
    assert [(row["source"], row["target"], row["stratum"]) for row in made] == [
        (row["question"], row["answer"], row["topic"]) for row in questions
    ]
    assert len({row["group"] for row in made}) == len(questions)


def test_science_has_the_form_of_arc():
    for row in science:
        assert (list(row), list(row["question"])) == (["id", "question", "answerKey"], ["stem", "choices"])
        choices = row["question"]["choices"]
        assert all(list(choice) == ["text", "label"] for choice in choices)
        labels = "".join(choice["label"] for choice in choices)
        assert labels in {"ABC", "ABCD", "ABCDE", "1234"}
        assert row["answerKey"] in labels
        texts = [choice["text"] for choice in choices]
        assert len({normalised(text) for text in texts}) == len(texts), row
        assert all(text and text == " ".join(text.split()) for text in [row["question"]["stem"], *texts])
    assert len(science) >= 80
    assert len({row["id"] for row in science}) == len(science)
    forms = Counter("".join(choice["label"] for choice in row["question"]["choices"]) for row in science)
    assert forms["ABCD"] >= 0.85 * len(science)
    assert min(forms[form] for form in ("ABC", "ABCDE", "1234")) >= 2
    items = read_items(DATA / "science.jsonl", None, 0)
    assert [(item["id"], item["question"]) for item in items] == [
        (row["id"], row["question"]["stem"]) for row in science
    ]
    for item, row in zip(items, science, strict=True):
        assert row["question"]["choices"][item["answer"]]["label"] == row["answerKey"]


def test_choices_do_not_give_the_answer_away():
    for row in science:
        texts = [choice["text"] for choice in row["question"]["choices"]]
        if not row["question"]["stem"].endswith("?"):
            assert all(text.endswith(".") for text in texts), row
        assert len({text.endswith(".") for text in texts}) == 1, row
    # Choices have similar lengths.
    for row in science:
        lengths = [len(choice["text"]) for choice in row["question"]["choices"]]
        assert max(lengths) <= 2 * min(lengths), row
    # Right answers are spread over the places.
    four = [row for row in science if len(row["question"]["choices"]) == 4]
    places = Counter([choice["label"] for choice in row["question"]["choices"]].index(row["answerKey"]) for row in four)
    assert all(0.2 <= places[place] / len(four) <= 0.3 for place in range(4)), places


@pytest.mark.parametrize("pick", [max, min])
def test_the_length_of_a_choice_does_not_give_the_answer(pick):
    hits = 0.0
    for row in science:
        lengths = {choice["label"]: len(choice["text"]) for choice in row["question"]["choices"]}
        picked = [label for label, length in lengths.items() if length == pick(lengths.values())]
        hits += (row["answerKey"] in picked) / len(picked)
    assert hits / len(science) <= GUESSED
