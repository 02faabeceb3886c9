"""Ultrasound of the abdomen: normal sentences and findings.

How to run: not alone; `python -m generators.reports` reads EXAM. What comes out: one exam.
"""

from generators.reports.ct_abdomen import AORTA
from generators.reports.grammar import Exam, finding, lines
from generators.reports.slots import by, pick, previously, tenths, trend, whole


def kidney(side: str) -> tuple:
    """The ultrasound findings of one kidney, which has a section of its own."""
    topic = f"{side} kidney"
    return (
        finding(
            topic,
            3,
            way=pick("mild", "moderate", "severe"),
            weight=0.7,
            says=f"""
            There is {{way}} dilatation of the {topic}'s collecting system.
            The {topic} shows {{way}} pelvicalyceal dilatation without visible stone.
            """,
            means=f"""
            {{way}} {side} hydronephrosis. CT recommended to find the cause.
            {{way}} hydronephrosis of the {topic}; recommend CT.
            """,
        ),
        finding(
            topic,
            2,
            mm=whole(4, 14),
            pole=pick("upper", "lower"),
            weight=0.7,
            says=f"""
            A {{mm}} mm shadowing echogenic focus in the {{pole}} pole of the {topic}, without hydronephrosis.
            The {topic} contains a {{mm}} mm {{pole}} pole calculus. No collecting system dilatation.
            """,
            means=f"""
            Nonobstructing {side} renal calculus, {{mm}} mm.
            {{mm}} mm nonobstructing stone in the {topic}.
            """,
        ),
        finding(topic, 0, f"The {topic} contains a [simple|anechoic] {{cm}} cm cyst.", cm=tenths(0.9, 4.2), weight=0.5),
    )


EXAM = Exam(
    titles=lines("""
        Ultrasound Abdomen complete | Real-time sonographic evaluation of the abdomen was performed.
        Ultrasound Abdomen | Gray-scale and color Doppler ultrasound of the abdomen.
    """),
    weight=1.2,
    topics={
        "liver": lines("""
            The liver is normal in size and echogenicity without focal lesion.
            Liver echotexture is homogeneous. No focal mass is seen.
        """),
        "portal vein": lines("""
            The main portal vein is patent with hepatopetal flow.
            Portal venous flow is normal in direction.
        """),
        "gallbladder": lines("""
            The gallbladder is normal without stones or wall thickening.
            No gallstones. Sonographic Murphy sign is negative.
        """),
        "bile ducts": lines("""
            The common bile duct is normal in caliber.
            There is no intra- or extrahepatic biliary dilatation.
        """),
        "pancreas": lines("""
            The visualized pancreas is [unremarkable|normal].
            Pancreatic tail is obscured by bowel gas; the remainder is normal.
        """),
        "right kidney": lines("""
            The right kidney is normal in size and echogenicity without hydronephrosis.
            No stone or hydronephrosis of the right kidney.
        """),
        "left kidney": lines("""
            The left kidney is normal in size and echogenicity without hydronephrosis.
            No stone or hydronephrosis of the left kidney.
        """),
        "spleen": lines("""
            The spleen is [normal in size|not enlarged] and homogeneous.
            Splenic size is within normal limits.
        """),
        "aorta": lines("""
            The abdominal aorta is normal in caliber.
            No abdominal aortic aneurysm is seen.
        """),
        "peritoneum": lines("""
            There is no ascites.
            No free fluid is [seen|identified].
        """),
    },
    findings=(
        *kidney("right"),
        *kidney("left"),
        finding(
            "liver",
            2,
            way=pick("mild", "moderate", "severe"),
            weight=1.4,
            says="""
            The liver is diffusely echogenic with {way} attenuation of the beam.
            {way} increased hepatic echogenicity with poor visualization of vessel walls.
            """,
            means="""
            {way} hepatic steatosis without focal lesion.
            {way} fatty infiltration of the liver.
            """,
        ),
        finding(
            "liver",
            3,
            hides="portal vein",
            says="""
            The liver has a nodular contour with coarse echotexture and caudate hypertrophy.
            Coarsened hepatic echotexture with surface nodularity.
            """,
            means="""
            Cirrhotic liver morphology. Hepatocellular carcinoma surveillance in 6 months.
            Findings of cirrhosis; surveillance ultrasound in 6 months.
            """,
        ),
        finding(
            "liver",
            2,
            cm=tenths(0.9, 4.4),
            where=pick("right", "left"),
            was=previously("cm", "cm"),
            trend=trend("cm"),
            says="""
            A well-defined hyperechoic {cm} cm lesion{was} in the {where} hepatic lobe shows no internal flow.
            The {where} lobe of the liver contains an echogenic {cm} cm lesion{was} with posterior enhancement.
            """,
            means="""
            {trend}{where} hepatic lobe hemangioma, {cm} cm.
            {trend}{cm} cm hemangioma in the {where} hepatic lobe.
            """,
        ),
        finding(
            "gallbladder",
            2,
            mm=whole(4, 22),
            weight=1.3,
            says="""
            Mobile shadowing gallstones up to {mm} mm, without wall thickening. Murphy sign is negative.
            There are echogenic gallstones, the largest {mm} mm. No pericholecystic fluid.
            """,
            means="""
            Cholelithiasis, largest stone {mm} mm, without acute cholecystitis.
            Gallstones up to {mm} mm. No sonographic evidence of cholecystitis.
            """,
        ),
        finding(
            "gallbladder",
            4,
            mm=whole(5, 9),
            says="""
            Gallstones with wall thickening of {mm} mm, pericholecystic fluid and a positive Murphy sign.
            The gallbladder wall measures {mm} mm; stones are impacted in the neck and Murphy sign is positive.
            """,
            means="""
            Acute calculous cholecystitis. Surgical consultation recommended.
            Findings of acute cholecystitis; surgical consultation advised.
            """,
        ),
        finding(
            "gallbladder",
            2,
            mm=whole(3, 13),
            was=previously("mm", "mm"),
            trend=trend("mm"),
            advice=by(
                "mm", (6, "No follow-up required."), (10, "Ultrasound in 12 months."), "Surgical referral advised."
            ),
            says="""
            A {mm} mm nonmobile, nonshadowing polypoid focus{was} arises from the gallbladder wall.
            There is an adherent {mm} mm gallbladder wall polyp{was}. No stones.
            """,
            means="""
            {trend}gallbladder polyp, {mm} mm. {advice}
            {trend}{mm} mm gallbladder polyp. {advice}
            """,
        ),
        finding(
            "bile ducts",
            4,
            mm=whole(9, 17),
            mm2=whole(4, 8),
            says="""
            The common bile duct is dilated to {mm} mm and contains a {mm2} mm shadowing stone.
            A {mm2} mm echogenic stone lies in the distal common duct, which measures {mm} mm.
            """,
            means="""
            Choledocholithiasis, {mm2} mm stone, with {mm} mm common duct. ERCP advised.
            {mm2} mm common duct stone with biliary dilatation to {mm} mm; recommend ERCP.
            """,
        ),
        finding(
            "spleen",
            2,
            cm=tenths(13.2, 18.5),
            says="""
            The spleen is enlarged at {cm} cm.
            Splenic length is {cm} cm, above normal limits.
            """,
            means="""
            Splenomegaly, {cm} cm in length.
            Enlarged spleen measuring {cm} cm.
            """,
        ),
        finding(
            "aorta",
            3,
            from_age=55,
            cm=tenths(3.1, 6.2),
            was=previously("cm", "cm"),
            trend=trend("cm"),
            advice=AORTA,
            says="""
            The abdominal aorta is aneurysmal, {cm} cm in maximal AP diameter{was}.
            Fusiform dilatation of the distal aorta to {cm} cm{was}.
            """,
            means="""
            {trend}abdominal aortic aneurysm, {cm} cm. {advice}
            {trend}{cm} cm aneurysm of the abdominal aorta. {advice}
            """,
        ),
        finding(
            "peritoneum",
            3,
            way=pick("small", "moderate", "large"),
            says="""
            A {way} amount of anechoic free fluid is present in all quadrants.
            There is a {way} volume of simple ascites.
            """,
            means="""
            {way} volume of abdominal ascites.
            Ascites, {way} in volume, simple.
            """,
        ),
        finding("pancreas", 0, "The pancreas is mildly echogenic from fatty replacement."),
    ),
    normal=lines("""
        Normal [complete|] ultrasound of the abdomen.
        Unremarkable abdominal ultrasound without gallstones or hydronephrosis.
        No sonographic abnormality [of|in] the abdomen.
        No acute sonographic findings in the abdomen.
    """),
    negative=lines("""
        No acute sonographic abnormality.
        No acute abdominal findings on ultrasound.
    """),
    history=lines("""
        {age}-year-old {man} with [right upper quadrant pain|elevated liver enzymes|epigastric pain|jaundice].
        [Abnormal LFTs|Postprandial pain ± nausea|Bilirubin 48 µmol/L|Hepatitis C surveillance].
    """),
)
