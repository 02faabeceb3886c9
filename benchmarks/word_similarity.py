"""Which word vectors agree with people: every embed.method and embed.isotropy on one corpus, in one run.

    python -m benchmarks.word_similarity --text FILE --sample 3000 --sets SET.tsv ... --wordnet FOLDER
    python -m benchmarks.word_similarity --data FILE --columns findings impression --sets SET.tsv ... --wordnet FOLDER

The corpus is plain text of one document a line (--text) or a table of reports (--data), its vocabulary and sentences
those of preprocess_text. A set of human judgements is tab-separated with the columns word1, word2 and score
(SimLex-999, WordSim-353, MEN, RareWords, UMNSRS); a word of it is the vocabulary's of the same spelling, else of the
same lemma.

Prints two tables in Markdown. The first is Spearman's rho with each set, equal values given their mean rank, for all
vectors on the same pairs: those of two different words of the vocabulary; the header says how many of a set that is,
and a line below why the others are not there. A set with fewer than --least such pairs says nothing and is left empty.
`mean` is over the others, `behind` how much less than the best one's it is, with a 95% paired bootstrap interval (pairs
drawn within each set): above 0, it is worse. The row "no corpus" is the encoder on all pairs of a set, spelled as they
are there. --only-sets makes vectors of the sets' words alone, so that a large corpus can be read for them.

The second table is of the 100 closest pairs that pair_mine would report: how many NLTK's WordNet calls synonyms,
relatives (one link apart, or two kinds of the same), derivations (one formed of the other), none of these, or does not
know; and how many of --random pairs of any two words.

--adapter adds the tuned model's hidden states. It is only here: in the pipeline another lr would rerun the words.
"""

import argparse
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from pipeline_lib.cli.command import run
from pipeline_lib.core.errors import UserError
from pipeline_lib.data.tables import read_table
from pipeline_lib.evaluation.metrics.meteor import WordNet, load_wordnet
from pipeline_lib.models.forward import decoder
from pipeline_lib.models.loading import load_causal, load_encoder, load_tokenizer, locate, weights_dtype
from pipeline_lib.models.lora import load_trained
from pipeline_lib.words.corpus.documents import read_corpus, read_texts
from pipeline_lib.words.corpus.sentences import Sentence
from pipeline_lib.words.corpus.vocabulary import Word
from pipeline_lib.words.pairs.collocations import collocations
from pipeline_lib.words.pairs.mining import top_pairs
from pipeline_lib.words.vectors.context_vectors import context_vectors
from pipeline_lib.words.vectors.cooccurrence import cooccurrence_vectors
from pipeline_lib.words.vectors.encoder_vectors import word_vectors
from pipeline_lib.words.vectors.isotropy import TREATMENTS, isotropic
from pipeline_lib.words.vectors.similarity_benchmarks import (
    RELATIONS,
    Covered,
    Judgement,
    cosines,
    cover,
    drawn_rhos,
    estimate,
    read_judgements,
    relation,
    row_finder,
    spearman,
)

METHODS = ("encoder", "encoder_context", "model", "cooccurrence")
TOP, BLOCK = 100, 8192
Vectors = dict[tuple[str, str], np.ndarray]  # (method, treatment) -> (n, d), unit length


def main(argv: list[str] | None = None) -> None:
    """Read the command line, make all vectors, compare."""
    args = _parse(argv)
    sets = {path.name.split(".")[0]: read_judgements(path) for path in args.sets}
    wordnet = load_wordnet(args.wordnet)
    words, sentences, rows = _corpus(args, sets)
    found: Vectors = {}
    spent: dict[str, float] = {}
    for name, make in _contenders(args, words, sentences, rows).items():
        start = time.process_time()
        plain = make()
        spent[name] = time.process_time() - start
        found |= {(name, treatment): isotropic(plain, treatment) for treatment in args.isotropy}
    print("\nthe processor's seconds: " + ", ".join(f"{name} {seconds:.0f}" for name, seconds in spent.items()) + "\n")
    find = row_finder([words[row] for row in rows])
    covered = {name: cover(judgements, find) for name, judgements in sets.items()}
    _print_rhos(args, found, covered, _whole(args, sets) if "encoder" in args.methods else {})
    if wordnet is not None and not args.only_sets:
        _print_pairs(args, found, words, sentences, wordnet)


def _parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--text", type=Path, help="plain text, one document a line: .txt or .txt.gz")
    source.add_argument("--data", type=Path, help="reports: CSV, TSV, JSON or JSONL")
    parser.add_argument("--columns", nargs="+", default=["findings", "impression"], help="of --data (%(default)s)")
    parser.add_argument("--sample", type=int, help="documents, drawn at random; all without it")
    parser.add_argument("--only-sets", action="store_true", help="vectors of the sets' words alone, and no pairs")
    parser.add_argument("--seed", type=int, default=42, help="of all that is drawn (%(default)s)")
    parser.add_argument("--sets", type=Path, nargs="+", required=True, help="human judgements, TSV")
    parser.add_argument(
        "--wordnet", default="nltk", help="folder of NLTK's data, nltk for its own, or none (%(default)s)"
    )
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=METHODS, help="(all)")
    parser.add_argument("--isotropy", nargs="+", choices=TREATMENTS, default=TREATMENTS, help="(all)")
    parser.add_argument("--encoder", default="minilm-l6-v2", help="(%(default)s)")
    parser.add_argument("--causal", default="smollm2-135m-instruct", help="the language model (%(default)s)")
    parser.add_argument("--layer", type=int, default=-1, help="of the language model (%(default)s)")
    parser.add_argument("--adapter", type=Path, help="folder of an adapter of --causal")
    parser.add_argument("--sentences", type=int, default=20, help="read a word, at most (%(default)s)")
    parser.add_argument("--window", type=int, default=5, help="of cooccurrence (%(default)s)")
    parser.add_argument("--dimensions", type=int, default=100, help="of cooccurrence (%(default)s)")
    parser.add_argument("--form", default="lemma", choices=("lemma", "stem", "word"), help="(%(default)s)")
    parser.add_argument("--min-documents", type=int, default=5, help="a word must occur in (%(default)s)")
    parser.add_argument("--min-letters", type=int, default=3, help="of a word (%(default)s)")
    parser.add_argument("--batch-size", type=int, default=64, help="words or sentences (%(default)s)")
    parser.add_argument("--least", type=int, default=30, help="pairs of a set that counts in the mean (%(default)s)")
    parser.add_argument("--random", type=int, default=2000, help="pairs of any two words (%(default)s)")
    args = parser.parse_args(argv)
    for name in ("sample", "sentences", "window", "dimensions", "batch_size"):
        if getattr(args, name) is not None and getattr(args, name) < 1:
            raise UserError(f"--{name.replace('_', '-')} must be at least 1, it is {getattr(args, name)}: raise it")
    return args


def _corpus(args: argparse.Namespace, sets: dict[str, list[Judgement]]) -> tuple[list[Word], list[Sentence], list[int]]:
    """Return the vocabulary, the sentences, and the rows to make vectors of."""
    if args.text is not None:
        documents = list(read_texts(args.text))
    else:
        table = read_table(args.data, {}, (), tuple(args.columns))
        texts = ("\n".join(filter(None, row)) for row in zip(*(table[name] for name in args.columns), strict=True))
        documents = [text for text in dict.fromkeys(texts) if text]
    total = len(documents)
    if args.sample is not None and args.sample < total:
        documents = random.Random(args.seed).sample(documents, args.sample)
    corpus = read_corpus(documents, args.form, args.min_documents, args.min_letters)
    sentences = list(corpus.sentences())
    rows = list(range(len(corpus.words)))
    if args.only_sets:
        find = row_finder(corpus.words)
        judged = {word for judgements in sets.values() for each in judgements for word in (each.left, each.right)}
        rows = sorted({row for word in judged if (row := find(word)) is not None})
    print(
        f"{len(documents):,} of {total:,} documents, {len(corpus.words):,} words in at least {args.min_documents}, "
        f"vectors of {len(rows):,}; "
        f"{len(sentences):,} distinct sentences; {args.sentences} sentences a word, window {args.window}, "
        f"{args.dimensions} dimensions, seed {args.seed}"
    )
    return corpus.words, sentences, rows


def _contenders(
    args: argparse.Namespace, words: Sequence[Word], sentences: Sequence[Sentence], rows: Sequence[int]
) -> dict[str, Callable[[], np.ndarray]]:
    """Return what makes the vectors of each method, (rows, d), models loaded when called."""
    asked = [words[row] for row in rows]
    place = {row: at for at, row in enumerate(rows)}
    # What a model reads for a word depends on no other word.
    holding = [
        Sentence(sentence.text, sentence.count, kept)
        for sentence in sentences
        if (kept := [place[row] for row in sentence.words if row in place])
    ]

    def read(model: Any, tokenizer: Any, layer: int) -> np.ndarray:
        return context_vectors(model, tokenizer, asked, holding, args.sentences, layer, args.batch_size)[0]

    def alone() -> np.ndarray:
        reader = load_encoder(args.encoder)
        return word_vectors(reader.model, reader.tokenizer, [word.word for word in asked], args.batch_size)

    def in_context() -> np.ndarray:
        reader = load_encoder(args.encoder)
        return read(reader.model, reader.tokenizer, -1)

    def causal(adapter: Path | None) -> np.ndarray:
        base = locate(args.causal)
        # As training has it: it reads these many sentences in less time.
        dtype = weights_dtype("auto", torch.device("cpu"))
        model = load_causal(base, dtype) if adapter is None else load_trained(base, adapter, dtype)
        return read(decoder(model), load_tokenizer(base), args.layer)

    def company() -> np.ndarray:
        return cooccurrence_vectors(sentences, len(words), args.window, args.dimensions)[0][list(rows)]

    made = {"encoder": alone, "encoder_context": in_context, "model": lambda: causal(None), "cooccurrence": company}
    chosen = {name: made[name] for name in args.methods}
    if args.adapter is not None:
        chosen["model, tuned"] = lambda: causal(args.adapter)
    return chosen


def _whole(args: argparse.Namespace, sets: dict[str, list[Judgement]]) -> dict[str, dict[str, float]]:
    """Return the encoder's rho on all pairs of each set, by treatment: what is shared, all the sets' words share."""
    spelled = sorted({word for judgements in sets.values() for each in judgements for word in (each.left, each.right)})
    reader = load_encoder(args.encoder)
    plain = word_vectors(reader.model, reader.tokenizer, spelled, args.batch_size)
    rows = {word: row for row, word in enumerate(spelled)}
    found = {}
    for treatment in args.isotropy:
        vectors = isotropic(plain, treatment)
        found[treatment] = {name: _rho(vectors, cover(judgements, rows.get)) for name, judgements in sets.items()}
    return found


def _rho(vectors: np.ndarray, pairs: Covered) -> float:
    return spearman(cosines(vectors, pairs.lefts, pairs.rights), pairs.scores)


def _print_rhos(
    args: argparse.Namespace,
    found: Vectors,
    covered: dict[str, Covered],
    whole: dict[str, dict[str, float]],
) -> None:
    counted = [name for name, pairs in covered.items() if len(pairs.scores) >= args.least]
    rhos = {key: {name: _rho(vectors, pairs) for name, pairs in covered.items()} for key, vectors in found.items()}
    means = {key: float(np.mean([each[name] for name in counted])) if counted else np.nan for key, each in rhos.items()}
    drawn = {
        key: np.mean([_drawn(args, vectors, covered[name], place) for place, name in enumerate(counted)], axis=0)
        for key, vectors in found.items()
        if counted
    }
    totals = {name: len(pairs.scores) + pairs.outside + pairs.same for name, pairs in covered.items()}
    heads = [f"{name} ({len(pairs.scores)} of {totals[name]})" for name, pairs in covered.items()]
    print(f"| vectors | isotropy | {' | '.join(heads)} | mean | behind |")
    print("|---|---|" + "---:|" * (len(heads) + 2))
    best = max(means, key=lambda key: means[key]) if counted else None
    for key, each in rhos.items():
        if best is None:
            break
        gap = estimate(means[best] - means[key], drawn[best] - drawn[key])
        behind = "best" if key == best else f"{gap.value:.3f} [{gap.low:.3f}, {gap.high:.3f}]"
        cells = " | ".join(f"{each[name]:.3f}" if name in counted else "" for name in covered)
        print(f"| {key[0]} | {key[1]} | {cells} | {means[key]:.3f} | {behind} |")
    for treatment, each in whole.items():
        cells = " | ".join(f"{value:.3f}" for value in (*each.values(), np.mean(list(each.values()))))
        print(f"| encoder, no corpus: all pairs | {treatment} | {cells} | |")
    left_out = (f"{name} {pairs.outside} and {pairs.same}" for name, pairs in covered.items())
    print("\nleft out, as a word is not in the vocabulary, and as both are one word of it: " + ", ".join(left_out))
    print(f"`mean` is of the sets with {args.least} pairs and more: {', '.join(counted) or 'none, so no rho'}\n")


def _drawn(args: argparse.Namespace, vectors: np.ndarray, pairs: Covered, place: int) -> np.ndarray:
    return drawn_rhos(cosines(vectors, pairs.lefts, pairs.rights), pairs.scores, args.seed + place)


def _print_pairs(
    args: argparse.Namespace, found: Vectors, words: Sequence[Word], sentences: Sequence[Sentence], wordnet: WordNet
) -> None:
    met = collocations(sentences, len(words))
    print(f"| closest {TOP} pairs by | isotropy | {' | '.join(RELATIONS)} | spelling variants |")
    print("|---|---|" + "---:|" * (len(RELATIONS) + 1))
    for (method, treatment), vectors in found.items():
        pairs = top_pairs(words, vectors, met, TOP, "any", BLOCK)
        counts = Counter(relation(wordnet, pair.left, pair.right) for pair in pairs)
        spelled = sum(pair.spelling for pair in pairs)
        print(f"| {method} | {treatment} | {' | '.join(str(counts[name]) for name in RELATIONS)} | {spelled} |")
    dice = random.Random(args.seed)
    drawn = [dice.sample(words, 2) for _ in range(args.random)] if len(words) > 1 else []
    counts = Counter(relation(wordnet, left.word, right.word) for left, right in drawn)
    shares = " | ".join(f"{100 * counts[name] / max(len(drawn), 1):.1f}" for name in RELATIONS)
    print(f"| any two words, of 100 | | {shares} | |")


if __name__ == "__main__":
    run(main)
