"""Error analysis of a sentiment classifier: the error rate of rows in each category against that of all other rows.

The categories are fixed rules, written from the literature before any model's errors were seen and tuned on none. They
look at words: an ironic review without a marker of irony is not found. How well they find what they are named for is
measured on reviews tagged by the same author: tests/evaluation/test_error_analysis.py -s. The irony rule is the
weakest: of the reviews with a marker four in ten are ironic.
Intervals are of 95%. A rate has Wilson's score interval: Wilson (1927), Probable Inference, the Law of Succession, and
Statistical Inference, JASA 22:209. The difference of two rates has Newcombe's hybrid score interval: Newcombe (1998),
Interval Estimation for the Difference Between Independent Proportions, Statistics in Medicine 17:873, method 10.
"""

import re
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from pipeline_lib.core.errors import UserError
from pipeline_lib.evaluation.rates import newcombe, wilson

SHORT, LONG = 5, 30  # words, split at white space
CONFIDENT = 0.9  # probability of the predicted label
FEW = 10  # rows of a category; with fewer no suggestion is made, whatever the interval says

CATEGORIES = {
    "subtle_negation": (
        "a negation cue (Councill, McDonald and Velikovsky 2010), an approximate negator such as hardly or rarely "
        "(Quirk et al. 1985, 10.59), or a phrase that reverses what follows, such as far from or anything but "
        "(Polanyi and Zaenen 2006); phrases that deny nothing, such as no doubt and not only, are left out"
    ),
    "contrast": (
        "an explicit connective of the class Comparison of the Penn Discourse Treebank (Prasad et al. 2008), "
        "a preposition of concession, or words that name a mixed judgement; connectives that are also adverbs of "
        "time (while, yet, still) count at the head of a clause only"
    ),
    "irony_markers": (
        "a marker of verbal irony (Burgers 2010; Kreuz and Caucci 2007): an interjection or word of praise or dismay "
        "alone at the head of a sentence, an exclamation with how or what a, a rhetorical question, a word in scare "
        "quotes, an ellipsis, a word in capitals, an overstatement, a set phrase such as just what I needed"
    ),
    "hedging": (
        "a hedge of Hyland (2005, appendix), less those that reviews use in their plain sense (would, feel, about, "
        "quite), a hedge of Lakoff (1973) such as sort of and more or less, or I think (Holmes 1990)"
    ),
    "short": f"at most {SHORT} words: little to go by",
    "long": f"at least {LONG} words: room for more than one opinion",
    "confident_and_wrong": f"the predicted label has a probability of {CONFIDENT} or more and is wrong",
}

_CONTRACTED = "ai|are|ca|could|dare|did|does|do|had|has|have|is|might|must|need|ought|sha|should|was|were|wo|would"
_NEGATION = re.compile(
    rf"""
    \b(?: (?:{_CONTRACTED})n'?t | cannot | not | never | no | nobody | no-one | none | nothing | nowhere | neither
        | nor | without | lack(?:s|ed|ing)? | hardly | barely | scarcely | rarely | seldom
        | far\ from | anything\ but | by\ no\ means | fail(?:s|ed)?\ to
    )\b""",
    re.VERBOSE,
)
_NO_NEGATION = re.compile(  # cues that deny nothing: taken out before the cues are looked for
    r"\b(?:no doubt|no wonder|not only|not just|not to mention|nothing but|nothing less than|nothing short of)\b"
)
_CONTRAST = re.compile(
    r"""
    \b(?: but | although | though | tho | however | whereas | nevertheless | nonetheless | notwithstanding | albeit
        | despite | in\ spite\ of | on\ the\ (?:other|one)\ hand | (?:by|in)\ contrast | on\ the\ contrary | conversely
        | even\ so | then\ again | that\ said | having\ said\ that | much\ as | for\ all | except | apart\ from
        | (?:shame|pity)\ about | if\ only | make[s]?\ up\ for | made\ up\ for
        | redeem(?:s|ed|ing)? | (?:let|lets)\ down\ by
        | mixed\ (?:bag|feelings|review|reaction) | hit\ (?:and|or)\ miss | (?:i'm|am|was|feel)\ torn
        | (?:in|of)\ two\ minds
        | (?:pros|plus|ups)\ and\ (?:cons|minus|downs) | part\ of\ me | on\ balance
    )\b
    | (?:^|[.!?;:,(–—-]\s*) (?:and\ )? (?: while | whilst | yet | still ) \b
    """,
    re.VERBOSE,
)
_NO_CONTRAST = re.compile(
    r"\b(?:nothing|anything|everything|all|none|help|last|no-one|nobody) but\b|\bfor all (?:i|we)\b"
)
_PRAISE = (
    "great|good|nice|lovely|wonderful|brilliant|fantastic|perfect|excellent|amazing|marvellous|superb|splendid|terrific|"
    "delightful|charming|classy|genius|impressive|terrible|horrible|awful|dreadful|disgraceful|shocking|outrageous"
)
_IRONY = re.compile(
    rf"""
    (?:^|[.!?]\s+) (?: (?:oh|ah|aw|wow|gee|well|yay|hooray|hurrah|bravo|yeah|yes|sure|right|ooh|alas)\b [,!:. ]\s*)?
        (?:(?:just|how|so|simply|truly)\s)? (?:{_PRAISE}) (?:\ (?:news|job|work|stuff|one))? \s*[,!:.…]
    | (?:^|[.!?]\s+) (?:oh|ah|aw|wow|gee|yay|hooray|hurrah|bravo|yeah|sure|congratulations|congrats|ooh|alas|kudos)\b
    | (?:^|[.!?:;,]\s+) how\ (?:very\ )?\w+ \s*[,!:.…]
    | \bwhat\ an?\ (?:\w+\ )?(?:treat|surprise|joy|delight|triumph|pleasure|bargain|shame|disaster|tragedy|nightmare)\b
    | \b(?:who|what|why)\b[^.!?]*\? | (?:^|[.!?]\s+)(?:is|are|was|were|do|does|did|could|can)(?:n't)?\b[^.!?]*\?
    | "\w+(?:\ \w+)?" | “\w+(?:\ \w+)?” | (?<!\w)'\w+(?:\ \w+)?'(?!\w)
    | \.\.\. | … | [;:]-?\) | \(!\) | \s/s\b
    | \bjust\ what\ | \bexactly\ what\ (?:i|we|the\ world)\ | \bthank(?:s|\ you)\ (?:so\ much\ )?(?:for|to)\b
    | \bthanks\ a\ lot\b | \bso\ much\ for\b | \bas\ if\b | \bnothing\ says\b | \bwho\ needs\b | \bof\ my\ life\b
    | \bmoney\ well\ spent\b | \bgood\ luck\b | \bcure\ for\ insomnia\b | \bwatching\ paint\ dry\b | \bgenius\b
    | \b(?:in\ the\ history\ of|of\ all\ time|known\ to\ man|on\ the\ planet|in\ human\ history)\b
    | \bfavou?rite\ (?:part|bit|moment)\b | \bonly\ complaint\b | \bcurse\b | \bhow\ dare\b
    """,
    re.VERBOSE | re.IGNORECASE,
)
_CAPITALS = re.compile(r"\b[A-Z]{4,}\b")  # three letters are as often a name: USB, BBC, LED
_HEDGE = re.compile(
    r"""
    \b(?: perhaps | maybe | probably | possibly | presumably | apparently | arguably | seemingly | supposedly
        | (?:i|i'd|we|one)\ (?:would\ )?(?:guess|suppose|suspect|assume|think|reckon|imagine) | i'd\ (?:say|call)
        | guess | suppose | suspect | seem(?:s|ed)? | appear(?:s|ed)?\ to | tend(?:s|ed)?\ to | might | could\ be
        | may\ (?:be|not|well|have|seem|even) | should\ be
        | likely | unlikely | not\ (?:entirely|really|too)?\ ?(?:sure|certain)
        | sort\ of | kind\ of | kinda | sorta | more\ or\ less | somewhat | in\ a\ way | in\ (?:some|a)\ sense | fairly
        | relatively | largely | mostly | mainly | generally | to\ some\ (?:extent|degree)
        | to\ a\ degree | on\ the\ whole
        | as\ far\ as\ i\ (?:can|could)\ (?:tell|see) | in\ my\ (?:opinion|view) | from\ what\ i\ (?:saw|can\ tell)
    )\b""",
    re.VERBOSE,
)
_FOLDED = str.maketrans({"’": "'", "ʼ": "'", "‘": "'"})


def categories(text: str) -> set[str]:
    """Return the categories whose rule matches the text: all but confident_and_wrong, which is not about the text."""
    plain = text.translate(_FOLDED)
    lower = plain.lower()
    words = len(plain.split())
    matches = {
        "subtle_negation": _NEGATION.search(_NO_NEGATION.sub(" ", lower)),
        "contrast": _CONTRAST.search(_NO_CONTRAST.sub(" ", lower)),
        "irony_markers": _IRONY.search(plain) or _CAPITALS.search(plain),
        "hedging": _HEDGE.search(lower),
        "short": words <= SHORT,
        "long": words >= LONG,
    }
    return {name for name, match in matches.items() if match}


def row_categories(row: Mapping[str, Any]) -> list[str]:
    """Return all categories of a row {text, label, predicted, confidence}, in the order of CATEGORIES."""
    found = categories(row["text"])
    if row["predicted"] != row["label"] and row["confidence"] >= CONFIDENT:
        found.add("confident_and_wrong")
    return [name for name in CATEGORIES if name in found]


def analyse_errors(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the error rate of each category and of all rows, as values that JSON holds.

    rows: {id, text, label, predicted, confidence} of ALL rows, correct ones included; confidence is the probability of
    the predicted label, 0 to 1. A row may be in several categories or in none.
    Each category: rows, errors, rate (errors / rows) with low and high; base_rate over all rows; outside_rate over the
    rows outside it; difference = rate - outside_rate with its interval; over_represented, whether that interval
    lies above 0; confidence_right and confidence_wrong, mean confidences. None where that would divide by 0.
    The rows of confident_and_wrong are those with a confident answer, so that its rate is the share of these that is
    wrong; `overconfident` says whether the interval of that rate lies above 1 - CONFIDENT, the most it should be.
    Seven categories are tested: where none matters, one in six analyses still calls one over-represented.
    """
    _check(rows)
    wrong = [row["predicted"] != row["label"] for row in rows]
    by_row = [categories(row["text"]) for row in rows]
    base = sum(wrong) / len(rows)
    low, high = wilson(sum(wrong), len(rows))
    table = {}
    for name, looks_for in CATEGORIES.items():
        if name == "confident_and_wrong":
            inside = [row["confidence"] >= CONFIDENT for row in rows]
        else:
            inside = [name in found for found in by_row]
        table[name] = {"looks_for": looks_for, **_category_figures(rows, wrong, inside), "base_rate": base}
    confident = table["confident_and_wrong"]
    found: dict[str, Any] = {
        "rows": len(rows),
        "errors": sum(wrong),
        "rate": base,
        "low": low,
        "high": high,
        "confidence_right": _mean([row["confidence"] for row, miss in zip(rows, wrong, strict=True) if not miss]),
        "confidence_wrong": _mean([row["confidence"] for row, miss in zip(rows, wrong, strict=True) if miss]),
        "overconfident": confident["low"] is not None and confident["low"] > 1 - CONFIDENT,
        "errors_in_no_category": sum(miss and not row_categories(row) for row, miss in zip(rows, wrong, strict=True)),
        "categories": table,
    }
    found["suggestions"] = _suggestions(found)
    return found


def _check(rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        raise UserError("there are no rows to analyse: run the classify stage on a split with test rows")
    for row in rows:
        confidence = row["confidence"]
        if not isinstance(confidence, int | float) or not 0 <= confidence <= 1:  # NaN is in no range
            raise UserError(
                f"row {row['id']}: confidence must be the probability of the predicted label, 0 to 1, "
                f"not {confidence!r}"
            )


def _mean(values: list[float]) -> float | None:
    return fmean(values) if values else None


def _category_figures(rows: Sequence[Mapping[str, Any]], wrong: list[bool], inside: list[bool]) -> dict[str, Any]:
    """Return the figures of a category: `inside` says of each row whether it is in it, `wrong` whether it is wrong."""
    chosen = [(row["confidence"], miss) for row, miss, here in zip(rows, wrong, inside, strict=True) if here]
    n, errors = len(chosen), sum(miss for _, miss in chosen)
    others, other_errors = len(rows) - n, sum(wrong) - errors
    low, high = wilson(errors, n) if n else (None, None)
    ends = newcombe((errors, n), (other_errors, others)) if n and others else None
    return {
        "rows": n,
        "errors": errors,
        "rate": errors / n if n else None,
        "low": low,
        "high": high,
        "outside_rate": other_errors / others if others else None,
        "difference": errors / n - other_errors / others if n and others else None,
        "difference_low": ends[0] if ends else None,
        "difference_high": ends[1] if ends else None,
        "over_represented": ends is not None and ends[0] > 0,
        "confidence_right": _mean([confidence for confidence, miss in chosen if not miss]),
        "confidence_wrong": _mean([confidence for confidence, miss in chosen if miss]),
    }


_REMEDIES = {
    "subtle_negation": "negation (not bad, hardly funny): add training rows in which a negated word decides the label",
    "contrast": "contrast (lovely pictures, but ...): add training rows that hold both opinions",
    "irony_markers": "irony: add ironic training rows of both labels, or read such rows by hand",
    "hedging": "hedged opinions: add training rows that hedge, and look whether their labels agree among people",
    "short": f"short texts (at most {SHORT} words): add such rows if the short-sentence filter dropped them",
    "long": f"long texts (at least {LONG} words): look whether truncation cuts off the end, where the verdict stands",
}


def _suggestions(found: dict[str, Any]) -> list[str]:
    """Return a sentence for each over-represented category, the largest difference first; [] where none is."""
    table = found["categories"]
    names = [name for name in _REMEDIES if table[name]["over_represented"] and table[name]["rows"] >= FEW]
    names.sort(key=lambda name: (-table[name]["difference"], name))
    sentences = []
    for name in names:
        one = table[name]
        sentences.append(
            f"{one['errors']} of {one['rows']} rows with {name} are wrong ({100 * one['rate']:.1f}%), against "
            f"{100 * one['outside_rate']:.1f}% of the others: {100 * one['difference']:.1f} points more (95% interval "
            f"{100 * one['difference_low']:.1f} to {100 * one['difference_high']:.1f}). The model is weak at "
            f"{_REMEDIES[name]}."
        )
    confident = table["confident_and_wrong"]
    if found["overconfident"]:
        sentences.append(
            f"{confident['errors']} of {confident['rows']} answers with a probability of {CONFIDENT} or more are wrong "
            f"({100 * confident['rate']:.1f}%, 95% interval {100 * confident['low']:.1f} to "
            f"{100 * confident['high']:.1f}), where at most {100 * (1 - CONFIDENT):.0f}% were to be expected: "
            f"calibrate the probabilities, or train for fewer epochs."
        )
    return sentences
