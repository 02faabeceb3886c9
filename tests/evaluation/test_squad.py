"""Hold SQuAD's figures against values worked out by hand, a plain second version and torchmetrics; the comparison."""

import json
import random
import re
import string
from collections import Counter

import pytest

from benchmarks.squad_official import main
from pipeline_lib.core.errors import UserError
from pipeline_lib.evaluation.metrics.squad import best_threshold, exact, f1, normalised_answer, with_threshold
from tests.helpers.stages import refused

PIECES = ["the", "The", "a", "an", "A.", "cat", "cats", "dog", "U.S.", "us", "well-known", "1,000", "élan", "“", "."]


def plain_normal(text):
    """Write the definition out, a character and a word at a time, as the paper's script is described."""
    text = "".join(character for character in text.lower() if character not in set(string.punctuation))
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


def plain_f1(gold, answer):
    gold, answer = plain_normal(gold).split(), plain_normal(answer).split()
    if len(gold) == 0 or len(answer) == 0:
        return int(gold == answer)
    same = sum((Counter(gold) & Counter(answer)).values())
    precision, recall = 1.0 * same / len(answer), 1.0 * same / len(gold)
    return (2 * precision * recall) / (precision + recall) if same else 0


def plain_scores(answer, golds):
    golds = [gold for gold in golds if plain_normal(gold)] or [""]
    return (
        max(int(plain_normal(gold) == plain_normal(answer)) for gold in golds),
        max(plain_f1(gold, answer) for gold in golds),
    )


def all_cuts(no_answer, figures, has_answer, predictions):
    """Find the best threshold from the definition of a cut: the k least likely to have no answer are answered."""
    order = sorted(no_answer, key=no_answer.get)

    def points(name, answered):  # no answer is right where there is none; "the" to such a question is not
        if has_answer[name]:
            return figures[name] if answered else 0.0
        return 0.0 if answered and predictions[name] else 1.0

    totals = [sum(points(name, at < cut) for at, name in enumerate(order)) for cut in range(len(order) + 1)]
    best = totals.index(max(totals))  # the first of equals
    return 100 * totals[best] / len(order), 0.0 if best == 0 else no_answer[order[best - 1]]


def random_text(draw):
    return " ".join(draw.choices(PIECES, k=draw.randrange(9)))


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("The  Norman\tConquest, 1066!", "norman conquest 1066"),
        ("U.S.", "us"),
        ("well-known", "wellknown"),
        ("a.", ""),
        ("an 'A' theatre", "theatre"),
        ("a_the", "athe"),  # the underscore is punctuation, and parts no words once it has gone
        ("“the” a’s", "“ ” ’s"),  # only ASCII punctuation goes, so that what stays parts words
        ("ÉLAN", "élan"),
        ("", ""),
    ],
)
def test_normalised_answer(text, normal):
    assert normalised_answer(text) == normal


@pytest.mark.parametrize(
    ("prediction", "answers", "figures"),
    [
        ("the Eiffel Tower", ["Eiffel tower."], (1.0, 1.0)),
        ("Eiffel", ["Eiffel Tower"], (0.0, 2 / 3)),  # precision 1, recall 1/2
        ("in Paris, France", ["Paris", "Paris France"], (0.0, 0.8)),  # of the second: 2/3 and 1
        ("b b c", ["b b d d"], (0.0, 2 * (2 / 3) * 0.5 / (2 / 3 + 0.5))),  # a bag: b counts twice
        ("London", ["Paris"], (0.0, 0.0)),
        ("", [], (1.0, 1.0)),
        ("the", [], (1.0, 1.0)),
        ("London", [], (0.0, 0.0)),
        ("", ["Paris"], (0.0, 0.0)),
        ("", ["the", "Paris"], (0.0, 0.0)),  # "the" is dropped: it would make the empty answer right
        ("", ["the", "."], (1.0, 1.0)),  # nothing left: as a question without an answer
    ],
)
def test_figures_worked_out_by_hand(prediction, answers, figures):
    assert (exact(prediction, answers), f1(prediction, answers)) == figures


def test_metrics_equal_a_second_implementation_to_the_last_digit():
    draw = random.Random(1)
    pairs = [(random_text(draw), [random_text(draw) for _ in range(draw.randrange(4))]) for _ in range(2000)]
    ours = [(exact(answer, golds), f1(answer, golds)) for answer, golds in pairs]
    assert ours == [plain_scores(answer, golds) for answer, golds in pairs]
    assert len(set(ours)) > 20  # the words overlap in many ways


def test_metrics_are_torchmetrics_where_questions_have_answers():
    from torchmetrics.functional.text import squad as torchmetrics_squad  # takes most of a second

    draw = random.Random(2)
    for _ in range(200):
        answer = f"dog {random_text(draw)}"
        golds = [f"cat {random_text(draw)}" for _ in range(2)] + [answer] * draw.randrange(2)
        given = {"prediction_text": answer, "id": "1"}
        found = torchmetrics_squad([given], [{"answers": {"answer_start": [0] * len(golds), "text": golds}, "id": "1"}])
        assert 100 * exact(answer, golds) == float(found["exact_match"])
        assert 100 * f1(answer, golds) == pytest.approx(float(found["f1"]), rel=1e-6)  # it keeps 32 bits


def test_threshold_worked_out_by_hand():
    no_answer = {"q": 0.9, "r": 0.1, "s": 0.6, "t": 0.3}
    has_answer = {"q": False, "r": True, "s": True, "t": False}
    figures = {"q": 0.0, "r": 0.5, "s": 1.0, "t": 0.0}
    predictions = {"q": "wrong", "r": "half", "s": "right", "t": "wrong"}
    # Nothing answered: 2. Then r 2.5, t 1.5, s 2.5, q 1.5: the first best is at r.
    assert best_threshold(no_answer, figures, has_answer, predictions) == (62.5, 0.1)
    assert with_threshold(figures, no_answer, has_answer, 0.1) == {"q": 1.0, "r": 0.5, "s": 0.0, "t": 1.0}
    assert with_threshold(figures, no_answer, has_answer, 0.6) == {"q": 1.0, "r": 0.5, "s": 1.0, "t": 0.0}
    assert with_threshold(figures, no_answer, has_answer, 1.0) == figures
    equal = {"q": 0.5, "r": 0.5}
    assert with_threshold({"q": 1.0, "r": 0.0}, equal, {"q": True, "r": False}, 0.5) == {"q": 1.0, "r": 0.0}


@pytest.mark.parametrize(
    ("q", "r", "best"),
    [
        # probability of no answer, figure, has an answer, prediction
        ((0.2, 1.0, False, ""), (0.4, 1.0, True, "x"), (100.0, 0.4)),
        ((0.2, 1.0, False, "the"), (0.4, 1.0, True, "x"), (50.0, 0.0)),  # not empty, though it normalises to nothing
        ((0.5, 1.0, True, "right"), (0.5, 0.0, False, "wrong"), (100.0, 0.5)),  # of equals one after another
        ((0.5, 0.0, False, "wrong"), (0.5, 1.0, True, "right"), (50.0, 0.0)),
    ],
)
def test_threshold_of_two_questions(q, r, best):
    assert best_threshold(*({"q": one, "r": other} for one, other in zip(q, r, strict=True))) == best


@pytest.mark.parametrize("digits", [1, 6])  # many equal, hardly any equal
def test_threshold_is_the_best_of_all_cuts(digits):
    draw = random.Random(3)
    for _ in range(100):
        names = [str(number) for number in range(draw.randrange(1, 40))]
        has_answer = {name: draw.random() < 0.5 for name in names}
        predictions = {name: draw.choice(["", "the", "cat"]) for name in names}
        figures = {
            name: draw.choice([0.0, 0.25, 1.0]) if has_answer[name] else exact(predictions[name], []) for name in names
        }
        no_answer = {name: round(draw.random(), digits) for name in draw.sample(names, len(names))}
        found = best_threshold(no_answer, figures, has_answer, predictions)
        assert found == all_cuts(no_answer, figures, has_answer, predictions)


@pytest.mark.parametrize(
    ("no_answer", "has_answer", "complaint"),
    [
        ({"q": 0.5}, {"q": True, "r": True}, "every question must have a figure.* 1 lack one, r for one: write"),
        ({"q": 0.5, "r": 0.5}, {"q": True}, "every question must have a figure.* 1 lack one, r for one: write"),
        ({"q": 0.5, "r": -1.5}, {"q": True, "r": True}, "question r: .* from 0 to 1, not -1.5: mend it"),
        ({"q": float("nan"), "r": 0.5}, {"q": True, "r": True}, "question q: .* from 0 to 1, not nan: mend it"),
    ],
)
def test_threshold_refuses_missing_and_invalid_probabilities(no_answer, has_answer, complaint):
    figures, predictions = {"q": 1.0, "r": 1.0}, {"q": "x", "r": "x"}
    refused(complaint, best_threshold, no_answer, figures, has_answer, predictions)
    refused(complaint, with_threshold, figures, no_answer, has_answer, 0.5)
    refused("there are no questions to find a threshold on: name", best_threshold, {}, {}, {}, {})


# What the official script does with its command line, with figures worked out by hand for the questions below.
STAND_IN = """
import json, sys
def get_raw_scores(articles, answers):
    return {{"q": {q_exact}, "r": 0, "s": 1}}, {{"q": 1, "r": 0, "s": 1}}
if __name__ == "__main__":
    data, predictions, _, out, _, no_answer, _, threshold = sys.argv[1:]
    assert json.load(open(no_answer)) == {{"q": 0.1, "r": 0.7, "s": 0.2}} and threshold == "0.5"
    figures = {{part + name: 100.0 for part in ("", "HasAns_", "NoAns_") for name in ("exact", "f1")}}
    figures |= {{"total": 3, "HasAns_total": 1, "NoAns_total": 2}}
    figures |= {{"best_exact": 100.0, "best_exact_thresh": 0.1, "best_f1": 100.0, "best_f1_thresh": {threshold}}}
    json.dump(figures, open(out, "w"))
"""


@pytest.fixture
def official(tmp_path):
    """Write questions, answers and probabilities, and return how to compare with a stand-in for the script."""
    golds = {"q": ["The Cat"], "r": [], "s": []}
    questions = [{"id": name, "answers": [{"text": text} for text in texts]} for name, texts in golds.items()]
    data = {"data": [{"paragraphs": [{"qas": questions}]}]}
    answers, no_answer = {"q": "cat", "r": "dog", "s": ""}, {"q": 0.1, "r": 0.7, "s": 0.2}
    for name, content in {"data": data, "answers": answers, "no_answer": no_answer}.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")

    def compare(script, data="data", answers="answers"):
        path = tmp_path / "script.py"
        if script is not None:
            path.write_text(script, encoding="utf-8")
        files = {"--data": data, "--predictions": answers, "--no-answer": "no_answer"}
        options = [part for option, name in files.items() for part in (option, str(tmp_path / f"{name}.json"))]
        main(["--official", str(path), *options])

    return compare


def test_the_benchmark_finds_equal_and_different_figures(official, capsys):
    official(STAND_IN.format(q_exact=1, threshold=0.1))
    printed = capsys.readouterr().out.splitlines()
    assert json.loads(printed[-1]) == {"questions": 3, "figures": 13, "different": 0}
    assert printed[-3:-1] == [f"{name} of each of 3 questions: 0 different" for name in ("exact", "f1")]
    assert [line.split()[-1] for line in printed[:13]] == ["equal"] * 13
    with pytest.raises(UserError, match="2 figures are not the official ones, as best_f1_thresh, exact of q: "):
        official(STAND_IN.format(q_exact=0, threshold=0.1 + 1e-16 * 2))


@pytest.mark.parametrize(
    ("script", "files", "message"),
    [
        ("raise ValueError('no')", {}, "must run to its end, it stopped with ValueError: no: is it evaluate"),
        ("", {"answers": "data"}, "--predictions must have one entry for each question"),
        ("", {"data": "answers"}, "--data must be in SQuAD's format"),
        ("", {"data": "absent"}, "--data must be a JSON file"),
        (None, {}, r"--official must be SQuAD's script, .*script.py is no file: download"),
    ],
)
def test_the_benchmark_refuses_missing_input(official, script, files, message):
    refused(message, official, script, **files)
