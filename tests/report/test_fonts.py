"""The fonts of figures: DejaVu Sans, others for what it lacks, and one line where there is none."""

import pytest
from matplotlib.figure import Figure

from pipeline_lib.report.figures import fonts
from pipeline_lib.report.figures.picture import save


@pytest.fixture
def installed(monkeypatch):
    """Three fonts besides DejaVu Sans, by the characters that they have; nothing was reported yet."""
    have = {fonts.DEJAVU: "abcß ", "Noto Sans CJK SC": "今天", "Noto Sans Thai": "ก", "Some Han": "今天气"}
    monkeypatch.setattr(fonts, "_others", lambda: [name for name in have if name != fonts.DEJAVU])
    monkeypatch.setattr(fonts, "_characters", lambda name: {ord(letter) for letter in have[name]})
    monkeypatch.setattr(fonts, "_reported", set())
    fonts._family.cache_clear()
    yield
    fonts._family.cache_clear()


@pytest.mark.parametrize(("text", "families", "said"), [
    ("abc ß\n\u200d", ["DejaVu Sans"], ""),
    ("a今ก", ["DejaVu Sans", "Noto Sans Thai", "Noto Sans CJK SC"], ""),
    ("天气", ["DejaVu Sans", "Noto Sans CJK SC", "Some Han"], ""),
    ("a肺", ["DejaVu Sans"],
     "no installed font has 肺, which figures show as a box: install fonts for these scripts, for example the "
     "package fonts-noto-cjk"),
    ("ሀ肺", ["DejaVu Sans"],
     "no installed font has ሀ肺, which figures show as boxes: install fonts for these scripts, for example the "
     "packages fonts-noto-cjk and fonts-noto-core"),
])  # fmt: skip
def test_families_have_the_characters_or_it_is_said_once(installed, caplog, text, families, said):
    assert fonts.families(text) == families
    for _ in range(2):
        fonts.report_missing(text)
    assert caplog.messages == ([said] if said else [])


def test_every_text_of_a_saved_figure_gets_its_fonts(installed, tmp_path):
    figure = Figure()
    axes = figure.add_subplot()
    axes.set_xticks([0], ["ก"])
    axes.set_title("abc")
    save(figure, tmp_path / "a.png")
    assert axes.get_xticklabels()[0].get_fontfamily() == ["DejaVu Sans", "Noto Sans Thai"]
    assert axes.title.get_fontfamily() == ["sans-serif"]


def test_last_resort_fonts_are_never_taken():
    assert not [name for name in fonts._others() if "resort" in name.lower()]
    assert fonts._family("a") == fonts._family("\n") == fonts.DEJAVU
