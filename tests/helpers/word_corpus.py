"""A small corpus with hostile text, its vectors and pairs, for the tests of the pages and figures of word pairs."""

import re

import numpy as np

from pipeline_lib.words.corpus.sentences import Sentence
from pipeline_lib.words.corpus.vocabulary import Word
from pipeline_lib.words.pairs.pair_table import Pair

HOSTILE = '</script><script>alert(1)</script><img src=x onerror="alert(2)"> =cmd() <!-- {{ 7*7 }}'
TEXTS = [  # sentence, count
    ("No pleural effusion.", 9),
    ("The lungs are clear.", 5),
    ("Both Lungs are clear; the left lung is larger than the right.", 1),
    ("Small left pleural effusion, smaller than on the right.", 2),
    (f"Small effusion. {HOSTILE}", 1),
    ("Größe 胸 unchanged.", 1),
    ("Large effusion " + "and nothing else of note " * 40 + "but a small right nodule.", 1),
]
FORMS = {"lungs": "lungs lung", "small": "small smaller", "large": "large larger"}
NAMES = "effusion pleural lungs right left small clear large nodule größe 胸 unchanged".split()


def corpus():
    """Return words, vectors (n, 8), sentences and pairs of the corpus."""
    forms = {form: name for name in NAMES for form in FORMS.get(name, name).split()}
    rows = {name: row for row, name in enumerate(NAMES)}
    sentences = []
    for text, count in TEXTS:
        tokens = "".join(letter if letter.isalpha() else " " for letter in text.lower()).split()
        sentences.append(Sentence(text, count, [rows[forms[token]] for token in tokens if token in forms]))
    stems = {"lungs": "lung", "pleural": "pleural", "effusion": "effus", "nodule": "nodul"}
    lemmas = {"lungs": "lung"}
    words = []
    for row, name in enumerate(NAMES):
        count = sum(sentence.count * sentence.words.count(row) for sentence in sentences)
        documents = sum(sentence.count for sentence in sentences if row in sentence.words)
        words.append(Word(name, stems.get(name, name), lemmas.get(name, name), count, documents))
    random = np.random.default_rng(3)
    vectors = random.normal(size=(len(NAMES), 8)).astype(np.float32)
    for one, other in (("right", "left"), ("small", "large"), ("effusion", "pleural")):
        vectors[rows[other]] = vectors[rows[one]] + 0.3 * vectors[rows[other]]
    return words, vectors, sentences, pairs_of(words, vectors, sentences)


def pairs_of(words, vectors, sentences, top=5):
    """Return the `top` pairs by comparing all; every third is of kind collocates, the second a spelling variant."""
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = unit @ unit.T
    ends = sorted((-cosines[i, j], i, j) for i in range(len(words)) for j in range(i))[:top]
    pairs = []
    for rank, (minus, i, j) in enumerate(ends, start=1):
        a, b = sorted((words[i], words[j]), key=lambda word: word.word)
        rows = {words.index(a), words.index(b)}
        together = sum(sentence.count for sentence in sentences if rows <= set(sentence.words))
        kind = "collocates" if rank % 3 == 0 else "interchangeable"
        pmi = 1.5 if together else None
        counts = (a.count, b.count, a.documents, b.documents)
        pairs.append(Pair(rank, a.word, b.word, round(float(-minus), 6), kind, rank == 2, together, pmi, *counts))
    return pairs


def data_of(html: str) -> str:
    """Return the JSON that a page of ours holds in its script element."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.S)
    assert found
    return found[1]
