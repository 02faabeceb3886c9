"""Corpus BLEU by sacrebleu, computed from counts of each row, so that it can be resampled.

BLEU is no mean over rows: n-gram matches and lengths are added up over the corpus first (Papineni et al. 2002, ACL;
Post 2018, A Call for Clarity in Reporting BLEU Scores, WMT).
"""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import regex
from numpy.typing import NDArray

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.text import separate_signs

if TYPE_CHECKING:
    from sacrebleu.metrics import BLEU

ORDERS = 4
COLUMNS = (
    *(f"correct_{order}" for order in range(1, ORDERS + 1)),
    *(f"total_{order}" for order in range(1, ORDERS + 1)),
    "sys_len",
    "ref_len",
)

_WIDE_MARK = regex.compile(r"(?V1)[[\p{P}\p{S}]&&[\p{ea=W}\p{ea=F}]]")

Floats = NDArray[np.float64]


@cache
def _scorer() -> "BLEU":
    from sacrebleu.metrics import BLEU  # imported here, for every stage imports the definitions, and few compute BLEU

    return BLEU(effective_order=True)  # avoids a warning for single rows; the counts are the same


def statistics(prediction: str, references: Sequence[str]) -> dict[str, float]:
    """Return COLUMNS of one row: matched and all n-grams of the prediction by n, its length and the reference's.

    In tokens of sacrebleu's 13a tokenizer, case kept; of scripts without spaces between words sign by sign, so that
    Chinese has the figures of sacrebleu's zh tokenizer. Of several references the length nearest to the prediction's
    counts. Raises UserError where there is no reference.
    """
    if not references:
        raise UserError("BLEU needs at least one reference for every row, one has none: fill it in or take the row out")
    found = _scorer().sentence_score(_separated(prediction), [_separated(text) for text in references])
    return dict(zip(COLUMNS, map(float, [*found.counts, *found.totals, found.sys_len, found.ref_len]), strict=True))


def _separated(text: str) -> str:
    """Return a text with spaces around signs (core.text.words) and around punctuation as wide as they are."""
    return text if text.isascii() else separate_signs(_WIDE_MARK.sub(r" \g<0> ", text))


def value(*sums: Floats) -> Floats:
    """Return BLEU (0-1) of the sums of COLUMNS over rows, arrays of any one shape: sacrebleu's corpus_bleu / 100.

    The geometric mean of the four precisions times the brevity penalty, with sacrebleu's exponential smoothing: the
    k-th order without a match counts as 1 / 2^k of one. 0 where nothing matches, or no row has four tokens.
    """
    correct, total = (np.stack(part).astype(float) for part in (sums[:ORDERS], sums[ORDERS : 2 * ORDERS]))  # (4, ...)
    system, reference = (np.asarray(length, dtype=float) for length in sums[2 * ORDERS :])
    smoothed = np.where(correct > 0, correct, 0.5 ** np.cumsum(correct == 0, axis=0))
    defined = (correct > 0).any(axis=0) & (total > 0).all(axis=0)
    # 1 where it is not defined, so that nothing is divided by 0.
    precision = np.where(defined, smoothed, 1.0) / np.where(defined, total, 1.0)
    brevity = np.exp(np.minimum(0.0, 1 - reference / np.where(defined, system, 1.0)))
    return np.where(defined, brevity * np.exp(np.log(precision).mean(axis=0)), 0.0)


def signature(references: int | None = 1) -> str:
    """Return sacrebleu's signature of this BLEU, version included; `references` a row, None where that varies."""
    from sacrebleu.metrics import BLEU

    scorer = BLEU()
    rows: list[Any] = [["a"]] * references if references else [["a", "a"], ["a", None]]
    scorer.corpus_score(["a"] * len(rows[0]), rows)  # it knows the number of references only after scoring
    return str(scorer.get_signature())
