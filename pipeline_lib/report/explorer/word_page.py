"""The page to explore the words of a corpus and their closest pairs: a map by Vega, a table, sentences; no network."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import vl_convert
from numpy.typing import NDArray

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import write_text
from pipeline_lib.report.explorer.excerpts import excerpts
from pipeline_lib.report.explorer.word_map import nearest_words, word_map
from pipeline_lib.report.offline_page import offline_page
from pipeline_lib.report.word_clusters import cluster_name, communities, neighbour_edges
from pipeline_lib.words.corpus.lexicon import ENGLISH
from pipeline_lib.words.corpus.sentences import Sentence
from pipeline_lib.words.corpus.vocabulary import Word
from pipeline_lib.words.pairs.pair_table import Pair, check_vectors

HERE = Path(__file__).parent
TEMPLATE, STYLES = HERE / "word_page.html", (HERE / "page_tools.css", HERE / "word_page.css")
# One module, in this order.
SCRIPTS = ("page_tools.js", "explorer_map.js", "explorer_detail.js", "explorer_search.js", "word_page.js")
MAX_WORDS = 2000  # on the map: a browser stays fast, and the page below 6 MB
MAX_PAIRS = 1000  # in the table; their words are all on the map
NEAREST = 10  # words listed as nearest to a word


def write_page(
    path: str | Path,
    pairs: Sequence[Pair],
    requested: int,
    words: Sequence[Word],
    vectors: NDArray[np.floating],
    sentences: Iterable[Sentence],
    language: str = ENGLISH,
) -> None:
    """Write `page` as one HTML file of 1 to 6 MB that fetches nothing."""
    write_text(path, page(pairs, requested, words, vectors, sentences, language))


def page(
    pairs: Sequence[Pair],
    requested: int,
    words: Sequence[Word],
    vectors: NDArray[np.floating],
    sentences: Iterable[Sentence],
    language: str = ENGLISH,
) -> str:
    """Return the HTML of the page. A word or a sentence in it is data, never markup or script.

    requested: how many pairs were requested; vectors: (n, d), one row a word; language: of the corpus. The table has
    the first MAX_PAIRS pairs, the map their words and those in most documents, MAX_WORDS in all; the page says so where
    there are more. Raises UserError when words, vectors, pairs and sentences are not from one corpus.
    """
    return rendered(page_data(pairs, requested, words, vectors, sentences, language))


def rendered(data: Mapping[str, Any]) -> str:
    """Return the HTML of the page with `data`, as `page_data` makes them."""
    scripts = (vega(), "\n".join((HERE / name).read_text(encoding="utf-8") for name in SCRIPTS))
    return offline_page(TEMPLATE, {"data": data}, sheets=STYLES, scripts=scripts)


@cache
def vega() -> str:
    """Return the script of vega-embed and Vega from vl-convert's wheel; it sets window.vegaEmbed."""
    # Not `vega` itself: in the bundle of vl-convert 1.9 that name is null.
    script = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    return script.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def page_data(
    pairs: Sequence[Pair],
    requested: int,
    words: Sequence[Word],
    vectors: NDArray[np.floating],
    sentences: Iterable[Sentence],
    language: str = ENGLISH,
) -> dict[str, Any]:
    """Return the data of the page; word_page.js names the fields of its lists."""
    check_vectors(words, vectors)
    row_of = {word.word: row for row, word in enumerate(words)}
    shown_pairs = pairs[:MAX_PAIRS]
    ends = [(_row(pair.left, row_of), _row(pair.right, row_of)) for pair in shown_pairs]
    rows = sorted({row for end in ends for row in end})
    chosen = set(rows)
    # The vocabulary is sorted by documents.
    rows = sorted([*rows, *[row for row in range(len(words)) if row not in chosen][: max(0, MAX_WORDS - len(rows))]])
    index_of = {row: at for at, row in enumerate(rows)}  # in data.words
    positions = word_map(vectors[rows])
    near, cosines = nearest_words(vectors, rows, NEAREST)
    on_map = [words[row] for row in rows]
    edges = neighbour_edges(rows, near, cosines)
    clusters = communities(len(rows), edges)
    cluster_of = {at: number for number, members in enumerate(clusters) for at in members}
    shown = excerpts(sentences, words, rows, [(min(end), max(end)) for end in ends], language)
    return {
        "total_words": len(words),
        "total_pairs": len(pairs),
        "requested": requested,
        "words": [
            [
                words[row].word,
                round(float(x), 4),
                round(float(y), 4),
                words[row].count,
                words[row].documents,
                shown.sentences[row],
                # A word on the map is its index, another one its text.
                [index_of.get(int(other), words[int(other)].word) for other in near[at]],
                [round(float(cosine), 3) for cosine in cosines[at]],
                shown.of_word.get(row, []),
                shown.forms.get(row, []),
                cluster_of.get(at),
            ]
            for at, (row, (x, y)) in enumerate(zip(rows, positions, strict=True))
        ],
        "clusters": [
            # The words of its name, the middle of the cluster, and how many words it has.
            [
                cluster_name(members, on_map, edges),
                *np.round(np.median(positions[members], axis=0), 4).tolist(),
                len(members),
            ]
            for members in clusters
        ],
        "pairs": [
            [
                p.rank,
                index_of[left],
                index_of[right],
                round(p.cosine, 6),
                p.kind,
                p.spelling,
                p.together,
                p.pmi,
                shown.sentences[min(left, right), max(left, right)],
                shown.of_pair.get((min(left, right), max(left, right)), []),
            ]
            for p, (left, right) in zip(shown_pairs, ends, strict=True)
        ],
        "texts": [list(text) for text in shown.texts],
    }


def _row(word: str, row_of: dict[str, int]) -> int:
    if word not in row_of:
        raise UserError(
            f"every word of a pair must be in the vocabulary, {word!r} is not: run embed and "
            "pair_mine again on this vocabulary (dvc repro)"
        )
    return row_of[word]
