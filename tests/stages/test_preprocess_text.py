"""The stage preprocess_text writes a folder with the vocabulary and its sentences: both or neither."""

import pytest

from pipeline_lib.core.errors import UserError
from pipeline_lib.words.corpus.sentences import read_sentences
from pipeline_lib.words.corpus.vocabulary import read_vocabulary
from stages import preprocess_text
from tests.helpers.toys import write_params


@pytest.fixture
def run(tmp_path):
    (tmp_path / "own.txt").write_text("Clear lung. Large heart.\nClear heart.\n", encoding="utf-8")
    params = write_params(tmp_path / "params.yaml", "no-model", {"words.min_documents": 1})
    out = tmp_path / "corpus"
    return lambda: preprocess_text.main([f"--text={tmp_path / 'own.txt'}", f"--out={out}", f"--params={params}"])


def test_the_folder_has_both_files_and_a_second_run_replaces_it(tmp_path, run):
    for _ in range(2):
        run()
        assert sorted(path.name for path in (tmp_path / "corpus").iterdir()) == ["sentences.jsonl", "vocabulary.csv"]
    words = [word.word for word in read_vocabulary(tmp_path / "corpus/vocabulary.csv")]
    sentences = read_sentences(tmp_path / "corpus/sentences.jsonl")
    assert sorted(words) == ["clear", "heart", "large", "lung"]
    assert [[words[at] for at in sentence.words] for sentence in sentences] == [
        ["clear", "lung"],
        ["large", "heart"],
        ["clear", "heart"],
    ]


def test_a_failure_between_the_files_leaves_neither(tmp_path, run, monkeypatch):
    def fail(path, sentences):
        raise UserError("no space")

    monkeypatch.setattr(preprocess_text, "write_sentences", fail)
    with pytest.raises(UserError, match="no space"):
        run()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["own.txt", "params.yaml"]


def test_a_folder_of_other_files_is_kept(tmp_path, run):
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus/thesis.txt").write_text("mine")
    with pytest.raises(UserError, match=r"it holds other things \(thesis\.txt\)"):
        run()
    assert [path.name for path in (tmp_path / "corpus").iterdir()] == ["thesis.txt"]
