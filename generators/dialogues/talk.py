"""Put the turns of a dialogue in words: choose a wording, make its choices, fill in the facts of the dialogue."""

from dataclasses import dataclass, field
from random import Random

from generators.dialogues.guesthouse import DESK, HOUSE
from generators.engine import Entry, choose, mended, read, unused, worded

Turns = dict[str, tuple[str, ...]]  # what is said -> its wordings

_common, *_companies = read(__file__, "common")
COMMON: Turns = _common.rest()
ALONE, TOGETHER = ({word: said for word, (said,) in company.rest().items()} for company in _companies)


def read_topic(topic: str) -> tuple[Turns, dict[str, Entry]]:
    """Return the turns of the text file of a topic, and its other entries by kind."""
    turns, *others = read(__file__, topic)
    return turns.rest(), {entry.kind: entry for entry in others}


@dataclass
class Talk:
    """One dialogue as it grows. `facts` are what its slots stand for now; a topic changes them as the talk goes on."""

    rng: Random
    says: Turns
    visitor: str
    facts: dict[str, str] = field(default_factory=dict)
    turns: list[dict[str, str]] = field(default_factory=list)
    breaks: list[tuple[int, str]] = field(default_factory=list)  # where its speaker can speak twice, with which words
    used: set[str] = field(default_factory=set)  # wordings; for membership only

    def chance(self, share: float) -> bool:
        """Whether something happens that does in this share of the dialogues."""
        return self.rng.random() < share

    def robin(self, *keys: str, hold: bool = False) -> None:
        """Add a turn of the desk; hold: Robin may say before it that this takes a moment."""
        self._add(DESK, keys, "hold" if hold else "")

    def guest(self, *keys: str, more: bool = False, who: str = "") -> None:
        """Add a turn of the visitor, or of `who`; more: the speaker may announce it first."""
        self._add(who or self.visitor, keys, "more" if more else "")

    def ask(self, asked: str, answered: str, more: bool = False, hold: bool = False) -> None:
        """Add a turn of the visitor and the answer of the desk."""
        self.guest(asked, more=more)
        self.robin(answered, hold=hold)

    def end(self, share: float, last: str, answer_share: float, answer: str) -> None:
        """Let the visitor say the last words, with the chance `share`, and then perhaps the desk."""
        if self.chance(share):
            self.guest(last)
            if self.chance(answer_share):
                self.robin(answer)

    def _add(self, speaker: str, keys: tuple[str, ...], extra: str) -> None:
        if extra:
            self.breaks.append((len(self.turns), extra))
        self.turns.append({"speaker": speaker, "text": self.write(*keys)})

    def twice(self) -> None:
        """Give one speaker two turns in a row, at a place where that can be."""
        place, key = choose(self.rng, self.breaks)
        self.turns.insert(place, {"speaker": self.turns[place]["speaker"], "text": self.write(key)})

    def write(self, *keys: str) -> str:
        """Return a wording of each key, one after the other, as text."""
        text = " ".join(self._wording(key) for key in keys if key)
        return mended(worded(self.rng, text, self._fill))

    def _fill(self, slot: str) -> str:
        if slot == "house":
            return HOUSE
        return self.facts[slot] if slot in self.facts else self._wording(slot)

    def _wording(self, key: str) -> str:
        return unused(self.rng, self.says[key] if key in self.says else COMMON[key], self.used)
