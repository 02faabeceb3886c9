"""Figures of the word pairs: their content, the same bytes each time, and few or no pairs."""

import csv
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest

from pipeline_lib.report.figures.word_pairs import (
    KINDS,
    clusters,
    draw_heatmap,
    draw_pairs,
    draw_ranking,
    headline,
    seriation,
    write_pairs_table,
)
from pipeline_lib.words.pairs.pair_table import Pair
from tests.helpers.word_corpus import HOSTILE, corpus

ROOT = Path(__file__).parents[2]


def pair(rank, left, right, cosine=0.9, kind="interchangeable"):
    return Pair(rank, left, right, cosine, kind, False, 0, None, 1, 1, 1, 1)


def texts(path):
    """Return the texts of an SVG, which matplotlib writes as comments before their outlines."""
    return re.findall(r"<!-- (.*?) -->", path.read_text(encoding="utf-8"))


TWO_TRIANGLES = [
    pair(1, "a", "b"), pair(2, "b", "c"), pair(3, "a", "c"), pair(4, "x", "y"), pair(5, "y", "z"), pair(6, "x", "z"),
    pair(7, "c", "x", 0.5), pair(8, "p", "q"),
]  # fmt: skip


def test_ranking_graph_and_table_show_each_pair(tmp_path):
    assert clusters(TWO_TRIANGLES) == dict.fromkeys("abc", 0) | dict.fromkeys("xyz", 1)
    assert clusters([]) == {}
    assert clusters([pair(1, "a", "b", -0.2), pair(2, "b", "c", -0.3)]) == dict.fromkeys("abc", 0)
    pairs = [pair(1, "left", "right", 0.9), pair(2, "=cmd()", "x", -0.25, "collocates")]
    draw_ranking(tmp_path / "r.svg", pairs, 2)
    assert texts(tmp_path / "r.svg") == [
        "The 2 closest pairs of words", "interchangeable (1)", "collocates (1)", "opposite (0)", "derivation (0)",
        "1", "left – right", "0.900", "2", "=cmd() – x", "−0.250",
    ]  # fmt: skip
    write_pairs_table(tmp_path / "t.csv", [*pairs, replace(pairs[0], rank=3, together=4)])
    assert list(csv.reader((tmp_path / "t.csv").read_text(encoding="utf-8").splitlines())) == [
        ["pair", "cosine", "rank", "kind", "together", "left_documents", "right_documents"],
        ["left – right", "0.900000", "1", "interchangeable", "0", "1", "1"],
        ["'=cmd() – x", "-0.250000", "2", "collocates", "0", "1", "1"],
        ["left – right", "0.900000", "3", "interchangeable", "4", "1", "1"],
    ]


@pytest.mark.parametrize(
    ("count", "requested", "expected"),
    [
        (0, 100, "No two words to compare"),
        (1, 1, "The closest pair of words"),
        (1, 100, "The one pair of words (100 were requested)"),
        (7, 7, "The 7 closest pairs of words"),
        (7, 100, "All 7 pairs of words (100 were requested)"),
        (150, 150, "The 100 closest pairs of words"),
        (150, 200, "All 150 pairs of words (200 were requested)"),
    ],
)
def test_the_title_says_how_many_pairs_there_are(count, requested, expected):
    assert headline([pair(i + 1, f"a{i}", f"b{i}") for i in range(count)], requested) == expected


def test_every_kind_has_a_colour_and_lines_of_its_own(tmp_path):
    kinds = list(KINDS)
    assert kinds == ["interchangeable", "collocates", "opposite", "derivation"]
    assert len(set(KINDS.values())) == 4
    content = set()
    for kind in kinds:
        draw_pairs([tmp_path / "p.svg"], [pair(1, "left", "right", kind=kind)], 1)
        draw_ranking(tmp_path / "r.png", [pair(1, "left", "right", kind=kind)], 1)
        content |= {(tmp_path / "p.svg").read_bytes(), (tmp_path / "r.png").read_bytes()}
    assert len(content) == 8


def test_the_graph_shows_each_word_once_in_any_script(tmp_path):
    words = ["größe", "胸部", "צדר", "грудь", "$x^2$", "=cmd()", HOSTILE]
    pairs = [pair(i + 1, word, "right") for i, word in enumerate(words)]
    draw_pairs([tmp_path / "p.svg", tmp_path / "p.png"], pairs, 100)
    expected = ["All 7 pairs of words (100 were requested)", "interchangeable", "collocates", "opposite", "derivation"]
    expected.append("thicker: more alike; joined in one colour: a cluster")
    plain = [word.replace("<", "&lt;").replace(">", "&gt;").replace("--", "- -") for word in words]
    made = [text.replace("&quot;", '"') for text in texts(tmp_path / "p.svg")]
    assert sorted(made) == sorted([*expected, "right", *plain])
    assert "<script" not in (tmp_path / "p.svg").read_text(encoding="utf-8")
    assert matplotlib.image.imread(tmp_path / "p.png").shape[1] == 1552


def test_similar_words_are_adjacent_in_the_heat_map(tmp_path):
    random = np.random.default_rng(5)
    group = np.tile(np.arange(4), 5)
    vectors = np.eye(4)[group] + 0.2 * random.normal(size=(20, 4))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    order = seriation(vectors @ vectors.T)
    assert sorted(order) == list(range(20))
    assert (np.diff(group[order]) != 0).sum() == 3  # four blocks
    words, vectors, _, pairs = corpus()
    draw_heatmap(tmp_path / "h.svg", pairs, words, vectors, 5)
    made = texts(tmp_path / "h.svg")
    names = {word for one in pairs for word in (one.left, one.right)}
    assert sorted(text for text in made if text in names) == sorted([*names, *names])
    assert f"How alike the {len(names)} words of the closest pairs are" in made


def draw_all(folder):
    words, vectors, _, pairs = corpus()
    folder.mkdir()
    draw_pairs([folder / "p.png", folder / "p.svg"], pairs, 9)
    draw_ranking(folder / "r.png", pairs, 9)
    draw_heatmap(folder / "h.png", pairs, words, vectors, 9)
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def test_the_same_pairs_give_the_same_bytes_in_another_process_too(tmp_path):
    first = draw_all(tmp_path / "one")
    assert list(first) == ["h.png", "p.png", "p.svg", "r.png"]
    assert draw_all(tmp_path / "two") == first
    for name, content in first.items():
        assert not re.search(rb"Software|tIME|dc:date|matplotlib\.org|Matplotlib v", content), name
    # The hashes of strings, and so the order of sets, differ between processes.
    draw_pairs([tmp_path / "here.svg"], TWO_TRIANGLES, 9)
    code = f"from {__name__} import *; draw_pairs([{str(tmp_path / 'there.svg')!r}], TWO_TRIANGLES, 9)"
    other = "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"
    environment = os.environ | {"PYTHONHASHSEED": other}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, cwd=ROOT)
    assert (tmp_path / "there.svg").read_bytes() == (tmp_path / "here.svg").read_bytes()


@pytest.mark.parametrize("count", [0, 1])
def test_few_pairs_are_drawn(tmp_path, count):
    words, vectors, _, pairs = corpus()
    draw_pairs([tmp_path / "p.svg"], pairs[:count], 100)
    draw_ranking(tmp_path / "r.svg", pairs[:count], 100)
    draw_heatmap(tmp_path / "h.svg", pairs[:count], words, vectors, 100)
    title = headline(pairs[:count], 100)
    of_words = "How alike the 2 words of the closest pairs are" if count else title
    for name, expected in {"p": title, "r": title, "h": of_words}.items():
        assert expected in texts(tmp_path / f"{name}.svg")
