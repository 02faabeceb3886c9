"""Hold data/reports.csv against its generator, the reports against radiology, and the easy answers against a ceiling.

How to run:     pytest tests/test_generate_reports.py -s      (seconds; -s shows the floors)
What comes out: the ROUGE-L of the two answers that need no model: a constant, and the nearest training report's.
"""

import csv
import re
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from rouge_score.rouge_scorer import RougeScorer
from rouge_score.tokenizers import DefaultTokenizer
from sklearn.feature_extraction.text import TfidfVectorizer

from generators.reports.__main__ import HEADER, main
from generators.reports.rows import EXAMS, make_reports
from generators.reports.wording import ACUTE

ROOT = Path(__file__).resolve().parent.parent
ROWS, SEED = 960, 7
LEVEL = re.compile(r"\b[CTL]\d+(?:[-–]?[CTLS]?\d+)?\b|\bS1\b")  # L4–L5, C6, T12: names, not numbers
INTERVAL = re.compile(r"\b(\d+)(?:[-–](\d+))? (?:days|weeks|months|years)\b")


@pytest.fixture(scope="module")
def table():
    with open(ROOT / "data" / "reports.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def reports():
    return make_reports(ROWS, SEED)


def numbers(text):
    """The numbers of a text, without list numbers, spine levels, TI-RADS categories and HLA-B27."""
    text = LEVEL.sub(" ", re.sub(r"^\d\. ", "", text, flags=re.MULTILINE))
    return re.findall(r"(?<![\w.-])\d+(?:\.\d+)?", text)


def words(text):
    return len(text.split())


# The file


def test_the_committed_file_is_what_the_documented_command_writes(tmp_path):
    out = tmp_path / "reports.csv"
    assert main(["--rows", str(ROWS), "--seed", str(SEED), "--out", str(out)]) == 0
    written = out.read_bytes()
    assert written == (ROOT / "data" / "reports.csv").read_bytes()
    assert written.startswith(b"Report Name,History,Observation,Impression\n")
    assert b"\r" not in written
    assert written.decode("utf-8").endswith("\n")
    assert [path.name for path in tmp_path.iterdir()] == ["reports.csv"]


def test_more_rows_begin_with_the_same_rows(reports):
    longer = make_reports(1260, SEED)
    assert [report.cells() for report in longer[:ROWS]] == [report.cells() for report in reports]


def test_another_seed_gives_other_rows(reports):
    others = {report.observation for report in make_reports(100, SEED + 1)}
    assert len(others & {report.observation for report in reports}) == 0


@pytest.mark.parametrize(("option", "value"), [("--rows", "0"), ("--rows", "-3"), ("--seed", "-7")])
def test_a_bad_number_is_one_line(tmp_path, capsys, option, value):
    assert main([option, value, "--out", str(tmp_path / "reports.csv")]) == 1
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert option in message
    assert value in message
    assert not list(tmp_path.iterdir())


def test_schema_and_ranges_of_every_row(table):
    assert len(table) == ROWS
    for row in table:
        assert tuple(row) == HEADER
        assert row["Report Name"].split()[0] in ("CT", "MRI", "X-Ray", "Ultrasound")
        assert 40 <= words(row["Observation"]) <= 150, row
        assert 5 <= words(row["Impression"]) <= 40, row
        for cell in row.values():
            assert cell == cell.strip()
            assert not cell.startswith(("=", "+", "-", "@"))
            assert not re.search(r"[{}\[\]|]| {2}| [.,;]|\.\.|,,|\ba [aeio8]|\ban [bcdfgjkmnpqrtvwxyz]", cell), cell


# The traits of real files


def test_traits_of_real_files(table):
    cells = [tuple(row.values()) for row in table]
    duplicates = len(cells) - len(set(cells))
    impressions = {}
    for row in table:
        impressions.setdefault(row["Observation"], set()).add(row["Impression"])
    contested = sum(len(found) > 1 for found in impressions.values())
    attached = sum(row["History"].lower().rstrip(".") == "document attached" for row in table)
    empty = sum(row["History"] == "" for row in table)
    print(f"\n{len(impressions)} observations, {duplicates} duplicates, {contested} with several impressions")
    assert 840 <= len(impressions) <= 880
    assert 0.08 <= duplicates / ROWS <= 0.12
    assert 0.012 <= contested / ROWS <= 0.035
    assert 0.12 <= attached / ROWS <= 0.18
    assert 0.02 <= empty / ROWS <= 0.06
    everything = "\n".join("\n".join(row) for row in cells)
    for character in "×±°éµ–":
        assert character in everything
    assert sum("\n" in row["Observation"] for row in table) > 200
    assert sum("\n2. " in row["Impression"] for row in table) > 100


def test_modalities_parts_normal_and_abnormal_are_mixed(table, reports):
    modality = Counter(row["Report Name"].split()[0] for row in table)
    assert len(EXAMS) >= 12
    assert min(modality.values()) > 0.12 * ROWS
    normal = sum(not report.case.reported() for report in reports)
    assert 0.22 <= normal / ROWS <= 0.35
    for exam in EXAMS:
        assert sum(report.case.exam is exam for report in reports) >= 15


# What an impression may say


def test_a_side_in_the_impression_is_in_the_observation_or_the_name(table):
    sided = 0
    for row in table:
        seen = f"{row['Observation']} {row['Report Name']}".lower()
        for side in re.findall(r"\b(left|right)\b", row["Impression"].lower()):
            sided += 1
            assert re.search(rf"\b{side}\b", seen), row
    assert sided > 300


def test_the_side_of_each_finding_is_the_side_of_its_description(reports):
    for report in reports:
        observation = report.observation.lower()
        for one, slots in report.case.reported():
            if "side" in slots and "{side}" in " ".join(one.means):
                assert slots["side"] in observation
        sides = {slots["side"] for one, slots in report.case.reported() if "side" in slots}
        named = set(re.findall(r"\b(left|right)\b", report.impression.lower()))
        fixed = " ".join(
            value for _, slots in report.case.found for key, value in slots.items() if key not in ("side", "limb")
        )
        topics = " ".join(one.topic for one, _ in report.case.reported())
        if "{limb}" in report.case.technique:
            topics += " " + report.case.values["limb"]
        assert named <= sides | set(re.findall(r"\b(left|right)\b", f"{fixed} {topics}")), report.cells()


def test_a_number_in_the_impression_is_in_the_observation_or_an_interval(table):
    measured = 0
    for row in table:
        seen = set(numbers(row["Observation"]))
        said = INTERVAL.sub("", row["Impression"])
        for number in numbers(said):
            measured += 1
            assert number in seen or f"{number}" in re.findall(r"\d+", row["Observation"]), (number, row)
    assert measured > 300


def test_a_spine_level_in_the_impression_is_in_the_observation_or_its_nerve_root(table):
    for row in table:
        roots = set(re.findall(r"\b([CLS]\d) root", row["Impression"]))
        for level in LEVEL.findall(row["Impression"]):
            if "HLA" not in row["Impression"] and level not in roots:
                assert level in row["Observation"], (level, row)


def test_nerve_roots_follow_from_the_level(table):
    checked = 0
    for row in table:
        for level, root in re.findall(
            r"(L\d)[-–](?:L\d|S1) (?:left|right) paracentral .*?(L\d|S1) root", row["Impression"]
        ):
            checked += 1
            assert root == ("S1" if level == "L5" else f"L{int(level[1]) + 1}")
        for level, root in re.findall(r"C\d[-–](C\d) (?:left|right) disc herniation.*?(C\d) root", row["Impression"]):
            checked += 1
            assert root == level
    assert checked > 5


def test_impressions_go_from_severe_to_minor_and_leave_out_the_incidental(reports):
    for report in reports:
        severities = [one.severity for one, _ in report.case.reported()]
        assert severities == sorted(severities, reverse=True)
        assert 0 not in severities
        closed = bool(severities) and severities[0] < ACUTE
        items = len(severities) + closed
        listed = re.findall(r"^\d\. ", report.impression, flags=re.MULTILINE)
        assert len(listed) in (0, items)


# A thing that is there, and the sentence that says it is not. The first must not meet the second in one observation.
CONTRADICTIONS = (
    (r"pneumothorax with|apical pleural line|absence of lung markings", r"no pneumothorax|effusion or pneumothorax"),
    (r"(small|moderate|large) (left|right)? ?(pleural )?(effusion|fluid)", r"no pleural effusion"),
    (
        r"consolidation (is (present|noted) in|with air|occupies)|airspace opacification",
        r"lungs are clear|no focal cons",
    ),
    (r"hydronephrosis upstream|calculus at the", r"no hydronephrosis or|without stone or hydronephrosis\b(?!.*kidney)"),
    (
        r"hyperdense crescentic|subdural blood|biconvex",
        r"no acute intracranial hem|no hyperdense blood|no extra-axial coll",
    ),
    (r"midline shift to the", r"no midline shift|midline structures are"),
    (
        r"fracture line crosses|bone fracture|fracture of the (left|right) \w+ bone",
        r"no (calvarial|skull) fracture|calvarium is intact",
    ),
    (r"restricted diffusion with low|bright focus", r"no diffusion restriction|is no restricted diffusion"),
    (r"rim-enhancing|ring-enhancing|schwannoma", r"no abnormal [^.]*enhancement|show no"),
    (r"gallstones up to|gallstones are present|echogenic gallstones", r"no gallstones"),
    (r"aort\w+ (is dilated|is aneurysmal)|aortic dilatation", r"no (thoracic|abdominal) aortic an|aorta is normal"),
    (r"appendix is dilated|fluid-filled appendix", r"appendix is normal|normal appendix"),
    (r"dilated small bowel", r"no bowel obstruction|no obstruction"),
    (r"tear of the .* of the medial meniscus", r"medial meniscus is intact|no tear of the medial"),
    (r"acl fibers are|cruciate ligament is discontinuous", r"acl and pcl are intact|cruciate ligaments are intact"),
    (
        r"full-thickness supraspinatus|full thickness over",
        r"supraspinatus tendon is (intact|normal)|no supraspinatus tear",
    ),
    (r"femoral neck fracture|intertrochanteric fracture", r"no fracture of either|femora are intact"),
    (
        r"joint effusion\b(?<!no joint effusion)(?<!significant joint effusion)",
        r"no joint effusion|no suprapatellar eff",
    ),
    (r"scalp hematoma|scalp swelling over", r"no scalp swelling"),
    (
        r"lymph node measures|adenopathy, up to|level \w+ adenopathy",
        r"no enlarged (mediast|or necro)|nodes are normal by",
    ),
)


def test_no_observation_says_that_a_thing_is_and_is_not_there(table):
    for row in table:
        text = " ".join(row["Observation"].lower().split())
        for there, absent in CONTRADICTIONS:
            denied = re.search(absent, text)
            affirmed = re.search(there, re.sub(r"\b(no|without) [^.]*\.", " ", text))
            assert not (affirmed and denied), (there, absent, row)


def test_no_structure_is_both_normal_and_not(reports):
    for report in reports:
        taken = [name for one, _ in report.case.found for name in {one.topic, *one.hides}]
        assert len(taken) == len(set(taken))
        for name in taken:
            for sentence in report.case.exam.topics[name]:
                plain = re.split(r"\[", sentence.format(**report.case.values))[0].strip().rstrip(".")
                # Whole sentences only, and not the openings that a choice of words cuts short.
                if "[" not in sentence:
                    assert f"{plain}." not in report.observation.replace("-", "–"), (plain, report.cells())


def test_a_normal_impression_only_where_nothing_is_reported(reports):
    normal = re.compile(r"^(normal|unremarkable|no acute|negative)\b", re.IGNORECASE)
    for report in reports:
        first = report.impression.removeprefix("1. ")
        if report.case.reported():
            assert not normal.match(first), report.cells()


def test_templates_are_many_and_name_topics_that_exist():
    for exam in EXAMS:
        reportable = [one for one in exam.findings if one.severity]
        assert len(reportable) >= 5
        assert len(exam.topics) >= 7
        assert len(exam.normal) >= 3
        assert all(len(sentences) >= 2 for sentences in exam.topics.values())
        for one in exam.findings:
            assert {one.topic, *one.hides} <= set(exam.topics), one
            assert one.topic not in one.hides
            if one.severity:
                assert len(one.says) >= 2
                assert len(one.means) >= 2
            used = set(re.findall(r"{(\w+)}", " ".join((*one.says, *one.means))))
            drawn = {"side", "limb", "age", "man", *one.slots}
            assert used <= drawn, one
            assert set(re.findall(r"{(mm2?|cm2?)}", " ".join(one.means))) <= set(
                re.findall(r"{(mm2?|cm2?)}", one.says[0])
            ), one


# The floors


def deal(table, seed):
    """300 rows to train on and 200 to test, equal observations on one side."""
    groups = {}
    for row in table:
        groups.setdefault(" ".join(row["Observation"].lower().split()), []).append(row)
    order = sorted(groups)
    Random(seed).shuffle(order)
    train, test = [], []
    for key in order:
        if len(train) < 300:
            train += groups[key]
        elif len(test) < 200:
            test += groups[key]
    return train[:300], test[:200]


def f_score(left, right):
    """ROUGE-L F of two token lists; the longest common subsequence bit by bit (Hyyrö 2004), 30 times rouge_score."""
    masks = {}
    for place, token in enumerate(left):
        masks[token] = masks.get(token, 0) | 1 << place
    row = full = (1 << len(left)) - 1
    for token in right:
        hit = row & masks.get(token, 0)
        row = (row + hit | row - hit) & full
    return 2 * (len(left) - row.bit_count()) / (len(left) + len(right))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_answers_without_a_model_stay_low(table, seed):
    train, test = deal(table, seed)
    assert (len(train), len(test)) == (300, 200)
    stemmed = DefaultTokenizer(use_stemmer=True).tokenize
    tokens = {row["Impression"]: stemmed(row["Impression"]) for row in train + test}

    def score(said, rows):
        return sum(f_score(tokens[said], tokens[row["Impression"]]) for row in rows) / len(rows)

    vectorizer = TfidfVectorizer(ngram_range=(1, 2))
    known = vectorizer.fit_transform(row["Observation"] for row in train)  # (300, terms)
    nearest = (vectorizer.transform(row["Observation"] for row in test) @ known.T).toarray().argmax(axis=1)  # (200,)
    pairs = [(train[i]["Impression"], row["Impression"]) for i, row in zip(nearest, test, strict=True)]
    scores = [f_score(tokens[said], tokens[reference]) for said, reference in pairs]
    neighbour = sum(scores) / len(scores)
    reference_scores = [RougeScorer(["rougeL"], use_stemmer=True).score(b, a)["rougeL"].fmeasure for a, b in pairs[:40]]
    assert scores[:40] == pytest.approx(reference_scores)

    answers = Counter(row["Impression"] for row in train)
    frequent = answers.most_common(1)[0][0]
    best = max(sorted(answers), key=lambda said: score(said, train))

    print(f"\nseed {seed}, ROUGE-L F on 200 rows: nearest training neighbour {100 * neighbour:.1f}")
    print(f"  most frequent answer {100 * score(frequent, test):.1f} {frequent!r}")
    print(f"  best constant answer {100 * score(best, test):.1f} {best!r}")
    assert 0.2 < neighbour < 0.6
    assert score(frequent, test) < 0.3
    assert score(best, test) < 0.3
