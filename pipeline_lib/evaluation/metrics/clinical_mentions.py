"""What a clinical text says of the findings it names: asserted, denied, uncertain or unstated, on which side, of what.

Negation follows NegEx (Chapman et al. 2001, J Biomed Inform 34:301) and ConText (Harkema et al. 2009, J Biomed Inform
42:839): a trigger before or after a finding denies it or makes it uncertain, as far as the next conjunction or the end
of the sentence; pseudo-negations ("no increase") are read first and deny nothing. The findings are in findings.txt, the
triggers in triggers.txt, the structures of the body in sites.txt, words that name no finding in plain_words.txt.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from pipeline_lib.evaluation.metrics.clinical_lexicon import (
    Lexicon,
    lexicon_of_findings,
    lexicon_of_sites,
    listed_words,
    plain_words,
    stem,
    terms_at_sites,
    trigger_phrases,
)

ASSERTED, DENIED, UNCERTAIN, UNSTATED = "asserted", "denied", "uncertain", "unstated"
SIDES = {"left": ("left",), "right": ("right",), "both": ("left", "right")}
# Words that say of a structure that it has none of some findings.
STATES = frozenset("intact patent compressible normal unremarkable abnormal abnormality".split())

_HEDGES = {"hedge": UNCERTAIN, "unstated": UNSTATED}
_BACKWARD = {"denied": DENIED, "hedged": UNCERTAIN, "asserted": ASSERTED}
_TRIGGERS = frozenset({"stop", "deny", "assert", "hedge", "unstated", *_BACKWARD})
# A comma and one of these begin an assertion: "no effusion, stable cardiomegaly".
_ASSERTS = frozenset(
    "stable unchanged mild mildly moderate small tiny trace minimal chronic old persistent improved findings".split()
)
_COPULAS = frozenset("is are was were has have been being be now".split())
_NORMAL = frozenset("is are clear normal unremarkable".split())
_CONNECTORS = frozenset({",", "and", "or", "with", "plus"})
_PREPOSITIONS = frozenset("in on at of within involving along over to near".split())
_BETWEEN = frozenset(
    "left right bilateral sided mildly slightly moderately markedly severely grossly mediastinal hilar axillary"
    " inguinal retroperitoneal".split()
)
# "No acute fracture" does not contradict an old one: a denial so limited leaves room for what has such a word.
_OLD = frozenset("old chronic healed healing remote prior stable unchanged persistent residual known previous".split())
_SMALL = frozenset("small tiny trace minimal mild slight subtle".split())
# "No enlarging nodule" says nothing against a nodule that does not grow.
_NARROW = frozenset(
    "enlarging growing worsening progressive suspicious aggressive displaced obstructing full complete occlusive"
    " enhancing drainable recurrent".split()
)
_LIMITS = {
    **dict.fromkeys(("acute", "new", "active"), _OLD),
    **dict.fromkeys(("large", "significant", "sizable", "sizeable"), _SMALL),
}
_SIDE_WORDS = {
    **dict.fromkeys(("dextroscoliosis", "dextrocurvature"), "right"),
    **dict.fromkeys(("levoscoliosis", "levocurvature"), "left"),
}


_MEASURED = [[word] for word in "in size sized caliber calibre contour contours position for variant limits".split()]


class Mention(NamedTuple):
    """A finding where a text names it: its name in findings.txt, asserted | denied | uncertain | unstated, its sides.

    about: the limits ("acute"), ages and sizes that stand with it, "state" where it is read from a word of STATES,
    "likely" where its sentence has such a word, "versus" in a differential.
    sites: the structures of sites.txt that stand with it.
    """

    term: str
    polarity: str
    sides: frozenset[str]
    about: frozenset[str]
    sites: frozenset[str]

    def meets(self, other: "Mention") -> bool:
        """Return whether both can be of the same place: no other side, no other structure."""
        if self.sides and other.sides and not self.sides & other.sides:
            return False
        if "state" in self.about or "state" in other.about:
            return bool(self.sites & other.sites)
        return not (self.sites and other.sites) or bool(self.sites & other.sites)

    def leaves_room(self, asserted: "Mention") -> bool:
        """Return whether a denial is so limited that `asserted` can be true beside it."""
        if self.sides and not asserted.sides and not self.sites & asserted.sites:
            return True  # "the left lung is clear" beside "pneumonia"
        narrow = self.about & _NARROW
        if narrow:
            return not narrow & asserted.about
        return any(limit in self.about and asserted.about & words for limit, words in _LIMITS.items())


@dataclass(slots=True)
class _Item:
    """A phrase of the lexicon where a sentence has it: words start to end (exclusive), and what it is."""

    start: int
    end: int
    kind: str
    terms: tuple[str, ...] = ()
    inverted: bool = False  # "heart is not enlarged"
    polarity: str = ASSERTED
    limits: frozenset[str] = frozenset()


_TOKEN = re.compile(r"[0-9]++(?:[.,][0-9]++)++|\w++(?:'\w++)?+|[.!?;:,]|\n++")
_EITHER = re.compile(r"(?<=[a-z]{4})/(?=[a-z]{4})")  # "atelectasis/scarring"
_LONGEST = 100  # words of a sentence; a longer one is read in pieces
_ABBREVIATED = frozenset({"vs", "dr", "approx", "ca", "resp"})
_INITIALS = {"L": "left", "R": "right"}
_NO_SIDE = re.compile(r"[./-]\w|[ -]?spine", re.IGNORECASE)  # R/O, L-spine


def sentences(text: str) -> Iterator[list[str]]:
    """Yield the lower-case words and commas of each sentence. A line that goes on in lower case is one sentence."""
    words: list[str] = []
    line_ended = False
    plain = _EITHER.sub(" or ", unicodedata.normalize("NFKC", text).replace("’", "'"))
    for match in _TOKEN.finditer(plain):
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
            if token == "?" and words:
                words.append("queried")  # "pneumonia?"
            if words and not (token == "." and words[-1] in _ABBREVIATED):
                yield words
                words = []
            if token == "?" and plain[match.end() : match.end() + 1].isalpha():  # "?pneumonia"
                words = ["query"]
        elif token in _INITIALS and not _NO_SIDE.match(plain, match.end()):
            words.append(_INITIALS[token])
        elif token != ":":
            words.append(token.lower())
        if len(words) == _LONGEST:  # so that a cell of megabytes without a full stop is read in linear time
            yield words
            words = []
    if words:
        yield words


def _items(words: list[str], lexicon: Lexicon, between: frozenset[str] = _BETWEEN) -> list[_Item]:
    """Return the phrases of a lexicon that a sentence has, in order, none overlapping.

    A word of `between` may stand inside a phrase ("elevated right hemidiaphragm", "lungs are grossly clear"), and "not"
    after a verb ("heart is not enlarged").
    """
    found, place = [], 0
    while place < len(words):
        item = None
        for phrase, kind, names in lexicon.get(words[place], ()):
            end, inverted = place + 1, False
            for word in phrase[1:]:
                while end < len(words) and words[end] != word:
                    denial = next((n for n in _DENIALS if tuple(words[end : end + len(n)]) == n), ())
                    denied = denial and words[end - 1] in _COPULAS and kind in ("finding", "normal")
                    if not (denied or words[end] in between):
                        break
                    inverted = inverted or bool(denied)
                    end += len(denial) if denied else 1
                if end >= len(words) or words[end] != word:
                    break
                end += 1
            else:
                item = _Item(place, end, kind, names, inverted)
                break
        if item:
            found.append(item)
        place = item.end if item else place + 1
    return found


_DENIALS = (("not",), ("no", "longer"), ("never",), ("far", "from"), ("anything", "but"))
_OPPOSITE = {ASSERTED: DENIED, DENIED: ASSERTED}


def _set_polarities(words: list[str], items: list[_Item]) -> None:
    """Set the polarity of every finding of a sentence by the triggers before and after it, within their scope."""
    state, scope, limits = ASSERTED, 0, frozenset[str]()
    for number, item in enumerate(items):
        gap = words[items[number - 1].end if number else 0 : item.start]
        if any(a in {",", "and"} and b in _ASSERTS for a, b in pairwise(gap)):
            state = ASSERTED
        if item.kind in ("stop", "assert"):
            state = ASSERTED
        elif item.kind == "deny":
            state, scope, limits = DENIED, item.end, frozenset()
        elif item.kind in ("hedge", "unstated"):
            # "No finding suspicious for pneumonia" stays a denial.
            state = DENIED if state == DENIED and items[number - 1].kind == "deny" else _HEDGES[item.kind]
        elif item.kind in _BACKWARD:
            reached = _before(words, items, number)
            for finding in reached:
                finding.polarity = _BACKWARD[item.kind]
            if not reached and words[item.start] == "resolved":  # "resolved pneumothorax"
                state, scope, limits = DENIED, item.end, frozenset()
        elif item.kind in ("normal", "finding"):
            turned = (item.kind == "normal") != item.inverted
            item.polarity = _OPPOSITE.get(state, state) if turned else state
            if item.kind == "finding":
                if state == DENIED and not limits:  # those of the first finding hold for the list: "no acute a, b or c"
                    limits = frozenset(words[scope : item.start]) & (_LIMITS.keys() | _NARROW)
                item.limits = limits if state == DENIED else frozenset()
    for place in range(1, len(items) - 1):
        before, item, after = items[place - 1 : place + 2]
        asserted = before.polarity == after.polarity == ASSERTED and before.kind == after.kind == "finding"
        if item.kind == "either" and asserted and after.start - before.end < 6:
            before.polarity = after.polarity = UNSTATED
    for place, item in enumerate(items):
        if item.kind == "versus":
            for near in items[max(place - 1, 0) : place + 2]:
                apart = max(near.start - item.end, item.start - near.end)
                if near.kind == "finding" and near.polarity in (ASSERTED, UNSTATED) and apart < 4:
                    near.polarity, near.limits = UNCERTAIN, near.limits | {"versus"}


def _before(words: list[str], items: list[_Item], number: int) -> list[_Item]:
    """Return the findings that a trigger after them reaches: its clause, and over commas after a plural verb."""
    end, plural, reached = items[number].start, False, []
    while end and words[end - 1] in _COPULAS:
        end -= 1
        plural = plural or words[end] in {"are", "were", "have"}
    for item in reversed(items[:number]):
        gap = set(words[item.end : end])
        if gap & _COPULAS or ("," in gap and not plural) or item.kind in _TRIGGERS:
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
    sides = [item.start for item in items if item.kind in SIDES]
    breaks = {
        item.start for item in items if item.kind in ("stop", "deny", "assert", "hedge", "unstated", "either", "versus")
    }
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


def mentions(text: str, words_too: Mapping[str, str] | None = None) -> list[Mention]:
    """Return the findings that a text names, in order, with what it says of each. A phrase may name two findings.

    words_too: words that are findings as well, each with the name of the finding; then these alone are returned.
    """
    lexicon = lexicon_of_findings()
    if words_too:
        lexicon = dict(lexicon)
        for word, term in words_too.items():
            lexicon[word] = [*lexicon.get(word, ()), ((word,), "finding", (term,))]
    found = []
    for words in sentences(text):
        items = _items(words, lexicon)
        if words_too and not any(word in words_too for word in words):
            continue
        _set_polarities(words, items)
        places = _items(words, lexicon_of_sites(), frozenset())
        likely = {"likely"} if any(item.kind == "likely" for item in items) else set()
        for finding, start, end in _extents(words, items):
            if words_too and not (words[finding.start] in words_too and _is_head(words, finding.end)):
                continue
            if words_too and finding.polarity != ASSERTED and not _reached(words, items, finding):
                finding.polarity = UNSTATED
            kinds = [item.kind for item in items if start <= item.start < end]
            kinds += [_SIDE_WORDS.get(word, word) for word in words[finding.start : finding.end]]
            sides = frozenset(side for kind in kinds for side in SIDES.get(kind, ()))
            sites = frozenset(site for place in places if start <= place.start < end for site in place.terms)
            is_state = finding.end - finding.start == 1 and words[finding.start] in STATES
            if not is_state or (sites and words[finding.end : finding.end + 1] not in _MEASURED):
                near = frozenset(words[start:end])
                about = (
                    (near & (_OLD | _SMALL | _NARROW)) | finding.limits | likely | ({"state"} if is_state else set())
                )
                here = [terms_at_sites().get((term, site), "") for term in finding.terms for site in sorted(sites)]
                terms = dict.fromkeys([*finding.terms, *filter(None, here)])
                found += [Mention(term, finding.polarity, sides, about, sites) for term in terms]
    return found


_NOT_LISTED = _PREPOSITIONS | _COPULAS | frozenset("following after from by to for as since that this during".split())
_AFTER_NOUN = (
    _NOT_LISTED
    | _CONNECTORS
    | frozenset(
        "versus vs could can may might should seen identified noted present absent visible without not which measuring"
        " but no excluded suspected demonstrated found involving causing extending again".split()
    )
)


def _is_head(words: list[str], end: int) -> bool:
    """Return whether the word before `end` ends its noun phrase ("dilation" in "ductal dilation") or is a verb form."""
    return end == len(words) or words[end] in _AFTER_NOUN or words[end - 1].endswith("ed")


_SIGNS = frozenset("evidence sign signs suggestion suspicion possibility".split())


def _reached(words: list[str], items: list[_Item], finding: _Item) -> bool:
    """Return whether a word is the object of the trigger before it ("no kink or disconnection") or of one after it.

    Behind a preposition it is not: "no pneumothorax after line placement" does not deny the placement.
    """
    before = [item for item in items if item.start < finding.start and item.kind in ("deny", "hedge")]
    if not before:
        return True
    between = words[before[-1].end : finding.start]
    return not any(
        word in _NOT_LISTED and not (place and between[place - 1] in _SIGNS) for place, word in enumerate(between)
    )


def shared_words(text: str, others: str) -> dict[str, str]:
    """Return the words of both texts that can be findings, though no list has them, each with one word of its stem."""
    ours, theirs = _unlisted_words(text), _unlisted_words(others)
    both = sorted(ours.keys() & theirs.keys())
    return {word: min(ours[root]) for root in both for word in sorted(ours[root] | theirs[root])}


def _unlisted_words(text: str) -> dict[str, set[str]]:
    """Return the words of a text that no list has, by their stem; redactions (XXXX) are left out."""
    found: dict[str, set[str]] = {}
    for word in (word for words in sentences(text) for word in words):
        if len(word) > 3 and len(set(word)) > 1 and word.isalpha() and word not in listed_words():
            root = stem(word)
            if root not in plain_words():
                found.setdefault(root, set()).add(word)
    return found


_PHRASE_ENDS = (
    _CONNECTORS
    | _PREPOSITIONS
    | _COPULAS
    | _NORMAL
    | frozenset(
        "without no not to for from by since as that which there shows show measures measuring has seen noted greater"
        " larger worse more than left right tip consistent compatible".split()
    )
)
_UNNAMED = _OLD | _SMALL | frozenset("side sided acute large new subacute".split())
_LOBES = {"lul": "upper", "lll": "lower", "rul": "upper", "rml": "middle", "rll": "lower"}


def side_phrases(text: str) -> list[tuple[frozenset[str], tuple[str, ...]]]:
    """Return the sides that a text names, in order, each with the nouns after it: ({"left"}, ("hip", "prosthesis"))."""
    words_of_side = {words[0]: kind for kind, words in trigger_phrases() if kind in SIDES and len(words) == 1}
    words_of_side["both"] = "both"
    found = []
    for words in sentences(text):
        passed = [item for item in _items(words, lexicon_of_findings()) if item.kind == "nothing"]
        verbs = {place for item in passed for place in (item.start, item.end - 1)}  # "has left", "left in place"
        for place, word in enumerate(words):
            side = words_of_side.get(_SIDE_WORDS.get(word, word))
            if side and place not in verbs:
                phrase = [_LOBES[word], "lobe"] if word in _LOBES else []
                for following in words[place + 1 : place + 7]:
                    if following in _PHRASE_ENDS:
                        break
                    phrase += [following] if following not in _UNNAMED else []
                found.append((frozenset(SIDES[side]), tuple(phrase)))
    return found
