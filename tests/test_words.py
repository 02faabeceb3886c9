"""Which strings are words, which spellings are one word, and the stage that counts them."""

import csv
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline_lib.errors import UserError
from pipeline_lib.words import Word, count_words, is_word, read_vocabulary, tokens, write_vocabulary
from stages import preprocess_text

ROOT = Path(__file__).parents[1]


def words_of(text: str, form: str = "word", min_letters: int = 1) -> list[str]:
    return sorted(word.word for word in count_words([text], form, 1, min_letters))


@pytest.mark.parametrize(
    "text",
    "5|5mm|3-cm|1,200.5|t2|C5-C6|T2-weighted|mm|HU|kVp|µg|mm³|IV|iii|seven|eighth|½|XXXX|xxx|x-XXXX|non-XXXX|XXXX's|"
    "[**Known lastname 123**]|[**Hospital\nWard**]|___".split("|"),
)
def test_numbers_units_and_marks_are_no_words(text):
    assert words_of(f"Clear lung. {text} Heart.") == ["clear", "heart", "lung"]


def test_words_keep_their_letters_whatever_the_script():
    text = "Größe, nai\u0308ve cafe\u0301; हृदय — قلب. 心臓 x-ray follow‑up O’Brien"
    assert tokens(text) == ["größe", "naïve", "café", "हृदय", "قلب", "心臓", "x-ray", "follow-up", "o'brien"]
    assert all(is_word(token, 2) for token in tokens(text))


def test_apostrophes_join_no_verbs_to_words():
    assert words_of("The patient's lung doesn't show it; we've seen Crohn’s.") == ["crohn", "lung", "patient", "seen"]


def test_stop_words_go_and_places_stay():
    assert words_of("The back of the left side was not found above it") == ["back", "left", "side"]


def test_spellings_of_one_word_are_one_row_named_by_the_most_frequent():
    reports = ["Effusions, effusions. Effusion.", "Large effusion of the lower lobes", "Effusions; low lobe"]
    assert count_words(reports, "lemma", 2, 3) == [
        Word("effusions", "effus", "effusion", 5, 3),
        Word("lobe", "lobe", "lobe", 2, 2),
        Word("low", "low", "low", 2, 2),
    ]
    assert [word.word for word in count_words(["left hilum", "both hila"], "lemma", 2, 3)] == ["hila"]
    assert [word.word for word in count_words(reports, "word", 2, 3)] == ["effusion", "effusions"]
    assert count_words(["mild, mildly", "mildly"], "stem", 1, 3) == [Word("mildly", "mild", "mildly", 3, 2)]


def test_rows_go_by_documents_then_alphabet():
    words = count_words(["lung heart", "heart bone", "heart heart"], "lemma", 1, 3)
    assert [(word.word, word.count, word.documents) for word in words] == [
        ("heart", 4, 3),
        ("bone", 1, 1),
        ("lung", 1, 1),
    ]


def test_each_distinct_spelling_is_lemmatized_once(monkeypatch):
    import simplemma

    asked: list[str] = []
    monkeypatch.setattr(simplemma, "lemmatize", lambda word, lang: asked.append(word) or word)
    count_words(["lung heart lung", "lung heart"] * 50, "lemma", 1, 3)
    assert len(asked) == 4  # two to find their unit, two rows to show


def test_a_long_cell_without_spaces_is_read():
    assert count_words(["a" * 1_000_000, "lung " * 100_000], "lemma", 1, 3)[-1].word == "lung"


@pytest.mark.parametrize(
    ("reports", "message"),
    [
        ([], "wants reports with text, all 0 are empty"),
        (["", "  ", "..."], "all 3 are empty: look at columns in params.yaml"),
        (["5 mm XXXX", "the"], "no word is left of 4 tokens in 2 reports"),
        (["lung", "lung heart"], r"5 reports \(words.min_documents\), the most frequent has 2 reports: lower them"),
    ],
)
def test_no_words_is_a_users_error(reports, message):
    with pytest.raises(UserError, match=message):
        count_words(reports, "lemma", 5, 3)


def test_vocabulary_survives_its_file(tmp_path):
    words = [Word("größe", "größ", "größe", 3, 2), Word("x-ray", "x-ray", "x-ray", 1, 1)]
    write_vocabulary(tmp_path / "v.csv", words)
    assert (tmp_path / "v.csv").read_bytes() == (
        "word,stem,lemma,count,documents\ngröße,größ,größe,3,2\nx-ray,x-ray,x-ray,1,1\n".encode()
    )
    assert read_vocabulary(tmp_path / "v.csv") == words


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "is missing: run the stage that makes it"),
        (b"", "has no column word, stem, lemma, count, documents"),
        (b"word,count\nlung,1\n", "has no column stem, lemma, documents"),
        (b"word,stem,lemma,count,documents\nlung,lung,lung,many,1\n", "no whole number"),
        (b"word,stem,lemma,count,documents\n\xff,a,a,1,1\n", "is not CSV in UTF-8"),
    ],
)
def test_broken_vocabulary_is_a_users_error(tmp_path, content, message):
    if content is not None:
        (tmp_path / "v.csv").write_bytes(content)
    with pytest.raises(UserError, match=re.escape(message)):
        read_vocabulary(tmp_path / "v.csv")


def test_stage_writes_the_vocabulary_of_the_distinct_reports(tmp_path, capsys):
    with (tmp_path / "r.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["Report Name", "History", "Observation", "Impression"])
        rows.writerow(["CT chest", "cough", "Nodule of 5 mm in the left lung.", "Lung nodule."])
        rows.writerow(["CT chest", "cough", "Nodule of 5 mm in the left lung.", "Lung nodule."])
        rows.writerow(["CT chest", "", "Lungs clear,\nno nodules. XXXX", "Clear lungs."])
    params = tmp_path / "params.yaml"
    params.write_text((ROOT / "params.yaml").read_text().replace("min_documents: 5", "min_documents: 2"))
    out = tmp_path / "vocabulary.csv"
    preprocess_text.main(["--params", str(params), "--data", str(tmp_path / "r.csv"), "--out", str(out)])
    rows = out.read_text().splitlines()
    assert rows[0] == "word,stem,lemma,count,documents"
    assert {row.split(",")[2] for row in rows[1:]} >= {"lung", "nodule"}
    assert "words in at least 2 of 2 distinct reports" in capsys.readouterr().out


def test_a_users_mistake_is_one_line_and_leaves_nothing(tmp_path):
    command = [sys.executable, "-m", "stages.preprocess_text", "--data", "none.csv", "--out", str(tmp_path / "v.csv")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("stage", ["preprocess_text", "pair_mine", "plot"])
def test_stages_without_a_model_import_no_torch(stage):
    code = f"import sys, stages.{stage}; print([m for m in ('torch', 'transformers') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
