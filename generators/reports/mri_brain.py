"""MRI of the brain with contrast: normal sentences and findings.

How to run: not alone; `python -m generators.reports` reads EXAM. What comes out: one exam.
"""

from generators.reports.grammar import Exam, finding, lines
from generators.reports.slots import SIDE, by, part, pick, previously, trend, whole

EXAM = Exam(
    titles=lines("""
        MRI Brain with and without contrast | Multiplanar MRI of the brain before and after intravenous gadolinium.
        MRI Brain with contrast | Multisequence MRI of the brain was performed with intravenous gadolinium contrast.
    """),
    weight=1.2,
    topics={
        "diffusion": lines("""
            There is no restricted diffusion [to suggest acute infarct|].
            No diffusion restriction is [seen|identified].
        """),
        "white matter": lines("""
            No abnormal white matter signal is [seen|present].
            White matter signal is normal on T2 and FLAIR sequences.
        """),
        "susceptibility": lines("""
            No blooming artifact is seen on susceptibility-weighted images.
            There is no evidence of prior hemorrhage on gradient-echo images.
        """),
        "enhancement": lines("""
            No abnormal [parenchymal or leptomeningeal|intracranial] enhancement is seen.
            Post-contrast images show no [abnormal enhancement|enhancing lesion].
        """),
        "ventricles": lines("""
            The ventricles and sulci are [normal|within normal limits] for age.
            Ventricular size is normal and there is no hydrocephalus.
        """),
        "sella": lines("""
            The pituitary gland and sella are [unremarkable|normal].
            The sella turcica and pituitary stalk are normal.
        """),
        "posterior fossa": lines("""
            The cerebellar tonsils are in normal position.
            Brainstem and craniocervical junction are [unremarkable|normal].
        """),
        "internal auditory canals": lines("""
            The internal auditory canals are symmetric and [normal|clear].
            The seventh and eighth nerve complexes are unremarkable.
        """),
        "flow voids": lines("""
            Major intracranial flow voids are preserved.
            The vascular flow voids at the skull base are [maintained|normal].
        """),
        "sinuses": lines("""
            Paranasal sinuses and mastoid air cells are clear.
            The visualized sinuses are well aerated.
        """),
    },
    findings=(
        finding(
            "diffusion",
            5,
            side=SIDE,
            mm=whole(6, 42),
            weight=1.3,
            where=pick("frontal lobe", "insula", "thalamus", "pons", "cerebellar hemisphere", "corona radiata"),
            says="""
            A {mm} mm focus of restricted diffusion with low ADC is present in the {side} {where}.
            The {side} {where} shows a {mm} mm area of high DWI signal with corresponding ADC reduction.
            Diffusion-weighted images show a {mm} mm bright focus in the {side} {where}, dark on ADC.
            """,
            means="""
            Acute infarct in the {side} {where}, {mm} mm.
            {mm} mm acute ischemic infarct, {side} {where}.
            """,
        ),
        finding(
            "white matter",
            3,
            count=pick("Multiple", "Numerous"),
            where=pick("periventricular and juxtacortical", "periventricular and callosal", "pericallosal and pontine"),
            says="""
            {count} ovoid T2/FLAIR hyperintense lesions are seen in the {where} white matter.
            There are {where} T2 hyperintense plaques, some oriented perpendicular to the ventricles.
            """,
            means="""
            {where} white matter lesions consistent with demyelinating disease.
            Demyelinating disease with {where} plaques; correlate for multiple sclerosis.
            """,
        ),
        finding(
            "white matter",
            1,
            from_age=45,
            way=pick("mild", "moderate", "severe"),
            weight=1.3,
            says="""
            {way} scattered T2/FLAIR hyperintensities in the subcortical and periventricular white matter.
            There is {way} confluent periventricular FLAIR hyperintensity.
            """,
            means="""
            {way} chronic small vessel ischemic changes.
            {way} chronic microvascular white matter disease.
            """,
        ),
        finding(
            "enhancement",
            3,
            side=SIDE,
            where=pick("frontal convexity", "parietal convexity", "sphenoid wing"),
            mm=whole(9, 38),
            was=previously("mm", "mm"),
            trend=trend("mm"),
            advice=by("mm", (20, "Follow-up MRI in 12 months."), "Neurosurgical referral recommended."),
            says="""
            A dural-based enhancing mass along the {side} {where} measures {mm} mm{was}, with a dural tail.
            Extra-axial enhancing lesion at the {side} {where}, {mm} mm{was}, broad-based against the dura.
            """,
            means="""
            {trend}{side} {where} meningioma, {mm} mm. {advice}
            {trend}{mm} mm meningioma of the {side} {where}. {advice}
            """,
        ),
        finding(
            "enhancement",
            4,
            side=SIDE,
            where=pick("frontal", "temporal", "parietal"),
            mm=whole(24, 60),
            mm2=part("mm"),
            says="""
            A {mm} × {mm2} mm necrotic rim-enhancing mass in the {side} {where} lobe has extensive edema.
            The {side} {where} lobe holds an irregular ring-enhancing mass, {mm} × {mm2} mm, with central necrosis.
            """,
            means="""
            {side} {where} lobe mass, {mm} mm, suspicious for high-grade glioma.
            Necrotic {side} {where} mass measuring {mm} mm, most consistent with high-grade glioma.
            """,
        ),
        finding(
            "enhancement",
            4,
            from_age=40,
            count=whole(3, 9),
            mm=whole(6, 21),
            weight=0.7,
            says="""
            There are {count} enhancing nodules at the gray–white junction bilaterally, the largest {mm} mm.
            {count} small ring-enhancing lesions are scattered in both hemispheres, up to {mm} mm.
            """,
            means="""
            {count} enhancing lesions up to {mm} mm, consistent with brain metastases.
            Brain metastases, {count} lesions, the largest measuring {mm} mm.
            """,
        ),
        finding(
            "sella",
            3,
            hides="enhancement",
            side=SIDE,
            mm=whole(4, 24),
            kind=by("mm", (10, "microadenoma"), "macroadenoma"),
            advice=by("mm", (10, "Endocrine correlation advised."), "Visual field testing advised."),
            says="""
            A hypoenhancing {mm} mm lesion lies in the {side} half of the pituitary gland.
            The {side} side of the pituitary contains a {mm} mm lesion that enhances less than the gland.
            """,
            means="""
            {side} pituitary {kind}, {mm} mm. {advice}
            {mm} mm pituitary {kind} on the {side}. {advice}
            """,
        ),
        finding(
            "internal auditory canals",
            3,
            hides="enhancement",
            side=SIDE,
            mm=whole(4, 22),
            was=previously("mm", "mm"),
            trend=trend("mm"),
            says="""
            A {mm} mm enhancing mass{was} is seen in the {side} internal auditory canal.
            Avid enhancement of a {side} intracanalicular nodule, {mm} mm in length{was}.
            """,
            means="""
            {trend}{side} vestibular schwannoma, {mm} mm.
            {trend}{mm} mm vestibular schwannoma on the {side}.
            """,
        ),
        finding(
            "susceptibility",
            2,
            side=SIDE,
            mm=whole(5, 17),
            where=pick("temporal lobe", "frontal lobe", "pons"),
            says="""
            A {mm} mm popcorn-like lesion with a hemosiderin rim is present in the {side} {where}.
            There is a {mm} mm lesion with blooming and mixed T2 signal in the {side} {where}.
            """,
            means="""
            {side} {where} cavernous malformation, {mm} mm.
            {mm} mm cavernoma in the {side} {where}.
            """,
        ),
        finding(
            "posterior fossa",
            2,
            mm=whole(6, 15),
            says="""
            The cerebellar tonsils extend {mm} mm below the foramen magnum and appear peg-like.
            Tonsillar descent of {mm} mm below the foramen magnum with crowding.
            """,
            means="""
            Chiari I malformation with {mm} mm tonsillar descent.
            {mm} mm tonsillar ectopia, consistent with Chiari I malformation.
            """,
        ),
        finding(
            "ventricles",
            2,
            side=SIDE,
            says="""
            There is volume loss of the {side} hippocampus with increased FLAIR signal.
            The {side} hippocampus is small and T2 hyperintense with loss of internal architecture.
            """,
            means="""
            {side} mesial temporal sclerosis is suspected.
            Findings consistent with {side} mesial temporal sclerosis.
            """,
        ),
        finding("sinuses", 0, "A small retention cyst is noted in the {side} maxillary sinus.", side=SIDE),
        finding("flow voids", 0, "Incidental developmental venous anomaly in the {side} cerebellum.", side=SIDE),
    ),
    normal=lines("""
        Normal MRI of the brain [with and without|before and after] contrast.
        No acute infarct, mass or abnormal enhancement.
        Unremarkable contrast-enhanced MRI of the brain.
        No acute or enhancing intracranial abnormality [is seen|].
    """),
    negative=lines("""
        No acute infarct.
        No acute infarct or abnormal enhancement.
    """),
    history=lines("""
        {age}-year-old {man} with [migraine|visual disturbance|left-sided numbness|new seizures|hearing loss].
        [Numbness ± tingling of the hands|Tremor|Known multiple sclerosis, follow-up|Elevated prolactin 94 µg/L].
        Previously treated Guillain–Barré syndrome, now [gait disturbance|diplopia].
    """),
)
