"""What counts as clinically inconsistent: the rules one by one, and how often they are right over hand-made pairs."""

import json
from collections import Counter
from pathlib import Path

import pytest

from pipeline_lib.core.files import read_jsonl
from pipeline_lib.evaluation.metrics import clinical_consistency as clinical
from pipeline_lib.evaluation.metrics.clinical_consistency import KINDS, inconsistencies, mentions
from pipeline_lib.evaluation.metrics.quantities import quantities

PAIRS = read_jsonl(Path(__file__).with_name("clinical_pairs.jsonl"))
# A little under what is measured, so that a rule may be mended at the cost of a case, not of many.
BASELINES = {"negation_flip": (0.95, 0.90), "side_swap": (0.92, 0.95), "unsupported_number": (0.95, 0.92)}


def measured(kind):
    """Precision and recall of one kind over the pairs."""
    counts = Counter(
        (bool(inconsistencies(pair["prediction"], pair["reference"], pair["source"])[kind]), kind in pair["expect"])
        for pair in PAIRS
    )
    hits = counts[True, True]
    return hits / (hits + counts[True, False]), hits / (hits + counts[False, True])


@pytest.mark.parametrize("kind", KINDS)
def test_precision_and_recall_over_the_pairs_are_those_of_the_docstring(kind):
    precision, recall = measured(kind)
    assert precision >= BASELINES[kind][0]
    assert recall >= BASELINES[kind][1]
    text = " ".join(str(clinical.__doc__).split())
    assert f"{kind}: precision {precision:.3f}, recall {recall:.3f}" in text
    assert f"tests/evaluation/clinical_pairs.jsonl, {len(PAIRS)} pairs" in text


def test_the_pairs_and_the_findings_are_enough():
    assert all(set(pair) == {"source", "reference", "prediction", "expect", "why"} for pair in PAIRS)
    assert len({json.dumps(pair) for pair in PAIRS}) == len(PAIRS) >= 90
    counts = Counter(kind for pair in PAIRS for kind in pair["expect"] or ["nothing"])
    assert set(counts) == {*KINDS, "nothing"}
    assert min(counts.values()) >= 25
    lines = Path(str(clinical.__file__)).with_name("findings.txt").read_text(encoding="utf-8").splitlines()
    terms = [line.split("|") for line in lines if not line.startswith("#")]
    assert len({term[0] for term in terms}) == len(terms) >= 100
    for name, *others in terms:
        for spelling in (name, *others):
            polarity = "denied" if spelling.startswith("!") else "asserted"
            found = [mention.polarity for mention in mentions(spelling.lstrip("!")) if mention.term == name]
            assert (spelling.lower(), found) == (spelling, [polarity])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Pneumothorax.", "asserted"),
        ("No pneumothorax.", "denied"),
        ("No evidence of a residual or recurrent pneumothorax.", "denied"),
        ("Negative for pneumothorax.", "denied"),
        ("Lungs are free of pneumothorax.", "denied"),
        ("Pneumothorax: none.", "denied"),
        ("Pneumothorax is absent.", "denied"),
        ("A pneumothorax was ruled out.", "denied"),
        ("A pneumothorax has not been seen.", "denied"),
        ("Pneumothorax is unlikely.", "denied"),
        ("The pneumothorax has resolved.", "denied"),
        ("Resolved pneumothorax.", "denied"),
        ("Pneumothorax is no longer seen.", "denied"),
        ("No finding suspicious for pneumothorax.", "denied"),
        ("No acute abnormality, stable pneumothorax.", "asserted"),
        ("No acute abnormality but a pneumothorax.", "asserted"),
        ("No abnormality except for a pneumothorax.", "asserted"),
        ("Without change. Pneumothorax.", "asserted"),
        ("No significant interval change in the pneumothorax.", "asserted"),
        ("No increase in pneumothorax.", "asserted"),
        ("Pneumothorax, not seen previously.", "asserted"),
        ("The pneumothorax has not resolved.", "asserted"),
        ("Possible pneumothorax.", "uncertain"),
        ("Cannot exclude pneumothorax.", "uncertain"),
        ("Pneumothorax cannot be excluded.", "uncertain"),
        ("No other pneumothorax.", "uncertain"),
        ("Rule out pneumothorax.", "uncertain"),
        ("Skin fold vs. pneumothorax", "asserted"),  # a skin fold is in no list, so nothing is weighed against it
        ("Atelectasis vs. pneumothorax", "uncertain"),
    ],
)
def test_polarity(text, expected):
    last = mentions(text)[-1]
    assert (last.term, last.polarity) == ("pneumothorax", expected)


@pytest.mark.parametrize(("text", "expected"), [
    ("No consolidation, pneumothorax, or pleural effusion. Emphysema.",
     "consolidation denied, pneumothorax denied, pleural effusion denied, emphysema asserted"),
    ("Emphysema is seen and pneumothorax is absent.", "emphysema asserted, pneumothorax denied"),
    # A line that goes on is one sentence, a new item is none.
    ("No consolidation,\npneumothorax.", "consolidation denied, pneumothorax denied"),
    ("No consolidation\nPneumothorax", "consolidation denied, pneumothorax asserted"),
    ("No consolidation\n\npneumothorax", "consolidation denied, pneumothorax asserted"),
    ("The heart size is normal.", "cardiomegaly denied"),
    ("Heart is mildly enlarged.", "cardiomegaly asserted"),
])  # fmt: skip
def test_a_denial_covers_its_list_and_nothing_after_it(text, expected):
    assert ", ".join(f"{mention.term} {mention.polarity}" for mention in mentions(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Left-sided effusion", [{"left"}]),
        ("RLL consolidation", [{"right"}]),
        ("Lingular consolidation", [{"left"}]),
        ("Bilateral effusions, right greater than left", [{"left", "right"}]),
        ("Effusions in both lungs", [{"left", "right"}]),
        ("Both nodules are stable", [set()]),
        ("Elevated right hemidiaphragm", [{"right"}]),
        ("Effusion, right", [{"right"}]),
        ("Effusion on the left and right basilar atelectasis", [{"left"}, {"right"}]),
        ("Left effusion and atelectasis", [{"left"}, set()]),
        ("Left effusion, right lung clear", [{"left"}]),
        ("Right lung clear, left effusion", [{"left"}]),
        ("Effusion, contrast left over", [set()]),
        ("Patient has left, effusion", [set()]),
    ],
)
def test_sides(text, expected):
    assert [mention.sides for mention in mentions(text)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.2 x 3 cm", [("mm", "12"), ("mm", "30")]),
        ("12 mm x 8 mm", [("mm", "12"), ("mm", "8")]),
        ("2-3cm", [("mm", "20"), ("mm", "30")]),
        ("a 5-mm nodule", [("mm", "5")]),
        ("1,5 cm and 1,200 ml", [("mm", "15"), ("ml", "1200")]),
        ("15 cc", [("ml", "15")]),
        ("-10 HU, 24°, 50 %, 50 percent", [("HU", "10"), ("degrees", "24"), ("%", "50"), ("%", "50")]),
        ("cm² and 3 cm²", [("cm2", "3")]),
        ("two nodules, one of one cm", [("", "2"), ("mm", "10")]),
        ("BI-RADS category 4A", [("birads", "4a")]),
        ("TI-RADS TR4, TR4", [("tirads", "4"), ("tirads", "4")]),
        ("Bosniak IIF, grade 2, Modic type 1", [("bosniak", "2f"), ("grade", "2"), ("modic", "1")]),
        ("1 year, 12 months", [("months", "12"), ("months", "12")]),
        ("L4-5, C7, T12-L1, S1, L3–4, C5/6", []),
        ("T2-weighted, 3D, F-18, COVID-19, 4th rib", []),
        ("12/03/2019, 2019-03-12, 3 March 2019, May 2018, 14:30, since 2017", []),
        ("1. Clear. 2) Normal heart.\n3. No nodule 4. No mass", []),
        ("Nodule of 5. Stable.", [("", "5")]),
        ("Nodule of 3.4. Stable.", [("", "3.4")]),
        ("1.2.3 and 12345678901", []),
        ("0.50 cm", [("mm", "5")]),
    ],
)
def test_quantities(text, expected):
    assert [(quantity.unit, quantity.size) for quantity in quantities(text)] == expected


@pytest.mark.parametrize(
    ("kind", "answer", "reference", "source", "faults"),
    [
        ("unsupported_number", "Nodule of 5 mm.", "", "Nodule of 5.", 0),  # a number without unit equals any
        ("unsupported_number", "Nodule of 5.", "", "Nodule of 5 mm.", 0),
        ("unsupported_number", "Nodule of 5.", "", "Nodule of 50 mm.", 1),
        ("unsupported_number", "Nodule of 5 mm. The 5 mm nodule.", "5 mm", "Nodule.", 1),
        ("side_swap", "Bilateral effusions.", "Left effusion.", "Left effusion.", 1),  # both for one is a swap
        ("side_swap", "Left effusion.", "Bilateral effusions.", "Bilateral effusions.", 0),
        ("side_swap", "Bilateral effusions.", "Left effusion.", "Bilateral effusions.", 0),
        ("negation_flip", "No effusion.", "No effusion.", "Effusion.", 0),  # the reference decides before the source
        ("negation_flip", "No effusion.", "Possible effusion.", "Effusion.", 0),
        ("negation_flip", "No effusion.", "Normal.", "Effusion.", 1),
    ],
)
def test_what_is_inconsistent(kind, answer, reference, source, faults):
    assert len(inconsistencies(answer, reference, source)[kind]) == faults


def test_inconsistencies_are_described():
    found = inconsistencies(
        "Right pneumothorax of 8 mm with effusion.", "Left pneumothorax.", "Left pneumothorax. No effusion."
    )
    assert found == {
        "negation_flip": ["pleural effusion: denied in the source, asserted in the answer"],
        "side_swap": ["pneumothorax: left in the reference, right in the answer"],
        "unsupported_number": ["8 mm: not in the input"],
    }
    assert tuple(found) == KINDS


@pytest.mark.parametrize(
    "text",
    ["", " \n\t", "...", "胸部正常。", "🙂", "\u0000", "épanchement", "1", ",", "no", "left", "!"]
    + [pair["reference"] for pair in PAIRS],
)
def test_any_text_is_accepted_and_consistent_with_itself(text):
    assert inconsistencies(text, text, text) == {kind: [] for kind in KINDS}
    assert not any(inconsistencies("", text, "No effusion. Left nodule of 3 mm.").values())


@pytest.mark.parametrize(
    "part",
    ["no pneumothorax ", "left effusion, ", "grade ", "1x", "1.", "1,", "1-", "1", "a", "a'", "\n", "\n ", ". ", "(",
     "may 1st "],
)  # fmt: skip
def test_a_very_long_cell_is_read_in_linear_time(part):
    """It ends: what is quadratic in the length does not, in any time one would wait."""
    text = part * (40_000 // len(part))
    assert not inconsistencies(text, text, text)["side_swap"]
