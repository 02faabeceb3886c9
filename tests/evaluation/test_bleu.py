"""BLEU from rows' counts against sacrebleu's corpus_bleu: corpora, resampled corpora, single rows."""

import math
from typing import Any

import numpy as np
import pytest
import sacrebleu

from pipeline_lib.evaluation import significance
from pipeline_lib.evaluation.metrics.bleu import COLUMNS, signature, statistics, value
from pipeline_lib.evaluation.significance import interval
from tests.helpers.stages import refused

WORDS = "the The cat sat on a mat . , 1,000 don't U.S. élan &amp; well-known".split()


def random_corpus(random, rows, references, shortest=0):
    """Draw predictions, and references [row][number] that share words with them."""

    def changed(words):
        kept = [*words[random.integers(0, 2) :], "mat"]
        return " ".join(random.choice(WORDS) if random.random() < 0.3 else word for word in kept)

    predictions = [list(random.choice(WORDS, random.integers(shortest, 14))) for _ in range(rows)]
    golds = [[changed(words) for _ in range(references)] for words in predictions]
    return [" ".join(words) for words in predictions], golds


def counts(predictions, references):
    """Return the (n, C) columns of rows."""
    rows = [statistics(*pair) for pair in zip(predictions, references, strict=True)]
    return np.array([[row[name] for name in COLUMNS] for row in rows])


def ours(predictions, references):
    return float(value(*counts(predictions, references).sum(axis=0)))


def same(score):
    return pytest.approx(score, abs=1e-9, rel=0)


def official(predictions, references):
    """Return sacrebleu's own score; where a row has fewer references than others it has None in their place."""
    most = max(map(len, references))
    streams: Any = [[row[number] if number < len(row) else None for row in references] for number in range(most)]
    return sacrebleu.corpus_bleu(predictions, streams).score / 100


def test_counts_worked_out_by_hand_and_the_signature():
    found = statistics("the cat, the cat sat", ["The cat sat.", "the cat the dog"])
    # 13a: the | cat | , | the | cat | sat. Of the second reference, or the first, match: the twice, cat, sat;
    # "the cat", "cat sat" ("cat the" is apart); nothing longer. Its length, 4, and the first one's are equally far off.
    assert found == dict(zip(COLUMNS, [4, 2, 0, 0, 6, 5, 4, 3, 6, 4], strict=True))
    # Brevity penalty 1, and the orders without a match count as 1/2 and 1/4 of one.
    assert value(*map(np.array, found.values())) == pytest.approx((4 / 6 * 2 / 5 * 0.5 / 4 * 0.25 / 3) ** 0.25)
    brief = statistics("a b c d", ["a b c d e f"])
    assert value(*map(np.array, brief.values())) == pytest.approx(math.exp(1 - 6 / 4))
    version = f"version:{sacrebleu.__version__}"
    settings = f"case:mixed|eff:no|tok:13a|smooth:exp|{version}"
    assert [signature(number) for number in (1, 3, None)] == [f"nrefs:{n}|{settings}" for n in ("1", "3", "var")]


@pytest.mark.parametrize("references", [1, 3])
@pytest.mark.parametrize("rows", [1, 2, 5, 60])
def test_a_corpus_has_sacrebleus_score(rows, references):
    random = np.random.default_rng(rows)
    corpora = [random_corpus(random, rows, references) for _ in range(30)]
    found = [ours(*corpus) for corpus in corpora]
    assert found == [same(official(*corpus)) for corpus in corpora]
    assert len(set(found)) > 10


def test_corpora_of_any_shape_have_sacrebleus_scores():
    predictions, references = random_corpus(np.random.default_rng(1), 40, 3)
    references = [row[: 1 + number % 3] for number, row in enumerate(references)]
    assert ours(predictions, references) == same(official(predictions, references))
    refused("BLEU needs at least one reference for every row, one has none: fill it in", statistics, "a", [])
    random = np.random.default_rng(2)
    predictions, references = random_corpus(random, 12, 2)
    columns = counts(predictions, references)
    picked = random.integers(0, 12, (5, 8, 3))  # three rows a corpus: some orders match nowhere
    found = value(*np.moveaxis(columns[picked].sum(axis=2), -1, 0))
    theirs = [
        [official([predictions[row] for row in rows], [references[row] for row in rows]) for rows in line]
        for line in picked
    ]
    assert found.shape == (5, 8)
    np.testing.assert_allclose(found, theirs, atol=1e-9, rtol=0)
    assert 0 < np.count_nonzero(columns[picked].sum(axis=2)[..., COLUMNS.index("correct_4")] == 0) < 40


@pytest.mark.parametrize(
    ("prediction", "reference"),
    [
        ("", "a b c d"),
        ("", ""),
        ("a b c d", ""),
        ("x y z w", "a b c d"),  # nothing matches
        ("a b c", "a b c"),  # no four tokens
        ("a x b y c", "c b a"),  # only single words match
        ("a b c d e", "a b c d e"),
        ("a b\nc d  e ", "a b c d e"),
    ],
)
def test_edge_cases_are_sacrebleus_without_a_warning(prediction, reference, caplog):
    with np.errstate(all="raise"):
        found = ours([prediction], [[reference]])
    assert found == same(official([prediction], [[reference]]))
    assert caplog.text == ""


def test_the_interval_is_of_resampled_corpora(monkeypatch):
    monkeypatch.setattr(significance, "DRAWS", 200)
    predictions, references = random_corpus(np.random.default_rng(3), 20, 1, shortest=4)
    groups = [str(number // 2) for number in range(20)]
    found = interval(counts(predictions, references), value, groups, 42)
    drawn = []
    for block in significance.draws(10, 42):
        for times in block.astype(int):
            rows = [row for row in range(20) for _ in range(times[row // 2])]
            drawn.append(official([predictions[row] for row in rows], [references[row] for row in rows]))
    assert found.value == same(official(predictions, references))
    assert (found.low, found.high) == same(significance.ends(np.array(drawn), 10))
