"""CT of the abdomen and pelvis: normal sentences and findings.

How to run: not alone; `python -m generators.reports` reads EXAM. What comes out: one exam.
"""

from generators.reports.grammar import Exam, finding, lines
from generators.reports.slots import SIDE, by, pick, previously, tenths, trend, whole

# Society for Vascular Surgery 2018 and ACR surveillance intervals for an abdominal aortic aneurysm.
AORTA = by(
    "cm",
    (4.0, "Ultrasound in 3 years."),
    (5.0, "Follow-up in 12 months."),
    (5.5, "Follow-up in 6 months."),
    "Vascular surgery referral.",
)


EXAM = Exam(
    titles=lines("""
        CT Abdomen and Pelvis with contrast | CT of the abdomen and pelvis was performed with intravenous contrast.
        CT Abdomen and Pelvis with IV contrast | Helical CT after intravenous contrast in the portal venous phase.
        CT Abdomen and Pelvis without contrast | Unenhanced CT of the abdomen and pelvis.
    """),
    weight=1.8,
    topics={
        "lung bases": lines("""
            The lung bases are clear.
            Visualized lung bases are [clear|unremarkable].
        """),
        "liver": lines("""
            The liver is normal in size and attenuation.
            No focal hepatic lesion.
        """),
        "gallbladder": lines("""
            The gallbladder is [unremarkable|normal] without biliary dilatation.
            No gallstones or biliary dilatation.
        """),
        "pancreas": lines("""
            The pancreas is [unremarkable|normal].
            No pancreatic mass or ductal dilatation.
        """),
        "spleen": lines("""
            The spleen is [normal in size|not enlarged].
            Spleen is unremarkable.
        """),
        "adrenals": lines("""
            The adrenal glands are [normal|unremarkable].
            No adrenal nodule.
        """),
        "kidneys": lines("""
            The kidneys are normal without stone or hydronephrosis.
            No hydronephrosis or renal calculus.
        """),
        "bowel": lines("""
            No bowel obstruction or wall thickening.
            Bowel loops are normal in caliber.
        """),
        "appendix": lines("""
            The appendix is normal.
            Normal appendix is visualized.
        """),
        "peritoneum": lines("""
            No free fluid or free air.
            There is no ascites or pneumoperitoneum.
        """),
        "aorta": lines("""
            The abdominal aorta is normal in caliber.
            No abdominal aortic aneurysm.
        """),
        "lymph nodes": lines("""
            No enlarged [retroperitoneal|abdominal or pelvic] lymph nodes.
            No lymphadenopathy.
        """),
        "pelvis": lines("""
            The bladder and pelvic organs are unremarkable.
            Pelvic organs are [normal|unremarkable].
        """),
        "bones": lines("""
            No acute osseous abnormality.
            Bones are [unremarkable|intact].
        """),
    },
    findings=(
        finding(
            "appendix",
            5,
            mm=whole(9, 17),
            weight=1.5,
            hides="peritoneum",
            says="""
            The appendix is dilated to {mm} mm with wall thickening and periappendiceal fat stranding. No free air.
            There is a fluid-filled appendix, {mm} mm in diameter, with surrounding inflammation but no abscess.
            Appendiceal diameter is {mm} mm with adjacent fat stranding and trace fluid.
            """,
            means="""
            Acute appendicitis, {mm} mm. Surgical consultation recommended.
            Acute appendicitis with a {mm} mm appendix; surgical consultation advised.
            """,
        ),
        finding(
            "bowel",
            4,
            where=pick("sigmoid colon", "descending colon"),
            weight=1.3,
            hides="peritoneum",
            says="""
            Wall thickening and pericolic fat stranding surround an inflamed diverticulum of the {where}. No abscess.
            The {where} shows diverticula with segmental thickening and adjacent stranding; no extraluminal air.
            """,
            means="""
            Acute uncomplicated diverticulitis of the {where}. Colonoscopy in 6–8 weeks.
            Uncomplicated {where} diverticulitis; recommend colonoscopy in 6–8 weeks.
            """,
        ),
        finding(
            "bowel",
            5,
            cm=tenths(3.1, 5.4),
            where=pick("right lower quadrant", "left lower quadrant", "mid pelvis"),
            says="""
            Dilated small bowel loops up to {cm} cm lead to a transition point in the {where}.
            There are fluid-filled small bowel loops measuring {cm} cm with abrupt caliber change in the {where}.
            """,
            means="""
            Small bowel obstruction with transition point in the {where}.
            Small bowel obstruction, transition in the {where}. Surgical consultation advised.
            """,
        ),
        finding(
            "kidneys",
            4,
            side=SIDE,
            mm=whole(3, 11),
            way=pick("mild", "moderate"),
            weight=2,
            where=pick("ureterovesical junction", "proximal ureter", "mid ureter"),
            advice=by("mm", (6, "Likely to pass spontaneously."), "Urology referral advised."),
            says="""
            A {mm} mm calculus at the {side} {where} causes {way} hydroureteronephrosis.
            There is {way} {side} hydronephrosis upstream of a {mm} mm stone in the {side} {where}.
            {way} dilatation of the {side} collecting system due to a {mm} mm {where} calculus.
            """,
            means="""
            Obstructing {mm} mm {side} {where} stone with {way} hydronephrosis. {advice}
            {mm} mm {side} {where} calculus causing {way} hydronephrosis. {advice}
            """,
        ),
        finding(
            "kidneys",
            4,
            from_age=40,
            side=SIDE,
            pole=pick("upper", "lower"),
            cm=tenths(2.2, 7.4),
            only="with ",
            says="""
            A {cm} cm heterogeneously enhancing mass arises from the {pole} pole of the {side} kidney.
            The {pole} pole of the {side} kidney contains a solid enhancing mass measuring {cm} cm.
            """,
            means="""
            {side} renal mass, {cm} cm, suspicious for renal cell carcinoma. Urology referral.
            {cm} cm solid {side} kidney mass, most likely renal cell carcinoma.
            """,
        ),
        finding(
            "kidneys",
            4,
            side=SIDE,
            only="with ",
            says="""
            Wedge-shaped areas of decreased enhancement in the {side} kidney with perinephric stranding.
            There is a striated nephrogram of the {side} kidney and perinephric fat stranding.
            """,
            means="""
            Acute {side} pyelonephritis without hydronephrosis or abscess.
            Findings consistent with {side} acute pyelonephritis.
            """,
        ),
        finding(
            "liver",
            4,
            from_age=40,
            only="with ",
            count=whole(3, 9),
            cm=tenths(1.1, 4.9),
            says="""
            There are {count} hypoenhancing hepatic lesions in both lobes, the largest {cm} cm.
            The liver contains {count} ill-defined hypodense masses measuring up to {cm} cm.
            """,
            means="""
            Hepatic metastases, {count} lesions, the largest {cm} cm.
            {count} liver lesions up to {cm} cm, suspicious for metastatic disease.
            """,
        ),
        finding(
            "liver",
            1,
            way=pick("mild", "moderate", "severe"),
            says="""
            There is {way} diffuse low attenuation of the liver relative to the spleen.
            {way} fatty infiltration of the liver without focal mass.
            """,
            means="""
            {way} hepatic steatosis is noted.
            Diffuse fatty liver, {way} in degree.
            """,
        ),
        finding(
            "gallbladder",
            1,
            says="""
            Calcified gallstones are present without wall thickening or pericholecystic fluid.
            There are dependent gallstones. No gallbladder wall thickening.
            """,
            means="""
            Cholelithiasis without evidence of cholecystitis.
            Gallstones, no evidence of cholecystitis.
            """,
        ),
        finding(
            "gallbladder",
            4,
            mm=whole(5, 10),
            hides="peritoneum",
            says="""
            The gallbladder is distended with stones, wall thickness {mm} mm and pericholecystic fluid.
            Gallbladder wall is thickened to {mm} mm with gallstones and adjacent fat stranding.
            """,
            means="""
            Acute calculous cholecystitis. Surgical consultation recommended.
            Findings of acute cholecystitis with gallstones; surgical consultation advised.
            """,
        ),
        finding(
            "pancreas",
            4,
            where=pick("head", "body", "tail"),
            hides="peritoneum",
            says="""
            The pancreatic {where} is edematous with peripancreatic stranding and fluid.
            There is enlargement of the pancreatic {where} with surrounding fat stranding, without drainable collection.
            """,
            means="""
            Acute pancreatitis of the pancreatic {where}; correlate with lipase.
            Acute pancreatitis involving the pancreatic {where}. Correlate with lipase.
            """,
        ),
        finding(
            "pancreas",
            4,
            from_age=45,
            only="with ",
            cm=tenths(1.8, 4.6),
            mm=whole(5, 11),
            says="""
            A {cm} cm hypoenhancing mass in the pancreatic head with main duct dilatation to {mm} mm.
            The main pancreatic duct is {mm} mm upstream of a {cm} cm hypodense pancreatic head mass.
            """,
            means="""
            Pancreatic head mass, {cm} cm, suspicious for adenocarcinoma. Endoscopic ultrasound recommended.
            {cm} cm pancreatic head mass, likely adenocarcinoma; recommend endoscopic ultrasound.
            """,
            hides="gallbladder",
        ),
        finding(
            "adrenals",
            2,
            side=SIDE,
            cm=tenths(1.1, 3.9),
            was=previously("cm", "cm"),
            trend=trend("cm"),
            says="""
            A low-attenuation {side} adrenal nodule measures {cm} cm{was}.
            The {side} adrenal gland contains a {cm} cm nodule of 4 Hounsfield units{was}.
            """,
            means="""
            {trend}{side} adrenal adenoma, {cm} cm.
            {trend}{cm} cm {side} adrenal adenoma, benign.
            """,
        ),
        finding(
            "aorta",
            3,
            from_age=55,
            cm=tenths(3.1, 6.4),
            was=previously("cm", "cm"),
            trend=trend("cm"),
            advice=AORTA,
            says="""
            The infrarenal abdominal aorta is dilated to {cm} cm{was}.
            Fusiform infrarenal aortic dilatation measures {cm} cm{was}, without periaortic stranding.
            """,
            means="""
            {trend}infrarenal abdominal aortic aneurysm, {cm} cm. {advice}
            {trend}{cm} cm abdominal aortic aneurysm. {advice}
            """,
        ),
        finding(
            "spleen",
            2,
            cm=tenths(13.2, 19.5),
            says="""
            The spleen is enlarged, {cm} cm in length.
            Splenic length measures {cm} cm.
            """,
            means="""
            Splenomegaly, {cm} cm in craniocaudal length.
            Enlarged spleen measuring {cm} cm.
            """,
        ),
        finding(
            "pelvis",
            1,
            from_age=50,
            sex="man",
            cm=tenths(5.1, 7.2),
            says="""
            The prostate is enlarged, {cm} cm in transverse diameter, indenting the bladder base.
            Prostatic enlargement to {cm} cm.
            """,
            means="""
            Enlarged prostate, {cm} cm in diameter.
            Prostatomegaly measuring {cm} cm transversely.
            """,
        ),
        finding(
            "pelvis",
            2,
            sex="woman",
            side=SIDE,
            cm=tenths(5.2, 9.6),
            says="""
            A {cm} cm simple-appearing cystic lesion is present in the {side} adnexa.
            The {side} ovary contains a thin-walled fluid-attenuation cyst of {cm} cm.
            """,
            means="""
            {side} ovarian cyst, {cm} cm. Pelvic ultrasound recommended.
            {cm} cm {side} adnexal cyst; recommend pelvic ultrasound.
            """,
        ),
        finding(
            "kidneys",
            0,
            "A simple {cm} cm cyst in the {side} kidney. No hydronephrosis.",
            side=SIDE,
            cm=tenths(0.8, 4.1),
        ),
        finding("bones", 0, "[Mild|Moderate] degenerative changes of the lumbar spine.", from_age=40, weight=1.5),
        finding(
            "bowel", 0, "Scattered colonic diverticula without [inflammation|stranding]. No obstruction.", from_age=45
        ),
    ),
    normal=lines("""
        No acute abnormality [of|in] the abdomen or pelvis.
        No acute intra-abdominal or pelvic process.
        Unremarkable CT of the abdomen and pelvis.
        No CT evidence of acute abdominal pathology.
    """),
    negative=lines("""
        No acute intra-abdominal process.
        No acute abdominal or pelvic abnormality.
    """),
    history=lines("""
        {age}-year-old {man} with [abdominal pain|flank pain|nausea and vomiting ×2 days|fever and weight loss].
        [Right lower quadrant pain|Hematuria, creatinine 112 µmol/L|Elevated lipase|Abdominal distension].
        {age} y/o {man}, Crohn’s disease, [follow-up|pain ± diarrhea].
    """),
)
