"""The few sentences a page shows for each word and each pair of words, cut to a readable length."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from heapq import heappush, heappushpop

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.text import mask_deidentified, tokens, without_contraction
from pipeline_lib.words.corpus.sentences import Sentence
from pipeline_lib.words.corpus.vocabulary import Word, lexicon

LONGEST = 280  # characters of a sentence that are shown
FEW = 4  # sentences of a word, of a pair
BUDGET = 3_000_000  # bytes of text in all, so that the page opens at once
_NEAR = 4096  # characters in which the next token is looked for

Key = int | tuple[int, int]  # a vocabulary row, or those of a pair


@dataclass(frozen=True)
class Excerpts:
    """What is shown of a corpus, and where.

    texts: (sentence, how often it occurs in the corpus), each once; of_word, of_pair: places in `texts`, the most
    frequent first; sentences: distinct sentences that hold a word, or both of a pair; forms: the spellings a word has
    in `texts`, in lower case. All by vocabulary row; a pair's rows with the lower first.
    """

    texts: list[tuple[str, int]] = field(default_factory=list)
    of_word: dict[int, list[int]] = field(default_factory=dict)
    of_pair: dict[tuple[int, int], list[int]] = field(default_factory=dict)
    sentences: dict[Key, int] = field(default_factory=dict)
    forms: dict[int, list[str]] = field(default_factory=dict)


def excerpts(
    sentences: Iterable[Sentence], words: Sequence[Word], rows: Sequence[int], pairs: Sequence[tuple[int, int]]
) -> Excerpts:
    """Return up to FEW sentences for each of the words `rows` and of `pairs` (vocabulary rows, the lower first).

    Those a page can show whole come first, then those that occur most often, then the earlier. A longer one is cut to
    LONGEST characters around the words it is shown for, with an ellipsis where it is cut. Every pair and word gets its
    first before any gets its second, until BUDGET is spent. `sentences` may be a generator: only what may be shown is
    kept. Raises UserError when they are of another vocabulary.
    """
    wanted, known = _most_frequent(sentences, len(words), rows, pairs)
    forms = _Forms(words)
    made = Excerpts(sentences=known)
    place: dict[tuple[str, int], int] = {}
    spent = 0
    for turn in range(FEW):
        for key in wanted:
            if turn >= len(wanted[key]):
                continue
            sentence = wanted[key][turn]
            pair = key if isinstance(key, tuple) else (key,)
            text = (forms.cut(sentence, pair), sentence.count)
            if text not in place:
                size = len(text[0].encode("utf-8", "replace"))
                if spent + size > BUDGET:
                    continue
                spent += size
                place[text] = len(made.texts)
                made.texts.append(text)
            shown = made.of_pair.setdefault(key, []) if isinstance(key, tuple) else made.of_word.setdefault(key, [])
            shown.append(place[text])
            for row in pair:
                forms.note(row, sentence)
    made.forms.update({row: sorted(found) for row, found in sorted(forms.found.items())})
    return made


def _most_frequent(
    sentences: Iterable[Sentence], size: int, rows: Sequence[int], pairs: Sequence[tuple[int, int]]
) -> tuple[dict[Key, list[Sentence]], dict[Key, int]]:
    """Return the FEW sentences of each pair and word in the order they are shown, and how many hold them."""
    keys: list[Key] = [*pairs, *rows]
    best: dict[Key, list[tuple[bool, int, int, Sentence]]] = {key: [] for key in keys}
    known: dict[Key, int] = dict.fromkeys(best, 0)
    partners: dict[int, list[tuple[int, int]]] = {}
    for pair in pairs:
        partners.setdefault(pair[0], []).append(pair)
    for at, sentence in enumerate(sentences):
        held = set(sentence.words)
        if held and max(held) >= size:
            raise UserError(
                f"the sentences name word {max(held)}, the vocabulary has rows 0 to {size - 1}: they are of two runs, "
                "run preprocess_text again (dvc repro)"
            )
        entry = (len(sentence.text) <= LONGEST, sentence.count, -at, sentence)  # -at is of one: nothing else compared
        inside: list[Key] = [pair for row in held for pair in partners.get(row, ()) if pair[1] in held]
        inside += [row for row in held if row in best]
        for key in inside:
            known[key] += 1
            if len(best[key]) < FEW:
                heappush(best[key], entry)
            else:
                heappushpop(best[key], entry)
    return {key: [entry[-1] for entry in sorted(found, reverse=True)] for key, found in best.items()}, known


class _Forms:
    """Which tokens of a sentence are forms of a word: those of its lemma, or else of its stem."""

    def __init__(self, words: Sequence[Word]) -> None:
        _, self.stem, self.lemma = lexicon()
        self.words = words
        self.found: dict[int, set[str]] = {}
        self.kept: dict[int, list[tuple[str, int]]] = {}  # of long sentences by id, as they are asked for often
        self.parts: dict[str, tuple[str, str, str]] = {}  # token -> itself bare, its stem, its lemma

    def within(self, row: int, sentence: Sentence) -> list[tuple[str, int]]:
        """Return (token, about where it begins) of each form of the word in the sentence, in order."""
        places = self.kept.get(id(sentence))
        if places is None:
            places = _places(sentence.text)
            if len(sentence.text) > LONGEST:
                # Each token once: a report of 10 MB in one cell has many, and few different ones.
                places = list({token: (token, at) for token, at in reversed(places)}.values())[::-1]
                self.kept[id(sentence)] = places
        word = self.words[row]
        parts = [(token, at, *self._of(token)) for token, at in places]  # (token, place, bare, stem, lemma)
        same = [part[:2] for part in parts if word.word == part[2] or word.lemma == part[4]]
        # "limits" and "limited" are two words of one stem: the stem decides where nothing else does.
        return same or [part[:2] for part in parts if word.stem == part[3]]

    def note(self, row: int, sentence: Sentence) -> None:
        self.found.setdefault(row, set()).update(token for token, _ in self.within(row, sentence))

    def cut(self, sentence: Sentence, rows: Sequence[int]) -> str:
        """Return the text, or of a long one the parts around the first occurrence of each word."""
        text = sentence.text
        if len(text) <= LONGEST:
            return text
        share = LONGEST // len(rows)
        spans = []
        for row in rows:
            token, at = next(iter(self.within(row, sentence)), ("", 0))
            start = max(0, min(at + len(token) // 2 - share // 2, len(text) - share))
            spans.append((start, start + share))
        spans.sort()
        if len(spans) == 2 and spans[1][0] <= spans[0][1]:  # they meet: one part
            spans = [(spans[0][0], spans[1][1])]
        parts = [_whole_words(text, start, stop) for start, stop in spans]
        first, last = spans[0][0] > 0, spans[-1][1] < len(text)
        return ("… " if first else "") + " … ".join(parts) + (" …" if last else "")

    def _of(self, token: str) -> tuple[str, str, str]:
        if token not in self.parts:
            word = without_contraction(token)
            self.parts[token] = (word, self.stem(word), self.lemma(word)) if word else ("", "", "")
        return self.parts[token]


def _places(text: str) -> list[tuple[str, int]]:
    """Return each token of a text and where it begins; about where, if Unicode spells it there in another way."""
    whole = mask_deidentified(text)
    folded = whole.lower()
    if len(folded) != len(whole):  # İ is two letters in lower case
        folded = "".join(small if len(small := letter.lower()) == 1 else letter for letter in whole)
    folded = folded.replace("’", "'").replace("ʼ", "'").replace("‐", "-").replace("‑", "-")
    places, at = [], 0
    for token in tokens(text):
        found = folded.find(token, at, at + len(token) + _NEAR)
        places.append((token, at if found < 0 else found))
        at = at if found < 0 else found + len(token)
    return places


def _whole_words(text: str, start: int, stop: int) -> str:
    """Return the part of a text, less the pieces of words at its cut ends, if these are short."""
    part = text[start:stop]
    if start > 0 and not text[start - 1].isspace() and 0 <= (gap := part.find(" ")) < 30:
        part = part[gap:]
    if stop < len(text) and not text[stop].isspace() and len(part) - (gap := part.rfind(" ")) < 30:
        part = part[:gap]
    return part.strip()
