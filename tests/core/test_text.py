"""Text to tokens and sentences, and what folding makes equal."""

import pytest

from pipeline_lib.core.text import mask_deidentified, normalised, sentences, tokens, without_contraction


def test_normalised_text_folds_case_space_punctuation_and_encoding():
    assert normalised("  The Lungs\u00a0are\nCLEAR!! ") == "the lungs are clear"
    assert normalised("cafe\u0301") == normalised("CAFÉ")
    assert normalised("5 mm nodule") != normalised("6 mm nodule")
    assert normalised("no left nodule") != normalised("left nodule")


def test_tokens_keep_their_letters_in_every_script():
    text = "Größe, nai\u0308ve cafe\u0301; हृदय — قلب. 心臓 x-ray follow‑up O’Brien soft\u00adhyphen 5mm"
    assert tokens(text) == [
        "größe", "naïve", "café", "हृदय", "قلب", "心臓", "x-ray", "follow-up", "o'brien", "softhyphen", "5mm",
    ]  # fmt: skip
    words = ["patient's", "we've", "doesn't", "o'brien", "lung"]
    assert [without_contraction(word) for word in words] == ["patient", "we", "", "o'brien", "lung"]
    text = "seen by [**Name, and\nother**] and ___ today"
    assert tokens(text) == ["seen", "by", "and", "today"], "de-identified spans separate tokens"
    assert len(mask_deidentified(text)) == len(text)
    assert mask_deidentified("nothing to mask") == "nothing to mask"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("The lighthouse of Marn was built in 1871. It stands on a reef 3.5 km off the coast.\nAda Holm, e.g. in "
         "the winter of 1890, lit the lamp by hand. The U.S. consul praised her for it.",
         [
         "The lighthouse of Marn was built in 1871. ",
         "It stands on a reef 3.5 km off the coast.\n",
         "Ada Holm, e.g. in the winter of 1890, lit the lamp by hand. ",
         "The U.S. consul praised her for it.",
         ]),
        ("", []),
        (" \n ", [" \n "]),
        ("\n\n One. Two!\n\n- three\nfour", ["\n\n One. ", "Two!\n\n", "- three\n", "four"]),
        ("Dr. J. R. Ng saw 1.5 mm (approx. 0.06) at 5 p.m. on deck. It grew?! Yes... it did.",
         ["Dr. J. R. Ng saw 1.5 mm (approx. 0.06) at 5 p.m. on deck. ", "It grew?! ", "Yes... it did."]),
        ('She said "Stop." He did (at once.) Then Regiment No. 13 came.',
         ['She said "Stop." ', "He did (at once.) ", "Then Regiment No. 13 came."]),
        ("马恩岛的灯塔建于1871年。渡船一天两班。", ["马恩岛的灯塔建于1871年。", "渡船一天两班。"]),
        ("no end", ["no end"]),
    ],
)  # fmt: skip
def test_sentences(text, parts):
    assert sentences(text) == parts
    assert "".join(sentences(text)) == text
