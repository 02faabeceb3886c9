"""Hold recipes/dialogue/data/dialogues.jsonl against its generator: shares, English, and facts that fit what was said.

How to run:     pytest tests/test_generate_dialogues.py      (seconds)
What comes out: nothing but passes. The facts are read from the text, as a model has to read them.
"""

import json
import re
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from generators.dialogues.__main__ import main
from generators.dialogues.house import DESK, DISHES, FAULTS, HELPERS, KINDS, PLACES, SURNAMES, VISITORS, WEEK
from generators.dialogues.rows import LENGTHS, TOPICS, draw, make_dialogues
from generators.dialogues.wording import COMMON, mended, phrasings
from pipeline_lib.data.near_duplicates import near_duplicates
from pipeline_lib.tasks.dialogue import data as dialogue

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "recipes" / "dialogue" / "data"
FILE = DATA / "dialogues.jsonl"
ROWS, SEED = 300, 7
RATES = {"single": 60, "twin": 80, "double": 90, "attic": 110, "family": 130}
NUMBERS = dict(zip("one two three four five six seven eight nine".split(), range(1, 10), strict=True))
DATE = re.compile(r"\b(\d+) ((?:Jan|Febr)uary|March|April|May|June|July|August|(?:Septem|Octo|Novem|Decem)ber)\b")


@pytest.fixture(scope="module")
def rows():
    with open(FILE, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


@pytest.fixture(scope="module")
def of(rows):
    """The dialogues of each topic."""
    return {topic: [row for row in rows if row["topic"] == topic] for topic in TOPICS}


def transcript(row):
    return "\n".join(f"{turn['speaker']}: {turn['text']}" for turn in row["turns"])


def said(row, desk):
    """What the desk says, or what all others do, as one text."""
    return "\n".join(turn["text"] for turn in row["turns"] if (turn["speaker"] == DESK) == desk)


def replies(rows):
    """Each turn of the desk, with all that was said before it."""
    for row in rows:
        before = ""
        for turn in row["turns"]:
            if turn["speaker"] == DESK:
                yield before, turn["text"]
            before += turn["text"] + "\n"


def nights(text):
    return [NUMBERS[word.lower()] for word in re.findall(r"\b(\w+) nights\b", text) if word.lower() in NUMBERS]


def kinds(text):
    return re.findall(rf"\b({'|'.join(KINDS)}) rooms?\b", text, re.IGNORECASE)


# The file


def test_the_committed_file_is_what_the_documented_command_writes(tmp_path):
    out = tmp_path / "dialogues.jsonl"
    assert main(["--rows", str(ROWS), "--seed", str(SEED), "--out", str(out)]) == 0
    written = out.read_bytes()
    assert written == FILE.read_bytes()
    assert b"\r" not in written
    assert [path.name for path in tmp_path.iterdir()] == ["dialogues.jsonl"]


def test_fewer_rows_are_the_first_ones(rows):
    assert make_dialogues(41, SEED) == rows[:41]


def test_another_seed_gives_other_dialogues(rows):
    others = {transcript(row) for row in make_dialogues(40, SEED + 1)}
    assert len(others) == 40
    assert not others & {transcript(row) for row in rows}


@pytest.mark.parametrize(("option", "value"), [("--rows", "0"), ("--rows", "-3"), ("--rows", "1001"), ("--seed", "-7")])
def test_a_bad_number_is_one_line(tmp_path, capsys, option, value):
    assert main([option, value, "--out", str(tmp_path / "dialogues.jsonl")]) == 1
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert option in message
    assert value in message
    assert not list(tmp_path.iterdir())


def test_a_folder_is_no_file_to_write(tmp_path, capsys):
    assert main(["--rows", "1", "--out", str(tmp_path)]) == 1
    assert capsys.readouterr().err == f"cannot write the file {tmp_path}: it is a folder; name a file in it\n"


def test_the_task_reads_it(rows):
    table = dialogue.read(FILE, {})
    assert [list(turns) for turns in table["turns"]] == [row["turns"] for row in rows]
    assert list(table["id"]) == [row["id"] for row in rows]
    assert dialogue.faults(table) == {"single_turn": [], "empty_turn": []}


def test_the_ten_are_read_with_repeated_keys():
    table = dialogue.read(DATA / "ten.json", {})
    assert len(table) == 10
    assert {len(turns) for turns in table["turns"]} == {3, 4}
    assert sum(len(turns) for turns in table["turns"]) >= 30
    assert [turn["speaker"] for turn in table["turns"].iloc[0]] == ["Alex", "Bob", "Alex", "Bob"]


# The dialogues


def test_schema_counts_and_topics(rows):
    assert len(rows) == ROWS
    assert all(list(row) == ["id", "topic", "turns"] for row in rows)
    assert all(list(turn) == ["speaker", "text"] for row in rows for turn in row["turns"])
    assert Counter(row["topic"] for row in rows) == dict.fromkeys(TOPICS, ROWS // 4)
    for topic in TOPICS:
        ids = [row["id"] for row in rows if row["topic"] == topic]
        assert ids == [f"{topic.replace(' ', '-')}-{number:03}" for number in range(1, ROWS // 4 + 1)]


def test_all_lengths_occur_in_each_topic(of):
    for topic, rows in of.items():
        lengths = Counter(len(row["turns"]) for row in rows)
        assert sorted(lengths) == [4, 5, 6, 7, 8, 9, 10], topic


def test_speakers(rows, of):
    for row in rows:
        speakers = {turn["speaker"] for turn in row["turns"]}
        assert DESK in speakers
        assert speakers - {DESK} <= set(VISITORS)
        assert len(speakers) == 2 or (row["topic"] == "small talk" and len(speakers) == 3)
    assert {turn["speaker"] for row in rows for turn in row["turns"]} == {DESK, *VISITORS}
    threes = sum(len({turn["speaker"] for turn in row["turns"]}) == 3 for row in of["small talk"])
    assert 5 <= threes <= 10


def test_one_in_ten_has_two_turns_of_one_speaker(of):
    for rows in of.values():
        twice = sum(
            any(one["speaker"] == two["speaker"] for one, two in zip(row["turns"], row["turns"][1:], strict=False))
            for row in rows
        )
        assert 5 <= twice <= 10


def test_no_two_are_alike(rows):
    assert near_duplicates([transcript(row) for row in rows], threshold=0.5) == []


@pytest.mark.parametrize("topic", TOPICS)
def test_every_turn_has_eight_wordings(topic):
    says = TOPICS[topic].SAYS
    assert {key: phrasings(options) for key, options in (says | COMMON).items() if phrasings(options) < 8} == {}


@pytest.mark.parametrize("topic", TOPICS)
def test_every_length_can_be_drawn(topic):
    for length in sorted(set(LENGTHS)):
        assert len(draw(Random(1), topic, length, False, False).turns) == length
    for third in (False, topic == "small talk"):
        assert len(draw(Random(2), topic, 6, True, third).turns) == 6


@pytest.mark.parametrize(
    "mistake",
    [
        r"[{}\[\]|~<>\\]",
        r"  |\s$|^\s|\n",
        r" [.,;:!?]",
        r"\.\.|,,|[!?][.,]|[.,;:][.,;:]",
        r"\b[Aa] (?=[aeioAEIO])",
        r"\b[Aa]n (?=[bcdfgjklmnpqrstvwxyz])",
        r"\b([A-Za-z]+) \1\b",
        r"\bi\b",
        r"\b(?:the|a|an) (?:the|a|an)\b",
        r"[.!?] +[a-z]",
        r"^[a-z]",
        r"[^.!?]$",
        r"\bI (?:is|are|has)\b|\bwe (?:is|am|has)\b",
    ],
)
def test_no_text_has(rows, mistake):
    texts = [turn["text"].replace("...", ".") for row in rows for turn in row["turns"]]
    assert [text for text in texts if re.search(mistake, text)] == []


def test_a_and_an():
    assert mended("a attic room. a  single room? it's a 80") == "An attic room. A single room? It's a 80"


# The facts


def test_nights_times_rate_is_the_price(rows):
    checked = 0
    for _, text in replies(rows):
        rate = re.search(r"(\d+) euros a night", text)
        count = set(nights(text))
        total = re.findall(r"(\d+) euros(?! a night)", text)
        if rate and len(count) == 1 and len(total) == 1:
            assert int(total[0]) == int(rate[1]) * count.pop(), text
            checked += 1
    assert checked > 60


def test_a_room_has_its_rate(rows):
    checked = 0
    for _, text in replies(rows):
        rate = re.search(r"(\d+) euros a night", text)
        kind = {one.lower() for one in kinds(text)}
        if rate and len(kind) == 1 and "dog" not in text.lower():
            assert int(rate[1]) == RATES[kind.pop()], text
            checked += 1
    assert checked > 30


def test_every_amount_of_a_booking_follows_from_what_was_said(of):
    for row in of["booking"]:
        for before, text in replies([row]):
            so_far = before + text
            counts = set(nights(so_far)) | {count - 1 for count in nights(so_far)} | {1}  # - 1: after the deposit
            rates = {RATES[kind.lower()] for kind in kinds(so_far)} | {6, 8}  # parking, a dog
            allowed = {count * rate for count in counts for rate in rates} | {9 * people for people in range(1, 5)}
            assert {int(one) for one in re.findall(r"(\d+) euros", text)} <= allowed, text


def test_the_deposit_and_the_rest_are_the_price(of):
    checked = 0
    for before, text in replies(of["booking"]):
        if re.search(r"first night|deposit|[Jj]ust one night", text):
            rate, rest = (int(one) for one in re.findall(r"(\d+) euros", text))
            assert rate == RATES[[kind.lower() for kind in kinds(before) if RATES[kind.lower()] == rate][-1]]
            assert rate + rest in {rate * count for count in nights(before)}
            checked += 1
    assert checked >= 3


def test_what_is_booked_is_what_was_asked_for(of):
    for row in of["booking"]:
        surname = re.search("|".join(SURNAMES), said(row, desk=False))[0]
        before, text = next(pair for pair in replies([row]) if surname in pair[0] and " euros" in pair[1])
        (day, month), *others = DATE.findall(text) or DATE.findall(before)
        assert (day, month) in DATE.findall(said(row, desk=False))
        kind = kinds(text)
        count = nights(text)[0] if nights(text) else int(others[0][0]) - int(day)
        assert len(kind) == 1
        assert count in nights(before)
        assert int(re.search(r"(\d+) euros", text)[1]) == count * RATES[kind[0]], text
        assert kind[0] in [one.lower() for one in kinds(before)]
        for other in others:
            assert int(other[0]) == int(day) + count, text


def test_dates_follow_from_the_date_asked_for(of):
    for row in of["booking"]:
        (day, month), *same = sorted(set(DATE.findall(said(row, desk=False))))
        assert not same
        stays = nights(transcript(row))
        allowed = {int(day), int(day) - 3} | {int(day) + count for count in stays}
        for other, its_month in DATE.findall(said(row, desk=True)):
            assert int(other) in allowed
            assert its_month == month
        for until in re.findall(r"until (\d+) \w+[,.].*(?:three days|before)", said(row, desk=True)):
            assert int(until) == int(day) - 3


def test_the_room_stays_the_same(of):
    for topic in ("greeting", "troubleshooting"):
        for row in of[topic]:
            numbers = {int(one) for one in re.findall(r"\b(?:room|number) (\d+)\b", transcript(row).lower())}
            numbers |= {int(one) for one in re.findall(r"lantern(\d+)", transcript(row))}
            assert len(numbers) == 1, transcript(row)
            for kind in kinds(transcript(row)):
                first, last = KINDS[kind].rooms
                assert first <= numbers.copy().pop() <= last


def test_who_arrives_is_who_is_greeted(of):
    for row in of["greeting"]:
        names = set(re.findall(rf"\b(?:{'|'.join(SURNAMES)})\b", transcript(row)))
        assert len(names) == 1
        assert len(set(nights(transcript(row)))) == 1
        assert len(set(kinds(transcript(row)))) == 1
        parts = set(re.findall(r"[Gg]ood (morning|afternoon|evening)", transcript(row)))
        assert len(parts) == 1
        waits = re.search(r"\b(?:from|at|before) three\b", said(row, desk=True))
        assert (waits is not None) == (parts == {"morning"})


def test_weekdays(rows):
    hours = dishes = leaves = 0
    for before, text in replies(rows):
        asked = before.rstrip("\n").rpartition("\n")[2]
        days = [day for day in WEEK if day in asked]
        if len(days) != 1:
            continue
        (day,) = days
        if "garden room" in text:
            assert ("eight to eleven" if day in ("Saturday", "Sunday") else "seven to ten") in text
            hours += 1
        if found := [dish for dish, _ in DISHES.values() if dish in text.lower()]:
            assert found == [DISHES[day][0]]
            dishes += 1
        if "eleven" in text and "garden room" not in text:
            leave = WEEK[(WEEK.index(day) + nights(before)[0]) % 7]
            assert leave in text, (before, text)
            leaves += 1
    assert min(hours, dishes, leaves) >= 3


def test_steps_are_tried_in_order_and_none_that_was_tried(of):
    checked = 0
    for row in of["troubleshooting"]:
        steps = []
        for before, text in replies([row]):
            for thing, fault in FAULTS.items():
                for number, step in enumerate(fault.steps):
                    if step.do in text and not re.search(r"again|[Nn]ext time|once more", text):
                        assert step.did not in before
                        assert all(
                            earlier.did in before or (thing, at) in steps
                            for at, earlier in enumerate(fault.steps[:number])
                        )
                        steps.append((thing, number))
        assert len(set(steps)) == len(steps)
        checked += len(steps)
    assert checked > 75


def test_who_is_sent_mends_that(of):
    sent = 0
    for row in of["troubleshooting"]:
        for name, helper in HELPERS.items():
            if name in said(row, desk=True):
                things = [thing for thing in FAULTS if thing in transcript(row)]
                assert name in [FAULTS[thing].who for thing in things]
                assert helper.soon in said(row, desk=True).replace("Within", "within")
                sent += 1
    assert sent > 10


def test_places(of):
    walks = prices = shut = 0
    for row in of["small talk"]:
        for before, text in replies([row]):
            named = [place for place in PLACES if place in text] or re.findall("|".join(PLACES), before)[
                -1:
            ]  # else "it"
            if len(named) != 1:
                continue
            place = PLACES[named[0]]
            if minutes := re.search(r"(\d+) minutes", text):
                assert int(minutes[1]) == place.minutes
                walks += 1
            if count := re.search(r"(\w+) people", text.lower()):
                assert f"{count[1]} people" in before
                amounts = {int(one) for one in re.findall(r"(\d+) euros", text)}
                assert amounts == ({place.price, place.price * NUMBERS[count[1]]} if place.price else set())
                prices += 1
            if other := re.search(r"only closed on (\w+)", text):
                assert other[1] == place.closed
            elif "closed" in text:
                assert place.closed in before
                assert WEEK[(WEEK.index(place.closed) + 1) % 7] in text
                shut += 1
    assert min(walks, prices, shut) >= 3
