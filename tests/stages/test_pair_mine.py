"""The stage: the pairs it writes, kinds, too few words, and the same result on a Dask cluster."""

import time

import distributed
import numpy as np
import pytest

from pipeline_lib.words.corpus.sentences import Sentence, write_sentences
from pipeline_lib.words.corpus.vocabulary import Word, write_vocabulary
from stages import pair_mine
from tests.helpers.stages import refused, run_stage

HEADER = "rank,left,right,cosine,kind,spelling,together,pmi,left_count,right_count,left_documents,right_documents\n"


def write_inputs(folder, names, vectors, sentences):
    words = [Word(name, name, name, at + 1, at + 1) for at, name in enumerate(names)]
    write_vocabulary(folder / "corpus" / "vocabulary.csv", words)
    write_sentences(folder / "corpus" / "sentences.jsonl", sentences)
    np.save(folder / "vectors.npy", np.array(vectors, dtype=np.float32))


def mine(folder, kind="any", top=1, block=2, **more):
    """Run the stage; return the pairs it wrote and what it printed."""
    (folder / "params.yaml").write_text(f"pairs: {{top: {top}, kind: {kind}, block: {block}}}\n")
    files = {"params": "params.yaml", "corpus": "corpus", "vectors": "vectors.npy", "out": "pairs.csv"}
    printed = run_stage(pair_mine, **{name: folder / file for name, file in files.items()}, **more)
    return (folder / "pairs.csv").read_text(encoding="utf-8"), printed


@pytest.fixture
def three_words(tmp_path):
    sentences = [Sentence("A b.", 20, [1, 0]), Sentence("C.", 20, [2])]
    write_inputs(tmp_path, "bac", [[1, 0], [1, 1], [0, 1]], sentences)
    return tmp_path


def test_fewer_pairs_than_requested_are_written_and_reported(three_words):
    pairs, printed = mine(three_words, top=100)
    assert pairs == (
        HEADER + "1,a,b,0.707107,collocates,yes,20,1.000,2,1,2,1\n"
        "2,a,c,0.707107,interchangeable,yes,0,,2,3,2,3\n"
        "3,b,c,0.000000,interchangeable,yes,0,,1,3,1,3\n"
    )
    assert printed == "pairs.top asks for 100 pairs, 3 words have only 3: wrote those\n"


def test_one_kind_only(three_words):
    pairs, printed = mine(three_words, "interchangeable")
    assert pairs == HEADER + "1,a,c,0.707107,interchangeable,yes,0,,2,3,2,3\n"
    assert printed == "the closest 1 pairs of kind interchangeable of 3 words, cosine 0.707107 to 0.707107\n"
    pairs, printed = mine(three_words, "collocates", top=9)
    assert pairs == HEADER + "1,a,b,0.707107,collocates,yes,20,1.000,2,1,2,1\n"
    assert "asks for 9 pairs of kind collocates, 3 words have only 1" in printed


def test_one_word_makes_no_pair(tmp_path):
    write_inputs(tmp_path, ["lung"], np.ones((1, 3)), [Sentence("Lung.", 1, [0])])
    for kind in ("any", "interchangeable", "collocates"):
        pairs, printed = mine(tmp_path, kind, top=100, block=8192)
        assert pairs == HEADER
        assert "1 words have only 0: wrote those" in printed


def test_files_of_two_runs_and_a_cluster_that_does_not_answer_are_a_users_error(three_words, monkeypatch):
    begun = time.monotonic()
    monkeypatch.setattr(pair_mine, "TIMEOUT", 1)
    message = r"no Dask scheduler answers at tcp://127\.0\.0\.1:9 .*: start one with"
    refused(message, mine, three_words, dask="tcp://127.0.0.1:9")
    assert time.monotonic() - begun < 20
    write_sentences(three_words / "corpus" / "sentences.jsonl", [Sentence("D.", 1, [3])])
    refused("the sentences name word 3, the vocabulary has rows 0 to 2", mine, three_words)


def test_a_cluster_writes_the_same_bytes(tmp_path):
    """The workers are separate processes, as on other machines."""
    random = np.random.default_rng(0)
    vectors = random.standard_normal((400, 48))
    sentences = [Sentence("", 3, random.integers(400, size=6).tolist()) for _ in range(200)]
    write_inputs(tmp_path, [f"w{i}" for i in range(400)], vectors, sentences)
    how = {"top": 100, "kind": "interchangeable", "block": 64}
    here, _ = mine(tmp_path, **how)
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, protocol="tcp"
    ) as cluster:
        assert mine(tmp_path, **how, dask=cluster.scheduler_address)[0] == here
        with distributed.Client(cluster) as client:
            moves = client.run(lambda dask_worker: dask_worker.state.transition_counter)
    assert min(moves.values()) > 10, "each worker ran tasks"
