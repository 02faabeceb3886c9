"""The language of a corpus: which is recognised, what is known of it, and what the word branch makes of it."""

import json

import pytest

from pipeline_lib.report.explorer.excerpts import excerpts
from pipeline_lib.words.corpus.lexicon import detect_language, lexicon, read_language, write_language
from pipeline_lib.words.corpus.sentences import Sentence
from pipeline_lib.words.corpus.vocabulary import Word
from pipeline_lib.words.vectors.occurrences import Occurrences
from stages import preprocess_text
from tests.helpers.stages import refused

TEXTS = {
    "en": "No pleural effusion. The heart is of normal size, and the lungs are clear.",
    "de": "Kein Pleuraerguss. Das Herz ist normal groß, und die Lungen sind frei.",
    "fr": "Pas d'épanchement pleural. Le cœur est de taille normale et les poumons sont clairs.",
    "ru": "Плеврального выпота нет. Сердце нормальных размеров, лёгкие чистые.",
    "ar": "لا يوجد انصباب جنبي. القلب بحجم طبيعي والرئتان سليمتان.",
    "hi": "फुफ्फुस में पानी नहीं है। हृदय सामान्य आकार का है और फेफड़े साफ हैं।",
    "zh": "未见胸腔积液。心脏大小正常，双肺清晰，今天的检查没有发现问题。",
    "th": "ไม่พบน้ำในช่องเยื่อหุ้มปอด หัวใจขนาดปกติ และปอดใสทั้งสองข้าง",
}


@pytest.mark.parametrize("language", TEXTS)
def test_a_language_is_recognised(language):
    assert detect_language([TEXTS[language]] * 20) == language
    assert detect_language([TEXTS[language]]) == "en", "too little text"


@pytest.mark.parametrize(("language", "stop", "word", "stem", "lemma", "about"), [
    ("en", "the", "effusions", "effus", "effusion", "306 stop words, stems, lemmas"),
    ("de", "und", "lungen", "lung", "lunge", "620 stop words, stems, lemmas"),
    ("ru", "это", "лёгкими", "легк", "лёгкий", "559 stop words, stems, lemmas"),
    ("zh", "的", "肺", "肺", "肺",
     "794 stop words, no stems, no lemmas: where they are missing words are taken as they are"),
    ("km", "", "ខ្មែ", "ខ្មែ", "ខ្មែ",
     "0 stop words, no stems, no lemmas: where they are missing words are taken as they are"),
])  # fmt: skip
def test_what_is_known_of_a_language(language, stop, word, stem, lemma, about):
    known = lexicon(language)
    assert (known.about, known.stem(word), known.lemma(word)) == (about, stem, lemma)
    assert not stop or stop in known.stop


def test_forms_are_found_by_the_language_of_the_corpus():
    words = [Word("lunge", "lung", "lunge", 2, 2), Word("herz", "herz", "herz", 2, 2)]
    found = Occurrences(words, "de").find(Sentence("Die Lungen und Herzen", 1, [0, 1]))[1]
    assert found == [(0, 4, 10), (1, 15, 21)]
    shown = excerpts([Sentence("Die Lungen und Herzen", 1, [0, 1])], words, [0, 1], [], "de")
    assert shown.forms == {0: ["lungen"], 1: ["herzen"]}


def test_a_language_must_be_a_code():
    message = r"words\.language must be auto or an ISO 639 code such as de, fr or zh, not 'De'"
    refused(message, lexicon, "De")


def test_a_corpus_keeps_its_language_unless_it_is_english(tmp_path):
    for language, files in (("en", []), ("de", ["language.json"])):
        folder = tmp_path / language
        folder.mkdir()
        write_language(folder, language)
        assert [path.name for path in folder.iterdir()] == files
        assert read_language(folder) == language


@pytest.mark.parametrize(
    ("language", "setting", "words", "said"),
    [
        ("de", "auto", ["frei", "herz", "lungen", "pleuraerguss"], "language de (recognised; words.language"),
        ("de", "fr", ["das", "frei", "groß", "herz", "ist", "kein"], "language fr (words.language): 691 stop words"),
        ("zh", "auto", ["液", "清", "肺"], "no spaces between words: each of its signs counts as a word"),
    ],
)
def test_the_words_of_a_corpus_in_another_language(tmp_path, capsys, language, setting, words, said):
    (tmp_path / "params.yaml").write_text(f"words: {{min_documents: 1, names: keep, language: {setting}}}\n")
    (tmp_path / "c.txt").write_text("\n".join(f"{TEXTS[language]} {number}" for number in range(20)))
    files = ["--text", f"{tmp_path}/c.txt", "--out", f"{tmp_path}/corpus"]
    preprocess_text.main(["--params", f"{tmp_path}/params.yaml", *files])
    vocabulary = [line.split(",")[0] for line in (tmp_path / "corpus/vocabulary.csv").read_text().splitlines()[1:]]
    assert set(words) <= set(vocabulary)
    assert said in capsys.readouterr().out
    recognised = json.loads((tmp_path / "corpus/language.json").read_text())["language"]
    assert recognised == (language if setting == "auto" else setting)


def test_forms_that_the_dictionary_has_wrong_are_mended():
    known = lexicon()
    assert [known.lemma(word) for word in ("worse", "masses", "diagnoses", "hila")] == [
        "bad",
        "mass",
        "diagnosis",
        "hilum",
    ]
