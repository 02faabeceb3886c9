"""Radiographs of a knee; {limb} is the side examined: normal sentences and findings.

How to run: not alone; `python -m generators.reports` reads EXAM. What comes out: one exam.
"""

from generators.reports.grammar import Exam, finding, lines
from generators.reports.slots import pick, whole

EXAM = Exam(
    titles=lines("""
        X-Ray {limb} Knee 3 views | AP, lateral and sunrise views of the {limb} knee were obtained.
        X-Ray {limb} Knee AP and lateral | AP and lateral radiographs of the {limb} knee.
    """),
    weight=0.6,
    topics={
        "alignment": lines("""
            Alignment of the {limb} knee is anatomic.
            There is no malalignment or dislocation.
        """),
        "femur": lines("""
            The distal femur is intact.
            No fracture of the distal femur.
        """),
        "tibia": lines("""
            The proximal tibia and fibula are intact.
            No tibial plateau or fibular fracture.
        """),
        "patella": lines("""
            The patella is intact and normally positioned.
            No patellar fracture or subluxation.
        """),
        "joint spaces": lines("""
            Joint spaces are [preserved|maintained] in all three compartments.
            No significant joint space narrowing or osteophytes.
        """),
        "joint": lines("""
            No suprapatellar effusion.
            There is no joint effusion.
        """),
        "soft tissues": lines("""
            Soft tissues are [unremarkable|normal] without radiopaque foreign body.
            No soft tissue swelling or foreign body is seen.
        """),
        "mineralization": lines("""
            Bone mineralization is [normal|within normal limits] for age.
            No lytic or sclerotic lesion is seen in the imaged bones.
        """),
    },
    findings=(
        finding(
            "joint spaces",
            2,
            from_age=40,
            way=pick("mild", "moderate", "severe"),
            weight=2,
            where=pick("medial", "lateral", "patellofemoral"),
            says="""
            {way} narrowing of the {where} compartment with marginal osteophytes and subchondral sclerosis.
            The {where} joint space shows {way} narrowing with osteophyte formation.
            """,
            means="""
            {way} {where} compartment osteoarthritis of the {limb} knee.
            {limb} knee osteoarthritis, {way}, {where} compartment.
            """,
        ),
        finding(
            "tibia",
            4,
            where=pick("lateral", "medial"),
            mm=whole(2, 9),
            hides="joint",
            says="""
            A depressed fracture of the {where} tibial plateau, {mm} mm, with lipohemarthrosis.
            There is a {where} tibial plateau fracture with {mm} mm step-off and a fat–fluid level.
            """,
            means="""
            {where} tibial plateau fracture, {mm} mm depression, with lipohemarthrosis. CT recommended.
            Depressed {where} tibial plateau fracture ({mm} mm); CT advised for planning.
            """,
        ),
        finding(
            "patella",
            4,
            mm=whole(2, 9),
            says="""
            A transverse lucency crosses the patella with {mm} mm distraction of the fragments.
            There is a transverse patellar fracture, fragments separated by {mm} mm.
            """,
            means="""
            Transverse {limb} patellar fracture with {mm} mm distraction.
            Transverse fracture of the {limb} patella, distracted {mm} mm.
            """,
        ),
        finding(
            "joint",
            1,
            way=pick("small", "moderate", "large"),
            says="""
            There is a {way} suprapatellar joint effusion.
            Fullness of the suprapatellar recess in keeping with a {way} effusion.
            """,
            means="""
            {way} {limb} knee joint effusion.
            {way} suprapatellar joint effusion is present.
            """,
        ),
        finding(
            "joint spaces",
            1,
            from_age=50,
            says="""
            Fine calcification outlines the menisci and articular cartilage.
            There is linear calcification of the menisci.
            """,
            means="""
            Chondrocalcinosis, consider calcium pyrophosphate deposition disease.
            Chondrocalcinosis of the {limb} knee is present.
            """,
        ),
        finding("patella", 0, "A small enthesophyte at the upper pole of the patella."),
        finding("soft tissues", 0, "Vascular calcifications in the popliteal fossa.", from_age=45),
    ),
    normal=lines("""
        No acute osseous abnormality of the {limb} knee.
        Normal radiographs of the {limb} knee.
        No fracture or dislocation of the {limb} knee.
    """),
    negative=lines("""
        No acute fracture.
        No acute fracture or dislocation.
    """),
    history=lines("""
        {age}-year-old {man} with knee pain [after a fall|×3 months|and swelling|± stiffness].
        [Trauma|Chronic pain, extension deficit 10°|Unable to bear weight|Osteoarthritis follow-up].
    """),
)
