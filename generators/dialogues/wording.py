"""Put turns in words: choose a wording, make its choices, fill in the facts of the dialogue.

How to run: not alone; rows.py makes a Talk and a topic fills it. What comes out: turns.
A wording has [this|that|] for a choice and {slot} for a fact or a common part, as {hi}.
Everything rests on Random.random(), the one method whose sequence Python promises to keep.
"""

import re
from dataclasses import dataclass, field
from random import Random

from generators.dialogues.house import DESK, HOUSE
from generators.reports.slots import choose
from generators.reviews.grammar import lines

INNER = re.compile(r"\[([^\[\]]*)\]|\{([^{}\[\]]+)\}")
A_BEFORE = re.compile(r"\b([Aa]) (?=[aeiou]|1[18]\b)")
HEAD = re.compile(r"(^|[.!?] )([a-z])")
ALONE = {
    "I": "I",
    "I'd": "I'd",
    "I'll": "I'll",
    "I'm": "I'm",
    "I've": "I've",
    "me": "me",
    "my": "my",
}  # how a visitor says who comes
TOGETHER = {"I": "we", "I'd": "we'd", "I'll": "we'll", "I'm": "we're", "I've": "we've", "me": "us", "my": "our"}
COMMON = {
    "hi": lines("""
        [Hello|Hi|Good day|Hello there|Hi there].
        [Hello|Hi|Good day], Robin.
        [Hello|Hi], [I'm glad you're here.|I hope I'm not disturbing you.|do you have a minute?]
    """),
    "sure": lines("""
        [Of course|Certainly|Sure|Gladly|With pleasure|No problem].
        [Yes, of course|Yes, gladly|Happy to help|That's easy].
    """),
    "hold": lines("""
        [One moment|Just a moment|One second|Bear with me], [please|I'll have a look|let me look|I'm looking].
        [Let me check|Let me see|I'll look that up], [one moment|just a second|it won't take long].
        Hold on, [the book is right here|I'll get the book|I have to look].
    """),
    "more": lines("""
        [Oh, and|And] [one more thing|another question|something else].
        [Wait|Ah], [there was something else|I nearly forgot|one more question].
        Before I forget[, one more thing|].
    """),
    "thanks": lines("""
        [Thank you|Thanks|Many thanks|Thanks a lot], [that's all I need|that helps|that's perfect|you've been \
            very helpful].
        [Perfect|Great|Lovely|Wonderful], [thank you|thanks|many thanks][, Robin|].
        That's [all|everything] for now, [thank you|thanks].
    """),
}


@dataclass
class Talk:
    """One dialogue as it grows. `facts` are what its slots stand for now; a topic changes them as the talk goes on."""

    rng: Random
    says: dict[str, tuple[str, ...]]
    visitor: str
    facts: dict[str, str] = field(default_factory=dict)
    turns: list[dict[str, str]] = field(default_factory=list)
    breaks: list[tuple[int, str]] = field(default_factory=list)  # where its speaker can speak twice, with which words
    used: set[str] = field(default_factory=set)  # wordings; asked, never walked through

    def chance(self, share: float) -> bool:
        """Whether something happens that does in this share of the dialogues."""
        return self.rng.random() < share

    def robin(self, *keys: str, hold: bool = False) -> None:
        """Add a turn of the desk; hold: Robin may say before it that this takes a moment."""
        self._add(DESK, keys, "hold" if hold else "")

    def guest(self, *keys: str, more: bool = False, who: str = "") -> None:
        """Add a turn of the visitor, or of `who`; more: the speaker may announce it first."""
        self._add(who or self.visitor, keys, "more" if more else "")

    def _add(self, speaker: str, keys: tuple[str, ...], extra: str) -> None:
        if extra:
            self.breaks.append((len(self.turns), extra))
        self.turns.append({"speaker": speaker, "text": self.write(*keys)})

    def twice(self) -> None:
        """Give one speaker two turns in a row, at a place where that can be."""
        if self.breaks:
            place, key = choose(self.rng, self.breaks)
            self.turns.insert(place, {"speaker": self.turns[place]["speaker"], "text": self.write(key)})

    def write(self, *keys: str) -> str:
        """Return a wording of each key, one after the other, as text."""
        text = " ".join(self._fresh(self._options(key)) for key in keys if key)
        while hit := INNER.search(text):
            filled = choose(self.rng, hit[1].split("|")) if hit[1] is not None else self._fill(hit[2])
            text = text[: hit.start()] + filled + text[hit.end() :]
        return mended(text)

    def _fill(self, slot: str) -> str:
        if slot == "house":
            return HOUSE
        return self.facts[slot] if slot in self.facts else self._fresh(self._options(slot))

    def _options(self, key: str) -> tuple[str, ...]:
        return self.says[key] if key in self.says else COMMON[key]

    def _fresh(self, options: tuple[str, ...]) -> str:
        option = choose(self.rng, [one for one in options if one not in self.used] or options)
        self.used.add(option)
        return option


def mended(text: str) -> str:
    """Return a text with single spaces, a or an as the next word wants it, and capitals at the head of sentences."""
    text = A_BEFORE.sub(r"\1n ", " ".join(text.split()))
    return HEAD.sub(lambda hit: hit[1] + hit[2].upper(), text)


def phrasings(options: tuple[str, ...]) -> int:
    """Return how many wordings a turn type has, its facts aside."""
    count = 0
    for option in options:
        product = 1
        for choice in re.findall(r"\[([^\[\]]*)\]", option):
            product *= choice.count("|") + 1
        count += product
    return count
