"""MRI of a knee; {limb} is the side examined: normal sentences and findings.

How to run: not alone; `python -m generators.reports` reads EXAM. What comes out: one exam.
"""

from generators.reports.grammar import Exam, finding, lines
from generators.reports.slots import look, part, pick, tenths, whole

EXAM = Exam(
    titles=lines("""
        MRI {limb} Knee without contrast | Multiplanar MRI of the {limb} knee was performed without contrast.
        MRI {limb} Knee | Multisequence non-contrast MRI of the {limb} knee.
    """),
    weight=1.2,
    topics={
        "medial meniscus": lines("""
            The medial meniscus is intact.
            No tear of the medial meniscus.
        """),
        "lateral meniscus": lines("""
            The lateral meniscus is intact.
            No tear of the lateral meniscus.
        """),
        "cruciate ligaments": lines("""
            The anterior and posterior cruciate ligaments are intact.
            ACL and PCL are intact.
        """),
        "collateral ligaments": lines("""
            The medial and lateral collateral ligaments are intact.
            MCL and LCL complex are [intact|normal].
        """),
        "extensor mechanism": lines("""
            The quadriceps and patellar tendons are [intact|normal].
            The extensor mechanism is intact.
        """),
        "cartilage": lines("""
            Articular cartilage is preserved in all compartments.
            No focal chondral defect is [seen|identified].
        """),
        "bones": lines("""
            Marrow signal is normal without fracture or contusion.
            No fracture or marrow edema.
        """),
        "joint": lines("""
            No significant joint effusion.
            There is physiologic joint fluid.
        """),
        "popliteal fossa": lines("""
            No popliteal cyst.
            The popliteal fossa is unremarkable.
        """),
    },
    findings=(
        finding(
            "medial meniscus",
            3,
            kind=pick("horizontal", "complex", "radial", "vertical"),
            weight=1.5,
            where=pick("posterior horn", "body", "posterior root"),
            says="""
            A {kind} tear of the {where} of the medial meniscus reaches the articular surface.
            High signal in the medial meniscus {where} extends to the surface in a {kind} pattern.
            There is a {kind} tear involving the {where} of the medial meniscus.
            """,
            means="""
            {kind} tear of the medial meniscus {where}.
            Medial meniscal tear, {kind}, of the {where}.
            """,
        ),
        finding(
            "lateral meniscus",
            3,
            kind=pick("horizontal", "complex", "radial"),
            where=pick("anterior horn", "body"),
            says="""
            A {kind} tear of the {where} of the lateral meniscus is [seen|present].
            The {where} of the lateral meniscus shows {kind} surfacing signal.
            """,
            means="""
            {kind} tear of the lateral meniscus {where}.
            Lateral meniscal tear, {kind}, of the {where}.
            """,
        ),
        finding(
            "cruciate ligaments",
            4,
            hides="bones",
            says="""
            The anterior cruciate ligament is discontinuous with pivot-shift bone contusions. The PCL is intact.
            ACL fibers are disrupted in the midsubstance; contusions of the femoral condyle and tibial plateau.
            """,
            means="""
            Complete ACL tear with associated bone contusions.
            Complete rupture of the anterior cruciate ligament with pivot-shift contusions.
            """,
        ),
        finding(
            "collateral ligaments",
            2,
            grade=pick("Grade 1", "Grade 2"),
            sign=look("grade", {"Grade 1": "surrounding edema", "Grade 2": "partial fiber disruption"}),
            says="""
            {grade} injury of the medial collateral ligament with {sign}. LCL is intact.
            The medial collateral ligament shows {sign} ({grade}). The lateral complex is normal.
            """,
            means="""
            {grade} medial collateral ligament sprain.
            {grade} MCL sprain with {sign}.
            """,
        ),
        finding(
            "cartilage",
            2,
            from_age=35,
            way=pick("moderate", "severe"),
            where=pick("medial", "lateral", "patellofemoral"),
            says="""
            {way} cartilage loss in the {where} compartment with osteophytes.
            There is {way} chondral thinning of the {where} compartment with marginal spurring.
            """,
            means="""
            {way} {where} compartment osteoarthritis is present.
            {where} compartment osteoarthritis, {way} in degree.
            """,
        ),
        finding(
            "bones",
            4,
            where=pick("lateral tibial plateau", "medial tibial plateau"),
            mm=whole(2, 8),
            says="""
            A low-signal fracture line crosses the {where} with {mm} mm of articular depression.
            There is a {where} fracture, depressed {mm} mm, with extensive marrow edema.
            """,
            means="""
            {where} fracture with {mm} mm depression. Orthopedic referral.
            Depressed {where} fracture, {mm} mm; orthopedic consultation advised.
            """,
        ),
        finding(
            "joint",
            1,
            way=pick("small", "moderate", "large"),
            says="""
            There is a {way} joint effusion.
            {way} suprapatellar effusion is [present|seen].
            """,
            means="""
            {way} joint effusion is present.
            {way} knee joint effusion is noted.
            """,
        ),
        finding(
            "popliteal fossa",
            1,
            cm=tenths(1.8, 6.4),
            cm2=part("cm"),
            says="""
            A {cm} × {cm2} cm fluid collection lies between the semimembranosus and medial gastrocnemius tendons.
            Popliteal cyst measures {cm} × {cm2} cm.
            """,
            means="""
            Baker cyst measuring {cm} cm without rupture.
            {cm} cm Baker cyst is present.
            """,
        ),
        finding("joint", 0, "Trace joint fluid and a small medial plica."),
        finding("extensor mechanism", 0, "Mild edema of the superolateral Hoffa fat pad. Tendons are intact."),
    ),
    normal=lines("""
        Normal MRI of the {limb} knee.
        No meniscal or ligamentous tear of the {limb} knee.
        Unremarkable MRI of the {limb} knee without internal derangement.
    """),
    negative=lines("""
        No meniscal or cruciate ligament tear.
        Menisci and cruciate ligaments are intact.
    """),
    history=lines("""
        {age}-year-old {man} with knee pain [after twisting injury|and locking|and swelling ×2 weeks].
        [Sports injury|Medial joint line tenderness|Instability ± giving way|Flexion limited to 90°].
    """),
)
