"""What training did to the rest of the model, as tables and sentences of the report."""

from typing import Any

from pipeline_lib.report.results import Run
from pipeline_lib.report.score_tables import Cell, Head, Line, Table
from pipeline_lib.report.verdict import figure, percent

_RULES = {
    "acc": "the choice of the highest log-likelihood",
    "acc_norm": "the choice of the highest log-likelihood a character",
}


def multiple_choice_table(run: Run) -> Table | None:
    """Return acc and acc_norm, untrained and tuned, with standard errors as lm-evaluation-harness gives them."""
    if run.abilities is None:
        return None
    exam = run.abilities["multiple_choice"]
    rows = [
        Line(
            name,
            meaning,
            kind,
            [Cell(figure(exam[rule][key]), f"± {figure(exam[rule][f'{key}_stderr'])}") for rule in _RULES],
        )
        for name, meaning, kind, key in (
            ("untrained", "the model before training", "untrained", "untrained"),
            ("tuned", "the model after training", "tuned", "tuned"),
        )
    ]
    return Table(
        [Head(rule, "higher", f"the share of questions answered rightly by {how}") for rule, how in _RULES.items()],
        rows,
    )


def multiple_choice_sentences(run: Run) -> list[str]:
    """Return what each rule of the exam says of training: items gained and lost, and whether that may be chance."""
    if run.abilities is None:
        return []
    exam = run.abilities["multiple_choice"]
    said = []
    for rule in _RULES:
        test = exam[rule]["mcnemar"]
        said.append(
            f"{rule}: of {exam['n']:,} questions {test['ours_only']} are right only after training and "
            f"{test['theirs_only']} only before; {_outcome(test)} (McNemar's exact p = {test['p_text']})."
        )
    return said


def refusal_table(run: Run) -> Table | None:
    """Return the shares of off-topic questions refused and of on-topic ones answered, with Wilson's intervals."""
    if run.abilities is None:
        return None
    refusals = run.abilities["refusals"]
    rows = [
        Line(name, "", kind, [_share(refusals[key], column) for column in ("refused", "answered")])
        for name, kind, key in (("untrained", "untrained", "untrained"), ("tuned", "tuned", "tuned"))
    ]
    counts = refusals["tuned"]
    return Table(
        [
            Head(f"off-topic questions refused (of {counts['off_topic']})", "higher"),
            Head(f"on-topic questions answered (of {counts['on_topic']})", "higher"),
        ],
        rows,
    )


def _share(found: dict[str, Any], name: str) -> Cell:
    if found[name] is None:
        return Cell("")
    return Cell(percent(found[name]), f"{percent(found[f'{name}_low'])} to {percent(found[f'{name}_high'])}")


def _outcome(test: dict[str, Any]) -> str:
    if test["p"] >= 0.05:
        return "no change that chance does not explain"
    return "training cost general ability" if test["difference"] < 0 else "training added to it"
