"""Text to tokens and sentences, and what folding makes equal."""

import pytest

from pipeline_lib.core.text import (
    mask_deidentified,
    normalised,
    sentences,
    separate_signs,
    sign_share,
    terms,
    tokens,
    without_contraction,
    words,
)


def test_normalised_text_folds_case_space_punctuation_and_encoding():
    assert normalised("  The Lungs\u00a0are\nCLEAR!! ") == "the lungs are clear"
    assert normalised("cafe\u0301") == normalised("CAFÉ")
    assert normalised("\uff11\uff12 mm\u00b2") == normalised("12 mm2"), "signs of full width, and raised ones"
    assert normalised("5 mm nodule") != normalised("6 mm nodule")
    assert normalised("no left nodule") != normalised("left nodule")


def test_tokens_keep_their_letters_in_every_script():
    text = "Größe, nai\u0308ve cafe\u0301; हृदय — قلب. 心臓 x-ray follow‑up O’Brien soft\u00adhyphen 5mm"
    assert tokens(text) == [
        "größe", "naïve", "café", "हृदय", "قلب", "心", "臓", "x-ray", "follow-up", "o'brien", "softhyphen", "5mm",
    ]  # fmt: skip
    spelled = ["patient's", "we've", "doesn't", "o'brien", "lung"]
    assert [without_contraction(word) for word in spelled] == ["patient", "we", "", "o'brien", "lung"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The x-ray of Mr_X: 3.5 mm, don't!", "the x ray of mr_x 3 5 mm don t"),
        ("Größe nai\u0308ve café", "größe naïve café"),
        ("Это — ответ.", "это ответ"),
        ("هَذَا هو الجواب؟", "هَذَا هو الجواب"),
        ("यह हिन्दी में उत्तर है।", "यह हिन्दी में उत्तर है"),
        ("이것은 답입니다.", "이것은 답입니다"),
        ("今天，iPhone手机3月。", "今 天 iphone 手 机 3 月"),
        ("これはカーテンです", "こ れ は カ ー テ ン で す"),
        ("น้ำที่นี่ ๑๒", "น้ำ ที่ นี่ ๑๒"),
        ("ပြီးတော့", "ပြီး တော့"),
        ("ខ្មែរ", "ខ្មែ រ"),
        ("ພາສາລາວ", "ພ າ ສ າ ລ າ ວ"),
        ("𠀀𠀁", "𠀀 𠀁"),
        ("🙂 — 。", ""),
    ],
)
def test_words_of_every_script(text, expected):
    assert words(text) == expected.split()
    assert normalised(normalised(text)) == normalised(text)


def test_terms_are_words_and_pairs_and_of_signs_threes():
    assert terms("A b c d") == ["a", "b", "c", "d", "a b", "b c", "c d"]
    assert terms("a 今天好 b") == ["a", "今", "天", "好", "b", "a 今", "今 天", "天 好", "好 b", "今 天 好"]
    assert (sign_share(["a b", "今天"]), sign_share(["?"])) == (0.5, 0)
    assert separate_signs("今天 is 好").split() == ["今", "天", "is", "好"]


def test_vowel_signs_tell_hindi_and_thai_words_apart():
    assert normalised("की") != normalised("का")
    assert normalised("ที่") != normalised("ทุ")


def test_deidentified_spans_separate_tokens():
    text = "seen by [**Name, and\nother**] and ___ today"
    assert tokens(text) == ["seen", "by", "and", "today"], "de-identified spans separate tokens"
    assert len(mask_deidentified(text)) == len(text)
    assert mask_deidentified("nothing to mask") == "nothing to mask"


@pytest.mark.parametrize(("text", "parts"), [
    ("The lighthouse of Marn was built in 1871. It stands on a reef 3.5 km off the coast.\nAda Holm, e.g. in "
     "the winter of 1890, lit the lamp by hand. The U.S. consul praised her for it.",
     ["The lighthouse of Marn was built in 1871. ", "It stands on a reef 3.5 km off the coast.\n",
      "Ada Holm, e.g. in the winter of 1890, lit the lamp by hand. ", "The U.S. consul praised her for it."]),
    ("", []),
    (" \n ", [" \n "]),
    ("\n\n One. Two!\n\n- three\nfour", ["\n\n One. ", "Two!\n\n", "- three\n", "four"]),
    ("Dr. J. R. Ng saw 1.5 mm (approx. 0.06) at 5 p.m. on deck. It grew?! Yes... it did.",
     ["Dr. J. R. Ng saw 1.5 mm (approx. 0.06) at 5 p.m. on deck. ", "It grew?! ", "Yes... it did."]),
    ('She said "Stop." He did (at once.) Then Regiment No. 13 came.',
     ['She said "Stop." ', "He did (at once.) ", "Then Regiment No. 13 came."]),
    ("马恩岛的灯塔建于1871年。渡船一天两班。", ["马恩岛的灯塔建于1871年。", "渡船一天两班。"]),
    ("他说：“好。”我走了。 再见！", ["他说：“好。”", "我走了。 ", "再见！"]),
    ("यह है। वह 3.5 है।\nकौन?", ["यह है। ", "वह 3.5 है।\n", "कौन?"]),
    ("ما هذا؟ هذا قلم۔ شكرا", ["ما هذا؟ ", "هذا قلم۔ ", "شكرا"]),
    ("no end", ["no end"]),
])  # fmt: skip
def test_sentences(text, parts):
    assert (sentences(text), "".join(sentences(text))) == (parts, text)
