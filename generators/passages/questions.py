"""Ask about a passage: what it tells, and what it nearly tells.

A question has no answer for one of two reasons. Either the wording drawn for the fact leaves the answer out, or the
question names another person, year or town of the passage than the one whom the answer belongs to. Both use the
wordings of questions that have answers: to tell, one must read the passage.
"""

import re
from collections import Counter
from dataclasses import dataclass
from random import Random

from generators.command import normalised
from generators.engine import choose, shuffled
from generators.passages.facts import Ask, Values
from generators.passages.passages import Passage, Span, sort_of, value_of, with_site

Answers = tuple[tuple[str, int], ...]  # text and start of spans
MENTION = re.compile(r"\{(\w+)(~?)\}")
VARIANTS = 3  # of an answer
LONGEST = 12  # words of an answer
WORDS = ("how many", "how long", "how much", "how", "who", "whom", "whose", "when", "where", "which", "why", "what")
LEADS = {"year": "in ", "date": "on ", "month": "in ", "reason": "because "}  # words an answer may begin with
LENGTHS = {"metres", "kilometres", "centimetres"}
WEIGHTS = {"tons", "grams", "kilograms"}
OCCUPATIONS = frozenset(  # answers that say what somebody is
    "art job job_m of_whom office owner patron_is relation rich spouse_job trade trade_m".split()
)
PLAIN = frozenset(  # slots of people whom no wording calls anything
    """
    ally backer better claimant collector companion counterpart critic elder estimator expert finder found_by giver
    giver_p hider lender lender_e likened mourner opponent planner rescuer rival_p saver scorer skater strict volunteer
    witness woman younger
    """.split()
)


@dataclass(frozen=True)
class Question:
    """One question; answers: (text, start) of the spans that answer it, or that tempt where `possible` is False."""

    text: str
    answers: Answers
    possible: bool
    about: tuple[int, str]  # the fact's number in the passage, the answer's name
    template: str


def question_word(text: str) -> str:
    """Return the word that says what kind of thing is asked for: the first one of WORDS in the text."""
    found = [(hit.start(), -len(word), word) for word in WORDS if (hit := re.search(rf"\b{word}\b", text.lower()))]
    return min(found)[2] if found else ""


def distinct(text: str, spans: list[Span]) -> Answers:
    """Return the texts of spans with their places, no text twice, at most VARIANTS; "in 1907" beside "1907"."""
    first: dict[str, int] = {}
    for span in spans:
        first.setdefault(span.text, span.start)
    for span in spans:
        lead = LEADS.get(span.sort, "")
        if lead and text[: span.start].lower().endswith(lead):
            start = span.start - len(lead)
            first.setdefault(text[start : span.start] + span.text, start)
    return tuple(first.items())[:VARIANTS]


class QuestionPicker:
    """Picks questions so that wordings, question words and facts are used evenly over all passages."""

    def __init__(self, rng: Random) -> None:
        """Begin with nothing asked."""
        self.rng = rng
        self.answered: Counter[str] = Counter()  # of wordings
        self.unanswered: Counter[str] = Counter()
        self.words: Counter[str] = Counter()  # of question words
        self.impossible = self.total = 0

    def ask(self, passage: Passage, many: int) -> list[Question]:
        """Return `many` questions or fewer, a third of all so far without an answer, in drawn order."""
        possible, impossible = self.candidates(passage)
        wanted = min(max(round((self.total + many) / 3) - self.impossible, 1), len(impossible), many // 2)
        asked: list[Question] = []
        for pool, count in ((impossible, wanted), (possible, many - wanted)):
            pool = shuffled(self.rng, pool)
            for _ in range(count):
                pool = [one for one in pool if not self.clashes(one, asked)]
                if not pool:
                    break
                best = min(pool, key=lambda one: self.cost(one, asked))
                asked.append(best)
                (self.answered if best.possible else self.unanswered)[best.template] += 1
                self.words[question_word(best.text)] += 1
        self.total += len(asked)
        self.impossible += sum(not one.possible for one in asked)
        return shuffled(self.rng, asked)

    def clashes(self, one: Question, asked: list[Question]) -> bool:
        """Whether a question asks in other words what was asked of the passage already."""
        return any(
            normalised(one.text) == normalised(other.text)
            or (one.possible == other.possible and one.about == other.about)
            for other in asked
        )

    def cost(self, one: Question, asked: list[Question]) -> tuple[float, ...]:
        """How much a question is unlike what is still wanted: the fact, the wording, the question word asked before."""
        here = sum(other.about[0] == one.about[0] and other.possible == one.possible for other in asked)
        said = self.answered[one.template]
        unsaid = self.unanswered[one.template]
        worn = said - 2 * unsaid if one.possible else 2 * unsaid - said
        return (here, worn + 0.02 * self.words[question_word(one.text)])

    def candidates(self, passage: Passage) -> tuple[list[Question], list[Question]]:
        """Return all questions of a passage that have an answer, and those that have none."""
        possible: list[Question] = []
        impossible: list[Question] = []
        for number, fact in enumerate(passage.facts):
            for ask in fact.asks:
                mentioned = {hit[1] for hit in MENTION.finditer(ask.text)} & set(fact.slots)
                here = [span for span in passage.spans if span.fact == number]
                if not mentioned <= {span.name for span in here}:
                    continue
                truth = distinct(passage.text, [span for span in here if span.name == ask.answer])
                unique = all(span.name != ask.answer for span in passage.spans if span.fact != number)
                if truth:
                    possible.append(self.worded(passage, number, ask, truth, {}))
                    if unique:
                        impossible += self.swapped(passage, number, ask, truth)
                elif unique and not ask.derivable and (plausible := self.plausible(passage, number, ask)):
                    impossible.append(self.worded(passage, number, ask, plausible, {}, possible=False))
        return [one for one in possible if fair(one)], [one for one in impossible if fair(one)]

    def plausible(self, passage: Passage, number: int, ask: Ask) -> Answers:
        """Return the span one would take for the answer: the one named, else one of its sort, the nearest fact's."""
        fact = passage.facts[number]
        sort = sort_of(fact, ask.answer)

        def fits(span: Span) -> bool:
            return span.sort == sort or {span.sort, sort} <= LENGTHS or {span.sort, sort} <= WEIGHTS

        asked = set(re.findall(r"\w+", ask.text))
        able = [span for span in passage.spans if fits(span) and not (span.fact == number and span.name in asked)]
        able = [span for span in able if " " in span.text or span.sort != "person"]
        named = [span for span in able if span.fact == number and span.name == ask.plausible]
        nearest = sorted(able, key=lambda span: (abs(span.fact - number), span.start))
        return distinct(passage.text, (named or nearest)[:1])

    def swapped(self, passage: Passage, number: int, ask: Ask, truth: Answers) -> list[Question]:
        """Return the questions that name another value of the passage than the one which the answer belongs to."""
        made = []
        for hit in MENTION.finditer(ask.text):
            name, may = hit[1], hit[2]
            if not may:
                continue
            sort = sort_of(passage.facts[number], name)
            own = set(passage.values[number].values())
            able = [span for span in passage.spans if span.sort == sort and span.fact != number]
            if ask.answer in OCCUPATIONS:
                able = [span for span in able if span.name in PLAIN and not self.employed(passage, span.fact)]
            for other in dict.fromkeys(span.text for span in able if span.text not in own):
                if sort != "person" or " " in other:
                    made.append(self.worded(passage, number, ask, truth, {name: other}, possible=False))
        return made

    def employed(self, passage: Passage, number: int) -> bool:
        """Whether a fact of the passage tells somebody's occupation."""
        return any(span.fact == number and span.name in OCCUPATIONS for span in passage.spans)

    def worded(
        self, passage: Passage, number: int, ask: Ask, answers: Answers, instead: Values, possible: bool = True
    ) -> Question:
        """Return a question with its slots filled, some of them by other values."""
        fact, article = passage.facts[number], passage.article
        full = self.rng.random() < 0.7

        def fill(hit: re.Match[str]) -> str:
            name = hit[1]
            if name == "the":
                return choose(self.rng, (article.name, article.name, article.short))
            value = instead.get(name) or value_of(article, fact, passage.values[number], name)
            return value if full or sort_of(fact, name) != "person" else value.split()[-1]

        text = MENTION.sub(fill, with_site(ask.text, article))
        text = text[0].upper() + text[1:]
        return Question(text, answers, possible, (number, ask.answer), f"{fact.name}: {ask.text}")


def fair(one: Question) -> bool:
    """Whether the answer is short enough and not given away by the question."""
    asked = f" {normalised(one.text)} "
    return all(len(text.split()) <= LONGEST and f" {normalised(text)} " not in asked for text, _ in one.answers)
