"""The scores of a run: what scores.json, summary.json, definitions.json, rows.csv and slices.csv hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pipeline_lib.core.dialogues import turn_line
from pipeline_lib.core.retrieval import nearest_rows
from pipeline_lib.core.rows import MANY_LABELS, NO_ANSWER, Answer, Example
from pipeline_lib.core.run_files import PROMPTED
from pipeline_lib.core.text import normalised
from pipeline_lib.evaluation.metrics.definitions import METRICS, CorpusMetric, Metric, definition
from pipeline_lib.evaluation.metrics.rouge import words
from pipeline_lib.evaluation.metrics_summary import metrics_summary
from pipeline_lib.evaluation.predictions import MODELS
from pipeline_lib.evaluation.row_kinds import unlike_training
from pipeline_lib.evaluation.score_table import (
    INTERVAL,
    any_cut,
    gain_over,
    hash_rows,
    row_table,
    slice_scores,
    system_metrics,
    without_names,
)
from pipeline_lib.evaluation.scoring import Scoring
from pipeline_lib.evaluation.significance import against_all
from pipeline_lib.evaluation.validation_figures import validation_figures

_OF_EACH = ("difference", "low", "high", "p", "p_text", "verdict")
Answers = Mapping[str, Sequence[Answer]]  # by system: untrained, tuned, and each baseline


@dataclass(frozen=True)
class ScoredRun:
    """What the score stage writes, one field a file."""

    scores: dict[str, Any]
    summary: dict[str, float]
    definitions: dict[str, Any]
    rows: pd.DataFrame  # ids and groups are hashes
    slices: list[dict[str, Any]]


def score_run(
    split: Mapping[str, list[Example]],
    answers: Mapping[str, Answers],
    meanings: Mapping[str, str],
    scoring: Scoring,
    settings: Mapping[str, Any],
    seed: int,
) -> ScoredRun:
    """Return every figure of a run, with the tuned model's gain over each baseline and a verdict over all of them.

    The best baseline is the one with the best headline figure on the test rows, the best prompts of the untrained model
    likewise. `split` has the rows of train,
    validation and test, `answers` those of each system to validation and test rows, in the rows' order; `meanings` says
    what each baseline did; `settings` are the scoring's own parameters.
    """
    test_rows = split["test"]
    fitted = scoring.fit(split["train"])
    systems = dict(answers["test"])
    for name in [name for name in systems if name in MODELS or name.startswith(PROMPTED)]:
        if name in answers["validation"]:
            systems[name] = scoring.apply_threshold(split["validation"], answers["validation"][name], systems[name])

    similarity = nearest_rows(split["train"], test_rows, 1)[1][:, 0].tolist()
    table = row_table(test_rows, similarity, systems, scoring, {**settings, **fitted})
    metrics = dict(scoring.metrics(test_rows, **settings))
    if any_cut(systems) and "ended" not in metrics:  # a task may have the same share the other way round
        metrics["not_ended"] = METRICS["not_ended"]
    scores: dict[str, Any] = {"n": len(table), "groups": table["group"].nunique(), "seed": seed}
    scores["headline"] = scoring.HEADLINE
    if "tuned" in answers["validation"]:
        scores["validation"] = validation_figures(
            split["validation"], answers["validation"]["tuned"], scoring, settings, fitted, seed
        )
    scores |= _metrics_of_systems(table, test_rows, systems, scoring, metrics, seed)
    best = best_of(scores["baselines"], scoring.HEADLINE, metrics[scoring.HEADLINE].better)
    scores["best_baseline"] = {"name": best}
    scores |= _gains(table, test_rows, systems, scoring, metrics, best, _best_prompted(scores, scoring, metrics), seed)
    scores |= _clean_and_leaked(table, test_rows, systems, scoring, metrics, seed)
    if unlike := unlike_training(split["train"], test_rows, scoring.slices):
        scores["unlike_training"] = unlike
    scores |= _new_targets(split["train"], table, test_rows, systems, scoring, metrics, seed)
    if "rougeL" in metrics:
        scores["references_without_words"] = sum(not words(row["target"]) for row in test_rows)
    constant = len({answer["prediction"] for answer in systems[best]}) == 1
    slices = slice_scores(
        table, list(scoring.slices(test_rows[0])), best, scoring.HEADLINE, metrics[scoring.HEADLINE], seed, constant
    )
    return ScoredRun(
        scores,
        metrics_summary(scores, scoring.SUMMARY),
        _definitions(split["train"], test_rows, metrics, scoring, meanings),
        without_names(_without_labels(table, test_rows), test_rows),
        slices,
    )


def _without_labels(table: pd.DataFrame, test_rows: Sequence[Example]) -> pd.DataFrame:
    """Return the table without the columns of each label where there are more than MANY_LABELS: it goes to Git."""
    labels = test_rows[0].get("labels", ())
    if len(labels) <= MANY_LABELS:
        return table
    own = tuple(f".{kind}_{label}" for kind in ("tp", "fp", "fn") for label in labels)
    return table[[name for name in table.columns if not name.endswith(own)]]


def best_of(baselines: Mapping[str, Mapping[str, Any]], headline: str, better: str) -> str:
    """Return the baseline whose figure `headline` is best, the highest or the lowest; the first of equal ones."""
    sign = 1.0 if better == "higher" else -1.0
    return max(baselines, key=lambda name: sign * baselines[name][headline])


def _metrics_of_systems(
    table: pd.DataFrame,
    test_rows: Sequence[Example],
    systems: Answers,
    scoring: Scoring,
    metrics: Mapping[str, Metric],
    seed: int,
) -> dict[str, Any]:
    """Return {untrained, tuned, baselines: {name: ...}}, the metrics of each on these rows."""
    found = {
        name: system_metrics(table, name, metrics, seed) | scoring.corpus_metrics(test_rows, given, seed)
        for name, given in systems.items()
    }
    models = {name: found[name] for name in MODELS}
    return models | {"baselines": {name: figures for name, figures in found.items() if name not in MODELS}}


def _gains(
    table: pd.DataFrame,
    test_rows: Sequence[Example],
    systems: Answers,
    scoring: Scoring,
    metrics: Mapping[str, Metric],
    best_baseline: str,
    best_prompted: str,
    seed: int,
) -> dict[str, Any]:
    """Return {gain: {baseline, untrained, each}}, and each of the task's own paired tests over the first two.

    baseline: over the best baseline, with the verdict over all and over the untrained model (significance.against_all);
    untrained: over the untrained model with the best of its prompts; each: over each of these systems.
    """
    metric = metrics[scoring.HEADLINE]
    each = {
        name: gain_over(table, name, scoring.HEADLINE, metric, seed)
        for name in [*(name for name in systems if name not in MODELS), "untrained"]
    }
    over_best = each[best_baseline]
    total = against_all({name: (over["verdict"], over["p"]) for name, over in each.items()}, best_baseline)
    found: dict[str, Any] = {
        "gain": {
            "baseline": {**over_best, "verdict": total},
            "untrained": each[best_prompted],
            "each": {name: {key: over[key] for key in _OF_EACH} for name, over in each.items()},
        }
    }
    for kind, other in (("baseline", best_baseline), ("untrained", best_prompted)):
        for test, result in scoring.paired(test_rows, systems["tuned"], systems[other], seed).items():
            found.setdefault(test, {})[kind] = {"against": other, **result}
    return found


def _clean_and_leaked(
    table: pd.DataFrame,
    test_rows: Sequence[Example],
    systems: Answers,
    scoring: Scoring,
    metrics: Mapping[str, Metric],
    seed: int,
) -> dict[str, Any]:
    """Return {clean, leaked}: the metrics without and on test rows that nearly equal a training row; {} without any."""
    if not table["leaked"].any():
        return {}
    found = {}
    for name, leaked in (("clean", False), ("leaked", True)):
        rows, part = [row for row in test_rows if bool(row.get("leak")) == leaked], table[table["leaked"] == leaked]
        figures = _metrics_of_systems(part, rows, systems, scoring, metrics, seed) if rows else {}
        found[name] = {"n": len(part), **figures}
    return found


def _best_prompted(scores: Mapping[str, Any], scoring: Scoring, metrics: Mapping[str, Metric]) -> str:
    """Return the system that is the untrained model with the best of its prompts by the headline figure."""
    prompted = {name: figures for name, figures in scores["baselines"].items() if name.startswith(PROMPTED)}
    systems = {"untrained": scores["untrained"], **prompted}
    return best_of(systems, scoring.HEADLINE, metrics[scoring.HEADLINE].better)


def _new_targets(
    train: Sequence[Example],
    table: pd.DataFrame,
    test_rows: Sequence[Example],
    systems: Answers,
    scoring: Scoring,
    metrics: Mapping[str, Metric],
    seed: int,
) -> dict[str, Any]:
    """Return {known_targets: test rows whose target is that of a training row, new_targets: metrics on the others}.

    Targets are equal but for case, space and punctuation; a refusal to answer (NO_ANSWER) counts as new. {} where no
    target is known, and for labels, which all are.
    """
    if "labels" in test_rows[0]:
        return {}
    targets = [turn_line(turn) for row in train for turn in row.get("turns", ())] + [row["target"] for row in train]
    seen = {normalised(target) for target in targets} - {normalised(NO_ANSWER), ""}
    known = np.array([normalised(row["target"]) in seen for row in test_rows])
    if not known.any():
        return {}
    rows = [row for row, one in zip(test_rows, known, strict=True) if not one]
    part = table[~known]
    figures = _metrics_of_systems(part, rows, systems, scoring, metrics, seed) if rows else {}
    return {
        "known_targets": int(known.sum()),
        "new_targets": {"n": len(rows), "groups": part["group"].nunique(), **figures},
    }


def _definitions(
    train: Sequence[Example],
    test_rows: Sequence[Example],
    metrics: Mapping[str, Metric],
    scoring: Scoring,
    meanings: Mapping[str, str],
) -> dict[str, Any]:
    """Return what every figure means, and the hashes of the rows: two runs compare only where test rows are equal.

    Runs of one setting with other seeds also have the same training rows.
    """
    every: dict[str, Metric | CorpusMetric] = {**metrics, **scoring.CORPUS_METRICS}
    return {
        "test_rows": hash_rows(test_rows),
        "train_rows": hash_rows(train),
        "interval": INTERVAL,
        "metrics": {name: definition(metric) for name, metric in every.items()},
        "baselines": dict(meanings),
        **({"labels": test_rows[0]["labels"]} if "labels" in test_rows[0] else {}),
    }
