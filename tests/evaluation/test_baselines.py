"""Each baseline by hand or against scikit-learn, the nearest rows that they and the prompt use, and the stage."""

from collections import Counter

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_score

from pipeline_lib.core.dialogues import split_label, turns_to_predict
from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import read_json, read_jsonl, write_jsonl
from pipeline_lib.core.retrieval import nearest_rows, with_few_shot
from pipeline_lib.evaluation.baselines import answer_baseline, first_sentences
from pipeline_lib.evaluation.metrics.rouge import rouge, rouge_l
from stages import baselines
from tests.helpers.dialogues import talk
from tests.helpers.stages import refused
from tests.helpers.toys import examples, write_params


def row(number, source, target, group=None):
    return {"id": str(number), "group": group or str(number), "source": source, "target": target}


TRAIN = [
    row(1, "The lungs are clear. No effusion.", "Clear lungs."),
    row(2, "A left effusion is seen. The heart is large.", "A left effusion is seen."),
    row(3, "Normal knee. No tear.", "Normal knee."),
    row(4, "Clear lungs without nodules. Old rib fracture.", "Clear lungs."),
]


def score(answer, example):
    return rouge(answer, example["target"])["rougeL"]


def answers_of(name, train, rows):
    return answer_baseline(name, train, rows, score).answers


def test_majority_and_nearest_row_give_targets_of_training_rows():
    found = answer_baseline("majority", TRAIN, TRAIN[:2], score)
    assert found.answers == ["Clear lungs."] * 2
    assert found.meaning == "the most frequent training target (2 of 4), always"
    assert answers_of("majority", TRAIN[:3], TRAIN[:1]) == ["Clear lungs."]
    rows = [row(9, "There is an effusion, left; heart large", "?"), row(10, "knee normal", "?")]
    assert answers_of("nearest_row", TRAIN, rows) == ["A left effusion is seen.", "Normal knee."]


def test_minimum_bayes_risk_prefers_what_near_rows_agree_on(monkeypatch):
    """The nearest row's target is an outlier; those a little further agree."""
    pairs = {
        "lungs clear heart normal today": "Nothing.",
        "lungs clear heart normal": "No acute disease seen.",
        "lungs clear heart fine": "No acute disease.",
        "lungs clear heart small": "No acute disease here.",
        "knee tear": "Knee tear.",
        "knee meniscus tear": "Knee tear.",
    }
    train = [row(number, *pair) for number, pair in enumerate(pairs.items(), start=1)]
    monkeypatch.setattr("pipeline_lib.evaluation.baselines.WIDTHS", (2.0,))
    rows = [row(9, "lungs clear heart normal today", "?"), row(8, "knee tear", "?")]
    assert answers_of("nearest_row", train, rows) == ["Nothing.", "Knee tear."]
    assert answers_of("minimum_bayes_risk", train, rows) == ["No acute disease.", "Knee tear."]


@pytest.mark.parametrize(
    ("sources", "targets", "best"),
    [
        # Rows of one kind have one target, so that the nearest row knows it: all rows together know the first kind's.
        (
            ["knee tear", "knee torn", "heart large", "heart small"] * 2,
            ["Tear.", "Tear.", "Heart.", "Heart."] * 2,
            0.05,
        ),
        # The nearest row is the one outlier: the others agree.
        (["lungs", *(f"lungs {word}" for word in "clear normal fine small open".split())], ["No.", *["Clear."] * 5], 5),
    ],
)
def test_minimum_bayes_risk_takes_the_width_that_scores_best_where_each_row_is_answered_by_others(
    monkeypatch, sources, targets, best
):
    train = [row(number, *pair) for number, pair in enumerate(zip(sources, targets, strict=True))]
    scores = {}
    for width in (0.05, 5.0):
        monkeypatch.setattr("pipeline_lib.evaluation.baselines.WIDTHS", (width,))
        # Training rows are not answered by their own group: what the choice is made by.
        answers = answers_of("minimum_bayes_risk", train, train)
        scores[width] = sum(score(answer, one) for answer, one in zip(answers, train, strict=True))
    assert scores[best] > min(scores.values()), "the widths must differ for the choice to be seen"
    for widths in ((0.05, 5.0), (5.0, 0.05)):
        monkeypatch.setattr("pipeline_lib.evaluation.baselines.WIDTHS", widths)
        assert f"width {best:g}" in answer_baseline("minimum_bayes_risk", train, train[:1], score).meaning


def test_minimum_bayes_risk_by_hand():
    made = examples(24)
    train, rows = made[:20], made[20:]
    found = answer_baseline("minimum_bayes_risk", train, rows, score)
    width = float(found.meaning.split("width ")[1].rstrip(")"))
    targets = [one["target"] for one in train]
    places, cosines = nearest_rows(train, rows, len(train))
    for answer, near, cosine in zip(found.answers, places, cosines, strict=True):
        expected = {
            target: sum(
                np.exp((cosine[at] - cosine[0]) / width) * rouge_l([target], [targets[place]])[0, 0]
                for at, place in enumerate(near)
            )
            for target in targets
        }
        assert expected[answer] == pytest.approx(max(expected.values()))


def test_lead_takes_the_number_of_sentences_that_scores_best_on_training_rows():
    copied = answer_baseline("lead", TRAIN, [row(9, "One. Two! Three? Four.", "?")], score)
    assert (copied.answers, copied.meaning) == (["One."], "the first sentence of the input")
    long = [row(1, "Alpha. Beta. Gamma.", "Alpha. Beta."), row(2, "Delta. Rho.\nTau.", "Delta. Rho.")]
    copied = answer_baseline("lead", long, [row(9, "One. Two! Three?", "?"), row(8, "One", "?")], score)
    assert (copied.answers, copied.meaning) == (["One. Two!", "One"], "the first 2 sentences of the input")


def labelled(number, source, label):
    return row(number, source, label) | {"labels": ["negative", "positive"]}


def review(number):
    words = ("good", "lovely", "fine", "warm") if number % 2 else ("bad", "dull", "sad", "cold")
    return labelled(number, f"{words[number // 2 % 4]} film {number % 7}", "positive" if number % 2 else "negative")


REVIEWS = [review(number) for number in range(36)]


@pytest.mark.parametrize(("texts", "terms"), [
    (("好看", "很好", "难看", "太差"), "characters, their pairs and threes"),
    (("好看 good film", "很好 nice film", "难看 bad film", "太差 dull film"),
     "words and word pairs (where text has no spaces, of characters, their pairs and threes)"),
    (("хорошо", "отлично", "плохо", "скучно"), "words and word pairs"),
    (("🙂", "🙂", "🙁", "🙁"), "words and word pairs"),  # no word at all
])  # fmt: skip
def test_regression_reads_every_script_and_says_what_it_read(texts, terms):
    train = [labelled(number, texts[number % 4], ("good", "bad")[number % 4 > 1]) for number in range(20)]
    found = answer_baseline("regression", train, train[:4], score)
    assert found.meaning == f"logistic regression on TF-IDF of {terms}, learnt from the training rows"
    assert found.answers == ["good", "good", "bad", "bad"] or "🙂" in texts


def test_regression_is_scikit_learns_on_tf_idf():
    rows = [labelled(99, "A lovely, warm film", "?"), labelled(98, "dull; a sad thing", "?"), labelled(97, "xyz", "?")]
    found = answer_baseline("regression", REVIEWS, rows, score)
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"(?u)\b\w+\b")
    known = words.fit_transform([one["source"] for one in REVIEWS])
    labels = [one["target"] for one in REVIEWS]
    losses = {}
    for penalty in np.logspace(-2, 3, 11):
        learner = LogisticRegression(C=penalty, max_iter=2000)
        losses[penalty] = cross_val_score(learner, known, labels, cv=StratifiedKFold(5), scoring="neg_log_loss").mean()
    best = LogisticRegression(C=max(losses, key=losses.__getitem__), max_iter=2000).fit(known, labels)
    expected = best.predict_proba(words.transform([one["source"] for one in rows]))
    assert found.probabilities is not None
    assert [list(line) for line in found.probabilities] == [["negative", "positive"]] * 3
    assert np.array([list(line.values()) for line in found.probabilities]) == pytest.approx(expected, abs=2e-3)
    assert found.answers[:2] == ["positive", "negative"]
    assert found.answers == [max(line, key=line.__getitem__) for line in found.probabilities]
    assert found.meaning == "logistic regression on TF-IDF of words and word pairs, learnt from the training rows"
    with pytest.raises(UserError, match="training rows must have two labels at least, all 18 are positive"):
        answer_baseline("regression", REVIEWS[1::2], REVIEWS[:1], score)


@pytest.mark.parametrize("name", "majority nearest_row minimum_bayes_risk lead regression reply shuffled".split())
def test_baselines_do_not_use_the_targets_of_the_rows_they_answer(name):
    rows = [row(9, "effusion left", "one thing"), row(8, "knee", "another")]
    train = REVIEWS if name == "regression" else TRAIN
    if name in ("reply", "shuffled"):
        rows, train = TURNS, TALKS
    blind = [{**one, "target": f"{one.get('speaker', '')}: something else"} for one in rows]
    found = answer_baseline(name, train, rows, score)
    assert found == answer_baseline(name, train, blind, score)
    assert (found.probabilities is not None) == (name == "regression")


TALKS = [
    talk([("Mia", "Shall we have tea?"), ("Tom", "Yes: with milk."), ("Mia", "I bring cups.")], name="1"),
    talk([("Ann", "Is it raining?"), ("Bob", "It snows."), ("Bob", "Look!")], name="2"),
]
TURNS = turns_to_predict(
    talk([("Cleo", "Tea, shall we?"), ("Dan", "Well."), ("Cleo", "Raining, is it?"), ("Dan", "No.")], name="9")
)


def test_replies_are_to_the_nearest_turn_or_at_random_of_turns_that_are_trained_on():
    found = answer_baseline("reply", TALKS, TURNS, score)
    assert found.answers == ["Dan: Yes: with milk.", "Cleo: Yes: with milk.", "Dan: It snows."]
    assert found.meaning == "what was said after the training turn nearest to the last turn (TF-IDF)"
    same = [{**row, "group": "1"} for row in TURNS]
    assert answers_of("reply", TALKS, same)[0] == "Dan: It snows.", "not from its own group"
    many = [{**TURNS[at % 3], "id": str(at)} for at in range(60)]
    found = answer_baseline("shuffled", TALKS, many, score)
    assert found == answer_baseline("shuffled", TALKS, many, score)
    texts = Counter(split_label(answer)[1] for answer in found.answers)
    assert texts.keys() == {"Yes: with milk.", "I bring cups.", "It snows.", "Look!"}
    assert min(texts.values()) > 5
    assert [split_label(answer)[0] for answer in found.answers] == ["Dan", "Cleo", "Dan"] * 20
    assert found.meaning == "a training reply at random"
    only = [talk([(turn["speaker"], turn["text"]) for turn in row["turns"]], "Bob", row["id"]) for row in TALKS]
    assert set(answers_of("reply", only, TURNS)) <= {"Dan: It snows.", "Cleo: It snows.", "Dan: Look!"}
    for name in ("reply", "shuffled"):
        with pytest.raises(UserError, match=r"there are no training replies .*: choose another dialogue\.train_on"):
            answer_baseline(name, [talk([("Mia", "Hi"), ("Tom", "Hi")], "Mia")], TURNS, score)


@pytest.mark.parametrize(
    ("text", "k", "expected"),
    [
        ("A 1.2 cm nodule. No more.", 1, "A 1.2 cm nodule."),
        ("First line\nsecond line", 1, "First line"),
        ("Only one", 3, "Only one"),
        ("", 2, ""),
        ("天气很好。“我走了。”再见", 2, "天气很好。 “我走了。”"),
        ("यह है। वह है। कौन", 1, "यह है।"),
        ("Is it? Yes! Sure.", 2, "Is it? Yes!"),
    ],
)
def test_first_sentences(text, k, expected):
    assert first_sentences(text, k) == expected


@pytest.mark.parametrize(
    ("name", "train", "message"),
    [("nearest_rows", TRAIN, r"did you mean nearest_row\?"), ("majority", [], "there are no training rows")],
)
def test_an_unknown_baseline_and_no_training_rows_are_refused(name, train, message):
    refused(message, answer_baseline, name, train, TRAIN, score)


def test_nearest_is_scikit_learns_cosine():
    made = examples(40)
    train, rows = made[:30], made[30:]
    places, cosines = nearest_rows(train, rows, 3)
    vectors = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"(?u)\b\w+\b")
    known = vectors.fit_transform(one["source"] for one in train).toarray()
    similarity = vectors.transform(one["source"] for one in rows).toarray() @ known.T
    assert cosines == pytest.approx(-np.sort(-similarity, axis=1)[:, :3])
    assert np.take_along_axis(similarity, places, 1) == pytest.approx(cosines)
    places, cosines = nearest_rows([row(1, "...", "x"), row(2, "!?", "y")], [row(3, "--", "?")], 1)
    assert (places.tolist(), cosines.tolist()) == ([[0]], [[0.0]]), "texts without words have a nearest row too"


def test_few_shot_examples_are_targets_nearest_first_of_other_groups():
    one = row(9, "No effusion, clear lungs, old rib fracture", "?")
    assert with_few_shot([one], TRAIN, 2) == [{**one, "few_shot": ["Clear lungs.", "Clear lungs."]}]
    assert with_few_shot([one], TRAIN, 0) == with_few_shot([one], [], 2) == [{**one, "few_shot": []}]
    assert with_few_shot([], TRAIN, 2) == []
    train = [*TRAIN, row(5, TRAIN[0]["source"], "Its copy.", group="1")]
    places, _ = nearest_rows(train, train, 3)
    for one, found in zip(train, places.tolist(), strict=True):
        assert len(found) == 3
        assert one["group"] not in {train[place]["group"] for place in found}
    pair = [row(1, "a b", "x"), row(2, "a c", "y")]
    assert [one["few_shot"] for one in with_few_shot(pair, pair, 5)] == [["y"], ["x"]], "fewer than wanted"
    assert with_few_shot(pair[:1], pair[:1], 5)[0]["few_shot"] == []


# The stage.
def run(folder, train, validation, test, changes=None):
    for name, rows in {"train": train, "validation": validation, "test": test}.items():
        write_jsonl(folder / "split" / f"{name}.jsonl", rows)
    params = write_params(folder / "params.yaml", "none", changes)
    baselines.main([f"--params={params}", f"--data={folder / 'split'}", f"--out={folder / 'baselines'}"])
    return folder / "baselines"


def test_the_stage_answers_both_parts_and_prints_the_meanings(tmp_path, capsys):
    made = examples(20)
    out = run(tmp_path, made[:12], made[12:15], made[15:])
    names = ("lead", "majority", "minimum_bayes_risk", "nearest_row")
    assert sorted(path.relative_to(out).as_posix() for path in out.rglob("*.json*")) == [
        "meanings.json", *(f"{part}/{name}.jsonl" for part in ("test", "validation") for name in names),
    ]  # fmt: skip
    assert [one["id"] for one in read_jsonl(out / "test" / "lead.jsonl")] == [one["id"] for one in made[15:]]
    references = [one["reference"] for one in read_jsonl(out / "validation" / "lead.jsonl")]
    assert references == [one["target"] for one in made[12:15]]
    assert list(read_json(out / "meanings.json")) == ["majority", "nearest_row", "minimum_bayes_risk", "lead"]
    assert "nearest_row: the target of the nearest training row (TF-IDF)" in capsys.readouterr().out


def test_the_stage_writes_probabilities_where_a_baseline_has_them(tmp_path):
    out = run(tmp_path, REVIEWS[:24], REVIEWS[24:28], REVIEWS[28:], {"task": "sentiment"})
    expected = answer_baseline("regression", REVIEWS[:24], REVIEWS[24:], score)
    assert expected.probabilities is not None
    written = [row for part in ("validation", "test") for row in read_jsonl(out / part / "regression.jsonl")]
    assert written == [
        {"id": one["id"], "prediction": answer, "reference": one["target"], "probabilities": line}
        for one, answer, line in zip(REVIEWS[24:], expected.answers, expected.probabilities, strict=True)
    ]
    majority = read_jsonl(out / "test" / "majority.jsonl")
    assert [list(one) for one in majority] == [["id", "prediction", "reference"]] * 8
    assert list(read_json(out / "meanings.json")) == ["majority", "regression"]


def test_without_validation_rows_there_are_test_answers_and_without_training_rows_nothing(tmp_path):
    made = examples(8)
    out = run(tmp_path / "one", made[:6], [], made[6:])
    assert list((out / "validation").iterdir()) == []
    assert len(list((out / "test").iterdir())) == 4
    refused("no training rows", run, tmp_path / "other", [], [], made)
    assert not (tmp_path / "other" / "baselines").exists()
