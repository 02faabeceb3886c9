"""The engine of the generators: text files, draws, wording, near-duplicates; and the slots of reports and passages."""

import re
from collections import Counter
from dataclasses import dataclass, replace
from random import Random

import pytest

from generators.engine import Distinct, choose, chosen, mended, parsed, shuffled, worded
from generators.passages.articles import make_article
from generators.passages.facts import KINDS, Article, Ask, LeastUsed, _fact, _slot
from generators.passages.passages import compose
from generators.passages.questions import QuestionPicker, question_word
from generators.reports.exams import EXAMS, _slots
from generators.reports.reports import weighted
from generators.reviews.reviews import plural

TEXT = """
# A comment.
room attic
  rate: 110
  dogs: no
  numbers: 20 to 22
  party: three people | two adults
    and a child |
    a cat
  says:
    A long line
      that goes on.
    [One|Two]: {this}.

@for side | root
@ left | L4
@ right | L5
disc <side>
  says:
    The <side> <root> root, <why:{cause}>.
@end
"""


@dataclass(frozen=True)
class Room:
    rate: int
    dogs: bool
    numbers: tuple[int, int]
    party: tuple[str, ...]
    says: tuple[str, ...]
    offered_to: str = "anybody"


# Text files
def test_entries_fields_lists_and_blocks_for_each_row():
    room, left, right = parsed(TEXT, "x.txt")
    assert room.build(Room) == Room(
        110, False, (20, 22), ("three people", "two adults and a child", "a cat"),
        ("A long line that goes on.", "[One|Two]: {this}."),
    )  # fmt: skip
    assert [(one.kind, one.name, one.all("says")) for one in (left, right)] == [
        ("disc", "left", ("The left L4 root, <why:{cause}>.",)),
        ("disc", "right", ("The right L5 root, <why:{cause}>.",)),
    ]
    assert left.place == "x.txt:18"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\n   b: c", "x.txt:2: 'b: c' must be indented by 0, 2 or 4 spaces"),
        ("  b: c", "x.txt:1: 'b: c' must be indented"),
        ("a\n    b", "x.txt:2: 'b' must be indented"),
        ("a\n  b:\n    c\n     d", "x.txt:4: 'd' must be indented"),
        ("a\n  b", "x.txt:2: 'b' must be a field of its own name"),
        ("a\n  b: c\n  b: d", "x.txt:3: 'b: d' must be a field of its own name"),
        (TEXT.replace("rate: 110", "rat: 110"), "room attic must have one text in 'rate', not 0"),
        (TEXT.replace("rate: 110", "rate: 1 | 2"), "room attic must have one text in 'rate', not 2"),
        (TEXT.replace("dogs: no", "dogs: no\n  red: x"), "x.txt:3: room attic has a field 'red' that is not known"),
    ],
)
def test_a_line_or_field_that_does_not_fit(text, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        parsed(text, "x.txt")[0].build(Room)


# Draws and wording
def test_draws_choices_and_slots():
    assert [choose(Random(1), "abcd"), shuffled(Random(1), "abcd")] == ["a", ["d", "b", "c", "a"]]
    two = [replace(EXAMS[0], weight=0.0), replace(EXAMS[1], weight=1.0)]
    assert {weighted(Random(seed), two).weight for seed in range(20)} == {1.0}
    values = {"a": "[x|x] {b}", "b": "y"}
    assert worded(Random(1), "[{a}|{a}], {b}[|]", values.__getitem__) == "x y, y"
    assert chosen(Random(1), "[[p|p]|p] {a}") == "p {a}"
    assert {chosen(Random(seed), "[p|q]") for seed in range(9)} == {"p", "q"}
    nouns = ("thriller", "comedy", "crime series", "smartwatch", "memoir")
    assert [plural(noun) for noun in nouns] == ["thrillers", "comedies", "crime series", "smartwatches", "memoirs"]
    questions = (
        "In which year did it sink?", "How many of those who came paid?", "To whom did it belong?", "Name the builder.",
    )  # fmt: skip
    assert [question_word(question) for question in questions] == ["which", "how many", "whom", ""]
    distinct = Distinct()
    words = [f"w{number}" for number in range(30)]
    assert distinct.accept(" ".join(words))
    assert not distinct.accept(" ".join(["x", *words[1:]]).upper())
    assert distinct.accept(" ".join(reversed(words)))


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("a unimaginative plot, a unique ending", "An unimaginative plot, a unique ending"),
        ("a useful hour in a hour. a one-note, a easy read", "A useful hour in an hour. A one-note, an easy read"),
        ('ah yes, a "addictive" show. so i left ,', 'Ah yes, an "addictive" show. So I left,'),
        ("a attic room?  a 8 mm node! a 80 and a 11", "An attic room? An 8 mm node! An 80 and an 11"),
        ("a <0.art:<1.b:elder> man>. a uterus, a UIP", "An <0.art:<1.b:elder> man>. A uterus, a UIP"),
    ],
)
def test_mended(text, result):
    assert mended(text) == result


# Slots of reports


FINDING = """
finding x
  side: left | right
  mm: 6 to 9
  cm: 1.5 to 2.5
  other: opposite of side
  mm2: part of mm
  was: earlier cm in cm
  trend: trend of cm
  advice by mm:
    below 8: Wait {mm}.
    else: Go.
  root by side:
    left: L4
    right:
"""


def test_slots_of_a_finding_follow_from_one_another():
    (entry,) = parsed(FINDING, "x.txt")
    slots = _slots(entry.rest())
    seen: Counter[str] = Counter()
    for seed in range(80):
        rng, values = Random(seed), {"prior": "yes"}
        for name, slot in slots.items():
            values[name] = slot(rng, values)
        mm, cm = int(values["mm"]), float(values["cm"])
        assert 6 <= mm <= 9
        assert 1.5 <= cm <= 2.5
        assert {values["side"], values["other"]} == {"left", "right"}
        assert 0.6 * mm - 1 <= int(values["mm2"]) <= 0.9 * mm
        assert values["advice"] == (f"Wait {mm}." if mm < 8 else "Go.")
        assert values["root"] == ("L4" if values["side"] == "left" else "")
        earlier = re.fullmatch(r" \(previously (\d\.\d) cm\)", values["was"])
        then = float(earlier[1]) if earlier else None
        assert values["trend"] == {None: "", cm: "stable "}.get(then, "enlarging " if cm > (then or 0) else "smaller ")
        seen[values["trend"]] += 1
    assert len(seen) == 4
    with pytest.raises(ValueError, match="slot mm must be a list with bars or one of the forms"):
        _slots({"mm": ("6 too 9",)})


# Slots and questions of passages
def test_slots_of_a_fact_draw_what_they_say_and_no_year_comes_twice():
    article = Article(LeastUsed(Random(2)), {}, 1900)

    def drawn(spec, values=None):
        return _slot("x (letter)", tuple(spec.split(" | ")))[1].draw(article, values or {})

    assert 1902 <= int(drawn("year 2 to 4")) <= 1904
    assert drawn("year 5 to 5 after came", {"came": "1950"}) == "1955"
    assert drawn("year 1990 to 1990") == "1990"
    assert re.fullmatch(r"[12],\d00 metres", drawn("number 1000 to 2900 by 100 metres"))
    assert re.fullmatch(r"(four|five) weeks", drawn("lasting 4 to 5 weeks"))
    assert re.fullmatch(r"\d\d [a-z]+", drawn("money 20 to 90"))
    assert re.fullmatch(r"\d+ [A-Z][a-z]+", drawn("date"))
    assert sorted(re.findall(r"\b[a-d]\b", drawn("three of b | c | d"))) == ["b", "c", "d"]
    article = Article(LeastUsed(Random(2)), {}, 1900)
    assert sorted(article.year(1900, 1902) for _ in range(5)) == ["1898", "1899", "1900", "1901", "1902"]
    assert int(article.year(2030, 2040)) == 2024
    picked = [LeastUsed.pick(article.least_used, ("a", "b", "c"), set()) for _ in range(6)]
    assert Counter(picked[:3]) == Counter(picked[3:]) == Counter("abc")


def candidates(*texts):
    """The answerable and the unanswerable questions of a passage that tells facts in their only wording."""
    article = make_article(LeastUsed(Random(1)), next(kind for kind in KINDS if kind.name == "bridge"))
    facts = [_fact(entry, ("bridge",)) for text in texts for entry in parsed(text, "x.txt")]
    passage = compose(article.rng, article, [(fact, fact.says[0]) for fact in facts])
    return passage, *QuestionPicker(article.rng).candidates(passage)


OPENED = """
fact f
  says:
    {the} opened in {born}.
  asks:
    %s: When was it pulled down?
  born: year 0 to 5
  died: year 9 to 9
"""
RED = """
fact f
  says:
    {the} of {a} is {c}.
  asks:
    c: What colour has {a~}?
  a (town): Ayle | Boll
  c (colour): red | green
"""


def test_questions_without_an_answer():
    passage, possible, impossible = candidates(OPENED % "died")
    opened = passage.values[0]["born"]
    start = passage.text.index(opened)
    assert possible == []
    assert [one.answers for one in impossible] == [((opened, start), (f"in {opened}", start - 3))]
    passage, possible, impossible = candidates(OPENED % "died!")
    assert passage.facts[0].asks == (Ask("died", "", True, "When was it pulled down?"),)
    assert possible == impossible == []
    passage, possible, impossible = candidates(RED, "fact g\n  says:\n    It is not in {b}.\n  b (town): Cray | Dorn\n")
    right, wrong, colour = passage.values[0]["a"], passage.values[1]["b"], passage.values[0]["c"]
    answer = ((colour, passage.text.index(colour)),)
    assert [(one.text, one.possible, one.answers) for one in possible + impossible] == [
        (f"What colour has {right}?", True, answer),
        (f"What colour has {wrong}?", False, answer),
    ]
    other = "fact g\n  says:\n    The one of {b} is {c}.\n  b (town): Cray | Dorn\n  c (colour): blue | pink\n"
    assert candidates(RED, other)[2] == []  # both facts tell a colour
