"""The task impression: the modality of a report, from its title."""

import pytest

from pipeline_lib.tasks.impression.data import modality


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("", ""),
        ("CT CHEST W/O CONTRAST", "ct"),
        ("HRCT thorax", "ct"),
        ("MRI of the left knee", "mri"),
        ("MRCP", "mri"),
        ("PET/CT whole body", "pet"),
        ("US abdomen", "ultrasound"),
        ("Chest X-ray PA and lateral", "radiograph"),
        ("XRAY foot", "radiograph"),
        ("2 views of the wrist", "radiograph"),
        ("Mammogram", "mammography"),
        ("Barium swallow", "fluoroscopy"),
        ("Study of the left humerus", "other"),
        ("Fractured pelvis", "other"),
    ],
)
def test_modality_of_a_title(title, name):
    assert modality(title) == name
