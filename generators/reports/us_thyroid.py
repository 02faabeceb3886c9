"""Ultrasound of the thyroid: normal sentences and findings.

How to run: not alone; `python -m generators.reports` reads EXAM. What comes out: one exam.
The advice on a nodule follows ACR TI-RADS 2017: composition gives the category, size the action.
"""

from generators.reports.grammar import Exam, Finding, finding, lines
from generators.reports.slots import SIDE, by, part, pick, previously, trend, whole


def thyroid_lobe(side: str) -> tuple[Finding, ...]:
    """The nodules of one lobe, one for each TI-RADS category."""
    topic = f"{side} lobe"
    none = "No follow-up required."
    categories = (
        ("TR1", "spongiform", none, none, none),
        ("TR2", "mixed cystic and solid, isoechoic, smoothly marginated", none, none, none),
        ("TR3", "solid isoechoic, smoothly marginated", none, "Follow-up ultrasound in 12 months.", "FNA recommended."),
        ("TR4", "solid hypoechoic", none, "Follow-up ultrasound in 12 months.", "FNA recommended."),
        (
            "TR5",
            "solid, markedly hypoechoic, taller-than-wide, with punctate echogenic foci",
            none,
            "Follow-up ultrasound in 12 months.",
            "FNA recommended.",
        ),
    )
    limits = {"TR1": (0, 0), "TR2": (0, 0), "TR3": (15, 25), "TR4": (10, 15), "TR5": (5, 10)}  # mm: follow up, biopsy
    return tuple(
        finding(
            topic,
            3 if name in ("TR4", "TR5") else 2,
            mm=whole(6, 33),
            mm2=part("mm"),
            weight=0.5,
            was=previously("mm", "mm"),
            trend=trend("mm"),
            advice=by("mm", (limits[name][0], small), (limits[name][1], middle), large),
            says=f"""
            A {{mm}} × {{mm2}} mm nodule{{was}} in the {topic} is {appearance}.
            The {topic} contains a {{mm}} × {{mm2}} mm nodule{{was}}: {appearance}.
            """,
            means=f"""
            {{trend}}{side} thyroid nodule, {{mm}} mm, {name}. {{advice}}
            {{trend}}{{mm}} mm {side} lobe nodule ({name}). {{advice}}
            """,
        )
        for name, appearance, small, middle, large in categories
    )


EXAM = Exam(
    titles=lines("""
        Ultrasound Thyroid | High-resolution gray-scale and color Doppler ultrasound of the thyroid was performed.
        Ultrasound Neck and Thyroid | Real-time sonography of the thyroid gland and neck.
    """),
    weight=0.7,
    topics={
        "gland": lines("""
            The thyroid gland is normal in size and echotexture.
            Thyroid parenchyma is homogeneous with normal vascularity.
        """),
        "right lobe": lines("""
            The right lobe is normal without nodule.
            No nodule in the right lobe.
        """),
        "left lobe": lines("""
            The left lobe is normal without nodule.
            No nodule in the left lobe.
        """),
        "isthmus": lines("""
            The isthmus is normal in thickness.
            Isthmus is thin and [unremarkable|homogeneous].
        """),
        "lymph nodes": lines("""
            No suspicious cervical lymph nodes are [seen|identified] on either side.
            Cervical lymph nodes retain fatty hila and normal morphology.
        """),
        "parathyroid": lines("""
            No enlarged parathyroid gland is seen posterior to the thyroid.
            No parathyroid adenoma is identified in the expected locations.
        """),
        "salivary glands": lines("""
            The submandibular glands are [normal|unremarkable] in echotexture.
            Imaged submandibular and parotid glands are unremarkable.
        """),
    },
    findings=(
        *thyroid_lobe("right"),
        *thyroid_lobe("left"),
        finding(
            "gland",
            2,
            weight=1.2,
            says="""
            The gland is diffusely heterogeneous and hypoechoic with echogenic septations.
            Coarse, heterogeneous thyroid echotexture with micronodulation and fibrous bands.
            """,
            means="""
            Heterogeneous gland consistent with Hashimoto thyroiditis.
            Chronic (Hashimoto) thyroiditis; correlate with thyroid antibodies.
            """,
        ),
        finding(
            "gland",
            2,
            weight=0.8,
            says="""
            The gland is enlarged with markedly increased color Doppler flow.
            Diffuse thyroid enlargement with a hypervascular “thyroid inferno” pattern.
            """,
            means="""
            Enlarged hypervascular gland consistent with Graves disease.
            Findings of Graves disease; correlate with TSH.
            """,
        ),
        finding(
            "lymph nodes",
            4,
            side=SIDE,
            level=pick("II", "III", "IV"),
            mm=whole(9, 24),
            says="""
            A rounded {side} level {level} node without hilum measures {mm} mm with microcalcifications.
            There is a {mm} mm {side} level {level} lymph node with cystic change and absent hilum.
            """,
            means="""
            Suspicious {side} level {level} lymph node, {mm} mm. FNA recommended.
            {mm} mm suspicious {side} level {level} node; recommend FNA.
            """,
        ),
        finding(
            "parathyroid",
            3,
            side=SIDE,
            mm=whole(7, 21),
            where=pick("superior", "inferior"),
            says="""
            A {mm} mm hypoechoic extrathyroidal nodule lies posterior to the {side} {where} thyroid with a polar vessel.
            Posterior to the {side} {where} pole there is a {mm} mm homogeneous hypoechoic nodule outside the gland.
            """,
            means="""
            Probable {side} {where} parathyroid adenoma, {mm} mm.
            {mm} mm {side} {where} parathyroid adenoma suspected; correlate with calcium.
            """,
        ),
        finding("isthmus", 0, "A 2 mm colloid cyst is seen in the isthmus."),
        finding("salivary glands", 0, "Mildly fatty submandibular glands without focal lesion."),
    ),
    normal=lines("""
        Normal thyroid ultrasound without nodule.
        Unremarkable ultrasound of the thyroid gland.
        No thyroid nodule or suspicious lymph node.
    """),
    negative=lines("""
        No suspicious lymph nodes.
        No suspicious cervical lymphadenopathy.
    """),
    history=lines("""
        {age}-year-old {man} with [palpable nodule|goiter|abnormal TSH 7.2 mIU/L|hyperthyroidism ± tremor].
        [Thyroid nodule follow-up|Dysphagia|Neck fullness|Elevated calcium 2.8 mmol/L|Free T4 34 pmol/L].
    """),
)
