"""Inconsistencies of a generated impression with its report: negation flips, side swaps, unsupported numbers.

Negation follows NegEx (Chapman et al. 2001, J Biomed Inform 34:301) and ConText (Harkema et al. 2009, J Biomed Inform
42:839): a trigger before or after a finding denies it or makes it uncertain, as far as the next conjunction or the end
of the sentence; pseudo-negations ("no increase") are read first and deny nothing. The findings are in findings.txt.
These are rules that do not understand the text: a flag is a reason to look, the absence of one is no proof.

Measured on tests/evaluation/clinical_pairs.jsonl, 154 pairs written by hand before the rules, not from reports:
negation_flip: precision 1.000, recall 0.944
side_swap: precision 0.970, recall 1.000
unsupported_number: precision 1.000, recall 0.971
The author of the pairs wrote the rules and corrected them on these pairs: on other reports expect less.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise, product
from pathlib import Path
from typing import NamedTuple

from pipeline_lib.evaluation.metrics.quantities import quantities

KINDS = ("negation_flip", "side_swap", "unsupported_number")
ASSERTED, DENIED, UNCERTAIN = "asserted", "denied", "uncertain"


def _phrases(*parts: str) -> list[str]:
    """Return every phrase of one alternative a part; alternatives are separated by |, and an empty one is left out."""
    return [" ".join(" ".join(words).split()) for words in product(*(part.split("|") for part in parts))]


_SEEN = "seen|identified|present|visible|visualized|visualised|demonstrated|evident|appreciated|noted|detected|found"
_CHANGE = (
    "change|changes|changed|increase|increased|decrease|decreased|progression|worsening|improvement|larger|smaller|more"
    "|greater"
)
# What each phrase does to the findings near it. The longest phrase that begins at a word is the one that is read.
_TRIGGERS = {
    "nothing": [
        *_phrases("no|not|without", "|significant|significantly|interval|substantial|appreciable", _CHANGE),
        *_phrases("no|without", "significant interval", _CHANGE),
        *_phrases("not", _SEEN, "previously|before|on prior|on the prior|on previous|on the previous"),
        *_phrases("consistent|compatible|associated", "with"),
        *_phrases("without and with|with and without|with or without|not only|not just|no doubt"),
        *_phrases("not completely|not fully|not entirely|not|incompletely|partially|nearly|almost", "resolved|cleared"),
        *_phrases("near complete|nearly complete|partial|incomplete|ensure|document|confirm", "resolution of"),
        *_phrases("has|have|had|was", "left"),  # a verb
        *_phrases("left over|left in place|left in situ|left untreated|left before|left the|right away|right now"),
    ],
    "deny": _phrases(
        "no|not|without|w o|cannot see|denies|absence of|lack of|lacks|neither|nor|never|negative for"
        "|free of|clear of|lungs are clear of|lungs clear of|no longer|excludes|rules out|resolution of|removal of"
        "|rather than|instead of|unlikely to represent|unlikely to be|unlikely to reflect|isn't|aren't|doesn't|don't"
    ),
    "denied": [
        *_phrases("not|no longer|never", _SEEN),
        *_phrases("cannot be|can not be|not been", _SEEN),
        *_phrases("absent|none|ruled out|excluded|unlikely|gone|cleared|removed|has resolved|have resolved|resolved"),
    ],
    "doubt": [
        *_phrases("possible|possibly|may|might|could|suspected|suspicion of|suspicious for|concern for|concerning for"),
        *_phrases("worrisome for|question of|questionable|query|equivocal|risk of|if|history of|h o|to exclude|r o"),
        *_phrases("cannot|can't|can not|not", "exclude|rule out|be certain of"),
        *_phrases("evaluate|evaluation|assess|assessment|evaluated|looking", "for"),
        *_phrases("differential|differential diagnosis|clearing of"),
        *_phrases("rule out|no other|no further|no additional"),
    ],
    "doubted": [
        *_phrases("cannot be|can not be|can't be|not|not be|not been", "|entirely|completely", "excluded|ruled out"),
        *_phrases("in the differential|not be confidently excluded|cannot be confidently excluded"),
        *_phrases("is|are", "possible|suspected|questioned|questionable|equivocal"),
        *_phrases("should be considered|to be considered|to be excluded|to be ruled out|should be excluded"),
    ],
    "either": _phrases("or|versus|vs"),
    "stop": _phrases(
        "but|however|although|though|yet|except|apart from|aside from|other than|besides|which|still|with|due to"
        "|secondary to|there is|there are|nevertheless|while|whereas"
    ),
    "left": _phrases("left|leftward|lt|lul|lll|lingula|lingular"),
    "right": _phrases("right|rightward|rt|rul|rml|rll"),
    "both": [
        *_phrases("bilateral|bilaterally|bilat|bibasilar|bibasal|biapical"),
        *_phrases(
            "both",
            "|the",
            "sides|lungs|bases|lower lobes|upper lobes|apices|kidneys|hips|knees|shoulders|breasts|ears|ovaries",
        ),
    ],
}
_SIDES = {"left": ("left",), "right": ("right",), "both": ("left", "right")}
# A comma and one of these begin an assertion: "no effusion, stable cardiomegaly".
_ASSERTS = frozenset(
    "stable unchanged mild mildly moderate small tiny trace minimal chronic old persistent improved findings".split()
)
_COPULAS = frozenset("is are was were has have been being be now".split())
_NORMAL = frozenset("is are clear normal unremarkable".split())
_CONNECTORS = frozenset({",", "and", "or", "with", "plus"})
_PREPOSITIONS = frozenset("in on at of within involving along over to near".split())
_BETWEEN = frozenset("left right bilateral sided mildly slightly moderately markedly severely grossly".split())
# "No acute fracture" does not contradict an old one: a denial so limited leaves room for what has such a word.
_OLD = frozenset("old chronic healed healing remote prior stable unchanged persistent residual known previous".split())
_SMALL = frozenset("small tiny trace minimal mild slight subtle".split())
_LIMITS = {
    "acute": _OLD,
    "new": _OLD,
    "large": _SMALL,
    "significant": _SMALL,
    "active": _OLD,
    "sizable": _SMALL,
    "sizeable": _SMALL,
}
_SITES = {
    **{word: word for word in "clavicle skull spine hip femur tibia fibula ankle wrist radius ulna humerus".split()},
    **{word: word for word in "pelvis sternum scapula knee elbow shoulder spleen pancreas brain breast".split()},
    **dict.fromkeys(("rib", "ribs"), "rib"),
    **dict.fromkeys(("liver", "hepatic"), "liver"),
    **dict.fromkeys(("kidney", "kidneys", "renal"), "kidney"),
    **dict.fromkeys(("lung", "lungs", "pulmonary"), "lung"),
}


class Mention(NamedTuple):
    """A finding where a text names it: its name in findings.txt, asserted | denied | uncertain, left and/or right.

    about: the limits ("acute"), ages, sizes and organs that stand with it.
    """

    term: str
    polarity: str
    sides: frozenset[str]
    about: frozenset[str]


@dataclass(slots=True)
class _Item:
    """A phrase of the lexicon where a sentence has it: words start to end (exclusive), and what it is."""

    start: int
    end: int
    kind: str
    terms: tuple[str, ...] = ()
    polarity: str = ASSERTED
    limits: frozenset[str] = frozenset()


@cache
def _lexicon() -> dict[str, list[tuple[tuple[str, ...], str, tuple[str, ...]]]]:
    """Return phrases by first word, the longest first: (words, kind, the findings it names)."""
    known: dict[tuple[str, ...], tuple[str, tuple[str, ...]]] = {}
    for line in Path(__file__).with_name("findings.txt").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            spellings = line.split("|")
            for spelling in spellings:
                for form in _forms(spelling.lstrip("!")):
                    words = tuple(form.split())
                    terms = known.get(words, ("", ()))[1]
                    kind = "normal" if spelling.startswith("!") else "finding"
                    known[words] = (kind, tuple(dict.fromkeys((*terms, spellings[0]))))
    for kind, phrases in _TRIGGERS.items():
        known.update({tuple(phrase.split()): (kind, ()) for phrase in phrases})
    found: dict[str, list[tuple[tuple[str, ...], str, tuple[str, ...]]]] = {}
    for words, (kind, terms) in sorted(known.items(), key=lambda item: -len(item[0])):
        found.setdefault(words[0], []).append((words, kind, terms))
    return found


def _forms(spelling: str) -> set[str]:
    """Return a spelling and its regular plural."""
    if spelling.endswith("y"):
        return {spelling, spelling[:-1] + "ies"}
    return {spelling, spelling + ("es" if spelling.endswith(("s", "x")) else "s")}


_TOKEN = re.compile(r"[0-9]++(?:[.,][0-9]++)++|\w++(?:'\w++)?+|[.!?;:,]|\n++")
_LONGEST = 100  # words of a sentence; a longer one is read in pieces
_ABBREVIATED = frozenset({"vs", "dr", "approx", "ca", "resp"})


def _sentences(text: str) -> Iterator[list[str]]:
    """Yield the lower-case words and commas of each sentence. A line that goes on in lower case is one sentence."""
    words: list[str] = []
    line_ended = False
    for match in _TOKEN.finditer(unicodedata.normalize("NFKC", text).replace("’", "'")):
        token = match.group()
        if token[0] == "\n":
            line_ended = True
            if len(token) == 1:
                continue
        elif line_ended and not token[0].islower() and words:
            yield words
            words = []
        line_ended = token[0] == "\n"
        if token in {".", "!", "?", ";"} or line_ended:
            if words and not (token == "." and words[-1] in _ABBREVIATED):
                yield words
                words = []
        elif token != ":":
            words.append(token.lower())
        if len(words) == _LONGEST:  # so that a cell of megabytes without a full stop is read in linear time
            yield words
            words = []
    if words:
        yield words


def _items(words: list[str]) -> list[_Item]:
    """Return the phrases of the lexicon that a sentence has, in order, none overlapping."""
    lexicon, found, place = _lexicon(), [], 0
    while place < len(words):
        item = None
        for phrase, kind, terms in lexicon.get(words[place], ()):
            end = place + 1
            for word in phrase[1:]:
                while end < len(words) and words[end] in _BETWEEN and words[end] != word:
                    end += 1  # "elevated right hemidiaphragm", "lungs are grossly clear"
                if end >= len(words) or words[end] != word:
                    break
                end += 1
            else:
                item = _Item(place, end, kind, terms)
                break
        if item:
            found.append(item)
        place = item.end if item else place + 1
    return found


def _set_polarities(words: list[str], items: list[_Item]) -> None:
    """Set the polarity of every finding of a sentence by the triggers before and after it, within their scope."""
    state, scope, limits = ASSERTED, 0, frozenset[str]()
    for number, item in enumerate(items):
        gap = words[items[number - 1].end if number else 0 : item.start]
        if any(a in {",", "and"} and b in _ASSERTS for a, b in pairwise(gap)):
            state = ASSERTED
        if item.kind == "stop":
            state = ASSERTED
        elif item.kind == "deny":
            state, scope, limits = DENIED, item.end, frozenset()
        elif item.kind == "doubt":
            # "No finding suspicious for pneumonia" stays a denial.
            state = DENIED if state == DENIED and items[number - 1].kind == "deny" else UNCERTAIN
        elif item.kind in ("denied", "doubted"):
            reached = _before(words, items, number)
            for finding in reached:
                finding.polarity = DENIED if item.kind == "denied" else UNCERTAIN
            if not reached and words[item.start] == "resolved":  # "resolved pneumothorax"
                state, scope, limits = DENIED, item.end, frozenset()
        elif item.kind == "normal":
            item.polarity = {ASSERTED: DENIED, DENIED: ASSERTED}.get(state, state)
        elif item.kind == "finding":
            if state == DENIED and not limits:  # those of the first finding hold for the list: "no acute a, b or c"
                limits = frozenset(words[scope : item.start]) & _LIMITS.keys()
            item.polarity, item.limits = state, limits if state == DENIED else frozenset()
    for place in range(1, len(items) - 1):
        before, item, after = items[place - 1 : place + 2]
        asserted = before.polarity == after.polarity == ASSERTED and before.kind == after.kind == "finding"
        if item.kind == "either" and asserted and after.start - before.end < 6:
            before.polarity = after.polarity = UNCERTAIN


def _before(words: list[str], items: list[_Item], number: int) -> list[_Item]:
    """Return the findings that a trigger after them reaches: its clause, and over commas after a plural verb."""
    end, plural, reached = items[number].start, False, []
    while end and words[end - 1] in _COPULAS:
        end -= 1
        plural = plural or words[end] in {"are", "were", "have"}
    for item in reversed(items[:number]):
        gap = set(words[item.end : end])
        if gap & _COPULAS or ("," in gap and not plural) or item.kind in ("stop", "deny", "doubt", "denied", "doubted"):
            break
        if item.kind == "finding":
            reached.append(item)
        end = item.start
    return reached


def _extents(words: list[str], items: list[_Item]) -> list[tuple[_Item, int, int]]:
    """Return each finding of a sentence with the words that go with it, as start and end.

    Between two findings the words are cut at the last connector, at once where there is one right behind the first
    finding ("effusion and left atelectasis"), and go to the first where a preposition follows it.
    """
    findings = [item for item in items if item.kind in ("finding", "normal")]
    sides = [item.start for item in items if item.kind in _SIDES]
    breaks = {item.start for item in items if item.kind in ("stop", "deny", "doubt", "either")}
    breaks |= {place for place, word in enumerate(words) if word in _CONNECTORS}
    cuts = [0]
    for place in range(findings[0].start if findings else 0):
        if words[place] == "," and any(place < side < findings[0].start for side in sides):
            cuts = [place]  # "right lung clear, left effusion"
    for first, second in pairwise(findings):
        between = [place for place in range(first.end, second.start) if place in breaks]
        if between:
            cuts.append(first.end if between[0] == first.end else between[-1])
        else:
            cuts.append(second.start if words[first.end] in _PREPOSITIONS else first.end)
    if findings:
        last = findings[-1]
        tail = next((place for place in range(last.end, len(words)) if place in breaks), len(words))
        # "left effusion, right lung clear", but "effusion in the left lung and the right"
        others = any(cuts[-1] <= side < last.start for side in sides) or _NORMAL & set(words[tail:])
        cuts.append(tail if others else len(words))
    return [(finding, cuts[place], cuts[place + 1]) for place, finding in enumerate(findings)]


def mentions(text: str) -> list[Mention]:
    """Return the findings that a text names, in order, with what it says of each. A phrase may name two findings."""
    found = []
    for words in _sentences(text):
        items = _items(words)
        _set_polarities(words, items)
        for finding, start, end in _extents(words, items):
            kinds = [item.kind for item in items if start <= item.start < end]
            kinds += words[finding.start : finding.end]
            sides = frozenset(side for kind in kinds for side in _SIDES.get(kind, ()))
            near = frozenset(words[start:end])
            about = (near & (_OLD | _SMALL)) | finding.limits | {_SITES[word] for word in near & _SITES.keys()}
            found += [Mention(term, finding.polarity, sides, about) for term in finding.terms]
    return found


def inconsistencies(prediction: str, reference: str, source: str) -> dict[str, list[str]]:
    """Return for each of KINDS what was found, as short phrases for a person to read; [] where nothing was found.

    negation_flip: asserted where it is denied, or the reverse; the reference decides, the source where the reference
    does not name the finding. A text that does both, or is uncertain, contradicts nothing.
    side_swap: a finding on the one side that reference (else source) puts on the other only and the source nowhere
    on this one; or on both sides where reference and source together know one.
    unsupported_number: a number or grade that the source, which is all the model reads, does not hold. 1.2 cm is 12 mm;
    a number without a unit is equal to the same number with any.
    """
    in_answer, in_reference, in_source = _by_term(prediction), _by_term(reference), _by_term(source)
    flips, swaps = [], []
    for term, here in in_answer.items():
        in_text = term in in_reference
        name, there = ("reference", in_reference[term]) if in_text else ("source", in_source.get(term, set()))
        ours, theirs = _polarities(here), _polarities(there)
        opposed = len(ours) == len(theirs) == 1 and ours != theirs
        if opposed and not all(_compatible(a, b) for a in here for b in there if UNCERTAIN not in (a[1], b[1])):
            flips.append(f"{term}: {theirs.pop()} in the {name}, {ours.pop()} in the answer")
        sides, input_sides = _sides(here), _sides(in_source.get(term, set()))
        name, others = ("reference", _sides(in_reference.get(term, set())))
        if not others:
            name, others = "source", input_sides
        if (
            sides
            and others
            and (not (sides & others or sides <= input_sides) or (len(sides) == 2 and len(others | input_sides) == 1))
        ):
            swaps.append(f"{term}: {_side_words(others)} in the {name}, {_side_words(sides)} in the answer")
    given = quantities(source)
    exact, values = {(one.unit, one.size) for one in given}, {one.value for one in given}
    numbers = [
        f"{quantity.text}: not in the input"
        for quantity in quantities(prediction)
        if not (
            (quantity.unit, quantity.size) in exact
            or ("", quantity.value) in exact
            or (not quantity.unit and quantity.value in values)
        )
    ]
    return dict(zip(KINDS, (flips, swaps, list(dict.fromkeys(numbers))), strict=True))


def _by_term(text: str) -> dict[str, set[Mention]]:
    """Return a text's distinct mentions by the finding they name."""
    found: dict[str, set[Mention]] = {}
    for mention in mentions(text):
        found.setdefault(mention.term, set()).add(mention)
    return found


def _polarities(found: set[Mention]) -> set[str]:
    """Return what a text says of a finding: asserted, denied, both or, where it is uncertain, neither."""
    return {mention.polarity for mention in found} - {UNCERTAIN}


def _sides(found: set[Mention]) -> frozenset[str]:
    """Return the sides on which a text has a finding; a finding that is denied has none."""
    return frozenset().union(*(mention.sides for mention in found if mention.polarity != DENIED))


def _side_words(sides: frozenset[str]) -> str:
    """Return sides in words."""
    return "both sides" if len(sides) == 2 else next(iter(sides))


def _compatible(one: Mention, other: Mention) -> bool:
    """Return whether an assertion and a denial can both be true: other side, other organ, or a limited denial."""
    asserted, denied = (one, other) if one.polarity == ASSERTED else (other, one)
    if one.sides and other.sides and not one.sides & other.sides:
        return True
    organs = [mention.about & frozenset(_SITES.values()) for mention in (one, other)]
    if all(organs) and not organs[0] & organs[1]:
        return True
    return any(limit in denied.about and asserted.about & words for limit, words in _LIMITS.items())
