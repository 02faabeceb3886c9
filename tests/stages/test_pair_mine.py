"""The stage: the pairs it writes, kinds, too few words, and the same result on a Dask cluster."""

import time

import distributed
import numpy as np
import pytest

from pipeline_lib.core.errors import UserError
from pipeline_lib.words.corpus.sentences import Sentence, write_sentences
from pipeline_lib.words.corpus.vocabulary import Word, write_vocabulary
from stages import pair_mine

HEADER = "rank,left,right,cosine,kind,spelling,together,pmi,left_count,right_count,left_documents,right_documents\n"


def write_inputs(folder, names, vectors, sentences):
    words = [Word(name, name, name, at + 1, at + 1) for at, name in enumerate(names)]
    write_vocabulary(folder / "corpus" / "vocabulary.csv", words)
    write_sentences(folder / "corpus" / "sentences.jsonl", sentences)
    np.save(folder / "vectors.npy", np.array(vectors, dtype=np.float32))


def run_stage(folder, settings, *more):
    (folder / "params.yaml").write_text(f"pairs: {settings}\n")
    files = {"params": "params.yaml", "corpus": "corpus", "vectors": "vectors.npy", "out": "pairs.csv"}
    pair_mine.main([*(part for name, file in files.items() for part in (f"--{name}", str(folder / file))), *more])
    return (folder / "pairs.csv").read_text(encoding="utf-8")


@pytest.fixture
def three_words(tmp_path):
    sentences = [Sentence("A b.", 20, [1, 0]), Sentence("C.", 20, [2])]
    write_inputs(tmp_path, "bac", [[1, 0], [1, 1], [0, 1]], sentences)
    return tmp_path


def test_fewer_pairs_than_requested_are_written_and_reported(three_words, capsys):
    assert run_stage(three_words, "{top: 100, kind: any, block: 2}") == (
        HEADER + "1,a,b,0.707107,collocates,yes,20,1.000,2,1,2,1\n"
        "2,a,c,0.707107,interchangeable,yes,0,,2,3,2,3\n"
        "3,b,c,0.000000,interchangeable,yes,0,,1,3,1,3\n"
    )
    assert capsys.readouterr().out == "pairs.top asks for 100 pairs, 3 words have only 3: wrote those\n"


def test_one_kind_only(three_words, capsys):
    assert run_stage(three_words, "{top: 1, kind: interchangeable, block: 2}") == (
        HEADER + "1,a,c,0.707107,interchangeable,yes,0,,2,3,2,3\n"
    )
    assert capsys.readouterr().out == (
        "the closest 1 pairs of kind interchangeable of 3 words, cosine 0.707107 to 0.707107\n"
    )
    assert run_stage(three_words, "{top: 9, kind: collocates, block: 2}") == (
        HEADER + "1,a,b,0.707107,collocates,yes,20,1.000,2,1,2,1\n"
    )
    assert "asks for 9 pairs of kind collocates, 3 words have only 1" in capsys.readouterr().out


def test_one_word_makes_no_pair(tmp_path, capsys):
    write_inputs(tmp_path, ["lung"], np.ones((1, 3)), [Sentence("Lung.", 1, [0])])
    for kind in ("any", "interchangeable", "collocates"):
        assert run_stage(tmp_path, f"{{top: 100, kind: {kind}, block: 8192}}") == HEADER
    assert "1 words have only 0: wrote those" in capsys.readouterr().out


def test_files_of_two_runs_are_a_users_error(three_words):
    write_sentences(three_words / "corpus" / "sentences.jsonl", [Sentence("D.", 1, [3])])
    with pytest.raises(UserError, match="the sentences name word 3, the vocabulary has rows 0 to 2"):
        run_stage(three_words, "{top: 1, kind: any, block: 2}")


@pytest.mark.slow
def test_a_cluster_writes_the_same_bytes(tmp_path):
    """The workers are separate processes, as on other machines."""
    random = np.random.default_rng(0)
    vectors = random.standard_normal((400, 48))
    sentences = [Sentence("", 3, random.integers(400, size=6).tolist()) for _ in range(200)]
    write_inputs(tmp_path, [f"w{i}" for i in range(400)], vectors, sentences)
    settings = "{top: 100, kind: interchangeable, block: 64}"
    here = run_stage(tmp_path, settings)
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, protocol="tcp"
    ) as cluster:
        assert run_stage(tmp_path, settings, "--dask", cluster.scheduler_address) == here
        with distributed.Client(cluster) as client:
            moves = client.run(lambda dask_worker: dask_worker.state.transition_counter)
    assert min(moves.values()) > 10, "each worker ran tasks"


def test_a_cluster_that_does_not_answer_is_a_users_error(three_words, monkeypatch):
    begun = time.monotonic()
    monkeypatch.setattr(pair_mine, "TIMEOUT", 1)
    with pytest.raises(UserError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9 .*: start one with"):
        run_stage(three_words, "{top: 1, kind: any, block: 2}", "--dask", "tcp://127.0.0.1:9")
    assert time.monotonic() - begun < 20
