"""The figures of a run against significance itself, over groups and by the seed; slices; which rows a task is given."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from pipeline_lib.core.retrieval import nearest_rows
from pipeline_lib.evaluation.metrics.definitions import METRICS
from pipeline_lib.evaluation.score_run import ScoredRun, score_run
from pipeline_lib.evaluation.score_table import rounded, slice_scores
from pipeline_lib.evaluation.scoring import Scoring, load_scoring
from pipeline_lib.evaluation.significance import gain, interval

METRIC = METRICS["rougeL"]
MODELS = ("untrained", "tuned")
SYSTEMS = (*MODELS, "lead", "majority")
LEVELS = {"untrained": 0.1, "tuned": 0.5, "lead": 0.45, "majority": 0.2}
WORDS = "lung heart liver bone clear large small left right".split()


def rows_of(part: str, count: int) -> list[dict[str, Any]]:
    """Return rows of `part`, three of a group, their inputs of 3 to 14 words."""
    random = np.random.default_rng(len(part))
    return [
        {
            "id": f"{part}-{number}", "group": f"{part}-group-{number // 3}", "target": f"answer {number}",
            "source": " ".join(random.choice(WORDS, size=random.integers(3, 15))), "half": "ab"[number % 2],
        }
        for number in range(count)
    ]  # fmt: skip


def answers_of(rows: list[dict[str, Any]], level: float) -> list[dict[str, Any]]:
    """Return answers that have a score each; those of a group are alike, and few groups are far above the others."""
    random = np.random.default_rng(round(level * 100))
    by_group = {row["group"]: level + min(0.4, 0.1 * random.exponential() ** 3) for row in rows}
    return [
        {"id": row["id"], "prediction": "", "score": by_group[row["group"]] + random.uniform(-0.02, 0.02)}
        for row in rows
    ]


SPLIT = {"train": rows_of("train", 12), "validation": rows_of("validation", 6), "test": rows_of("test", 36)}
ANSWERS = {
    part: {system: answers_of(SPLIT[part], LEVELS[system]) for system in SYSTEMS} for part in ("validation", "test")
}


def scoring(**more: Any) -> Scoring:
    """Return the scoring of a task whose answers bring their scores."""
    return Scoring(
        HEADLINE="rougeL", BASELINES=("lead", "majority"), score=lambda answer, row: 0.0,
        metrics=lambda rows: {"rougeL": METRIC}, row_metrics=lambda row, answer: {"rougeL": answer["score"]},
        slices=lambda row: {"half": row["half"]}, **more,
    )  # fmt: skip


def scored(seed: int, **more: Any) -> ScoredRun:
    return score_run(SPLIT, ANSWERS, {"lead": "a", "majority": "b"}, scoring(**more), {}, seed)


def numbers(system: str, ids: set[str] | None = None) -> np.ndarray:
    """Return the columns of a system's scores, rounded as the table has them."""
    found = [row["score"] for row in ANSWERS["test"][system] if ids is None or row["id"] in ids]
    return np.column_stack([np.round(found, 6), np.ones(len(found))])


def groups(ids: set[str] | None = None) -> list[str]:
    return [row["group"] for row in SPLIT["test"] if ids is None or row["id"] in ids]


@pytest.mark.parametrize("seed", [0, 7])
def test_intervals_and_gains_are_over_groups_and_by_the_seed(seed):
    found = scored(seed).scores
    assert (found["n"], found["groups"], found["seed"], found["best_baseline"]["name"]) == (36, 12, seed, "lead")
    for system in SYSTEMS:
        figures = found["baselines"].get(system) or found[system]
        own = interval(numbers(system), METRIC.value, groups(), seed)
        assert [figures[f"rougeL{end}"] for end in ("", "_low", "_high")] == [own.value, own.low, own.high]
    for other in ("untrained", "lead", "majority"):
        over = vars(gain(numbers("tuned"), numbers(other), METRIC.value, "higher", groups(), seed))
        given = found["gain"]["untrained"] if other == "untrained" else found["gain"]["each"][other]
        assert {key: over[key] for key in given if key in over} == {key: given[key] for key in given if key in over}
        assert {"difference", "low", "high", "p", "verdict"} <= over.keys() & given.keys()
    assert found["gain"]["baseline"]["against"] == "lead"
    assert found["gain"]["untrained"]["against"] == "untrained"


def test_rows_that_repeat_one_another_within_a_group_change_no_gain():
    random = np.random.default_rng(1)
    ours, theirs = (np.column_stack([random.uniform(0, 1, 15), np.ones(15)]) for _ in range(2))
    names = [str(number) for number in range(15)]
    once = vars(gain(ours, theirs, METRIC.value, "higher", names, 0))
    repeated = np.repeat(ours, 4, axis=0), np.repeat(theirs, 4, axis=0)
    found = vars(gain(*repeated, METRIC.value, "higher", [name for name in names for _ in range(4)], 0))
    for key in ("difference", "low", "high", "p", "smallest_detectable"):
        assert found[key] == pytest.approx(once[key]), key


def test_another_seed_draws_others():
    first, second = (scored(seed) for seed in (0, 7))
    why = "else the tests beside this one could not see that the seed is ignored"
    assert first.scores["tuned"]["rougeL_high"] != second.scores["tuned"]["rougeL_high"], why
    assert first.scores["gain"]["untrained"] != second.scores["gain"]["untrained"], why
    assert first.slices[0] != second.slices[0], why


@pytest.mark.parametrize("seed", [0, 7])
def test_slices_have_each_systems_figure_and_the_gain_over_the_best_baseline(seed):
    found = scored(seed).slices
    assert [row["value"] for row in found if row["slice"] == "half"] == ["a", "b"]
    for row in found[:2]:
        ids = {one["id"] for one in SPLIT["test"] if one["half"] == row["value"]}
        assert row["n"] == len(ids) == 18
        for name, system in (("untrained", "untrained"), ("tuned", "tuned"), ("baseline", "lead")):
            assert row[name] == pytest.approx(numbers(system, ids)[:, 0].mean())
        over = vars(gain(numbers("tuned", ids), numbers("lead", ids), METRIC.value, "higher", groups(ids), seed))
        assert {key: row[key] for key in ("difference", "low", "high", "verdict")} == {
            key: over[key] for key in ("difference", "low", "high", "verdict")
        }


@pytest.mark.parametrize(
    ("lengths", "thirds"),
    [
        (range(1, 10), {"short (1 to 3 words)": 3, "middling (4 to 6 words)": 3, "long (7 to 9 words)": 3}),
        ([1] * 4 + [2] * 2 + [3] * 3, {"short (1 to 1 words)": 4, "middling (2 to 2 words)": 2,
                                       "long (3 to 3 words)": 3}),
        ([1] * 3 + [2] * 6, {"short (1 to 1 words)": 3, "middling (2 to 2 words)": 6}),
    ],
)  # fmt: skip
def test_thirds_of_the_input_lengths_keep_equal_ones_together(lengths, thirds):
    table = pd.DataFrame({"source_words": lengths, "similarity": np.arange(9) / 10, "rows": 1})
    table["group"] = [str(number) for number in range(9)]
    for system in ("untrained", "tuned", "lead"):
        table[f"{system}.rougeL"] = 0.5
    found = slice_scores(table, [], "lead", "rougeL", METRIC, 0)
    # Of two slices of the same rows one is told, with both names.
    parts = {name: row["n"] for row in found for name in row["value"].split("; ")}
    assert {name: count for name, count in parts.items() if name.endswith("words)")} == thirds
    near = {"far from training (0.00 to 0.20)", "middling (0.30 to 0.50)", "near to training (0.60 to 0.80)"}
    assert near <= {name.removeprefix("similarity: ") for name in parts}


def test_each_row_has_its_own_similarity_to_the_training_rows():
    found = scored(0).rows["similarity"].tolist()
    each = [nearest_rows(SPLIT["train"], [row], 1)[1][0, 0] for row in SPLIT["test"]]
    assert found == pytest.approx(each, abs=1e-6)
    assert len(set(found)) > 20


def test_a_threshold_is_chosen_on_validation_rows_by_the_models_own_answers():
    given: list[Any] = []

    def apply_threshold(rows, validation_answers, test_answers):
        given.append((rows, validation_answers, test_answers))
        return list(test_answers)

    scored(0, apply_threshold=apply_threshold)
    own = ANSWERS["validation"]["tuned"]  # the validation figures are with the threshold that test rows have
    models = [(SPLIT["validation"], ANSWERS["validation"][name], ANSWERS["test"][name]) for name in MODELS]
    assert given == [*models, (SPLIT["validation"], own, own)]


def test_the_threshold_of_questions_is_that_of_the_validation_rows():
    """On the test rows another threshold would have a better figure."""

    def row(name: str, answers: list[str]) -> dict[str, Any]:
        common = {"group": name, "source": "It was built in 1907.", "question": "When?", "answers": answers}
        return {"id": name, **common, "target": answers[0] if answers else "no answer"}

    def answer(name: str, text: str, probability: float) -> dict[str, Any]:
        return {"id": name, "prediction": text, "reference": "", "no_answer": float(np.log(probability))}

    def part(name: str, at: float) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Return questions of which those above `at` have no answer."""
        chances = [0.1, 0.2, 0.4, 0.6, 0.9]
        rows = [row(f"{name}{chance}", ["1907"] if chance <= at else []) for chance in chances]
        return rows, [answer(one["id"], "1907", chance) for one, chance in zip(rows, chances, strict=True)]

    (validation, first), (test, second) = part("v", 0.2), part("t", 0.6)
    baseline = [one | {"prediction": "no answer"} for one in second]
    answers = {
        "validation": dict.fromkeys(MODELS, first),
        "test": dict.fromkeys(MODELS, second) | {"no_answer": baseline},
    }
    split = {"train": validation, "validation": validation, "test": test}
    found = score_run(split, answers, {"no_answer": "always"}, load_scoring("qa"), {"wordnet": "none"}, 0).scores
    # Rejected are 0.4, 0.6 and 0.9, of which the last alone has no answer.
    assert (found["tuned"]["f1"], found["tuned"]["f1_threshold"]) == (0.8, 0.6)


def test_corpus_metrics_and_paired_tests_get_the_seed():
    seeds: list[tuple[str, int]] = []

    def corpus_metrics(rows, answers, seed):
        seeds.append(("corpus", seed))
        return {}

    def paired(rows, ours, theirs, seed):
        seeds.append(("paired", seed))
        return {}

    scored(11, corpus_metrics=corpus_metrics, paired=paired)
    assert set(seeds) == {("corpus", 11), ("paired", 11)}


def test_what_is_fitted_is_fitted_to_training_rows():
    given = []

    def fit(rows):
        given.append(rows)
        return {}

    scored(0, fit=fit)
    assert given == [SPLIT["train"]]


def test_what_rounding_would_make_0_keeps_three_digits():
    assert rounded({"p": 1.23456e-9, "each": {"value": 0.12345678, "n": 3, "name": "a", "low": None, "zero": 0.0}}) == {
        "p": 1.23e-9, "each": {"value": 0.123457, "n": 3, "name": "a", "low": None, "zero": 0.0},
    }  # fmt: skip
