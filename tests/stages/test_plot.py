"""The stage that draws a run: its files, twice the same bytes; the loss curve; two runs compared."""

import numpy as np
import pytest

from pipeline_lib.core.files import guarded
from pipeline_lib.report.figures.loss import Loss, loss_table, read_history, smooth
from pipeline_lib.words.corpus.sentences import write_sentences
from pipeline_lib.words.corpus.vocabulary import write_vocabulary
from pipeline_lib.words.pairs.pair_table import write_pairs
from pipeline_lib.words.vectors.encoder_vectors import write_vectors
from stages import plot
from tests.helpers.stages import refused, run_stage
from tests.helpers.word_corpus import corpus

HEADER = "step,epoch,split,loss,lr,tokens_per_second,kept\n"
HISTORY = HEADER + (
    "1,1,train,2.5,0.001,400,\n2,1,train,1.5,0.0005,410,\n2,1,validation,1.75,,,1\n3,2,train,1,0.0001,400,\n"
    "4,2,train,0.5,0,400,\n4,2,validation,2,,,\n"
)
FIGURES = [
    "loss.csv", "loss.png", "word_heatmap.png", "word_pairs.csv", "word_pairs.png", "word_pairs.svg",
    "word_ranking.png",
]  # fmt: skip


def write_inputs(folder, history=HISTORY, words=12):
    """Write the inputs of the stage: the corpus, or only its first words, without pairs."""
    vocabulary, vectors, sentences, pairs = corpus()
    (folder / "training").mkdir(parents=True)
    (folder / "training" / "history.csv").write_text(history)
    (folder / "params.yaml").write_text("pairs: {top: 9, kind: any, block: 64}\n")
    write_vocabulary(folder / "corpus" / "vocabulary.csv", vocabulary[:words])
    write_sentences(folder / "corpus" / "sentences.jsonl", [one for one in sentences if max(one.words) < words])
    write_vectors(folder / "vectors.npy", vectors[:words])
    write_pairs(folder / "pairs.csv", pairs if words == 12 else [])


def draw(folder, out="plots"):
    """Return the content of the figures and of the page that the stage writes, and what it printed."""
    paths = {"record": "training", "corpus": "corpus", "vectors": "vectors.npy", "pairs": "pairs.csv"}
    paths |= {"params": "params.yaml", "out": out, "page": f"{out}_page/words.html"}
    printed = run_stage(plot, **{name: folder / path for name, path in paths.items()})
    page = (folder / f"{out}_page" / "words.html").read_bytes()
    return {file.name: file.read_bytes() for file in sorted((folder / out).iterdir())}, page, printed


def test_the_stage_writes_its_figures_and_page_twice_the_same(tmp_path):
    write_inputs(tmp_path)
    figures, page, printed = draw(tmp_path)
    assert sorted(figures) == FIGURES
    assert figures["loss.csv"].decode() == (
        "step,train,train_smoothed,validation\n1,2.500000,2.500000,nan\n2,1.500000,1.500000,1.750000\n"
        "3,1.000000,1.000000,1.750000\n4,0.500000,0.500000,2.000000\n"
    )
    assert "drew 6 losses and 5 pairs" in printed
    assert b"All 5 pairs of words (9 were requested)" in figures["word_pairs.svg"]
    (tmp_path / "again").mkdir()
    (tmp_path / "again" / "mine.txt").write_text("mine")
    assert draw(tmp_path, "again")[:2] == (figures | {"mine.txt": b"mine"}, page), "other files stay"


@pytest.mark.parametrize("history", [HEADER, HEADER + "1,1,train,2.5,0.001,400,\n", HEADER + "0,0,validation,2.5,,,\n"])
def test_a_run_without_steps_or_validation_or_pairs_is_drawn(tmp_path, history):
    write_inputs(tmp_path, history, words=1)
    figures, *_ = draw(tmp_path)
    assert sorted(figures) == FIGURES
    assert (tmp_path / "plots" / "loss.png").read_bytes().startswith(b"\x89PNG")
    assert figures["word_pairs.csv"].decode().count("\n") == 1
    assert b"No two words to compare" in figures["word_pairs.svg"]


def test_two_runs_are_compared(tmp_path, capsys):
    pairs, page = corpus()[3], tmp_path / "compared.html"
    write_pairs(tmp_path / "old.csv", pairs[:4])
    write_pairs(tmp_path / "new.csv", pairs[1:])
    printed = run_stage(plot, "--compare", tmp_path / "old.csv", tmp_path / "new.csv", page=page)
    assert "of 4 pairs before and 4 after, 3 kept, 1 added, 1 removed; open" in printed
    assert '"sizes":[4,4]' in page.read_text(encoding="utf-8")
    files = (tmp_path / "missing.csv", tmp_path / "new.csv")
    refused(r"missing\.csv is missing", run_stage, plot, "--compare", *files, page=page)
    with pytest.raises(SystemExit):
        plot.main(["--page", "x.html"])
    assert "--record, --corpus, --vectors, --pairs, --out" in capsys.readouterr().err


def test_vectors_of_another_vocabulary_leave_no_file(tmp_path):
    write_inputs(tmp_path)
    np.save(tmp_path / "vectors.npy", np.ones((3, 2)))
    refused("there are 12 words and vectors of shape", draw, tmp_path)
    assert not (tmp_path / "plots").exists()
    assert not (tmp_path / "plots_page").exists()


def test_the_running_mean_is_over_a_tenth_of_the_curve():
    assert (smooth([]), smooth([1.0, 2.0, 4.0])) == ([], [1.0, 2.0, 4.0])
    curve = smooth([float(i % 2) for i in range(40)])
    assert (curve[0], curve[20]) == pytest.approx((1 / 3, 2 / 5))
    # The last validation loss is repeated.
    rows = loss_table([Loss(1, "train", 3), Loss(1, "validation", 2), Loss(2, "train", 1)])
    assert [row["validation"] for row in rows] == ["2.000000", "2.000000"]
    # Cells are never formulas.
    cells = ["=1+1", "-a", "@a", "\ta", "a-b"]
    assert [guarded(cell) for cell in cells] == ["'=1+1", "'-a", "'@a", "'\ta", "a-b"]


@pytest.mark.parametrize(
    ("content", "message"),
    [("step,loss\n1,2\n", "has no column split"), (HEADER + "one,1,train,2,,,\n", "step must be a whole number")],
)
def test_a_broken_history_is_a_users_error(tmp_path, content, message):
    (tmp_path / "h.csv").write_text(content)
    refused(message, read_history, tmp_path / "h.csv")
