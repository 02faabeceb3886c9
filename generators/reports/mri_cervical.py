"""MRI of the cervical spine, level by level: normal sentences and findings.

How to run: not alone; `python -m generators.reports` reads EXAM. What comes out: one exam.
"""

from generators.reports.grammar import Exam, Finding, finding, lines
from generators.reports.mri_lumbar import quiet_level
from generators.reports.slots import SIDE, pick, previously, trend, whole


def cervical_level(level: str, root: str) -> tuple[Finding, ...]:
    """The findings of one cervical level, where exiting and affected root are the same."""
    return (
        finding(
            level,
            3,
            side=SIDE,
            mm=whole(2, 6),
            weight=0.6,
            says=f"""
            At {level}, a {{mm}} mm {{side}} paracentral disc protrusion indents the thecal sac and {{side}} foramen.
            At {level}, there is a {{side}} posterolateral disc herniation of {{mm}} mm contacting the nerve root.
            """,
            means=f"""
            {level} {{side}} disc herniation, {{mm}} mm, contacting the {root} root.
            {{mm}} mm {{side}} disc herniation at {level} with {root} root contact.
            """,
        ),
        finding(
            level,
            2,
            side=SIDE,
            way=pick("moderate", "severe"),
            weight=0.5,
            says=f"""
            At {level}, uncovertebral spurring causes {{way}} {{side}} neural foraminal narrowing.
            At {level}, {{way}} narrowing of the {{side}} foramen from uncinate and facet hypertrophy.
            """,
            means=f"""
            {{way}} {{side}} {level} foraminal stenosis affecting the {root} root.
            {level} {{way}} {{side}} foraminal narrowing, {root} root at risk.
            """,
        ),
        finding(
            level,
            4,
            mm=whole(5, 8),
            hides="cord",
            weight=0.4,
            says=f"""
            At {level}, a disc-osteophyte complex narrows the canal to {{mm}} mm with high T2 signal in the cord.
            At {level}, the cord is flattened with intramedullary T2 hyperintensity; the canal measures {{mm}} mm.
            """,
            means=f"""
            {level} canal stenosis, {{mm}} mm, with cord compression and myelopathic signal. Surgical consultation.
            Cord compression at {level} ({{mm}} mm canal) with myelomalacia or edema; surgical referral.
            """,
        ),
    )


EXAM = Exam(
    titles=lines("""
        MRI Cervical Spine without contrast | Sagittal and axial MRI of the cervical spine was obtained.
        MRI C-Spine | Multiplanar multisequence imaging of the cervical spine was performed.
    """),
    weight=0.7,
    topics={
        "alignment": lines("""
            Cervical alignment is [normal|maintained].
            The cervical lordosis is preserved without listhesis.
        """),
        "vertebrae": lines("""
            Vertebral body heights and marrow signal are normal.
            No fracture or marrow replacing lesion.
        """),
        "cord": lines("""
            The spinal cord is normal in caliber and signal.
            No intrinsic cord signal abnormality.
        """),
        "craniocervical junction": lines("""
            The craniocervical junction is [normal|unremarkable].
            Cerebellar tonsils are in normal position.
        """),
        "C2–C3": quiet_level("C2–C3"),
        "C3–C4": quiet_level("C3–C4"),
        "C4–C5": quiet_level("C4–C5"),
        "C5–C6": quiet_level("C5–C6"),
        "C6–C7": quiet_level("C6–C7"),
        "soft tissues": lines("""
            The prevertebral soft tissues are [normal|unremarkable].
            No paraspinal soft tissue abnormality.
        """),
    },
    findings=(
        *cervical_level("C3–C4", "C4"),
        *cervical_level("C4–C5", "C5"),
        *cervical_level("C5–C6", "C6"),
        *cervical_level("C6–C7", "C7"),
        finding(
            "alignment",
            1,
            degrees=whole(3, 14),
            says="""
            There is reversal of the cervical lordosis with {degrees}° of kyphosis.
            Kyphotic angulation of {degrees}° is centered in the mid cervical spine.
            """,
            means="""
            Reversed cervical lordosis, {degrees}° of kyphosis.
            Cervical kyphosis measuring {degrees}° is noted.
            """,
        ),
        finding(
            "cord",
            3,
            side=SIDE,
            level=pick("C2", "C3", "C4"),
            mm=whole(6, 18),
            says="""
            A {mm} mm T2 hyperintense lesion is present in the {side} dorsal cord at {level}.
            In the {side} lateral column at {level} there is a {mm} mm focus of high T2 signal.
            """,
            means="""
            {side} cord lesion at {level}, {mm} mm, consistent with demyelination.
            {mm} mm demyelinating plaque in the {side} cord at {level}.
            """,
        ),
        finding(
            "cord",
            2,
            mm=whole(2, 6),
            was=previously("mm", "mm"),
            trend=trend("mm"),
            level=pick("C5 to C7", "C4 to T1"),
            says="""
            A {mm} mm wide central CSF-signal cavity{was} extends from {level}.
            The cord contains a central syrinx from {level}, {mm} mm in diameter{was}.
            """,
            means="""
            {trend}syrinx from {level}, {mm} mm in diameter.
            {trend}{mm} mm cervical cord syrinx, {level}.
            """,
        ),
        finding("soft tissues", 0, "A {mm} mm cystic nodule in the {side} thyroid lobe.", side=SIDE, mm=whole(4, 9)),
        finding("vertebrae", 0, "Small hemangioma in the {level} body. No fracture.", level=pick("C6", "C7", "T1")),
    ),
    normal=lines("""
        Normal MRI of the cervical spine.
        No cervical disc herniation, stenosis or cord abnormality.
        Unremarkable cervical spine MRI with normal cord signal.
    """),
    negative=lines("""
        No cord compression.
        No fracture or cord compression.
    """),
    history=lines("""
        {age}-year-old {man} with [neck pain|arm numbness ± weakness|radicular arm pain|gait imbalance].
        [Cervicalgia ×3 months|Motor vehicle accident|Hand clumsiness|Lhermitte sign positive].
    """),
)
