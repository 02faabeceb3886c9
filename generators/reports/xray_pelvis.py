"""Radiographs of pelvis and hips: normal sentences and findings.

How to run: not alone; `python -m generators.reports` reads EXAM. What comes out: one exam.
"""

from generators.reports.grammar import Exam, finding, lines
from generators.reports.slots import SIDE, pick, whole

EXAM = Exam(
    titles=lines("""
        X-Ray Pelvis AP | A single AP view of the pelvis was obtained.
        X-Ray Pelvis and Hips | AP view of the pelvis with frog-leg views of both hips.
    """),
    weight=0.6,
    topics={
        "alignment": lines("""
            Both hips are normally aligned.
            No hip dislocation.
        """),
        "proximal femora": lines("""
            The proximal femora are intact.
            No fracture of either femoral neck.
        """),
        "pelvic ring": lines("""
            The pelvic ring and pubic rami are intact.
            No pelvic or acetabular fracture is [seen|identified].
        """),
        "hip joints": lines("""
            Hip joint spaces are [preserved|maintained] bilaterally.
            No significant degenerative change of the hips.
        """),
        "sacroiliac joints": lines("""
            The sacroiliac joints are symmetric and unremarkable.
            Sacroiliac joints are [normal|preserved] without erosion.
        """),
        "pubic symphysis": lines("""
            The pubic symphysis is not widened.
            Pubic symphysis is normal in width and alignment.
        """),
        "bone density": lines("""
            Bone mineralization is [normal|age appropriate] without focal lesion.
            No lytic or blastic lesion is seen.
        """),
        "soft tissues": lines("""
            Soft tissues are unremarkable with a nonobstructive bowel gas pattern.
            No abnormal soft tissue calcification.
        """),
    },
    findings=(
        finding(
            "proximal femora",
            5,
            from_age=55,
            side=SIDE,
            weight=1.5,
            kind=pick("subcapital femoral neck", "transcervical femoral neck", "intertrochanteric", "subtrochanteric"),
            way=pick("displaced", "impacted", "nondisplaced"),
            says="""
            There is a {way} {side} {kind} fracture.
            A lucent line with cortical disruption is seen in the {side} hip: {kind} fracture, {way}.
            Cortical break and trabecular disruption of the {side} femur, {kind} and {way}.
            """,
            means="""
            {way} {side} {kind} fracture. Orthopedic consultation.
            {side} {kind} fracture, {way}; orthopedic referral advised.
            """,
        ),
        finding(
            "pelvic ring",
            4,
            side=SIDE,
            where=pick("superior", "inferior", "superior and inferior"),
            way=pick("nondisplaced", "minimally displaced"),
            says="""
            {way} fracture of the {side} {where} pubic ramus.
            A cortical break is seen in the {side} {where} pubic ramus, {way}.
            """,
            means="""
            {way} {side} {where} pubic ramus fracture.
            {side} {where} pubic ramus fracture, {way}. Consider CT.
            """,
        ),
        finding(
            "hip joints",
            2,
            from_age=45,
            side=SIDE,
            way=pick("mild", "moderate", "severe"),
            weight=2,
            says="""
            {way} superior joint space narrowing of the {side} hip with osteophytes and subchondral sclerosis.
            The {side} hip shows {way} joint space loss and marginal osteophytes.
            """,
            means="""
            {way} osteoarthritis of the {side} hip.
            {side} hip osteoarthritis, {way} in degree.
            """,
        ),
        finding(
            "hip joints",
            3,
            side=SIDE,
            says="""
            Patchy sclerosis and a subchondral crescent lucency are present in the {side} femoral head.
            The {side} femoral head is mottled and sclerotic with subtle flattening of its contour.
            """,
            means="""
            Avascular necrosis of the {side} femoral head. MRI recommended.
            {side} femoral head osteonecrosis; MRI advised.
            """,
            hides="bone density",
        ),
        finding(
            "sacroiliac joints",
            2,
            way=pick("mild", "moderate"),
            says="""
            There are {way} bilateral sacroiliac joint erosions with subchondral sclerosis.
            {way} irregularity and sclerosis of both sacroiliac joints.
            """,
            means="""
            {way} bilateral sacroiliitis; correlate with HLA-B27.
            Bilateral sacroiliitis, {way}. Rheumatology referral advised.
            """,
        ),
        finding(
            "bone density",
            4,
            from_age=45,
            side=SIDE,
            kind=pick("lytic", "blastic"),
            mm=whole(9, 34),
            where=pick("iliac wing", "acetabulum", "ischium"),
            says="""
            A {mm} mm {kind} lesion is present in the {side} {where}.
            The {side} {where} contains a {kind} focus measuring {mm} mm.
            """,
            means="""
            {kind} lesion of the {side} {where}, {mm} mm, suspicious for metastasis.
            {mm} mm {side} {where} {kind} lesion, concerning for metastasis.
            """,
        ),
        finding(
            "pubic symphysis",
            4,
            mm=whole(12, 34),
            weight=0.6,
            says="""
            The pubic symphysis is widened to {mm} mm.
            Diastasis of the pubic symphysis measures {mm} mm.
            """,
            means="""
            Pubic symphysis diastasis, {mm} mm. CT pelvis recommended.
            {mm} mm symphyseal diastasis; recommend CT of the pelvis.
            """,
        ),
        finding("soft tissues", 0, "Phleboliths and vascular calcifications are seen in the pelvis.", from_age=45),
        finding("bone density", 0, "A small bone island is noted in the {side} femoral head.", side=SIDE),
    ),
    normal=lines("""
        No acute fracture or dislocation of the pelvis.
        No acute osseous abnormality of the pelvis or hips.
        Normal radiographs of the pelvis and hips.
    """),
    negative=lines("""
        No acute fracture.
        No acute fracture or dislocation.
    """),
    history=lines("""
        {age}-year-old {man} with hip pain [after a fall|×2 weeks|and inability to walk|± limp].
        [Fall|Motor vehicle collision|Groin pain, internal rotation limited to 10°|Stiffness].
    """),
)
