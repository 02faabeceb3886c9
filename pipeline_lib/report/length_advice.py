"""What was cut for its length in a run and what to do: one rule each, a sentence with its number, or None."""

from typing import Any

from pipeline_lib.core.settings import AUTO
from pipeline_lib.report.results import Run
from pipeline_lib.report.verdict import percent

OFTEN = 0.02  # auto cuts one input in a hundred; a larger share than this is reported


def cut_answers(run: Run) -> str | None:
    """Report tuned answers that did not end by themselves, and references that are longer than an answer may be."""
    tuned, rows, limit = run.scores["tuned"], run.scores["n"], run.answer_limit
    share = tuned.get("not_ended", 1 - tuned.get("ended", 1))
    longest = max((row.tokens for row in run.rows), default=0)
    longer = sum(row.tokens > limit for row in run.rows) if limit else 0
    if not share and not longer:
        return None
    where = f"generate.max_new_tokens{f' ({limit})' if limit else ''}"
    cut = f"{round(share * rows):,} of {rows:,} tuned answers ({percent(share)}) were cut after {where}"
    if longer:
        auto = "" if run.params.get("generate", {}).get("max_new_tokens", AUTO) == AUTO else ", or to auto"
        also = f"{longer:,} of {rows:,} references are longer than {'that' if share else where}"
        return f"{f'{cut}; ' if share else ''}{also}: set it to {longest:,}{auto}."
    return f"{cut}, and no reference is as long: these repeat themselves or have not learnt to end; read them."


def cut_inputs(run: Run) -> str | None:
    """Report training inputs that were cut, where they are more than a few."""
    lengths: dict[str, Any] = run.lengths
    if not lengths or lengths["inputs_cut"] <= OFTEN * lengths["rows"]:
        return None
    auto = run.params.get("prompt", {}).get("max_tokens", AUTO) == AUTO
    remedy = "lower prompt.few_shot, or choose a model that reads more" if auto else "set it to auto"
    return (
        f"{lengths['inputs_cut']:,} of {lengths['rows']:,} training inputs "
        f"({percent(lengths['inputs_cut'] / lengths['rows'])}) were cut to prompt.max_tokens "
        f"({lengths['prompt']['limit']:,}), the longest prompt has {lengths['prompt']['longest']:,} tokens: {remedy}."
    )


def rows_too_long(run: Run) -> str | None:
    """Report rows that were left out of training."""
    count = len(run.lengths.get("too_long", ()))
    if not count:
        return None
    return (
        f"{count:,} row{'s were' if count > 1 else ' was'} left out of training, longer with the answer than the model "
        "reads (prompt.too_long: drop): choose a model that reads more to learn from what is long."
    )
