"""CT of the neck with contrast: normal sentences and findings.

How to run: not alone; `python -m generators.reports` reads EXAM. What comes out: one exam.
"""

from generators.reports.grammar import Exam, finding, lines
from generators.reports.slots import SIDE, by, look, part, pick, previously, trend, whole

EXAM = Exam(
    titles=lines("""
        CT Neck with contrast | Contrast-enhanced CT of the neck from skull base to thoracic inlet.
        CT Soft Tissue Neck with contrast | Axial CT of the neck soft tissues after intravenous contrast.
    """),
    weight=0.6,
    topics={
        "pharynx": lines("""
            The nasopharynx, oropharynx and tonsils are [symmetric|unremarkable].
            No pharyngeal mass or collection.
        """),
        "larynx": lines("""
            The larynx and epiglottis are [normal|unremarkable].
            No laryngeal mass or vocal cord asymmetry.
        """),
        "airway": lines("""
            The airway is patent.
            No airway narrowing.
        """),
        "salivary glands": lines("""
            The parotid and submandibular glands are [normal|symmetric].
            Salivary glands are unremarkable without stone.
        """),
        "thyroid": lines("""
            The thyroid gland is [homogeneous|normal].
            No thyroid nodule is identified.
        """),
        "lymph nodes": lines("""
            No enlarged or necrotic cervical lymph nodes.
            Cervical nodes are normal by size criteria.
        """),
        "vessels": lines("""
            The carotid arteries and jugular veins are patent.
            Major neck vessels enhance normally.
        """),
        "lung apices": lines("""
            The lung apices are clear.
            Visualized lung apices are [clear|unremarkable].
        """),
        "bones": lines("""
            No destructive osseous lesion.
            No suspicious lesion of the cervical spine or mandible.
        """),
    },
    findings=(
        finding(
            "pharynx",
            4,
            side=SIDE,
            mm=whole(12, 34),
            mm2=part("mm"),
            says="""
            A rim-enhancing {side} peritonsillar collection measures {mm} × {mm2} mm.
            There is a {mm} × {mm2} mm low-attenuation collection adjacent to the {side} tonsil with rim enhancement.
            """,
            means="""
            {side} peritonsillar abscess, {mm} mm. ENT consultation recommended.
            {mm} mm {side} peritonsillar abscess; ENT consultation advised.
            """,
        ),
        finding(
            "pharynx",
            4,
            from_age=40,
            side=SIDE,
            where=pick("tongue base", "tonsil", "pyriform sinus"),
            mm=whole(14, 42),
            says="""
            An enhancing mass of the {side} {where} measures {mm} mm.
            The {side} {where} is enlarged by an infiltrating {mm} mm enhancing mass.
            """,
            means="""
            {side} {where} mass, {mm} mm, suspicious for squamous cell carcinoma. Direct visualization recommended.
            {mm} mm {side} {where} mass, likely carcinoma; recommend biopsy.
            """,
        ),
        finding(
            "lymph nodes",
            3,
            side=SIDE,
            level=pick("II", "III", "IV"),
            mm=whole(16, 38),
            kind=pick("necrotic", "homogeneous"),
            sense=look("kind", {"necrotic": "suspicious for metastasis", "homogeneous": "likely reactive"}),
            says="""
            An enlarged {kind} {side} level {level} lymph node measures {mm} mm.
            There is {side} level {level} adenopathy, {kind}, up to {mm} mm.
            """,
            means="""
            {side} level {level} adenopathy, {mm} mm, {sense}.
            {mm} mm {kind} {side} level {level} node, {sense}.
            """,
        ),
        finding(
            "salivary glands",
            3,
            side=SIDE,
            mm=whole(3, 12),
            says="""
            A {mm} mm calculus in the {side} submandibular duct with gland enlargement and stranding.
            The {side} submandibular gland is swollen upstream of a {mm} mm ductal stone.
            """,
            means="""
            Obstructing {mm} mm {side} submandibular duct stone with sialadenitis.
            {side} submandibular sialadenitis due to a {mm} mm ductal calculus.
            """,
        ),
        finding(
            "salivary glands",
            2,
            side=SIDE,
            mm=whole(9, 28),
            was=previously("mm", "mm"),
            trend=trend("mm"),
            says="""
            A well-circumscribed {side} parotid nodule in the superficial lobe measures {mm} mm{was}.
            The {side} parotid gland contains a {mm} mm lobulated lesion{was}.
            """,
            means="""
            {trend}{side} parotid mass, {mm} mm, likely pleomorphic adenoma.
            {trend}{mm} mm {side} parotid lesion, probably pleomorphic adenoma.
            """,
        ),
        finding(
            "thyroid",
            1,
            side=SIDE,
            mm=whole(7, 29),
            advice=by("mm", (15, "No follow-up needed."), "Thyroid ultrasound recommended."),
            says="""
            A {mm} mm low-attenuation nodule in the {side} thyroid lobe.
            The {side} thyroid lobe contains a {mm} mm hypodense nodule.
            """,
            means="""
            {side} thyroid nodule, {mm} mm. {advice}
            {mm} mm {side} thyroid nodule. {advice}
            """,
        ),
        finding(
            "larynx",
            5,
            hides="airway",
            says="""
            The epiglottis and aryepiglottic folds are markedly thickened with narrowing of the airway.
            Swollen epiglottis with edematous aryepiglottic folds and supraglottic airway narrowing.
            """,
            means="""
            Acute epiglottitis with airway narrowing. Urgent airway evaluation.
            Findings of acute epiglottitis; urgent airway management advised.
            """,
        ),
        finding("bones", 0, "Mild degenerative changes of the cervical spine.", from_age=40, weight=1.5),
        finding("vessels", 0, "Minimal calcified plaque at the carotid bifurcations without stenosis.", from_age=45),
    ),
    normal=lines("""
        No acute abnormality of the neck.
        Normal contrast-enhanced CT of the neck.
        No neck mass, abscess or adenopathy.
    """),
    negative=lines("""
        No acute neck abnormality.
        No abscess or airway compromise.
    """),
    history=lines("""
        {age}-year-old {man} with [neck mass|sore throat, 39.1 °C|dysphagia|facial swelling ± pain].
        [Odynophagia ×4 days|Palpable lump|Hoarseness|Trismus|Submandibular swelling].
    """),
)
