"""Hold METEOR against NLTK's own function, with a made-up WordNet in memory and on disk, and without any."""

import random
import socket
import warnings
import zipfile
from collections import Counter
from types import SimpleNamespace

import nltk
import pytest
from nltk.translate.meteor_score import meteor_score

from pipeline_lib.evaluation.metrics import meteor as meteor_module
from pipeline_lib.evaluation.metrics.meteor import load_wordnet, meteor, meteor_name, meteor_signature, words
from tests.helpers.stages import refused

SYNONYMS = [("car", "auto"), ("big", "great"), ("car", "railcar"), ("get", "buy"), ("run", "house")]
TEXT = "the The big great cars car autos auto railcar buying buy get 3.5 1,000 don't x-ray , . running runs".split()


class FakeWordNet:
    """Pairs of words that mean the same, and the two-word names that METEOR passes over."""

    def __init__(self, pairs):
        self.pairs = pairs

    def synsets(self, lemma):
        return [FakeSynset((*pair, "two_words")) for pair in self.pairs if lemma in pair]


class FakeSynset(tuple):
    def lemmas(self):
        return [SimpleNamespace(name=lambda name=name: name) for name in self]


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


@pytest.mark.parametrize(
    ("prediction", "references", "pairs", "expected"),
    [
        # All three words match, two as they stand, one by stem, in one chunk: 1 - 0.5 (1/3)^3.
        ("the big cars", ["The big car."], None, 1 - 0.5 / 27),
        # Two of three match on either side, in one chunk; with the synonym all do.
        ("the big auto", ["the big car"], None, 2 / 3 * (1 - 0.5 / 8)),
        ("the big auto", ["the big car"], SYNONYMS, 1 - 0.5 / 27),
        # Precision 1, recall 1/2, 10 P R / (R + 9 P); the best of the references counts.
        ("car", ["x", "red car"], None, 0.5 * 10 * 0.5 / (0.5 + 9)),
        ("car", ["car"], None, 0.5),
        ("", ["a car"], None, 0),
        ("a car", [""], None, 0),
        ("", [""], None, 0),
        (" .", ["a car"], None, 0),
        ("car", ["automobile"], [("car", "automobile")], 0),  # its stem is automobil, which no synonym is: as NLTK
    ],
)
def test_values_worked_out_by_hand(prediction, references, pairs, expected):
    assert meteor(prediction, references, pairs and FakeWordNet(pairs)) == pytest.approx(expected)


def test_figures_are_those_of_nltk():
    draw = random.Random(1)
    texts = [[" ".join(draw.choices(TEXT, k=draw.randrange(1, 12))) for _ in range(3)] for _ in range(400)]
    found = {}
    for name, wordnet in (("synonyms", FakeWordNet(SYNONYMS)), ("none", FakeWordNet([]))):
        given = wordnet if wordnet.pairs else None
        found[name] = [meteor(prediction, references, given) for prediction, *references in texts]
        theirs = [meteor_score(list(map(words, golds)), words(answer), wordnet=wordnet) for answer, *golds in texts]
        assert found[name] == theirs
        assert len(set(theirs)) > 100
    assert 40 < sum(more > less for more, less in zip(found["synonyms"], found["none"], strict=True)) < 400


@pytest.mark.parametrize("zipped", [True, False])
def test_wordnet_of_a_folder_is_read_without_a_warning(zipped, tmp_path):
    folder = write_wordnet(tmp_path / "data", zipped)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        wordnet = load_wordnet(folder)
    assert wordnet is not None
    names = [[lemma.name() for lemma in synset.lemmas()] for synset in wordnet.synsets("cars")]
    assert names == [["car", "auto"], ["railcar", "car"]]
    assert wordnet.synsets("cars") is wordnet.synsets("cars")  # cached
    assert [synset.lemmas()[1].name() for synset in wordnet.synsets("bought")] == ["get"]
    theirs = meteor_score([["they", "get", "car"]], ["they", "bought", "railcars"], wordnet=wordnet)
    assert meteor("they bought railcars", ["they get car"], wordnet) == pytest.approx(theirs)
    assert (meteor("buy", ["get"], wordnet), meteor("buy", ["get"], None)) == (0.5, 0.0)
    assert meteor_name(wordnet) == "meteor"
    settings = "stem:porter|alpha:0.9|beta:3|gamma:0.5"
    assert meteor_signature(wordnet) == f"{settings}|wordnet:9.9|nltk:{nltk.__version__}"
    assert meteor_signature(None) == f"{settings}|wordnet:none|nltk:{nltk.__version__}"


def test_wordnet_of_nltks_own_search_path_or_none(tmp_path, monkeypatch):
    remedy = "download it once with python -m nltk.downloader wordnet .*or set wordnet to none"
    for name, place in (("nltk", "NLTK's search path"), (tmp_path, f"{tmp_path}, as corpora/wordnet.zip or .*")):
        refused(f"there is none in {place}: {remedy}", load_wordnet, name)
    monkeypatch.setattr(nltk.data, "path", [str(tmp_path / "absent"), str(write_wordnet(tmp_path / "data", True))])
    wordnet = load_wordnet("nltk")
    assert wordnet is not None
    assert [synset.lemmas()[0].name() for synset in wordnet.synsets("get")] == ["buy"]

    def refuse(*_, **__):
        raise AssertionError("a connection")

    for owner, name in ((socket, "create_connection"), (socket, "getaddrinfo"), (socket.socket, "connect")):
        monkeypatch.setattr(owner, name, refuse)
    wordnet = load_wordnet("none")
    assert (meteor_name(wordnet), meteor("the cars", ["the car"], wordnet)) == ("meteor_no_synonyms", 0.9375)
    refused("METEOR needs at least one reference for every row, one has none: fill it in", meteor, "a", [], None)


@pytest.mark.parametrize("fault", ["no archive", "empty folder", "no data.noun", "open to others"])
def test_wordnet_that_cannot_be_read(fault, tmp_path):
    folder = write_wordnet(tmp_path / "data", zipped=fault == "no archive")
    files = folder / "corpora" / "wordnet"
    if fault == "no archive":
        files.with_suffix(".zip").write_bytes(b"PK but no archive")
    elif fault == "open to others":
        files.chmod(0o777)
    else:
        for path in files.glob("*" if fault == "empty folder" else "data.noun"):
            path.unlink()
    message = r"wordnet(.zip)? cannot be read by NLTK .*: unpack .* \(chmod -R go-w .*/data\)"
    refused(message, load_wordnet, folder)


def test_words_are_stemmed_once(monkeypatch):
    """Of 300 pairs each word is stemmed once at most, where NLTK alone stems it in every pair."""
    draw = random.Random(1)
    known = [first + vowel + last for first in "bdfgklmnprst" for vowel in "aeiou" for last in ("ning", "ter", "ly")]
    pairs = [[draw.choices(known, k=60) for _ in range(2)] for _ in range(300)]
    stemmed: Counter[str] = Counter()
    stem = meteor_module.PorterStemmer.stem

    def counted(self, word):
        stemmed.update([word])
        return stem(self, word)

    monkeypatch.setattr(meteor_module.PorterStemmer, "stem", counted)
    monkeypatch.setattr(meteor_module, "_STEMMER", meteor_module._Stemmer())
    ours = [meteor(" ".join(left), [" ".join(right)], None) for left, right in pairs]
    monkeypatch.undo()
    assert ours[:60] == [meteor_score([right], left, wordnet=FakeWordNet([])) for left, right in pairs[:60]]
    assert set(stemmed) <= set(known)
    assert len(stemmed) > 100
    assert set(stemmed.values()) == {1}
