"""The text files of the generators, and their notation (generators/README.md): nothing is missing, nothing unused."""

import math
import re
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from generators.dialogues.dialogues import LENGTHS, TOPICS, draw
from generators.dialogues.guesthouse import FAULTS, HOBBIES, PLACES, REPAIRERS, ROOMS, WEATHER, WEEK
from generators.dialogues.talk import COMMON, Talk
from generators.engine import parsed
from generators.passages.facts import FILES, GROUPS, KINDS, NAMES, SMALL, THEMES, TOWNS
from generators.passages.passages import SLOT
from generators.passages.questions import MENTION, OCCUPATIONS, PLAIN
from generators.reports.exams import EXAMS
from generators.reports.exams import NAMES as EXAM_NAMES
from generators.reviews.reviews import ReviewWriter
from generators.reviews.things import DOMAINS, LISTS, PAIRS, PHENOMENA, TENSES

FOLDER = Path(__file__).resolve().parents[2] / "generators"
FILES_OF = {
    "reports": {*EXAM_NAMES},
    "reviews": {"film", "series", "book", "restaurant", "gadget", "general", "frames"},
    "passages": {*FILES, "names", "kinds"},
    "dialogues": {*TOPICS, "common", "guesthouse"},
}
ENTRIES = {path: parsed(path.read_text(encoding="utf-8"), path.name) for path in sorted(FOLDER.glob("*/*.txt"))}
LITERAL = re.compile(r"\b(?:left|right|[CTL]\d+–[CTLS]\d+|\d+)\b")
PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
EVERY_FACT = [(theme, one) for theme, facts in THEMES.items() for one in facts]


def texts_of(package, kind=""):
    """Return the texts of all entries of a package's files, or of those of one kind."""
    entries = [entry for path, found in ENTRIES.items() if path.parent.name == package for entry in found]
    return [text for entry in entries if not kind or entry.kind == kind for text in sum(entry.fields.values(), ())]


def slots(*texts):
    return {name for text in texts for name in PLACEHOLDER.findall(text)}


def of(name):
    """The entries of one text file."""
    return next(entries for path, entries in ENTRIES.items() if path.stem == name)


# The notation
def test_names_guesthouse_and_files_are_consistent():
    for package, names in FILES_OF.items():
        assert {path.stem for path in (FOLDER / package).glob("*.txt")} == {name.replace(" ", "_") for name in names}
    assert len(set(TOWNS)) == len(TOWNS) >= 250
    assert len(NAMES["family"]) >= 200
    assert not {*NAMES["woman"]} & {*NAMES["man"]}
    assert not {*NAMES["woman"], *NAMES["man"]} & {*NAMES["family"]}
    assert SMALL[2] == "two"
    assert {room.instead for room in ROOMS.values()} <= {*ROOMS, ""}
    assert {fault.who for fault in FAULTS.values()} == set(REPAIRERS)
    assert all([len(step) for step in fault.steps] == [3, 3, 3] for fault in FAULTS.values())
    assert {*HOBBIES.values(), *(weather.place for weather in WEATHER.values())} <= set(PLACES)
    assert {place.closed for place in PLACES.values()} <= {*WEEK, ""}
    means = " ".join(text for exam in EXAMS for one in exam.findings for text in one.means)
    disc = r"L\d–(\w\d) {side} paracentral disc {kind} impinging the traversing {side} (\w\d) root"
    crossing = re.findall(disc, means)
    exiting = re.findall(r"(L\d)–\w\d foraminal stenosis affecting the exiting (\w\d) root", means)
    neck = re.findall(r"C\d–(C\d) {side} disc herniation, {mm} mm, contacting the (\w\d) root", means)
    assert [len(crossing), len(exiting), len(neck)] == [6, 6, 4]
    assert all(level == root for level, root in crossing + exiting + neck)


@pytest.mark.parametrize("path", ENTRIES, ids=lambda path: path.stem)
def test_notation(path):
    source = path.read_text(encoding="utf-8")
    assert max(map(len, source.splitlines())) <= 120
    assert not re.search(r"\S {2}|\t| $", source, re.MULTILINE)
    names = Counter((entry.kind, entry.name) for entry in ENTRIES[path] if entry.kind != "finding")
    assert set(names.values()) == {1}
    for entry in ENTRIES[path]:
        assert entry.fields or entry.kind == "theme", entry.place
        for key, texts in entry.fields.items():
            assert texts, (entry.place, key)
            assert len(set(texts)) == len(texts) or key == "things", (entry.place, key)  # one place each
            for text in texts:
                plain = re.sub(r"\[[^\[\]|]*(?:\|[^\[\]|]*)+\]", "", text)  # a choice has two sides, and none inside
                assert text.count("<") == len(re.findall(r"<\w+:", text)) == text.count(">"), (entry.place, text)
                assert not re.search(r"[][{}]", PLACEHOLDER.sub("", plain)), (entry.place, text)
                assert not re.search(r"\[[^]]* \| |,,|(?<!\.)\.\.(?!\.)|\b(?:the|a|an) (?:the|a|an)\b", text), text


# Reports
@pytest.mark.parametrize("name", EXAM_NAMES)
def test_exam(name):
    exam, topics, *findings = of(name)
    patient = {"limb", "age", "man"}
    assert len(topics.fields) >= 7
    assert len(exam.fields["normal"]) >= 3
    assert min(map(len, topics.fields.values())) >= 2
    assert slots(*sum((*topics.fields.values(), *exam.fields.values()), ())) <= patient
    assert sum(entry.fields["severity"] != ("0",) for entry in findings) >= 5
    for entry, made in zip(findings, EXAMS[EXAM_NAMES.index(name)].findings, strict=True):
        assert {made.topic, *made.hides} <= set(topics.fields), entry.place
        assert made.topic not in made.hides, entry.place
        assert not made.severity or min(len(made.says), len(made.means)) >= 2, entry.place
        rules = {key: entry.fields[key] for key in entry.fields if key.partition(" by ")[0] in made.slots}
        given = sum(rules.values(), ())
        drawn_from = {key.partition(" by ")[2] for key in rules} | set(re.findall(r"\w+", " ".join(given)))
        used = slots(*made.says, *made.means, *given)
        assert used <= patient | set(made.slots), entry.place
        assert set(made.slots) <= used | drawn_from, entry.place
        # What an impression names, the observation shows: side, size and level; only intervals are its own.
        drawn = {name for name in made.slots if name in entry.fields and name != "trend"}
        for means in made.means:
            named = set(LITERAL.findall(re.sub(r"[\d–]+ (weeks|months)", "", means)))
            for says in made.says:
                assert slots(means) & drawn <= slots(says), (entry.place, means, says)
                assert named <= set(LITERAL.findall(f"{says} {made.topic}")), (entry.place, means, says)


# Reviews
@pytest.mark.parametrize("positive", [True, False])
def test_every_frame_can_be_written_for_every_kind_of_thing(positive):
    for phenomenon in PHENOMENA:
        assert len(phenomenon.frames(positive)) >= 18
        for domain in DOMAINS:
            for frame in phenomenon.frames(positive) + phenomenon.tails:
                text = ReviewWriter(Random(3), domain, positive).write(frame)
                assert not re.search(r"[{}\[\]|]", text), text


def test_kinds_themes_facts_and_words_are_used():
    assert {theme for kind in KINDS for theme in kind.themes} == set(THEMES)
    texts = texts_of("passages", "fact")
    used = slots(*texts) | {text.removeprefix("word ") for text in texts} | {"things"}  # in titles
    assert {word for kind in KINDS for word in kind.words} <= {name.partition(".")[0].rstrip("~") for name in used}
    in_code = "woman,man,family,beginning of a town,end of a town,river,region,currency,small number"
    assert set(NAMES) - set(texts) <= set(in_code.split(","))
    entries = [entry for found in ENTRIES.values() for entry in found if entry.kind in ("fact", "theme")]
    assert {name for entry in entries for name in entry.fields.get("kinds", ())} >= set(GROUPS)
    assert {name for _, one in EVERY_FACT for name in one.slots} >= PLAIN | OCCUPATIONS
    assert not PLAIN & OCCUPATIONS
    used = {name.lstrip("~+-") for name in slots(*texts_of("reviews"))}
    assert {*PAIRS, *LISTS, *TENSES} <= used
    assert sum(phenomenon.positive + phenomenon.negative for phenomenon in PHENOMENA) == 100
    for domain in DOMAINS:
        assert {*domain.pairs, *domain.lists, *domain.verbs} <= used
        assert len(domain.aspects) >= 12
        assert min(map(len, domain.pairs["event"])) >= 10
        assert min(map(len, domain.pairs["mockery"])) >= 7
        for one in domain.aspects:
            assert set(one.only) <= set(domain.things), one.noun
            assert not set(one.adjectives[0]) & set(one.adjectives[1]), one.noun


# Passages
def test_a_fact_says_what_its_questions_ask_for():
    everywhere = {"the", "place", "far", "region", "currency", "site", "he", "his", "him", "He", "His", "Him"}
    for theme, one in EVERY_FACT:
        text, name = " ".join(one.says), f"{theme}: {one.name}"
        marked = set(re.findall(r"<(\w+):", text))
        given = {slot for slot, _ in SLOT.findall(text)} | marked
        mentioned = {slot for ask in one.asks for slot, _ in MENTION.findall(ask.text)}
        assert set(one.slots) <= given | {slot.after for slot in one.slots.values()}, name
        assert {ask.answer for ask in one.asks} <= given, name
        assert {ask.plausible for ask in one.asks} <= given | {""}, name
        assert (len(one.says) >= 2, len(one.asks) >= 4) == (True, True), name
        for kind in KINDS:
            if kind.name in one.kinds and theme in kind.themes:
                assert (given | mentioned) - marked - set(one.slots) - everywhere <= set(kind.words), (name, kind.name)


# Dialogues
def phrasings(options):
    """Return how many wordings a turn has, its facts aside."""
    choices = [re.findall(r"\[([^\[\]]*)\]", option) for option in options]
    return sum(math.prod(choice.count("|") + 1 for choice in found) for found in choices)


@pytest.mark.parametrize("topic", TOPICS)
def test_turns_of_a_topic(topic, monkeypatch):
    worded, known, wording = set(), set(), Talk._wording

    def noted(talk, key):
        known.update(talk.facts)
        worded.add(key)
        return wording(talk, key)

    monkeypatch.setattr(Talk, "_wording", noted)
    for seed in range(12):
        for length in sorted(set(LENGTHS)):
            assert len(draw(Random(seed), topic, length, False, topic == "small talk" and length > 5)) == length
            assert len(draw(Random(seed), topic, max(length, 6), True, False)) == max(length, 6)
    says = TOPICS[topic].SAYS
    assert worded >= set(says)
    assert slots(*sum(says.values(), ())) <= known | set(says) | set(COMMON) | {"house"}
    assert {key: phrasings(options) for key, options in (says | COMMON).items() if phrasings(options) < 8} == {}
