"""What counts as clinically inconsistent: the rules one by one, and how often they are right over hand-made pairs."""

from collections import Counter
from pathlib import Path

import pytest

from pipeline_lib.core.files import read_jsonl
from pipeline_lib.evaluation.metrics import clinical_consistency as clinical
from pipeline_lib.evaluation.metrics.clinical_consistency import KINDS, inconsistencies
from pipeline_lib.evaluation.metrics.clinical_lexicon import stem
from pipeline_lib.evaluation.metrics.clinical_mentions import STATES, mentions, shared_words, side_phrases
from pipeline_lib.evaluation.metrics.quantities import quantities
from pipeline_lib.evaluation.metrics.unsupported_numbers import unsupported
from pipeline_lib.evaluation.rates import wilson

# The rules were mended on the first two. The third was written when they were done, and no rule was changed after it:
# if one is, move its pairs to the second file and write new ones.
SETS = {
    name: read_jsonl(Path(__file__).with_name(f"{name}.jsonl"))
    for name in ("clinical_pairs", "clinical_pairs_mending", "clinical_pairs_measured")
}
PAIRS = SETS["clinical_pairs"]


def figure(hits, of):
    """A share as the docstring has it: hits of n, and Wilson's interval."""
    low, high = wilson(hits, of)
    return f"{hits / of:.3f} ({hits}/{of}, {low:.2f} to {high:.2f})"


@pytest.mark.parametrize("name", SETS)
def test_precision_and_recall_over_the_pairs_are_those_of_the_docstring(name):
    found = [
        (inconsistencies(pair["prediction"], pair.get("reference", ""), pair["source"]), pair["expect"])
        for pair in SETS[name]
    ]
    text = " ".join(str(clinical.__doc__).split())
    assert f"{name}.jsonl, {len(found)} pairs" in text
    part = text.partition(f"{name}.jsonl")[2].partition(".jsonl")[0]
    for kind in KINDS:
        flagged = sum(bool(flags[kind]) for flags, _ in found)
        present = sum(kind in expected for _, expected in found)
        hits = sum(bool(flags[kind]) and kind in expected for flags, expected in found)
        assert f"{kind}: precision {figure(hits, flagged)}, recall {figure(hits, present)}" in part


def test_the_pairs_and_the_findings_are_enough():
    pairs = [pair for found in SETS.values() for pair in found]
    assert all(set(pair) - {"reference"} == {"source", "prediction", "expect", "why"} for pair in pairs)
    assert len({(pair["source"], pair["prediction"], pair.get("reference")) for pair in pairs}) == len(pairs)
    assert len(SETS["clinical_pairs_measured"]) >= 80
    for name, least in (("clinical_pairs_mending", 25), ("clinical_pairs_measured", 8)):
        counts = Counter(kind for pair in SETS[name] for kind in pair["expect"] or ["nothing"])
        assert set(counts) == {*KINDS, "nothing"}
        assert min(counts.values()) >= least
    lines = Path(str(clinical.__file__)).with_name("findings.txt").read_text(encoding="utf-8").splitlines()
    terms = [line.split("|") for line in lines if not line.startswith("#")]
    assert len({term[0] for term in terms}) == len(terms) >= 100
    for name, *others in terms:
        for spelling in (name, *others):
            if "@" in spelling or spelling.lstrip("!") in STATES:
                continue  # read where a structure stands with it
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
        ("No other pneumothorax.", "unstated"),
        ("Rule out pneumothorax.", "unstated"),
        ("Skin fold vs. pneumothorax", "uncertain"),
        ("Pneumothorax?", "uncertain"),
        ("?Pneumothorax", "uncertain"),
        ("Not free of pneumothorax.", "asserted"),
        ("It cannot be said that there is no pneumothorax.", "asserted"),
        ("No resolution of the pneumothorax.", "asserted"),
        ("Resolution of the pneumothorax is incomplete.", "asserted"),
        ("The pneumothorax is no longer absent.", "asserted"),
        ("Fails to show a pneumothorax.", "denied"),
        ("The pneumothorax fails to resolve.", "asserted"),
        ("Pneumothorax is thought unlikely.", "denied"),
        ("Likely pneumothorax.", "asserted"),
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
        ("L4-5, C7, T12-L1", [("vertebra", name) for name in ("l4", "l5", "c7", "t12", "l1")]),
        ("T2-weighted, 3D, F-18, COVID-19, T1 signal, C12", []),
        ("4th rib, fifth and sixth toes, first seen", [("ordinal", "4"), ("ordinal", "5"), ("ordinal", "6")]),
        ("12/03/2019, 3 March 2018, 14:30, since 2017", [("year", "2019"), ("year", "2018"), ("year", "2017")]),
        ("12/03/19, 14:30, two views, 3-view series", [("year", "2019")]),
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
        ("negation_flip", "No effusion.", "Possible effusion.", "Effusion.", 1),
        (
            "negation_flip",
            "No effusion.",
            "",
            "Atelectasis versus effusion.",
            0,
        ),  # one of a differential may be left out
        ("negation_flip", "ACL intact.", "", "The ACL is torn. The menisci are intact.", 1),
        ("negation_flip", "Meniscal tear.", "", "Meniscal tear. The ACL is intact.", 0),
        ("negation_flip", "Old rib fracture.", "", "Old rib fracture. Sternal wires are intact.", 0),
        ("negation_flip", "Pneumonia.", "", "Right pneumonia. The left lung is clear.", 0),
        ("negation_flip", "Stable nodule.", "", "Nodule. No enlarging nodule.", 0),
        ("negation_flip", "Entrapment of the muscle.", "", "The muscle is not entrapped.", 1),  # in no list
        ("negation_flip", "Line placement.", "", "No effusion after line placement.", 0),
        ("side_swap", "Left varicocele.", "", "Right varicocele.", 1),
        ("side_swap", "Right adrenal adenoma.", "", "Left adrenal nodule. Right adrenal gland normal.", 1),
        ("side_swap", "Left hip film.", "", "R hip film.", 1),
        ("side_swap", "Left-sided line.", "", "R/O effusion.", 0),
        ("unsupported_number", "L3 fracture.", "", "L1 fracture.", 1),
        ("unsupported_number", "C6 fusion.", "", "C5-C7 fusion.", 0),
        ("unsupported_number", "C5-6 spurs.", "", "Spurs of the cervical spine.", 0),  # a place made exact
        ("unsupported_number", "Fourth rib.", "", "3rd through 5th ribs.", 0),
        ("unsupported_number", "Since 2015.", "", "Since 2005.", 1),
        ("unsupported_number", "LI-RADS 3.", "", "Three lesions, LI-RADS 5.", 1),
        ("unsupported_number", "Repeat CT in 6 weeks.", "", "Nodule.", 0),
        ("unsupported_number", "Stable for 6 years.", "", "Nodule.", 1),
        ("uncertainty_dropped", "Pneumonia.", "", "Possible pneumonia.", 1),
        ("uncertainty_dropped", "Likely pneumonia.", "", "Possible pneumonia.", 0),
        ("uncertainty_dropped", "Pneumonia.", "Pneumonia.", "Possible pneumonia.", 0),
        ("uncertainty_dropped", "Pneumonia.", "Possible pneumonia.", "Pneumonia.", 0),
        ("uncertainty_dropped", "Right effusion.", "", "Possible left effusion. Right effusion.", 0),
        ("negation_flip", "No effusion.", "Normal.", "Effusion.", 1),
    ],
)
def test_what_is_inconsistent(kind, answer, reference, source, faults):
    assert len(inconsistencies(answer, reference, source)[kind]) == faults


def test_words_that_no_list_has_are_shared_by_their_stem():
    assert shared_words("Entrapment. Normal lung.", "The muscle is entrapped, no kink. XXXX") == {
        "entrapment": "entrapment",
        "entrapped": "entrapment",
    }
    assert stem("obstruction") == stem("obstructed")
    assert shared_words("", "Kink.") == {}


def test_side_phrases():
    assert side_phrases("RLL mass and small left hip cyst in the knee") == [
        (frozenset({"right"}), ("lower", "lobe", "mass")),
        (frozenset({"left"}), ("hip", "cyst")),
    ]
    assert side_phrases("Patient has left. Contrast left over.") == []


def test_each_unsupported_number_is_named_once():
    assert unsupported("5 mm and 5 mm, 7 mm", "7 mm") == ["5 mm"]
    assert unsupported("", "7 mm") == unsupported("7 mm", "7 mm") == []


def test_inconsistencies_are_described():
    found = inconsistencies(
        "Right pneumothorax of 8 mm with effusion.", "Left pneumothorax.", "Left pneumothorax. No effusion."
    )
    assert found == {
        "negation_flip": ["pleural effusion: denied in the source, asserted in the answer"],
        "side_swap": ["pneumothorax: left in the reference, right in the answer"],
        "unsupported_number": ["8 mm: not in the input"],
        "uncertainty_dropped": [],
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
