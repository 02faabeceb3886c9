"""The four commands of the generators, and the traits of the data files that they wrote."""

import csv
import json
import re
from collections import Counter, defaultdict
from functools import cache
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline

import generators.dialogues.__main__ as dialogues
import generators.passages.__main__ as passages
import generators.reports.__main__ as reports
import generators.reviews.__main__ as reviews
from generators.dialogues.dialogues import TOPICS
from generators.dialogues.guesthouse import DESK, DISHES, FAULTS, NUMBERS, PLACES, REPAIRERS, ROOMS, VISITORS, WEEK
from generators.dialogues.talk import Talk
from generators.passages.facts import KINDS, NAMES
from generators.passages.questions import question_word
from generators.reports.exams import EXAMS
from generators.reports.reports import ACUTE, make_reports
from generators.reviews.things import DOMAINS, PHENOMENA
from pipeline_lib.core.dialogues import transcript
from pipeline_lib.core.text import normalised
from pipeline_lib.tasks.dialogue import data as dialogue
from tests.helpers.brute_force import shared_runs

ROOT = Path(__file__).resolve().parents[2]
FILES = {  # module -> the option that counts, its value, the committed file
    reports: ("--rows", 960, "data/reports.csv"),
    reviews: ("--rows", 1800, "recipes/sentiment/data/reviews.csv"),
    passages: ("--articles", 42, "recipes/qa/data/passages.json"),
    dialogues: ("--rows", 300, "recipes/dialogue/data/dialogues.jsonl"),
}
each = pytest.mark.parametrize("generator", FILES, ids=lambda module: module.__name__.split(".")[1])


def written(generator, folder, count, seed=7):
    """The rows of the file that a generator writes, as values that can be compared."""
    option, _, file = FILES[generator]
    out = folder / Path(file).name
    assert generator.main([option, str(count), "--seed", str(seed), "--out", str(out)]) == 0
    return rows_of(out)


def rows_of(file):
    text = Path(file).read_text(encoding="utf-8")
    if file.suffix == ".csv":
        return list(csv.DictReader(text.splitlines(keepends=True)))
    return json.loads(text)["data"] if file.suffix == ".json" else [json.loads(line) for line in text.splitlines()]


@cache
def committed(generator):
    return rows_of(ROOT / FILES[generator][2])


@cache
def texts_of(generator):
    """All texts of a committed file, cell by cell."""
    if generator is passages:
        paragraphs = [paragraph for article in committed(passages) for paragraph in article["paragraphs"]]
        return [one["context"] for one in paragraphs] + [qa["question"] for one in paragraphs for qa in one["qas"]]
    if generator is dialogues:
        return [turn["text"].replace("...", ".") for row in committed(dialogues) for turn in row["turns"]]
    return [cell for row in committed(generator) for cell in row.values()]


# The commands
@each
def test_the_committed_file_is_what_the_documented_command_writes(tmp_path, generator):
    option, count, file = FILES[generator]
    out = tmp_path / Path(file).name
    assert generator.main([option, str(count), "--seed", "7", "--out", str(out)]) == 0
    assert out.read_bytes() == (ROOT / file).read_bytes()
    assert b"\r" not in out.read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == [out.name]


@each
def test_more_rows_begin_with_the_same_rows_and_another_seed_gives_others(tmp_path, generator):
    rows = committed(generator)
    assert written(generator, tmp_path, len(rows) + 3)[:-3] == rows
    known = {json.dumps(row) for row in rows}
    others = [json.dumps(row) for row in written(generator, tmp_path, 40, seed=8)]
    assert sum(other in known for other in others) <= 1  # "Not bad at all." has few other forms


@each
def test_bad_input_is_one_line(tmp_path, capsys, generator):
    option = FILES[generator][0]
    most = {passages: "101", dialogues: "1001"}.get(generator)
    for name, value in ((option, "0"), (option, "-3"), ("--seed", "-7"), *([(option, most)] if most else [])):
        assert generator.main([name, value, "--out", str(tmp_path / "file")]) == 1
        message = capsys.readouterr().err
        assert message.count("\n") == 1
        assert message.startswith(f"{name} must be ")
        assert f"not {value}: " in message
    assert not list(tmp_path.iterdir())
    assert generator.main([option, "1", "--out", str(tmp_path)]) == 1
    assert capsys.readouterr().err == f"cannot write the file {tmp_path}: it is a folder: name a file in it\n"


# The English


MISTAKES = [
    r"[{}\[\]|~<>\\]",
    r" {2}|\s$|^\s",
    r" [.,;:!?]",
    r"\.\.|,,|[!?;:][.,]|[.,;:][.,;:]",
    r"\b[Aa] \"?(?=[aeio]|un(?!i))(?!one-)",
    r"\b[Aa]n \"?(?=[bcdfgjkmnpqrstvwxyz]|uni[qt]|use|one-)",
    r"\b([A-Za-z]+) \1\b",
    r"\bi\b",
    r"\b(?:the|a|an) (?:the|a|an)\b",
    r"[.!?] +[a-z]",
    r"\bI (?:is|are|has)\b|\bwe (?:is|am|has)\b",
    r"\b1 (?:crowns|florins|thalers|guilders|marks|ducats|metres|kilometres|tons)\b",
    r"\b(?:of|in|by|and|from) [.,;]",
    r"\b(?:colours|buttons|pictures|costumes|chairs|portions|jokes|maps|characters) (?:is|was|isn't|wasn't)\b",
    r"\b(?:the|this) (?:plot|food|service|screen|sound|ending) (?:are|were|aren't|weren't)\b",
]


@each
def test_no_text_has_a_mistake(generator):
    for mistake in MISTAKES:
        assert [text for text in texts_of(generator) if re.search(mistake, text)] == [], mistake


# Reports

CONTRADICTIONS = (  # what is there -- the sentence that says it is not: no observation has both
    r"pneumothorax with|apical pleural line|absence of lung markings -- no pneumothorax|effusion or pneumothorax",
    r"(small|moderate|large) (left|right)? ?(pleural )?(effusion|fluid) -- no pleural effusion",
    r"consolidation (is|with air|occupies)|airspace opacification -- lungs are clear|no focal cons",
    r"hydronephrosis upstream|calculus at the -- no hydronephrosis or|without stone or hydronephrosis\b(?!.*kidney)",
    r"hyperdense crescentic|subdural blood|biconvex -- no (acute intracranial hem|hyperdense bl|extra-axial coll)",
    r"midline shift to the -- no midline shift|midline structures are",
    r"fracture line crosses|bone fracture -- no (calvarial|skull) fracture|calvarium is intact",
    r"restricted diffusion with low|bright focus -- no diffusion restriction|is no restricted diffusion",
    r"rim-enhancing|ring-enhancing|schwannoma -- no abnormal [^.]*enhancement|show no",
    r"gallstones up to|gallstones are present|echogenic gallstones -- no gallstones",
    r"aort\w+ (is dilated|is aneurysmal)|aortic dilatation -- no (thoracic|abdominal) aortic an|aorta is normal",
    r"appendix is dilated|fluid-filled appendix -- appendix is normal|normal appendix",
    r"dilated small bowel -- no bowel obstruction|no obstruction",
    r"tear of the .* of the medial meniscus -- medial meniscus is intact|no tear of the medial",
    r"acl fibers are|cruciate ligament is discontinuous -- (acl and pcl|cruciate ligaments) are intact",
    r"full-thickness supraspinatus|full thickness over -- supraspinatus tendon is (int|norm)|no supraspinatus tear",
    r"femoral neck fracture|intertrochanteric fracture -- no fracture of either|femora are intact",
    r"joint effusion\b(?<!no joint effusion)(?<!significant joint effusion) -- no (joint|suprapatellar) eff",
    r"scalp hematoma|scalp swelling over -- no scalp swelling",
    r"lymph node measures|adenopathy, up to|level \w+ adenopathy -- no enlarged (mediast|or necro)|nodes are normal by",
)


def test_reports_have_the_traits_of_real_files():
    table = committed(reports)
    cells = [tuple(row.values()) for row in table]
    impressions: dict[str, set[str]] = {}
    for row in table:
        assert tuple(row) == reports.HEADER
        impressions.setdefault(row["Observation"], set()).add(row["Impression"])
        assert 40 <= len(row["Observation"].split()) <= 150
        assert 5 <= len(row["Impression"].split()) <= 40
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row.values())
    assert 840 <= len(impressions) <= 880
    shares = {
        "repeated": len(cells) - len(set(cells)),
        "of two impressions": sum(len(found) > 1 for found in impressions.values()),
        "attached": sum(row["History"].lower().rstrip(".") == "document attached" for row in table),
        "empty": sum(row["History"] == "" for row in table),
        "of lines": sum("\n" in row["Observation"] for row in table),
        "numbered": sum("\n2. " in row["Impression"] for row in table),
    }
    bounds = [(0.08, 0.12), (0.012, 0.035), (0.12, 0.18), (0.02, 0.06), (201 / 960, 1), (101 / 960, 1)]
    for (name, count), (least, most) in zip(shares.items(), bounds, strict=True):
        assert least <= count / len(table) <= most, name
    assert set("×±°éµ–") <= set("".join("".join(row) for row in cells))
    modality = Counter(row["Report Name"].split()[0] for row in table)
    assert set(modality) == {"CT", "MRI", "X-Ray", "Ultrasound"}
    assert min(modality.values()) > 0.12 * len(table)


def test_findings_of_a_report_and_nothing_said_and_denied():
    made = make_reports(960, 7)
    assert 0.22 <= sum(not report.case.reported() for report in made) / len(made) <= 0.35
    for exam in EXAMS:
        assert sum(report.case.exam is exam for report in made) >= 15
    for report in made:
        reported = report.case.reported()
        severities = [one.severity for one, _ in reported]
        assert severities == sorted(severities, reverse=True)
        assert 0 not in severities
        listed = re.findall(r"^\d\. ", report.impression, flags=re.MULTILINE)
        assert len(listed) in (0, len(severities) + (bool(severities) and severities[0] < ACUTE))
        normal = re.match(r"(1\. )?(normal|unremarkable|no acute|negative)\b", report.impression, re.IGNORECASE)
        assert not (reported and normal), report
        taken = [name for one, _ in report.case.found for name in {one.topic, *one.hides}]
        assert len(taken) == len(set(taken))
        for sentence in (text for name in taken for text in report.case.exam.topics[name] if "[" not in text):
            assert sentence.format(**report.case.values) not in report.observation.replace("-", "–"), report
    for row in committed(reports):
        text = " ".join(row["Observation"].lower().split())
        plain = re.sub(r"\b(no|without) [^.]*\.", " ", text)
        for there, absent in (pair.split(" -- ") for pair in CONTRADICTIONS):
            assert not (re.search(there, plain) and re.search(absent, text)), (there, absent, row)


# Reviews
def test_reviews_have_their_shares_and_are_distinct():
    table = committed(reviews)
    texts = [row["text"] for row in table]
    drawn = Counter((row["phenomenon"], row["label"]) for row in table)
    for one in PHENOMENA:
        assert drawn[one.name, "positive"] == one.positive * len(table) / 100
        assert drawn[one.name, "negative"] == one.negative * len(table) / 100
    for rows in (100, 500, 1000, 1234, 1800):
        positive = sum(row["label"] == "positive" for row in table[:rows])
        assert abs(2 * positive - rows) <= 0.04 * rows
    words = [len(text.split()) for text in texts]
    assert 4 <= min(words) < max(words) <= 40
    assert min(sum(count <= 5 for count in words), sum(count >= 30 for count in words)) >= 15
    assert 0.02 <= sum(text[0].islower() for text in texts) / len(texts) <= 0.1
    assert 0.03 <= sum(text.endswith("!") for text in texts) / len(texts) <= 0.25
    everything = "\n".join(texts).lower()
    for domain in DOMAINS:
        assert sum(everything.count(thing) for thing in set(domain.things)) > 50
    assert len({normalised(text) for text in texts}) == len(texts)
    assert sum(share >= 0.8 for share in shared_runs(texts)) < 0.005 * len(texts)
    parts = [{part for part in map(normalised, re.split(r"[.!?:;]", text)) if part.count(" ") >= 2} for text in texts]
    seen = set().union(*parts[:1200])
    assert sum(bool(own) and own <= seen for own in parts[1200:1500]) <= 0.06 * 300


# Passages
def test_passages_are_articles_in_the_format_of_squad():
    data = committed(passages)
    titles = {article["title"] for article in data}
    assert len(titles) == len(data)
    for kind in KINDS:
        patterns = [re.sub(r"\{\w+\}", r"\\w[\\w ]*", pattern) for pattern in kind.titles]
        assert any(re.fullmatch(pattern, title) for pattern in patterns for title in titles), kind.name
    ids, starts = [], []
    words: Counter[str] = Counter()
    for paragraph in (one for article in data for one in article["paragraphs"]):
        context, questions = paragraph["context"], paragraph["qas"]
        assert 60 <= len(context.split()) <= 140
        assert 6 <= len(questions) <= 9
        assert len({normalised(one["question"]) for one in questions}) == len(questions)
        assert 2 * sum(one["is_impossible"] for one in questions) <= len(questions)
        for one in questions:
            assert one["is_impossible"] == (not one["answers"]) == ("plausible_answers" in one)
            spans = one.get("plausible_answers") or one["answers"]
            assert 1 <= len({span["text"] for span in spans}) == len(spans) <= 3
            for span in spans:
                text, start = span["text"], span["answer_start"]
                assert re.match(rf"(?<!\w){re.escape(text)}(?!\w)", context[start:])
                assert start == 0 or not context[start - 1].isalnum()
                assert 1 <= len(text.split()) <= 12
                assert f" {normalised(text)} " not in f" {normalised(one['question'])} "
            ids.append(one["id"])
            starts.append(one["is_impossible"])
            words[question_word(one["question"])] += 1
    assert len(set(ids)) == len(ids) >= 900
    assert 0.30 <= sum(starts) / len(starts) <= 0.37
    for word in ("who", "what", "when", "where", "which", "how many", "how long", "how much", "why"):
        assert 0.04 <= words[word] / len(ids) <= 0.16, word
    assert words[""] == 0


def test_passages_differ_and_a_hundred_articles_can_be_had(tmp_path):
    data = committed(passages)
    contexts = [paragraph["context"] for article in data for paragraph in article["paragraphs"]]
    assert all(2 <= len(article["paragraphs"]) <= 4 for article in data)
    assert len(contexts) >= 120
    assert max(shared_runs(contexts)) < 0.25
    person = rf"\b(?:{'|'.join(NAMES['woman'] + NAMES['man'])}) (?:{'|'.join(NAMES['family'])})\b"
    kinds = [[set(re.findall(kind, text)) for kind in (person, r"\b[12]\d{3}\b")] for text in contexts]
    assert sum(min(map(len, found)) < 2 for found in kinds) <= 0.05 * len(contexts)
    assert len({article["title"] for article in written(passages, tmp_path, 100, seed=0)}) == 100


def test_a_question_alone_tells_neither_that_it_has_an_answer_nor_which():
    paragraphs = [(article["title"], one) for article in committed(passages) for one in article["paragraphs"]]
    questions = [(title, paragraph["context"], one) for title, paragraph in paragraphs for one in paragraph["qas"]]
    labels = [one["is_impossible"] for _, _, one in questions]
    model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), LogisticRegression(max_iter=1000))
    titles, texts = [title for title, _, _ in questions], [one["question"] for _, _, one in questions]
    guesses = cross_val_predict(model, texts, labels, groups=titles, cv=GroupKFold(5))
    right = sum(guess == label for guess, label in zip(guesses, labels, strict=True)) / len(labels)
    assert right < 1 - sum(labels) / len(labels) + 0.03
    copied, where = 0, defaultdict(set)
    for title, context, one in questions:
        words = normalised(one["question"]).replace(normalised(title), "").split()
        text = f" {normalised(context).replace(normalised(title), '')} "
        copied += any(f" {' '.join(words[at : at + 5])} " in text for at in range(len(words) - 4))
        for span in one["answers"]:
            where[span["text"]].add(title)
    assert copied <= 0.05 * len(questions)
    answers = [one["answers"][0]["text"] for _, _, one in questions if one["answers"]]
    assert sum(len(where[answer]) > 1 for answer in answers) <= 0.25 * len(answers)


# Dialogues
def test_dialogues_have_their_shares_lengths_and_speakers():
    rows = committed(dialogues)
    table = dialogue.read(ROOT / FILES[dialogues][2], {})
    assert [list(turns) for turns in table["turns"]] == [row["turns"] for row in rows]
    assert dialogue.faults(table) == {"single_turn": [], "empty_turn": []}
    assert max(shared_runs([transcript(row["turns"]) for row in rows])) < 0.5
    assert {turn["speaker"] for row in rows for turn in row["turns"]} == {DESK, *VISITORS}
    for topic in TOPICS:
        of = [row for row in rows if row["topic"] == topic]
        assert [row["id"] for row in of] == [f"{topic.replace(' ', '-')}-{n:03}" for n in range(1, 76)]
        assert {len(row["turns"]) for row in of} == {4, 5, 6, 7, 8, 9, 10}
        speakers = [[turn["speaker"] for turn in row["turns"]] for row in of]
        assert 5 <= sum(any(one == two for one, two in pairwise(names)) for names in speakers) <= 10
        threes = sum(len(set(names)) == 3 for names in speakers)
        assert 5 <= threes <= 10 if topic == "small talk" else threes == 0
        assert all(DESK in names for names in speakers)
    ten = dialogue.read(ROOT / "recipes/dialogue/data/ten.json", {})["turns"]  # it has repeated keys
    assert (len(ten), {len(turns) for turns in ten}) == (10, {3, 4})
    assert [turn["speaker"] for turn in ten.iloc[0]] == ["Alex", "Bob", "Alex", "Bob"]


@pytest.mark.parametrize("seed", range(40))
def test_facts_of_a_dialogue_follow_from_the_house(seed):
    talks = {}
    for topic, module in TOPICS.items():
        talks[topic] = Talk(Random(seed), module.SAYS, "Mia")
        module.plan(talks[topic])

    def number(key):
        return NUMBERS.index(facts[key].split()[0])

    facts = talks["greeting"].facts
    room, nights = ROOMS[facts["kind"]], number("nights")
    today, tomorrow, leave = (WEEK.index(facts[day]) for day in ("today", "tomorrow", "leave"))
    assert room.numbers[0] <= int(facts["room"]) <= room.numbers[1]
    assert facts["password"] == f"lantern{facts['room']}"
    prices = [room.rate, nights * room.rate, nights * 6]
    assert [int(facts[key]) for key in ("rate", "total", "parking total")] == prices
    assert facts["dish"] == DISHES[facts["today"]][0]
    assert [tomorrow, leave] == [(today + 1) % 7, (today + nights) % 7]
    assert facts["hours"] == ("eight to eleven" if tomorrow in (5, 6) else "seven to ten")
    facts = talks["booking"].facts
    room, nights, day = ROOMS[facts["kind"]], number("nights"), int(facts["date"].split()[0])
    assert [facts["leave"].split()[0], facts["until"].split()[0]] == [str(day + nights), str(day - 3)]
    assert int(facts["total"]) == nights * room.rate == int(facts["rate"]) + int(facts["rest"])
    assert [int(facts["dog total"]), int(facts["parking total"])] == [nights * 8, nights * 6]
    assert int(facts["morning"]) == 9 * int(facts["size"])
    last = [turn["text"] for turn in talks["booking"].turns if "euros" in turn["text"]][-1]
    assert f"{facts['total']} euros" in last  # what is booked costs the total
    facts = talks["troubleshooting"].facts
    fault, room = FAULTS[facts["thing"]], ROOMS[facts["kind"]]
    assert (facts["who"], facts["soon"]) == (fault.who, REPAIRERS[fault.who].soon)
    assert room.numbers[0] <= int(facts["room"]) <= room.numbers[1]
    advice = "\n".join(turn["text"].lower() for turn in talks["troubleshooting"].turns if turn["speaker"] == DESK)
    tried = [advice.find(do.lower()) for do, _, _ in fault.steps if do.lower() in advice]
    assert tried == sorted(tried)  # steps in the order of the house
    facts = talks["small talk"].facts
    if place := PLACES.get(facts.get("place", "")):
        prices = [number("people") * place.price, 2 * place.price, place.minutes]
        assert [int(facts[key]) for key in ("price total", "both", "minutes")] == prices
