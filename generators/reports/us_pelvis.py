"""Ultrasound of the female pelvis: normal sentences and findings.

How to run: not alone; `python -m generators.reports` reads EXAM. What comes out: one exam.
"""

from generators.reports.grammar import Exam, Finding, finding, lines
from generators.reports.slots import by, part, pick, tenths, whole


def ovary(side: str) -> tuple[Finding, ...]:
    """The findings of one ovary, which has a section of its own."""
    topic = f"{side} ovary"
    return (
        finding(
            topic,
            2,
            cm=tenths(3.1, 8.8),
            weight=0.7,  # after the SRU consensus, simplified
            advice=by(
                "cm", (5.0, "No follow-up required."), (7.0, "Ultrasound in 6–12 months."), "Gynecology referral."
            ),
            says=f"""
            The {topic} contains an anechoic thin-walled cyst of {{cm}} cm with normal peripheral flow.
            A simple cyst in the {topic} measures {{cm}} cm, without septations or solid parts.
            """,
            means=f"""
            Simple {side} ovarian cyst, {{cm}} cm. {{advice}}
            {{cm}} cm simple cyst of the {topic}. {{advice}}
            """,
        ),
        finding(
            topic,
            2,
            cm=tenths(2.4, 6.2),
            weight=0.5,
            says=f"""
            A {{cm}} cm cyst with a reticular network of internal echoes and no internal flow lies in the {topic}.
            The {topic} holds a {{cm}} cm cyst with lacelike strands and retracting clot.
            """,
            means=f"""
            {side} hemorrhagic cyst, {{cm}} cm. Ultrasound in 6–12 weeks.
            {{cm}} cm hemorrhagic {side} ovarian cyst; repeat ultrasound in 6–12 weeks.
            """,
        ),
        finding(
            topic,
            3,
            cm=tenths(2.8, 8.4),
            weight=0.5,
            says=f"""
            A {{cm}} cm cyst with homogeneous low-level echoes is seen in the {topic}.
            The {topic} contains a {{cm}} cm unilocular mass of ground-glass echogenicity without flow.
            """,
            means=f"""
            {side} ovarian endometrioma, {{cm}} cm. Gynecology referral.
            {{cm}} cm endometrioma of the {topic}; gynecology follow-up advised.
            """,
        ),
        finding(
            topic,
            5,
            cm=tenths(5.2, 9.4),
            weight=0.5,
            hides="cul-de-sac",
            says=f"""
            The {topic} is enlarged to {{cm}} cm with peripheral follicles, absent Doppler flow and free fluid.
            An edematous {{cm}} cm {topic} without venous or arterial flow, with a twisted pedicle.
            """,
            means=f"""
            {side} ovarian torsion. Urgent gynecologic consultation recommended.
            Findings of {side} ovarian torsion; urgent surgical evaluation advised.
            """,
        ),
    )


EXAM = Exam(
    titles=lines("""
        Ultrasound Pelvis transabdominal and transvaginal | Transabdominal and transvaginal ultrasound of the pelvis.
        Ultrasound Pelvis | Real-time gray-scale and Doppler evaluation of the pelvis was performed.
    """),
    sex="woman",
    ages=(19, 47),  # cysts, devices and fibroids are read differently after menopause
    weight=0.7,
    topics={
        "uterus": lines("""
            The uterus is normal in size and echotexture without fibroid.
            Uterus is anteverted and [normal|homogeneous].
        """),
        "endometrium": lines("""
            The endometrium is [thin and homogeneous|normal in thickness].
            Endometrial stripe is normal.
        """),
        "cervix": lines("""
            The cervix is unremarkable. [A few Nabothian cysts are noted.|]
            No cervical abnormality is seen.
        """),
        "right ovary": lines("""
            The right ovary is normal in size with preserved Doppler flow.
            Normal right ovary with small physiologic follicles.
        """),
        "left ovary": lines("""
            The left ovary is normal in size with preserved Doppler flow.
            Normal left ovary with small physiologic follicles.
        """),
        "cul-de-sac": lines("""
            No free fluid in the cul-de-sac.
            There is no pelvic free fluid.
        """),
        "bladder": lines("""
            The urinary bladder is [unremarkable|normal].
            Bladder is partially distended without wall thickening.
        """),
    },
    findings=(
        *ovary("right"),
        *ovary("left"),
        finding(
            "uterus",
            2,
            cm=tenths(1.2, 8.4),
            cm2=part("cm"),
            weight=1.6,
            where=pick("anterior intramural", "posterior intramural", "subserosal fundal", "submucosal"),
            says="""
            A hypoechoic {where} mass with shadowing measures {cm} × {cm2} cm.
            The uterus contains a well-defined {where} fibroid of {cm} × {cm2} cm.
            """,
            means="""
            {where} uterine fibroid, {cm} cm.
            {cm} cm {where} leiomyoma of the uterus.
            """,
        ),
        finding(
            "uterus",
            2,
            weight=0.7,
            says="""
            The uterus is globular and heterogeneous with myometrial cysts and an indistinct junctional zone.
            Asymmetric myometrial thickening with streaky shadowing and small myometrial cysts.
            """,
            means="""
            Findings of uterine adenomyosis without focal fibroid.
            Adenomyosis of the uterus; pelvic MRI may confirm.
            """,
        ),
        finding(
            "endometrium",
            3,
            mm=whole(12, 27),
            says="""
            The endometrium is heterogeneous and thickened to {mm} mm.
            Endometrial stripe measures {mm} mm with cystic spaces.
            """,
            means="""
            Thickened endometrium, {mm} mm. Endometrial sampling recommended.
            Endometrial thickening to {mm} mm; recommend tissue sampling.
            """,
        ),
        finding(
            "endometrium",
            3,
            mm=whole(6, 19),
            says="""
            An echogenic {mm} mm intracavitary focus with a single feeding vessel.
            The endometrial cavity contains a {mm} mm polypoid lesion with a vascular stalk.
            """,
            means="""
            Endometrial polyp, {mm} mm. Hysteroscopy recommended.
            {mm} mm endometrial polyp; consider hysteroscopy.
            """,
        ),
        finding("endometrium", 0, "An intrauterine device is in satisfactory position within the cavity."),
        finding("cul-de-sac", 0, "A trace of physiologic fluid in the cul-de-sac."),
    ),
    normal=lines("""
        Normal pelvic ultrasound without adnexal mass.
        Normal sonographic appearance of uterus and ovaries.
        Unremarkable ultrasound of the pelvis. No free fluid.
    """),
    negative=lines("""
        No evidence of ovarian torsion.
        Preserved ovarian flow without torsion.
    """),
    history=lines("""
        {age}-year-old woman with [pelvic pain|irregular bleeding|menorrhagia|dysmenorrhea ± dyspareunia].
        [Pelvic fullness|Suspected fibroid|Bleeding ×10 days, ferritin 6 µg/L|Palpable adnexal mass].
    """),
)
