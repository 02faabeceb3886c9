"""Hold METEOR against NLTK's own function, with a made-up WordNet in memory and on disk, and without any."""

# A figure may be None; where it is, these tests fail without mypy too.
# mypy: disable-error-code="union-attr"

import os
import random
import subprocess
import sys
import time
import warnings
import zipfile
from pathlib import Path

import nltk
import pytest
from nltk.translate.meteor_score import meteor_score

from pipeline_lib.core.errors import UserError
from pipeline_lib.evaluation.metrics.meteor import load_wordnet, meteor, meteor_name, meteor_signature, words

SYNONYMS = [("car", "auto"), ("big", "great"), ("car", "railcar"), ("get", "buy"), ("run", "house")]
TEXT = "the The big great cars car autos auto railcar buying buy get 3.5 1,000 don't x-ray , . running runs".split()


class FakeWordNet:
    """Pairs of words that mean the same, and the two-word names that METEOR passes over."""

    def __init__(self, pairs):
        self.pairs = pairs

    def synsets(self, lemma):
        return [FakeSynset((*pair, "two_words")) for pair in self.pairs if lemma in pair]


class FakeSynset:
    def __init__(self, names):
        self.names = names

    def lemmas(self):
        return [FakeLemma(name) for name in self.names]


class FakeLemma:
    def __init__(self, text):
        self.text = text

    def name(self):
        return self.text


@pytest.fixture(autouse=True)
def own_search_path(monkeypatch):
    monkeypatch.setattr(nltk.data, "path", [])


def write_wordnet(folder, zipped):
    """Write a WordNet of two nouns and one verb, in the files of Princeton's, under folder/corpora."""
    synsets = {"noun": [("n", "car", "auto"), ("n", "railcar", "car")], "verb": [("v", "buy", "get")]}
    files = {"lexnames": "00\tall\t3\n", "cntlist.rev": "", "index.sense": ""}
    for part in ("adj", "adv", "noun", "verb"):
        data = "  1 WordNet 9.9 Copyright nobody\n" if part == "adj" else ""
        senses: dict[tuple[str, str], list[str]] = {}
        for kind, *names in synsets.get(part, []):
            for name in names:
                senses.setdefault((name, kind), []).append(f"{len(data):08d}")
            frames = "01 + 01 00 " if kind == "v" else ""
            spelt = " ".join(f"{name} 0" for name in names)
            data += f"{len(data):08d} 00 {kind} {len(names):02x} {spelt} 000 {frames}| made up  \n"
        index = [f"{name} {kind} {len(at)} 0 {len(at)} 0 {' '.join(at)}  \n" for (name, kind), at in senses.items()]
        files |= {f"data.{part}": data, f"index.{part}": "".join(sorted(index)), f"{part}.exc": ""}
    files["verb.exc"] = "bought buy\n"
    corpora = folder / "corpora"
    corpora.mkdir(parents=True)
    if zipped:
        with zipfile.ZipFile(corpora / "wordnet.zip", "w") as archive:
            for name, text in files.items():
                archive.writestr(f"wordnet/{name}", text)
    else:
        (corpora / "wordnet").mkdir()
        for name, text in files.items():
            (corpora / "wordnet" / name).write_text(text, encoding="utf-8")
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)  # NLTK reads nothing that others can write
    return folder


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("The CAT sat, well-fed.", ["the", "cat", "sat", "well", "fed"]),
        ("1,000.50 mg at 3.5%, or 7.", ["1,000.50", "mg", "at", "3.5", "or", "7"]),
        ("Don’t! It's John's' B12_x", ["don't", "it's", "john's", "b12", "x"]),
        ("Élan 東京", ["élan", "東", "京"]),
        (" -- \n", []),
    ],
)
def test_words(text, tokens):
    assert words(text) == tokens


def test_values_worked_out_by_hand():
    wordnet = FakeWordNet(SYNONYMS)
    # All three words match, two as they stand, one by stem, in one chunk: 1 - 0.5 (1/3)^3.
    assert meteor("the big cars", ["The big car."], None) == pytest.approx(1 - 0.5 / 27)
    # Two of three match on either side, in one chunk; with the synonym all do.
    assert meteor("the big auto", ["the big car"], None) == pytest.approx(2 / 3 * (1 - 0.5 / 8))
    assert meteor("the big auto", ["the big car"], wordnet) == pytest.approx(1 - 0.5 / 27)
    # Precision 1, recall 1/2, 10 P R / (R + 9 P); the best of the references counts.
    assert meteor("car", ["x", "red car"], None) == pytest.approx(0.5 * 10 * 0.5 / (0.5 + 9))
    assert meteor("car", ["car"], None) == 0.5


@pytest.mark.parametrize(
    ("prediction", "references"), [("", ["a car"]), ("a car", [""]), ("", [""]), (" .", ["a car"])]
)
def test_a_side_without_words_scores_nothing(prediction, references):
    assert meteor(prediction, references, None) == 0.0


@pytest.mark.parametrize("pairs", [SYNONYMS, []])
def test_figures_are_those_of_nltk(pairs):
    draw, wordnet = random.Random(1), FakeWordNet(pairs)
    found, theirs = [], []
    for _ in range(400):
        prediction, *references = (" ".join(draw.choices(TEXT, k=draw.randrange(1, 12))) for _ in range(3))
        found.append(meteor(prediction, references, wordnet if pairs else None))
        theirs.append(meteor_score(list(map(words, references)), words(prediction), wordnet=wordnet))
    assert found == theirs
    assert len(set(found)) > 100


def test_synonyms_raise_the_score():
    draw, wordnet = random.Random(1), FakeWordNet(SYNONYMS)
    pairs = [[" ".join(draw.choices(TEXT, k=6)) for _ in range(2)] for _ in range(100)]
    better = [meteor(left, [right], wordnet) > meteor(left, [right], None) for left, right in pairs]
    assert 10 < sum(better) < 100


@pytest.mark.parametrize("zipped", [True, False])
def test_wordnet_of_a_folder_is_read_without_a_warning(zipped, tmp_path):
    folder = write_wordnet(tmp_path / "data", zipped)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        wordnet = load_wordnet(folder)
    names = [[lemma.name() for lemma in synset.lemmas()] for synset in wordnet.synsets("cars")]
    assert names == [["car", "auto"], ["railcar", "car"]]
    assert wordnet.synsets("cars") is wordnet.synsets("cars")  # cached
    assert [synset.lemmas()[1].name() for synset in wordnet.synsets("bought")] == ["get"]
    assert meteor("they bought railcars", ["they get car"], wordnet) == pytest.approx(
        meteor_score([["they", "get", "car"]], ["they", "bought", "railcars"], wordnet=wordnet)
    )
    assert meteor("buy", ["get"], wordnet) == 0.5
    assert meteor("buy", ["get"], None) == 0.0
    assert meteor_name(wordnet) == "meteor"
    settings = "stem:porter|alpha:0.9|beta:3|gamma:0.5"
    assert meteor_signature(wordnet) == f"{settings}|wordnet:9.9|nltk:{nltk.__version__}"
    assert meteor_signature(None) == f"{settings}|wordnet:none|nltk:{nltk.__version__}"


def test_wordnet_of_nltks_own_search_path(tmp_path, monkeypatch):
    monkeypatch.setattr(nltk.data, "path", [str(tmp_path / "absent"), str(write_wordnet(tmp_path / "data", True))])
    assert [synset.lemmas()[0].name() for synset in load_wordnet("nltk").synsets("get")] == ["buy"]


def test_no_wordnet_where_one_is_named(tmp_path):
    remedy = "download it once with python -m nltk.downloader wordnet .*or set wordnet to none"
    with pytest.raises(UserError, match=f"there is none in NLTK's search path: {remedy}"):
        load_wordnet("nltk")
    with pytest.raises(UserError, match=f"there is none in {tmp_path}, as corpora/wordnet.zip or .*: {remedy}"):
        load_wordnet(tmp_path)


@pytest.mark.parametrize("fault", ["no archive", "empty folder", "no data.noun", "open to others"])
def test_wordnet_that_cannot_be_read(fault, tmp_path):
    folder = write_wordnet(tmp_path / "data", zipped=fault == "no archive")
    files = folder / "corpora" / "wordnet"
    if fault == "no archive":
        files.with_suffix(".zip").write_bytes(b"PK but no archive")
    elif fault == "empty folder":
        for path in files.iterdir():
            path.unlink()
    elif fault == "no data.noun":
        (files / "data.noun").unlink()
    else:
        files.chmod(0o777)
    with pytest.raises(
        UserError, match=r"wordnet(.zip)? cannot be read by NLTK .*: unpack .* \(chmod -R go-w .*/data\)"
    ):
        load_wordnet(folder)


def test_none_needs_no_data_and_no_network(tmp_path):
    code = """
import socket
def refuse(*args, **kwargs):
    raise AssertionError("a connection")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
from pipeline_lib.evaluation.metrics.meteor import load_wordnet, meteor, meteor_name
wordnet = load_wordnet("none")
print(meteor_name(wordnet), meteor("the cars", ["the car"], wordnet))
"""
    environment = {**os.environ, "NLTK_DATA": str(tmp_path / "nowhere"), "HOME": str(tmp_path)}
    ended = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.stderr == ""
    assert ended.stdout.splitlines() == ["meteor_no_synonyms 0.9375"]


def test_words_are_stemmed_once():
    """Over a thousand pairs it is many times as fast as NLTK alone, which stems every word of every pair."""
    draw = random.Random(1)
    endings = ("ning", "ter", "ly")
    known = [first + vowel + last for first in "bdfgklmnprst" for vowel in "aeiou" for last in endings]
    pairs = [[draw.choices(known, k=60) for _ in range(2)] for _ in range(1000)]
    texts = [[" ".join(tokens) for tokens in pair] for pair in pairs]
    start = time.process_time()
    ours = [meteor(left, [right], None) for left, right in texts]
    between = time.process_time()
    assert ours[:200] == [meteor_score([right], left, wordnet=FakeWordNet([])) for left, right in pairs[:200]]
    assert between - start < time.process_time() - between  # a fifth of the pairs


def test_synonyms_are_looked_up_by_stem_as_nltk_does():
    wordnet = FakeWordNet([("car", "automobile")])
    assert meteor("car", ["automobile"], wordnet) == 0.0  # its stem is automobil, which no synonym is


def test_a_row_needs_a_reference():
    with pytest.raises(UserError, match="METEOR needs at least one reference for every row, one has none: fill it in"):
        meteor("a", [], None)
