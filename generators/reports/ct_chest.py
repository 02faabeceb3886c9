"""CT of the chest: normal sentences and findings.

How to run: not alone; `python -m generators.reports` reads EXAM. What comes out: one exam.
"""

from generators.reports.grammar import Exam, finding, lines
from generators.reports.slots import LOBE, SIDE, by, part, pick, previously, tenths, trend, whole

# Fleischner Society 2017, solitary solid nodule.
FLEISCHNER = by(
    "mm",
    (6, "No routine follow-up needed."),
    (9, "Follow-up CT in 6–12 months."),
    "Consider PET/CT or tissue sampling.",
)


EXAM = Exam(
    titles=lines("""
        CT Chest with contrast | Helical CT of the chest after intravenous contrast.
        CT Chest with contrast PE protocol | CT angiography of the pulmonary arteries was performed.
        CT Chest without contrast | Axial CT images of the chest were obtained without intravenous contrast.
    """),
    weight=1.5,
    topics={
        "pulmonary arteries": lines("""
            The main pulmonary artery is normal in caliber.
            Central pulmonary arteries are [normal in size|not enlarged].
        """),
        "lungs": lines("""
            The lungs are clear [without nodule or consolidation|].
            No suspicious pulmonary nodule or consolidation is [seen|identified].
        """),
        "airways": lines("""
            The central airways are patent.
            Trachea and main bronchi are [clear|patent].
        """),
        "pleura": lines("""
            There is no pleural effusion or pneumothorax.
            No pleural effusion or thickening.
        """),
        "heart": lines("""
            Heart size is normal without pericardial effusion.
            The heart is normal in size. [No pericardial effusion.|]
        """),
        "aorta": lines("""
            The thoracic aorta is normal in caliber.
            No thoracic aortic aneurysm.
        """),
        "lymph nodes": lines("""
            No enlarged mediastinal or hilar lymph nodes.
            There is no mediastinal, hilar or axillary lymphadenopathy.
        """),
        "thyroid": lines("""
            The visualized thyroid is [unremarkable|homogeneous].
            Thyroid gland is normal.
        """),
        "upper abdomen": lines("""
            Limited images of the upper abdomen are unremarkable.
            The imaged upper abdominal organs are [normal|unremarkable].
        """),
        "bones": lines("""
            No suspicious osseous lesion.
            No aggressive bone lesion or acute fracture.
        """),
    },
    findings=(
        finding(
            "pulmonary arteries",
            5,
            only="with contrast",
            side=SIDE,
            weight=2,
            where=pick("main pulmonary artery", "lower lobe pulmonary artery", "upper lobe segmental branches"),
            says="""
            A filling defect is present in the {side} {where}. [The RV/LV ratio is below 0.9.|]
            There is a central intraluminal filling defect within the {side} {where}.
            The {side} {where} shows a low-attenuation intraluminal thrombus.
            """,
            means="""
            Acute pulmonary embolism in the {side} {where}.
            {side} pulmonary embolism involving the {where}.
            """,
        ),
        finding(
            "lungs",
            2,
            lobe=LOBE,
            mm=whole(4, 12),
            was=previously("mm", "mm"),
            trend=trend("mm"),
            advice=FLEISCHNER,
            weight=2,
            says="""
            A solid {mm} mm nodule{was} is seen in the {lobe}.
            There is a {mm} mm noncalcified solid pulmonary nodule in the {lobe}{was}.
            In the {lobe}, a smoothly marginated solid nodule measures {mm} mm{was}.
            """,
            means="""
            {trend}{mm} mm {lobe} nodule. {advice}
            {trend}solid nodule in the {lobe}, {mm} mm. {advice}
            """,
        ),
        finding(
            "lungs",
            4,
            from_age=45,
            side=SIDE,
            where=pick("upper", "lower"),
            mm=whole(31, 68),
            mm2=part("mm"),
            says="""
            A spiculated {mm} × {mm2} mm mass in the {side} {where} lobe abuts the pleura.
            There is an irregular {side} {where} lobe mass, {mm} × {mm2} mm, with spiculated margins.
            """,
            means="""
            {side} {where} lobe mass, {mm} mm, suspicious for primary lung cancer. Biopsy recommended.
            Spiculated {mm} mm {side} {where} lobe mass, likely malignant. Recommend tissue sampling.
            """,
        ),
        finding(
            "lungs",
            4,
            lobe=LOBE,
            says="""
            Dense consolidation with air bronchograms occupies the {lobe}.
            There is {lobe} airspace consolidation with surrounding ground-glass opacity.
            """,
            means="""
            {lobe} pneumonia. Follow-up imaging in 6–8 weeks.
            Consolidation in the {lobe} consistent with pneumonia; reimage in 6–8 weeks.
            """,
        ),
        finding(
            "lungs",
            2,
            from_age=45,
            way=pick("mild", "moderate", "severe"),
            kind=pick("centrilobular", "paraseptal"),
            says="""
            {way} {kind} emphysema is present, predominantly in the upper lobes.
            There are {way} upper lobe predominant {kind} lucencies without walls.
            """,
            means="""
            {way} {kind} emphysema without acute airspace disease.
            {kind} emphysema, {way}, upper lobe predominant.
            """,
        ),
        finding(
            "lungs",
            3,
            from_age=50,
            says="""
            Subpleural reticulation, traction bronchiectasis and honeycombing predominate at the lung bases.
            There is basilar honeycombing with peripheral reticular opacities and architectural distortion.
            """,
            means="""
            Fibrotic interstitial lung disease, usual interstitial pneumonia pattern.
            Basilar pulmonary fibrosis in a UIP pattern; pulmonology referral advised.
            """,
            hides="airways",
        ),
        finding(
            "airways",
            2,
            side=SIDE,
            where=pick("upper", "lower"),
            says="""
            Dilated, thick-walled bronchi with mucus plugging are seen in the {side} {where} lobe.
            There is cylindrical dilatation of {side} {where} lobe bronchi, wider than the adjacent arteries.
            """,
            means="""
            {side} {where} lobe bronchiectasis is present.
            Bronchiectasis is present in the {side} {where} lobe.
            """,
        ),
        finding(
            "pleura",
            3,
            side=SIDE,
            way=pick("small", "moderate", "large"),
            says="""
            A {way} low-attenuation {side} pleural effusion layers dependently.
            There is a {way} volume of {side} pleural fluid with adjacent compressive atelectasis.
            """,
            means="""
            {way} {side} pleural effusion is present.
            {side} pleural effusion, {way} in size.
            """,
            hides="lungs",
        ),
        finding(
            "lymph nodes",
            3,
            where=pick("subcarinal", "right paratracheal", "prevascular", "left hilar"),
            mm=whole(12, 29),
            says="""
            An enlarged {where} lymph node measures {mm} mm in short axis.
            There is {where} adenopathy, up to {mm} mm in short axis.
            """,
            means="""
            {where} lymphadenopathy, {mm} mm, indeterminate. Clinical correlation recommended.
            Enlarged {where} lymph nodes up to {mm} mm, nonspecific.
            """,
        ),
        finding(
            "aorta",
            3,
            from_age=45,
            cm=tenths(4.0, 5.9),
            was=previously("cm", "cm"),
            trend=trend("cm"),
            advice=by("cm", (4.5, "Annual imaging."), (5.5, "Imaging in 6 months."), "Surgical referral."),
            says="""
            The ascending aorta is dilated to {cm} cm{was}.
            Fusiform dilatation of the ascending aorta measures {cm} cm in diameter{was}.
            """,
            means="""
            {trend}ascending aortic aneurysm, {cm} cm. {advice}
            {trend}{cm} cm aneurysm of the ascending aorta. {advice}
            """,
        ),
        finding(
            "heart",
            1,
            from_age=45,
            way=pick("mild", "moderate", "severe"),
            says="""
            Heart size is normal. {way} calcified plaque of the coronary arteries is noted.
            There are {way} coronary artery calcifications.
            """,
            means="""
            {way} coronary artery calcification is noted.
            Coronary atherosclerosis, {way} in degree.
            """,
        ),
        finding(
            "heart",
            3,
            mm=whole(6, 26),
            way=by("mm", (10, "small"), (20, "moderate"), "large"),
            says="""
            Pericardial fluid measures up to {mm} mm in thickness.
            A pericardial effusion is present, {mm} mm at its deepest.
            """,
            means="""
            {way} pericardial effusion, {mm} mm in thickness.
            {way} {mm} mm pericardial effusion is present.
            """,
        ),
        finding(
            "bones",
            4,
            from_age=45,
            level=pick("T4", "T6", "T9", "T10"),
            kind=pick("sclerotic", "lytic"),
            mm=whole(8, 24),
            says="""
            A {mm} mm {kind} lesion is present in the {level} vertebral body.
            The {level} vertebral body contains a {kind} focus measuring {mm} mm.
            """,
            means="""
            {kind} {level} lesion, {mm} mm, suspicious for metastasis. Bone scan advised.
            {mm} mm {kind} lesion of {level}, concerning for osseous metastasis.
            """,
        ),
        finding(
            "thyroid",
            1,
            side=SIDE,
            mm=whole(6, 28),
            advice=by("mm", (15, "No follow-up needed."), "Thyroid ultrasound recommended."),
            says="""
            A {mm} mm hypodense nodule is seen in the {side} thyroid lobe.
            The {side} lobe of the thyroid contains a {mm} mm low-attenuation nodule.
            """,
            means="""
            {side} thyroid nodule, {mm} mm. {advice}
            Incidental {mm} mm {side} thyroid nodule. {advice}
            """,
        ),
        finding("upper abdomen", 0, "A tiny hepatic cyst and a small hiatal hernia are [noted|incidentally seen]."),
        finding("bones", 0, "Multilevel degenerative changes of the thoracic spine.", from_age=40, weight=1.5),
    ),
    normal=lines("""
        No acute abnormality [of|in] the chest.
        Normal CT of the chest without acute findings.
        No CT evidence of acute cardiopulmonary disease.
        Unremarkable chest CT. No suspicious nodule or adenopathy.
    """),
    negative=lines("""
        No acute thoracic abnormality.
        No acute cardiopulmonary process.
    """),
    history=lines("""
        {age}-year-old {man} with [dyspnea|hemoptysis|chest pain, elevated D-dimer|weight loss ± night sweats].
        [Lung nodule follow-up|Cough ×6 weeks|Shortness of breath, D-dimer 1240 µg/L|Known smoker].
        {age} y/o {man}, Sjögren syndrome, [chronic cough|exertional dyspnea].
    """),
)
