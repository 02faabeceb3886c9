"""CT of the head without contrast: normal sentences and findings.

How to run: not alone; `python -m generators.reports` reads EXAM. What comes out: one exam.
"""

from generators.reports.grammar import Exam, finding, lines
from generators.reports.slots import SIDE, by, other, part, pick, previously, trend, whole

EXAM = Exam(
    titles=lines("""
        CT Head without contrast | Axial CT images of the head were obtained without intravenous contrast.
        CT Brain without contrast | Non-contrast CT of the brain was performed from skull base to vertex.
    """),
    weight=1.8,
    topics={
        "brain parenchyma": lines("""
            Gray–white matter differentiation is preserved.
            The brain parenchyma [shows|demonstrates] normal attenuation.
            No [focal|discrete] parenchymal lesion is [seen|identified].
        """),
        "white matter": lines("""
            The periventricular white matter is [normal|unremarkable].
            White matter attenuation is [within normal limits|normal for age].
        """),
        "hemorrhage": lines("""
            There is no [acute intracranial|intra- or extra-axial] hemorrhage.
            No hyperdense blood products are [seen|identified].
            No extra-axial collection or hemorrhage is present.
        """),
        "midline": lines("""
            There is no midline shift [or mass effect|].
            Midline structures are [central|not displaced]. [The basal cisterns are patent.|]
        """),
        "ventricles": lines("""
            The ventricles and sulci are [normal in size|age appropriate].
            The ventricular system is normal in size and configuration.
        """),
        "posterior fossa": lines("""
            The cerebellum and brainstem are [unremarkable|normal].
            The fourth ventricle is midline and the cerebellum is normal.
        """),
        "sinuses": lines("""
            The [visualized|imaged] paranasal sinuses are clear.
            Paranasal sinuses are well aerated.
        """),
        "mastoids": lines("""
            The mastoid air cells are [clear|well aerated].
            Mastoid air cells and middle ear cavities are clear.
        """),
        "skull": lines("""
            No [calvarial|skull] fracture is [seen|identified].
            The calvarium is intact.
        """),
        "scalp": lines("""
            The [scalp|extracranial] soft tissues are [normal|unremarkable].
            No scalp swelling.
        """),
    },
    findings=(
        finding(
            "hemorrhage",
            5,
            hides="midline",
            side=SIDE,
            away=other(),
            mm=whole(4, 18),
            shift=by("mm", (8, ""), " with midline shift"),
            push=by("mm", (8, "no midline shift"), "midline shift to the {away}"),
            says="""
            A hyperdense crescentic extra-axial collection along the {side} convexity measures {mm} mm, with {push}.
            Along the {side} cerebral convexity there is acute subdural blood up to {mm} mm thick; {push} is seen.
            Hyperdense {side} subdural collection, maximal thickness {mm} mm, with {push}.
            """,
            means="""
            Acute {side} subdural hematoma, {mm} mm{shift}.
            {side} acute subdural hematoma measuring {mm} mm{shift}.
            """,
        ),
        finding(
            "hemorrhage",
            5,
            hides="midline, skull",
            weight=0.6,
            side=SIDE,
            mm=whole(8, 28),
            says="""
            A biconvex hyperdense collection {mm} mm thick lies deep to a {side} temporal bone fracture.
            {side} temporal bone fracture with an underlying lentiform hyperdense collection {mm} mm in thickness.
            """,
            means="""
            {side} epidural hematoma, {mm} mm, with temporal bone fracture.
            Acute {side} temporal epidural hematoma ({mm} mm) and overlying skull fracture.
            """,
        ),
        finding(
            "hemorrhage",
            5,
            hides="midline",
            side=SIDE,
            mm=whole(12, 46),
            mm2=part("mm"),
            where=pick("basal ganglia", "thalamus", "frontal lobe", "parietal lobe"),
            says="""
            There is a {mm} × {mm2} mm hyperdense focus in the {side} {where} with a thin rim of edema.
            An acute parenchymal hematoma in the {side} {where} measures {mm} × {mm2} mm with surrounding edema.
            Hyperdense blood is centered in the {side} {where}, {mm} × {mm2} mm, with mild local mass effect.
            """,
            means="""
            Acute intraparenchymal hemorrhage in the {side} {where}, {mm} mm.
            {side} {where} acute parenchymal hematoma measuring {mm} mm.
            """,
        ),
        finding(
            "hemorrhage",
            5,
            side=SIDE,
            where=pick("sylvian fissure", "frontal sulci", "parietal sulci"),
            says="""
            Hyperdense material [fills|layers within] the {side} {where}.
            Subarachnoid blood is present in the {side} {where}.
            There is increased density in the {side} {where} in keeping with acute blood.
            """,
            means="""
            Acute {side} subarachnoid hemorrhage in the {where}. CT angiography recommended.
            Subarachnoid hemorrhage, {side} {where}; recommend CT angiography.
            """,
        ),
        finding(
            "hemorrhage",
            3,
            from_age=55,
            hides="midline",
            side=SIDE,
            mm=whole(5, 16),
            was=previously("mm", "mm"),
            trend=trend("mm"),
            says="""
            A hypodense {side} extra-axial collection measures {mm} mm in thickness{was}, without midline shift.
            Low-attenuation {side} subdural fluid collection, {mm} mm{was}. No midline shift.
            """,
            means="""
            {trend}chronic {side} subdural hematoma, {mm} mm.
            Chronic subdural collection on the {side}, {trend}at {mm} mm.
            """,
        ),
        finding(
            "brain parenchyma",
            5,
            hides="midline",
            side=SIDE,
            where=pick("middle cerebral artery", "posterior cerebral artery", "anterior cerebral artery"),
            says="""
            Loss of gray–white differentiation and sulcal effacement involve the {side} {where} territory.
            There is ill-defined hypoattenuation in the {side} {where} territory with loss of the cortical ribbon.
            Cytotoxic edema is seen throughout the {side} {where} territory.
            """,
            means="""
            Acute {side} {where} territory infarct. MRI recommended.
            Findings of acute infarction in the {side} {where} territory; MRI advised.
            """,
        ),
        finding(
            "brain parenchyma",
            2,
            from_age=45,
            side=SIDE,
            where=pick("caudate", "thalamus", "corona radiata", "cerebellum"),
            mm=whole(3, 14),
            hides="posterior fossa",
            says="""
            A well-defined {mm} mm CSF-density focus is seen in the {side} {where}.
            There is a {mm} mm remote lacune in the {side} {where}.
            An old {mm} mm area of encephalomalacia is noted in the {side} {where}.
            """,
            means="""
            Chronic infarct in the {side} {where}.
            Old lacunar infarct, {side} {where}.
            """,
        ),
        finding(
            "brain parenchyma",
            4,
            hides="midline",
            side=SIDE,
            where=pick("frontal", "temporal", "parietal", "occipital"),
            mm=whole(14, 52),
            mm2=part("mm"),
            says="""
            A {mm} × {mm2} mm [rounded|lobulated] mass in the {side} {where} lobe is surrounded by vasogenic edema.
            There is an [ill-defined|irregular] {side} {where} lobe lesion, {mm} × {mm2} mm, with marked edema.
            Vasogenic edema in the {side} {where} lobe surrounds a {mm} × {mm2} mm isodense mass.
            """,
            means="""
            {side} {where} lobe mass, {mm} mm, with vasogenic edema. Recommend contrast-enhanced MRI.
            {mm} mm mass in the {side} {where} lobe with edema; contrast-enhanced MRI advised.
            """,
        ),
        finding(
            "ventricles",
            4,
            kind=pick("communicating", "obstructive"),
            way=pick("mild", "moderate", "marked"),
            says="""
            There is {way} dilatation of the lateral and third ventricles with transependymal edema, {kind} in pattern.
            {way} ventriculomegaly with rounded temporal horns is out of proportion to the sulci, {kind} in pattern.
            """,
            means="""
            {way} {kind} hydrocephalus; neurosurgical consultation advised.
            Hydrocephalus, {way}, {kind} type. Recommend neurosurgical review.
            """,
        ),
        finding(
            "ventricles",
            1,
            from_age=55,
            way=pick("mild", "moderate"),
            says="""
            The ventricles and sulci are {way}ly prominent, in keeping with volume loss.
            {way} diffuse sulcal widening with proportionate ventricular enlargement.
            There is {way} generalized prominence of the sulci and ventricles.
            """,
            means="""
            {way} generalized cerebral atrophy.
            {way} cerebral volume loss.
            """,
        ),
        finding(
            "white matter",
            1,
            from_age=45,
            way=pick("mild", "moderate", "severe"),
            weight=1.3,
            says="""
            {way} patchy periventricular and deep white matter hypodensities are present.
            There is {way} confluent low attenuation in the periventricular white matter.
            Periventricular hypoattenuation, {way} in degree, is noted bilaterally.
            """,
            means="""
            {way} chronic small vessel ischemic changes.
            {way} chronic microvascular ischemic disease.
            """,
        ),
        finding(
            "sinuses",
            1,
            side=SIDE,
            where=pick("maxillary", "frontal", "sphenoid"),
            says="""
            An air–fluid level is present in the {side} {where} sinus.
            Frothy secretions with an air–fluid level fill the {side} {where} sinus.
            """,
            means="""
            {side} acute {where} sinusitis.
            Acute sinusitis involving the {side} {where} sinus.
            """,
        ),
        finding(
            "skull",
            4,
            side=SIDE,
            where=pick("frontal", "parietal", "occipital"),
            hides="scalp",
            says="""
            There is a linear nondisplaced fracture of the {side} {where} bone with overlying scalp swelling.
            A lucent fracture line crosses the {side} {where} bone without depression. Overlying scalp hematoma.
            """,
            means="""
            Nondisplaced {side} {where} skull fracture.
            Linear fracture of the {side} {where} bone without depression.
            """,
        ),
        finding(
            "scalp",
            1,
            side=SIDE,
            where=pick("frontal", "parietal", "occipital"),
            mm=whole(4, 15),
            says="""
            A {side} {where} scalp hematoma measures {mm} mm in thickness.
            Soft tissue swelling over the {side} {where} scalp, {mm} mm thick.
            """,
            means="""
            {side} {where} scalp hematoma, {mm} mm.
            {mm} mm {side} {where} scalp hematoma.
            """,
        ),
        finding("sinuses", 0, "[Mild|Minimal] mucosal thickening in the ethmoid air cells.", weight=1.5),
        finding("mastoids", 0, "Trace fluid is seen in the {side} mastoid air cells.", side=SIDE),
    ),
    normal=lines("""
        No acute intracranial abnormality [identified|is seen|on this non-contrast study].
        Normal non-contrast CT of the [head|brain].
        No evidence of acute intracranial hemorrhage, infarct or mass effect.
        Unremarkable CT head without acute findings.
    """),
    negative=lines("""
        No acute intracranial abnormality.
        No acute intracranial hemorrhage or infarct.
    """),
    history=lines("""
        {age}-year-old {man} with [severe headache|sudden headache|fall and head injury|confusion|dizziness ± vomiting].
        [Headache ×3 days|Fall from standing height, GCS 14|New onset seizure|Syncope|Altered mental status].
        {age} y/o {man}, known Ménière disease, worsening vertigo.
        [Memory loss|Unsteady gait|Head trauma] in a {age}-year-old {man}.
    """),
)
