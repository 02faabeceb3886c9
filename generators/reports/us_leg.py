"""Venous ultrasound of a leg; {limb} is the side examined: normal sentences and findings.

How to run: not alone; `python -m generators.reports` reads EXAM. What comes out: one exam.
"""

from generators.reports.grammar import Exam, finding, lines
from generators.reports.slots import by, part, pick, tenths

EXAM = Exam(
    titles=lines("""
        Ultrasound {limb} Lower Extremity venous Doppler | Duplex ultrasound of the {limb} leg veins was performed.
        Ultrasound Venous Doppler {limb} Leg | Compression ultrasound and color Doppler of the {limb} lower extremity.
    """),
    weight=0.7,
    topics={
        "common femoral vein": lines("""
            The common femoral vein is fully compressible.
            Common femoral vein is patent with respiratory phasicity.
        """),
        "femoral vein": lines("""
            The femoral vein is patent and compressible throughout.
            Normal compression and color filling of the femoral vein.
        """),
        "popliteal vein": lines("""
            The popliteal vein is compressible with normal augmentation.
            Popliteal vein is patent with normal flow.
        """),
        "calf veins": lines("""
            The posterior tibial and peroneal veins are compressible.
            Visualized calf veins are patent.
        """),
        "great saphenous vein": lines("""
            The great saphenous vein is [patent|compressible].
            No thrombus is seen in the great saphenous vein.
        """),
        "popliteal fossa": lines("""
            No popliteal cyst or fluid collection.
            The popliteal fossa is clear.
        """),
        "soft tissues": lines("""
            Subcutaneous tissues are [unremarkable|normal].
            No soft tissue edema or collection.
        """),
    },
    findings=(
        *(
            finding(
                f"{vein} vein",
                5,
                kind=pick("occlusive", "nonocclusive"),
                cm=tenths(2.2, 14.5),
                weight=0.8,
                says=f"""
                The {{limb}} {vein} vein is noncompressible with {{kind}} hypoechoic thrombus over {{cm}} cm.
                There is {{kind}} intraluminal thrombus in the {{limb}} {vein} vein, {{cm}} cm in length.
                Echogenic material, {{kind}}, prevents compression of the {{limb}} {vein} vein over {{cm}} cm.
                """,
                means=f"""
                Acute {{kind}} deep vein thrombosis of the {{limb}} {vein} vein.
                {{kind}} acute DVT in the {{limb}} {vein} vein, {{cm}} cm long.
                """,
            )
            for vein in ("common femoral", "femoral", "popliteal")
        ),
        finding(
            "calf veins",
            4,
            vein=pick("peroneal", "posterior tibial", "soleal"),
            says="""
            The {limb} {vein} vein is dilated and noncompressible, filled with thrombus.
            Thrombus is seen in a noncompressible {limb} {vein} vein.
            """,
            means="""
            {limb} {vein} calf vein thrombosis. Repeat ultrasound in 1–2 weeks.
            Acute calf DVT of the {limb} {vein} vein; repeat ultrasound in 1–2 weeks.
            """,
        ),
        finding(
            "great saphenous vein",
            2,
            cm=tenths(0.8, 6.9),
            advice=by("cm", (3.0, "Anticoagulation should be considered."), "Repeat ultrasound in 7–10 days."),
            says="""
            The {limb} great saphenous vein holds thrombus {cm} cm from the saphenofemoral junction.
            Noncompressible thrombosed {limb} great saphenous vein, ending {cm} cm below the femoral junction.
            """,
            means="""
            Superficial thrombophlebitis of the {limb} great saphenous vein, {cm} cm from the junction. {advice}
            {limb} great saphenous superficial vein thrombosis, {cm} cm from the deep system. {advice}
            """,
        ),
        finding(
            "popliteal fossa",
            1,
            cm=tenths(1.6, 7.2),
            cm2=part("cm"),
            weight=1.2,
            says="""
            An anechoic collection of {cm} × {cm2} cm communicates with the {limb} knee joint.
            A {cm} × {cm2} cm cystic structure is seen in the {limb} popliteal fossa.
            """,
            means="""
            {limb} Baker cyst, {cm} cm in length.
            {cm} cm popliteal (Baker) cyst on the {limb}.
            """,
        ),
        finding(
            "soft tissues",
            1,
            way=pick("mild", "moderate", "marked"),
            weight=1.2,
            says="""
            There is {way} subcutaneous edema of the calf.
            {way} reticular fluid is seen in the subcutaneous fat of the lower leg.
            """,
            means="""
            {way} subcutaneous edema of the leg.
            {way} soft tissue edema is present.
            """,
        ),
        finding("soft tissues", 0, "Reactive inguinal lymph nodes with preserved fatty hila."),
    ),
    normal=lines("""
        No deep vein thrombosis in the {limb} lower extremity.
        No sonographic evidence of {limb} leg deep venous thrombosis.
        Negative {limb} lower extremity venous Doppler for DVT.
    """),
    negative=lines("""
        No deep vein thrombosis.
        No evidence of {limb} leg DVT.
    """),
    history=lines("""
        {age}-year-old {man} with leg [swelling|pain and swelling ×3 days|erythema ± tenderness].
        [Postoperative calf pain|Elevated D-dimer 1860 µg/L|Recent long-haul flight|Cellulitis vs DVT].
    """),
)
