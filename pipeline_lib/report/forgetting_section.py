"""What training changed beyond its task, as tables and sentences of the report: multiple-choice questions, refusals."""

from typing import Any

from pipeline_lib.report.results import Run
from pipeline_lib.report.score_tables import Cell, Head, Line, Table
from pipeline_lib.report.verdict import exact_chance, figure, percent

_RULES = {
    "acc": "the choice of the highest log-likelihood",
    "acc_norm": "the choice of the highest log-likelihood per character",
}
_SYSTEMS = {"untrained": "the model before training", "tuned": "the model after training"}


def multiple_choice_table(run: Run) -> Table | None:
    """Return acc and acc_norm, untrained and tuned, with standard errors as lm-evaluation-harness gives them."""
    if run.forgetting is None:
        return None
    figures = run.forgetting["multiple_choice"]
    return Table(
        [Head(rule, "higher", f"the share of questions answered rightly by {how}") for rule, how in _RULES.items()],
        [
            Line(
                system,
                meaning,
                system,
                [
                    Cell(figure(figures[rule][system]), f"± {figure(figures[rule][f'{system}_stderr'])}")
                    for rule in _RULES
                ],
            )
            for system, meaning in _SYSTEMS.items()
        ],
    )


def multiple_choice_sentences(run: Run) -> list[str]:
    """Return a sentence for acc and acc_norm each: questions won and lost by training, and whether it may be chance."""
    if run.forgetting is None:
        return []
    figures = run.forgetting["multiple_choice"]
    sentences = []
    for rule in _RULES:
        test = figures[rule]["mcnemar"]
        p = exact_chance(test["p"], test["p_text"])
        sentences.append(
            f"{rule}: of {figures['n']:,} questions {test['ours_only']} are right only after training and "
            f"{test['theirs_only']} only before; {_outcome(test)} (McNemar's exact {p})."
        )
    return sentences


def refusal_table(run: Run) -> Table | None:
    """Return the shares of off-topic questions refused and of on-topic ones answered, with Wilson's intervals."""
    if run.forgetting is None:
        return None
    refusals = run.forgetting["refusals"]
    counts = refusals["tuned"]
    return Table(
        [
            Head(f"off-topic questions refused (of {counts['off_topic']})", "higher"),
            Head(f"on-topic questions answered (of {counts['on_topic']})", "higher"),
        ],
        [
            Line(system, "", system, [_share(refusals[system], name) for name in ("refused", "answered")])
            for system in _SYSTEMS
        ],
    )


def _share(found: dict[str, Any], name: str) -> Cell:
    if found[name] is None:
        return Cell("")
    return Cell(percent(found[name]), f"{percent(found[f'{name}_low'])} to {percent(found[f'{name}_high'])}")


def _outcome(test: dict[str, Any]) -> str:
    if test["p"] >= 0.05:
        return "no clear difference"
    return "the tuned model is worse" if test["difference"] < 0 else "the tuned model is better"
