"""The stage that draws a run: its files, twice the same bytes; the loss curve; two runs compared."""

import re

import matplotlib.image
import numpy as np
import pytest

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import guarded
from pipeline_lib.report.figures.loss import Loss, loss_table, read_history, smooth
from pipeline_lib.words.corpus.sentences import write_sentences
from pipeline_lib.words.corpus.vocabulary import write_vocabulary
from pipeline_lib.words.pairs.pair_table import write_pairs
from pipeline_lib.words.vectors.encoder_vectors import write_vectors
from stages import plot
from tests.helpers.word_corpus import corpus

HEADER = "step,epoch,split,loss,lr,tokens_per_second,kept\n"
HISTORY = HEADER + (
    "1,1,train,2.5,0.001,400,\n2,1,train,1.5,0.0005,410,\n2,1,validation,1.75,,,1\n3,2,train,1,0.0001,400,\n"
    "4,2,train,0.5,0,400,\n4,2,validation,2,,,\n"
)
OUTS = [
    "loss.csv", "loss.png", "word_heatmap.png", "word_pairs.csv", "word_pairs.html", "word_pairs.png",
    "word_pairs.svg", "word_ranking.png",
]  # fmt: skip


def run_stage(folder, out, history=HISTORY, words=12):
    """Write the corpus, or its first words alone, run the stage on it and return what it wrote."""
    folder.mkdir(exist_ok=True)
    vocabulary, vectors, sentences, pairs = corpus()
    (folder / "history.csv").write_text(history)
    (folder / "params.yaml").write_text("pairs: {top: 9, kind: any, block: 64}\n")
    write_vocabulary(folder / "vocabulary.csv", vocabulary[:words])
    write_vectors(folder / "vectors.npy", vectors[:words])
    write_sentences(folder / "sentences.jsonl", [one for one in sentences if max(one.words) < words])
    write_pairs(folder / "pairs.csv", pairs if words == 12 else [])
    made = folder / out
    plot.main(
        f"--history {folder}/history.csv --pairs {folder}/pairs.csv --vectors {folder}/vectors.npy "
        f"--words {folder}/vocabulary.csv --sentences {folder}/sentences.jsonl --params {folder}/params.yaml "
        f"--loss-table {made}/loss.csv --loss-figure {made}/loss.png --pairs-table {made}/word_pairs.csv "
        f"--pairs-figure {made}/word_pairs.png --pairs-drawing {made}/word_pairs.svg "
        f"--ranking {made}/word_ranking.png --heatmap {made}/word_heatmap.png --page {made}/word_pairs.html".split()
    )
    return {file.name: file.read_bytes() for file in sorted(made.iterdir())}


def test_stage_writes_its_files_twice_the_same(tmp_path, capsys):
    first = run_stage(tmp_path, "one")
    assert sorted(first) == OUTS
    assert first["loss.csv"].decode() == (
        "step,train,train_smoothed,validation\n1,2.500000,2.500000,nan\n2,1.500000,1.500000,1.750000\n"
        "3,1.000000,1.000000,1.750000\n4,0.500000,0.500000,2.000000\n"
    )
    assert "drew 6 losses and 5 pairs" in capsys.readouterr().out
    assert b"All 5 pairs of words (9 were asked for)" in first["word_pairs.svg"]
    assert run_stage(tmp_path, "two") == first


@pytest.mark.parametrize("history", [HEADER, HEADER + "1,1,train,2.5,0.001,400,\n", HEADER + "0,0,validation,2.5,,,\n"])
def test_a_run_without_steps_or_validation_or_pairs_is_drawn_too(tmp_path, history):
    made = run_stage(tmp_path, "out", history, words=1)
    assert sorted(made) == OUTS
    assert matplotlib.image.imread(tmp_path / "out" / "loss.png").shape == (585, 1040, 4)
    assert made["word_pairs.csv"].decode().count("\n") == 1
    assert b"No two words to compare" in made["word_pairs.svg"]


def test_two_runs_are_compared(tmp_path, capsys):
    pairs = corpus()[3]
    write_pairs(tmp_path / "old.csv", pairs[:4])
    write_pairs(tmp_path / "new.csv", pairs[1:])
    plot.main(f"--compare {tmp_path}/old.csv {tmp_path}/new.csv --page {tmp_path}/compared.html".split())
    assert "of 4 pairs before and 4 after, 3 stayed, 1 came, 1 went; open" in capsys.readouterr().out
    assert re.search(r'"sizes":\[4,4\]', (tmp_path / "compared.html").read_text(encoding="utf-8"))
    with pytest.raises(UserError, match=r"missing\.csv is missing"):
        plot.main(f"--compare {tmp_path}/missing.csv {tmp_path}/new.csv --page {tmp_path}/compared.html".split())


def test_what_is_left_out_of_the_command_line_is_named(capsys):
    with pytest.raises(SystemExit):
        plot.main(["--page", "x.html"])
    assert "--history, --pairs, --vectors, --words, --sentences, --loss-table" in capsys.readouterr().err


def test_vectors_of_another_vocabulary_leave_nothing_behind(tmp_path):
    run_stage(tmp_path, "one")
    np.save(tmp_path / "vectors.npy", np.ones((3, 2)))
    with pytest.raises(UserError, match="there are 12 words and vectors of shape"):
        plot.main(
            f"--history {tmp_path}/history.csv --pairs {tmp_path}/pairs.csv --vectors {tmp_path}/vectors.npy "
            f"--words {tmp_path}/vocabulary.csv --sentences {tmp_path}/sentences.jsonl --params {tmp_path}/params.yaml "
            f"--loss-table {tmp_path}/a/1 --loss-figure {tmp_path}/a/2.png --pairs-table {tmp_path}/a/3 "
            f"--pairs-figure {tmp_path}/a/4.png --pairs-drawing {tmp_path}/a/5.svg --ranking {tmp_path}/a/6.png "
            f"--heatmap {tmp_path}/a/7.png --page {tmp_path}/a/8.html".split()
        )
    assert not (tmp_path / "a").exists()


def test_a_tenth_of_the_curve_is_averaged():
    assert smooth([]) == []
    assert smooth([1.0, 2.0, 4.0]) == [1.0, 2.0, 4.0]
    curve = smooth([float(i % 2) for i in range(40)])
    assert curve[0] == pytest.approx(1 / 3)
    assert curve[20] == pytest.approx(2 / 5)


def test_validation_holds_its_last_value():
    rows = loss_table([Loss(1, "train", 3), Loss(1, "validation", 2), Loss(2, "train", 1)])
    assert [row["validation"] for row in rows] == ["2.000000", "2.000000"]


@pytest.mark.parametrize(
    ("content", "message"),
    [("step,loss\n1,2\n", "has no column split"), (HEADER + "one,1,train,2,,,\n", "is no number")],
)
def test_broken_history_is_a_users_error(tmp_path, content, message):
    (tmp_path / "h.csv").write_text(content)
    with pytest.raises(UserError, match=message):
        read_history(tmp_path / "h.csv")


@pytest.mark.parametrize(
    ("cell", "safe"), [("=1+1", "'=1+1"), ("-a", "'-a"), ("@a", "'@a"), ("\ta", "'\ta"), ("a-b", "a-b")]
)
def test_cells_are_guarded_against_formulas(cell, safe):
    assert guarded(cell) == safe
