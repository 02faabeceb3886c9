"""MRI of a shoulder; {limb} is the side examined: normal sentences and findings.

How to run: not alone; `python -m generators.reports` reads EXAM. What comes out: one exam.
"""

from generators.reports.grammar import Exam, finding, lines
from generators.reports.slots import pick, whole

EXAM = Exam(
    titles=lines("""
        MRI {limb} Shoulder without contrast | Multiplanar MRI of the {limb} shoulder was performed.
        MRI {limb} Shoulder | Non-contrast multisequence MRI of the {limb} shoulder.
    """),
    weight=0.8,
    topics={
        "supraspinatus": lines("""
            The supraspinatus tendon is [intact|normal].
            No supraspinatus tear is identified.
        """),
        "infraspinatus": lines("""
            The infraspinatus and teres minor tendons are intact.
            Infraspinatus and teres minor are normal in signal.
        """),
        "subscapularis": lines("""
            The subscapularis tendon is intact.
            Subscapularis is [normal|unremarkable].
        """),
        "biceps": lines("""
            The long head of the biceps is located in its groove.
            The biceps tendon and anchor are intact.
        """),
        "labrum": lines("""
            No labral tear is [seen|identified].
            The glenoid labrum is intact.
        """),
        "acromioclavicular joint": lines("""
            The acromioclavicular joint is [normal|unremarkable].
            No significant AC joint arthrosis.
        """),
        "bursa": lines("""
            No fluid in the subacromial–subdeltoid bursa.
            The subacromial bursa is not distended.
        """),
        "bones": lines("""
            Marrow signal is normal without fracture.
            No fracture or Hill–Sachs deformity.
        """),
        "muscles": lines("""
            Rotator cuff muscle bulk is preserved.
            No muscle atrophy or fatty infiltration.
        """),
    },
    findings=(
        finding(
            "supraspinatus",
            4,
            mm=whole(9, 34),
            mm2=whole(5, 30),
            hides="muscles",
            weight=1.4,
            says="""
            A full-thickness supraspinatus defect measures {mm} mm AP with {mm2} mm of retraction.
            The supraspinatus tendon is torn through its full thickness over {mm} mm and retracted {mm2} mm.
            """,
            means="""
            Full-thickness supraspinatus tear, {mm} mm, retracted {mm2} mm. Orthopedic referral.
            {mm} mm full-thickness tear of the supraspinatus with {mm2} mm retraction.
            """,
        ),
        finding(
            "supraspinatus",
            3,
            kind=pick("articular", "bursal"),
            percent=pick("30%", "40%", "60%", "70%"),
            weight=1.4,
            says="""
            There is a {kind}-sided partial-thickness supraspinatus tear involving {percent} of the tendon.
            {percent} of the supraspinatus thickness is torn at the {kind} surface.
            """,
            means="""
            Partial-thickness {kind}-sided supraspinatus tear, {percent} of the tendon.
            {kind}-sided partial supraspinatus tear ({percent} thickness).
            """,
        ),
        finding(
            "supraspinatus",
            2,
            way=pick("mild", "moderate", "severe"),
            says="""
            The supraspinatus is thickened with {way} intermediate signal, without a discrete tear.
            {way} supraspinatus signal increase and thickening; fibers remain continuous.
            """,
            means="""
            {way} supraspinatus tendinosis without tear.
            Supraspinatus tendinosis, {way}, no full-thickness tear.
            """,
        ),
        finding(
            "subscapularis",
            3,
            mm=whole(5, 14),
            hides="biceps",
            says="""
            The upper subscapularis fibers are torn over {mm} mm and the biceps is medially subluxed.
            There is a {mm} mm superior subscapularis tear with medial subluxation of the biceps tendon.
            """,
            means="""
            Subscapularis tear, {mm} mm, with medial biceps subluxation.
            {mm} mm subscapularis tear and biceps tendon subluxation.
            """,
        ),
        finding(
            "labrum",
            3,
            kind=pick("superior", "anteroinferior", "posterior"),
            says="""
            Fluid signal undercuts the {kind} labrum.
            The {kind} labrum is detached from the glenoid rim.
            """,
            means="""
            Tear of the {kind} glenoid labrum.
            {kind} labral tear; MR arthrography may help.
            """,
        ),
        finding(
            "bones",
            4,
            hides="labrum",
            says="""
            Posterolateral humeral head impaction with marrow edema and a detached anteroinferior labrum.
            There is a Hill–Sachs deformity and anteroinferior labral detachment.
            """,
            means="""
            Hill–Sachs and Bankart lesions consistent with anterior dislocation.
            Sequelae of anterior shoulder dislocation: Hill–Sachs deformity and Bankart lesion.
            """,
        ),
        finding(
            "acromioclavicular joint",
            1,
            from_age=35,
            way=pick("mild", "moderate", "severe"),
            weight=1.3,
            says="""
            {way} acromioclavicular joint hypertrophy with inferior spurring.
            There are {way} degenerative changes of the AC joint with capsular thickening.
            """,
            means="""
            {way} acromioclavicular joint osteoarthritis is present.
            AC joint osteoarthritis, {way} in degree.
            """,
        ),
        finding(
            "bursa",
            1,
            mm=whole(3, 9),
            says="""
            Fluid distends the subacromial–subdeltoid bursa to {mm} mm.
            The subacromial–subdeltoid bursa contains fluid, {mm} mm thick.
            """,
            means="""
            Subacromial–subdeltoid bursitis with bursal fluid.
            Bursitis of the subacromial–subdeltoid bursa.
            """,
        ),
        finding("bones", 0, "Small subcortical cysts of the greater tuberosity. No fracture."),
        finding("biceps", 0, "Small amount of fluid in the biceps sheath; the tendon is intact."),
    ),
    normal=lines("""
        Normal MRI of the {limb} shoulder.
        No rotator cuff or labral tear of the {limb} shoulder.
        Intact rotator cuff and labrum. Unremarkable {limb} shoulder MRI.
    """),
    negative=lines("""
        No rotator cuff tear.
        No full-thickness rotator cuff tear.
    """),
    history=lines("""
        {age}-year-old {man} with [shoulder pain|limited abduction to 60°|shoulder weakness ± pain at night].
        [Fall on outstretched arm|Impingement|Recurrent dislocation ×3|Pain for 4 months].
    """),
)
