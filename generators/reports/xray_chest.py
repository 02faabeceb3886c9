"""The chest radiograph: normal sentences and findings.

How to run: not alone; `python -m generators.reports` reads EXAM. What comes out: one exam.
"""

from generators.reports.grammar import Exam, finding, lines
from generators.reports.slots import LOBE, SIDE, by, pick, previously, trend, whole

EXAM = Exam(
    titles=lines("""
        X-Ray Chest PA and lateral | PA and lateral views of the chest were obtained.
        X-Ray Chest 2 views | Frontal and lateral radiographs of the chest.
        X-Ray Chest portable | Single portable AP view of the chest.
    """),
    weight=2.0,
    topics={
        "lines": lines("""
            No lines or tubes are present.
            There are no support devices.
        """),
        "lungs": lines("""
            The lungs are clear [without focal airspace opacity|bilaterally].
            No focal consolidation is [seen|identified].
            Lungs are well expanded and [clear|free of focal airspace disease].
        """),
        "pleura": lines("""
            There is no pleural effusion or pneumothorax.
            No pneumothorax. No pleural effusion.
            Costophrenic angles are sharp. [No pneumothorax is seen.|]
        """),
        "heart": lines("""
            The cardiac silhouette is normal in size.
            Heart size is [within normal limits|normal].
        """),
        "pulmonary vessels": lines("""
            Pulmonary vascularity is [normal|within normal limits].
            The pulmonary vasculature is not congested.
        """),
        "mediastinum": lines("""
            Mediastinal contours are [unremarkable|within normal limits].
            The mediastinum and hila are [normal|unremarkable].
        """),
        "diaphragm": lines("""
            The hemidiaphragms are [normal in position|smooth in contour].
            No free air is seen beneath the diaphragm.
        """),
        "bones": lines("""
            No acute osseous abnormality is [seen|identified].
            The visualized bony thorax is intact.
            Osseous structures are [unremarkable|intact].
        """),
    },
    findings=(
        finding(
            "lungs",
            4,
            lobe=LOBE,
            weight=1.6,
            says="""
            There is a focal airspace opacity in the {lobe} with air bronchograms.
            Patchy consolidation is [present|noted] in the {lobe}.
            The {lobe} shows confluent airspace opacification.
            """,
            means="""
            {lobe} pneumonia. Follow-up radiograph in 6 weeks.
            {lobe} consolidation consistent with pneumonia; repeat radiograph in 6 weeks.
            """,
        ),
        finding(
            "pleura",
            3,
            side=SIDE,
            way=pick("small", "moderate", "large"),
            says="""
            There is a {way} {side} pleural effusion. [No pneumothorax.|]
            Blunting of the {side} costophrenic angle in keeping with a {way} effusion.
            {way} layering {side} pleural fluid is [seen|present]. [There is no pneumothorax.|]
            """,
            means="""
            {way} {side} pleural effusion is present.
            {side} pleural effusion, {way} in size.
            """,
        ),
        finding(
            "pleura",
            5,
            side=SIDE,
            mm=whole(6, 42),
            advice=by("mm", (20, "Short-interval follow-up radiograph."), "Consider chest tube placement."),
            says="""
            A {side} apical pleural line is seen with {mm} mm separation from the chest wall.
            There is absence of lung markings at the {side} apex; the visceral pleura is displaced {mm} mm.
            {side} pneumothorax with apical separation of {mm} mm. [No mediastinal shift.|]
            """,
            means="""
            {side} pneumothorax, {mm} mm. {advice}
            {mm} mm {side} apical pneumothorax. {advice}
            """,
        ),
        finding(
            "pulmonary vessels",
            4,
            from_age=45,
            hides="heart, pleura, lungs",
            says="""
            The heart is enlarged with vascular redistribution, Kerley B lines and small bilateral effusions.
            Cardiomegaly with perihilar haze, interstitial thickening and small bilateral pleural effusions.
            """,
            means="""
            Congestive heart failure with interstitial edema and small bilateral effusions.
            Cardiomegaly with pulmonary edema and small bilateral pleural effusions.
            """,
        ),
        finding(
            "heart",
            2,
            way=pick("mildly", "moderately", "markedly"),
            says="""
            The cardiac silhouette is {way} enlarged.
            Heart size is {way} increased, with a cardiothoracic ratio above normal.
            """,
            means="""
            {way} enlarged heart without pulmonary edema.
            {way} increased heart size; no edema.
            """,
            hides="pulmonary vessels",
        ),
        finding(
            "lungs",
            3,
            lobe=LOBE,
            mm=whole(7, 28),
            was=previously("mm", "mm"),
            trend=trend("mm"),
            says="""
            A {mm} mm rounded nodular opacity{was} projects over the {lobe}.
            There is a well-defined nodule in the {lobe} measuring {mm} mm{was}.
            """,
            means="""
            {trend}{lobe} nodule, {mm} mm. Chest CT recommended.
            {trend}{mm} mm nodule in the {lobe}; recommend chest CT.
            """,
        ),
        finding(
            "lungs",
            2,
            from_age=45,
            hides="diaphragm",
            says="""
            The lungs are hyperinflated with flattened hemidiaphragms and attenuated peripheral vessels.
            Hyperexpanded lungs, flattening of the diaphragm and coarsened lung markings.
            """,
            means="""
            Hyperinflation consistent with chronic obstructive pulmonary disease.
            Emphysematous changes in keeping with COPD.
            """,
        ),
        finding(
            "lungs",
            1,
            side=SIDE,
            says="""
            Linear opacities are [seen|noted] at the {side} lung base.
            Streaky {side} basilar opacity with mild volume loss.
            Bandlike density in the {side} lower lung zone.
            """,
            means="""
            {side} basilar subsegmental atelectasis or scarring.
            Mild linear atelectasis at the {side} base.
            """,
        ),
        finding(
            "bones",
            3,
            side=SIDE,
            rib=pick("fourth", "fifth", "sixth", "seventh", "eighth"),
            way=pick("nondisplaced", "mildly displaced"),
            says="""
            A {way} fracture of the lateral {side} {rib} rib is [seen|identified].
            Cortical step-off of the {side} {rib} rib laterally, {way}.
            """,
            means="""
            {way} fracture of the {side} {rib} rib.
            {side} {rib} rib fracture, {way}.
            """,
        ),
        finding(
            "bones",
            2,
            from_age=50,
            level=pick("T7", "T8", "T11", "T12"),
            way=pick("mild", "moderate"),
            says="""
            There is {way} anterior wedging of the {level} vertebral body, chronic in appearance.
            {way} loss of height of {level} with sclerotic, old-appearing end plates.
            """,
            means="""
            {way} chronic compression fracture of {level}.
            Old {level} compression deformity, {way}.
            """,
        ),
        finding(
            "mediastinum",
            3,
            side=SIDE,
            says="""
            The {side} hilum is enlarged and lobulated.
            There is a rounded fullness of the {side} hilum with increased density.
            """,
            means="""
            {side} hilar enlargement, possible adenopathy or mass. Chest CT recommended.
            Prominent {side} hilum; contrast-enhanced CT advised to exclude adenopathy.
            """,
        ),
        finding(
            "mediastinum",
            1,
            says="""
            A retrocardiac rounded opacity contains an air–fluid level.
            An air–fluid level projects behind the heart in the lower mediastinum.
            """,
            means="""
            Hiatal hernia without acute complication.
            Retrocardiac hiatal hernia is noted.
            """,
        ),
        finding(
            "lines",
            4,
            only="portable",
            side=pick("right"),
            weight=2.5,
            mm=whole(8, 22),
            says="""
            The endotracheal tube terminates in the {side} mainstem bronchus, {mm} mm below the carina.
            Endotracheal tube tip lies {mm} mm distal to the carina within the {side} main bronchus.
            """,
            means="""
            Endotracheal tube in the {side} mainstem bronchus; recommend withdrawal.
            {side} mainstem intubation. Retraction of the endotracheal tube advised.
            """,
        ),
        finding("lines", 0, "A {side} PICC terminates over the lower superior vena cava.", side=SIDE),
        finding("bones", 0, "Mild degenerative [changes|osteophytes] of the thoracic spine.", from_age=40, weight=1.5),
        finding("mediastinum", 0, "Calcified {side} hilar lymph nodes reflect old granulomatous disease.", side=SIDE),
    ),
    normal=lines("""
        No acute cardiopulmonary [abnormality|disease|process] identified.
        No radiographic evidence of acute cardiopulmonary disease.
        Normal chest radiograph without acute findings.
        Clear lungs. No acute cardiopulmonary process.
    """),
    negative=lines("""
        No acute cardiopulmonary process.
        No acute cardiopulmonary abnormality.
    """),
    history=lines("""
        {age}-year-old {man} with [cough|cough and fever, 38.6 °C|shortness of breath|chest pain|positive PPD].
        [Preoperative evaluation|Dyspnea ×2 days|Fall with chest wall pain|Hypoxia|Fever ± productive cough].
        {age} y/o {man}, [smoker, 40 pack-years|post pacemaker placement|pneumonia follow-up].
    """),
)
