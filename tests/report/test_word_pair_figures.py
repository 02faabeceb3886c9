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
from pipeline_lib.words.corpus.vocabulary import Word
from pipeline_lib.words.pairs.pair_table import Pair
from tests.helpers.legible import check_legible
from tests.helpers.word_corpus import HOSTILE, corpus

pytest_plugins = ("tests.helpers.figures",)

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
    made = texts(tmp_path / "r.svg")
    assert made[:10] == [
        "interchangeable (1)", "collocates (1)", "opposite (0)", "derivation (0)",
        "1", "left – right", "0.900", "2", "=cmd() – x", "−0.250",
    ]  # fmt: skip
    assert made[10] == "The 2 pairs of words closest in meaning"
    assert made[11].startswith(
        "Bar: the cosine of the two words, 1 is the most. Interchangeable: used in the same places"
    )
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
        (1, 1, "The pair of words closest in meaning"),
        (1, 100, "The one pair of words (100 were requested)"),
        (7, 7, "The 7 pairs of words closest in meaning"),
        (7, 100, "All 7 pairs of words (100 were requested)"),
        (150, 150, "The 100 pairs of words closest in meaning"),
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
    expected = [
        "All 7 pairs of words (100 were requested)",
        "A line joins a pair: the thicker, the more alike (cosine 0.90 to 0.90). In colour: words of several pairs.",
        "interchangeable: used in the same places", "collocates: used side by side", "opposite",
        "derivation: formed of one stem",
    ]  # fmt: skip
    plain = [word.replace("<", "&lt;").replace(">", "&gt;").replace("--", "- -") for word in words]
    made = [text.replace("&quot;", '"') for text in texts(tmp_path / "p.svg")]
    assert sorted(" ".join(made).split()) == sorted(" ".join([*expected, "right", *plain]).split())
    assert "<script" not in (tmp_path / "p.svg").read_text(encoding="utf-8")
    pixels = matplotlib.image.imread(tmp_path / "p.png")
    assert pixels[..., 3].min() == 1, "opaque, also where the page around it is dark"


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


def long_pairs():
    """Return 100 pairs of every kind; the first words are too long for a row."""
    words = ["w" * 60, "pneumoperitoneum-associated", *(f"{'abcdefghij'[i % 10] * (3 + i % 9)}{i}" for i in range(120))]
    return [pair(i + 1, words[i], words[i + 1 + i % 3], 0.95 - 0.012 * i, list(KINDS)[i % 4]) for i in range(100)]


def test_all_text_can_be_read(tmp_path, drawn):
    pairs = long_pairs()
    draw_pairs([tmp_path / "p.png"], pairs[1:], 100)  # the first word alone is wider than the picture
    draw_ranking(tmp_path / "r.png", pairs, 100)
    names = sorted({word for one in pairs for word in (one.left, one.right)})
    words = [Word(name, name, name, 1, 1) for name in names]
    vectors = np.random.default_rng(0).normal(size=(len(names), 8)) + 1
    draw_heatmap(tmp_path / "h.png", pairs, words, vectors, 100)
    for figure in drawn:
        check_legible(figure)
    numbers = drawn[2].axes[0].texts
    assert {text.get_color() for text in numbers} == {"black", "white"}
    assert min(int(text.get_text()) for text in numbers) >= 30
    assert len(numbers) % 2 == 0, "the matrix is symmetric, and a word is not compared with itself"


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
