"""MRI of the lumbar spine, level by level: normal sentences and findings.

How to run: not alone; `python -m generators.reports` reads EXAM. What comes out: one exam.
The nerve root follows from level and place of the disc: at L4–L5 a paracentral disc meets L5, a foraminal one L4.
"""

from generators.reports.grammar import Exam, Finding, finding, lines
from generators.reports.slots import SIDE, by, pick, whole


def quiet_level(level: str) -> tuple[str, ...]:
    """The sentences of a level where nothing is wrong."""
    return lines(f"""
        At {level}, there is no disc herniation or stenosis.
        At {level}, no significant canal or foraminal narrowing.
        At {level}, the disc is normal in height and signal.
    """)


def lumbar_level(level: str, exits: str, crosses: str) -> tuple[Finding, ...]:
    """The findings of one lumbar level; `exits` leaves by its foramen, `crosses` passes in the lateral recess."""
    return (
        finding(
            level,
            3,
            side=SIDE,
            kind=pick("protrusion", "extrusion"),
            mm=whole(4, 11),
            weight=0.6,
            says=f"""
            At {level}, a {{side}} paracentral disc {{kind}} of {{mm}} mm effaces the {{side}} lateral recess.
            At {level}, there is a {{mm}} mm {{side}} paracentral {{kind}} that displaces the traversing {crosses} root.
            At {level}, disc {{kind}} into the {{side}} lateral recess, {{mm}} mm, abuts the descending nerve root.
            """,
            means=f"""
            {level} {{side}} paracentral disc {{kind}} impinging the traversing {{side}} {crosses} root.
            {{side}} paracentral {{kind}} at {level} with {crosses} root impingement.
            """,
        ),
        finding(
            level,
            2,
            side=SIDE,
            way=pick("moderate", "severe"),
            weight=0.4,
            says=f"""
            At {level}, facet hypertrophy and foraminal disc bulging cause {{way}} {{side}} foraminal narrowing.
            At {level}, there is {{way}} narrowing of the {{side}} neural foramen from disc and facet disease.
            """,
            means=f"""
            {{way}} {{side}} {level} foraminal stenosis affecting the exiting {exits} root.
            {level} {{way}} {{side}} foraminal narrowing with {exits} root contact.
            """,
        ),
        finding(
            level,
            3,
            from_age=45,
            mm=whole(5, 9),
            weight=0.4,
            says=f"""
            At {level}, disc bulge, facet arthropathy and ligamentum flavum thickening narrow the canal to {{mm}} mm.
            At {level}, the thecal sac is compressed to an AP diameter of {{mm}} mm by disc and facet disease.
            """,
            means=f"""
            Central canal stenosis at {level}, AP diameter {{mm}} mm.
            {level} central spinal stenosis, canal diameter {{mm}} mm.
            """,
        ),
        finding(
            level,
            1,
            weight=0.3,
            says=f"""
            At {level}, mild disc desiccation and circumferential bulge without nerve root contact.
            At {level}, a shallow diffuse disc bulge does not narrow the canal or foramina.
            """,
            means=f"""
            Mild {level} disc bulge without neural compression.
            Mild degenerative disc bulge at {level} without stenosis.
            """,
        ),
    )


EXAM = Exam(
    titles=lines("""
        MRI Lumbar Spine without contrast | Multiplanar T1 and T2-weighted images of the lumbar spine were obtained.
        MRI Lumbar Spine | Sagittal and axial MRI of the lumbar spine was performed.
    """),
    weight=1.5,
    topics={
        "alignment": lines("""
            Vertebral alignment is [normal|maintained].
            The lumbar lordosis is preserved without listhesis.
        """),
        "vertebrae": lines("""
            Vertebral body heights are [maintained|normal].
            No compression fracture is seen.
        """),
        "marrow": lines("""
            Marrow signal is [normal|unremarkable].
            No suspicious marrow lesion is identified.
        """),
        "conus": lines("""
            The conus terminates at L1 and is normal.
            Conus medullaris and cauda equina are unremarkable.
        """),
        "L1–L2": quiet_level("L1–L2"),
        "L2–L3": quiet_level("L2–L3"),
        "L3–L4": quiet_level("L3–L4"),
        "L4–L5": quiet_level("L4–L5"),
        "L5–S1": quiet_level("L5–S1"),
        "soft tissues": lines("""
            Paraspinal soft tissues are [normal|unremarkable].
            No prevertebral or paraspinal abnormality.
        """),
    },
    findings=(
        *lumbar_level("L2–L3", "L2", "L3"),
        *lumbar_level("L3–L4", "L3", "L4"),
        *lumbar_level("L4–L5", "L4", "L5"),
        *lumbar_level("L4–L5", "L4", "L5"),  # the two lowest levels are the ones that fail
        *lumbar_level("L5–S1", "L5", "S1"),
        *lumbar_level("L5–S1", "L5", "S1"),
        finding(
            "alignment",
            2,
            level=pick("L4 on L5", "L5 on S1", "L3 on L4"),
            mm=whole(3, 12),
            grade=by("mm", (9, "Grade I"), "Grade II"),
            says="""
            There is anterior slip of {level} by {mm} mm.
            Anterolisthesis of {level} measures {mm} mm.
            """,
            means="""
            {grade} anterolisthesis of {level}, {mm} mm.
            {grade} spondylolisthesis ({level}), measuring {mm} mm.
            """,
        ),
        finding(
            "vertebrae",
            4,
            from_age=55,
            level=pick("L1", "L2", "L3"),
            percent=pick("20%", "30%", "40%", "50%"),
            hides="marrow",
            says="""
            Wedge deformity of {level} with {percent} loss of height and marrow edema. No retropulsion.
            The {level} superior end plate is depressed with {percent} height loss and high STIR signal.
            """,
            means="""
            Acute {level} compression fracture with {percent} height loss.
            {level} acute compression fracture, {percent} loss of height.
            """,
        ),
        finding(
            "marrow",
            4,
            from_age=45,
            count=whole(3, 7),
            level=pick("L1", "L2", "L3", "L4"),
            says="""
            There are {count} T1 hypointense, STIR hyperintense marrow lesions, the largest in {level}.
            {count} marrow-replacing lesions are present, the dominant one in the {level} body.
            """,
            means="""
            {count} marrow lesions, the largest at {level}, suspicious for metastases.
            Suspected osseous metastases ({count} lesions), dominant at {level}.
            """,
        ),
        finding("marrow", 0, "A typical hemangioma is present in the {level} vertebral body.", level=pick("L1", "L2")),
        finding("soft tissues", 0, "A simple cyst is noted in the {side} kidney.", side=SIDE),
    ),
    normal=lines("""
        Normal MRI of the lumbar spine.
        No disc herniation, canal stenosis or nerve root compression.
        Unremarkable lumbar spine MRI without neural compression.
    """),
    negative=lines("""
        No central canal stenosis.
        No fracture or cauda equina compression.
    """),
    history=lines("""
        {age}-year-old {man} with [low back pain|sciatica ×6 weeks|radiculopathy|back pain ± leg weakness].
        [Lumbago|Leg numbness, straight leg raise positive at 40°|Neurogenic claudication|Post lifting injury].
    """),
)
