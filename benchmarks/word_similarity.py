"""Compares word vectors with human judgements: every embed.method and embed.isotropy on one corpus, in one run.

    python -m benchmarks.word_similarity --text FILE --sample 3000 --sets SET.tsv ... --wordnet FOLDER
    python -m benchmarks.word_similarity --data FILE --columns findings impression --sets SET.tsv ... --wordnet FOLDER

The corpus is plain text with one document a line (--text) or a table of reports (--data); its vocabulary and sentences
are those of preprocess_text. A set of human judgements is tab-separated with the columns word1, word2 and score
(SimLex-999, WordSim-353, MEN, RareWords, UMNSRS). Its words are matched with the vocabulary by spelling, else by lemma.

Prints two tables in Markdown. The first has Spearman's rho for each set, ties with their mean rank, all vectors on the
same pairs: those of two different words of the vocabulary. The header says how many of a set these are, a line below
why the others are left out. Sets with fewer than --least such pairs stay empty. `mean` is over the other sets, `behind`
the difference to the best mean, with a 95% paired bootstrap interval (pairs resampled within each set): above 0 it is
worse. The row "no corpus" is the encoder on all pairs of a set, as spelled there. --only-sets makes vectors of the
sets' words only, so that a large corpus can be read for them.

The second table has the 100 closest pairs of pair_mine by their relation in NLTK's WordNet: synonyms, relatives (one
link apart, or with a common hypernym), derivations, none of these, or not in WordNet; and the same for --random pairs
of any two words.

--adapter adds the hidden states of the tuned model. The pipeline does not use them: another lr would rerun the words.
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
from pipeline_lib.words.pairs.collocations import count_collocations
from pipeline_lib.words.pairs.mining import top_pairs
from pipeline_lib.words.vectors.context_vectors import context_vectors
from pipeline_lib.words.vectors.cooccurrence import cooccurrence_vectors
from pipeline_lib.words.vectors.encoder_vectors import word_vectors
from pipeline_lib.words.vectors.isotropy import TREATMENTS, isotropic
from pipeline_lib.words.vectors.similarity_benchmarks import (
    RELATIONS,
    Judgement,
    MatchedJudgements,
    bootstrap_rhos,
    cosines,
    estimate,
    match_judgements,
    read_judgements,
    relation,
    row_finder,
    spearman,
)

METHODS = ("encoder", "encoder_context", "model", "cooccurrence")
TOP, BLOCK = 100, 8192
Vectors = dict[tuple[str, str], np.ndarray]  # (method, treatment) -> (n, d), unit length


def main(argv: list[str] | None = None) -> None:
    """Run the benchmark."""
    args = _parse(argv)
    sets = {path.name.split(".")[0]: read_judgements(path) for path in args.sets}
    wordnet = load_wordnet(args.wordnet)
    words, sentences, rows = _corpus(args, sets)
    found: Vectors = {}
    seconds: dict[str, float] = {}
    for name, make in _methods(args, words, sentences, rows).items():
        start = time.process_time()
        plain = make()
        seconds[name] = time.process_time() - start
        found |= {(name, treatment): isotropic(plain, treatment) for treatment in args.isotropy}
    print("\nCPU seconds: " + ", ".join(f"{name} {value:.0f}" for name, value in seconds.items()) + "\n")
    find = row_finder([words[row] for row in rows])
    matched = {name: match_judgements(judgements, find) for name, judgements in sets.items()}
    _print_rhos(args, found, matched, _without_corpus(args, sets) if "encoder" in args.methods else {})
    if wordnet is not None and not args.only_sets:
        _print_pairs(args, found, words, sentences, wordnet)


def _parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--text", type=Path, help="plain text, one document a line: .txt or .txt.gz")
    source.add_argument("--data", type=Path, help="reports: CSV, TSV, JSON or JSONL")
    parser.add_argument("--columns", nargs="+", default=["findings", "impression"], help="of --data (%(default)s)")
    parser.add_argument("--sample", type=int, help="documents, drawn at random (all)")
    parser.add_argument("--only-sets", action="store_true", help="vectors of the sets' words only, and no pairs")
    parser.add_argument("--seed", type=int, default=42, help="of all random draws (%(default)s)")
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
    parser.add_argument(
        "--sentences", type=int, default=20, help="sentences that a word is read in, at most (%(default)s)"
    )
    parser.add_argument("--window", type=int, default=5, help="of cooccurrence (%(default)s)")
    parser.add_argument("--dimensions", type=int, default=100, help="of cooccurrence (%(default)s)")
    parser.add_argument("--form", default="lemma", choices=("lemma", "stem", "word"), help="(%(default)s)")
    parser.add_argument("--min-documents", type=int, default=5, help="fewest documents a word occurs in (%(default)s)")
    parser.add_argument("--min-letters", type=int, default=3, help="of the shortest word (%(default)s)")
    parser.add_argument("--batch-size", type=int, default=64, help="words or sentences (%(default)s)")
    parser.add_argument(
        "--least", type=int, default=30, help="pairs that a set needs to count in the mean (%(default)s)"
    )
    parser.add_argument("--random", type=int, default=2000, help="pairs of any two words (%(default)s)")
    args = parser.parse_args(argv)
    for name in ("sample", "sentences", "window", "dimensions", "batch_size"):
        if getattr(args, name) is not None and getattr(args, name) < 1:
            raise UserError(f"--{name.replace('_', '-')} must be at least 1, it is {getattr(args, name)}: raise it")
    return args


def _corpus(args: argparse.Namespace, sets: dict[str, list[Judgement]]) -> tuple[list[Word], list[Sentence], list[int]]:
    """Return the vocabulary, the sentences, and the rows that get vectors."""
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


def _methods(
    args: argparse.Namespace, words: Sequence[Word], sentences: Sequence[Sentence], rows: Sequence[int]
) -> dict[str, Callable[[], np.ndarray]]:
    """Return a function for each method that loads its model and returns its vectors, (rows, d)."""
    chosen_words = [words[row] for row in rows]
    index_of = {row: at for at, row in enumerate(rows)}
    # The sentences read for a word do not depend on the other words.
    chosen_sentences = [
        Sentence(sentence.text, sentence.count, kept)
        for sentence in sentences
        if (kept := [index_of[row] for row in sentence.words if row in index_of])
    ]

    def read(model: Any, tokenizer: Any, layer: int) -> np.ndarray:
        return context_vectors(
            model, tokenizer, chosen_words, chosen_sentences, args.sentences, layer, args.batch_size
        )[0]

    def alone() -> np.ndarray:
        reader = load_encoder(args.encoder)
        return word_vectors(reader.model, reader.tokenizer, [word.word for word in chosen_words], args.batch_size)

    def in_context() -> np.ndarray:
        reader = load_encoder(args.encoder)
        return read(reader.model, reader.tokenizer, -1)

    def causal(adapter: Path | None) -> np.ndarray:
        base = locate(args.causal)
        # The dtype of training, which is faster.
        dtype = weights_dtype("auto", torch.device("cpu"))
        model = load_causal(base, dtype) if adapter is None else load_trained(base, adapter, dtype)
        return read(decoder(model), load_tokenizer(base), args.layer)

    def counts() -> np.ndarray:
        return cooccurrence_vectors(sentences, len(words), args.window, args.dimensions)[0][list(rows)]

    methods = {"encoder": alone, "encoder_context": in_context, "model": lambda: causal(None), "cooccurrence": counts}
    chosen = {name: methods[name] for name in args.methods}
    if args.adapter is not None:
        chosen["model, tuned"] = lambda: causal(args.adapter)
    return chosen


def _without_corpus(args: argparse.Namespace, sets: dict[str, list[Judgement]]) -> dict[str, dict[str, float]]:
    """Return the encoder's rho on all pairs of each set, by treatment; the treatment is of all words of the sets."""
    spellings = sorted(
        {word for judgements in sets.values() for each in judgements for word in (each.left, each.right)}
    )
    reader = load_encoder(args.encoder)
    plain = word_vectors(reader.model, reader.tokenizer, spellings, args.batch_size)
    rows = {word: row for row, word in enumerate(spellings)}
    found = {}
    for treatment in args.isotropy:
        vectors = isotropic(plain, treatment)
        found[treatment] = {
            name: _rho(vectors, match_judgements(judgements, rows.get)) for name, judgements in sets.items()
        }
    return found


def _rho(vectors: np.ndarray, pairs: MatchedJudgements) -> float:
    return spearman(cosines(vectors, pairs.lefts, pairs.rights), pairs.scores)


def _print_rhos(
    args: argparse.Namespace,
    found: Vectors,
    matched: dict[str, MatchedJudgements],
    without_corpus: dict[str, dict[str, float]],
) -> None:
    counted = [name for name, pairs in matched.items() if len(pairs.scores) >= args.least]
    rhos = {key: {name: _rho(vectors, pairs) for name, pairs in matched.items()} for key, vectors in found.items()}
    means = {key: float(np.mean([each[name] for name in counted])) if counted else np.nan for key, each in rhos.items()}
    resampled = {
        key: np.mean([_resampled(args, vectors, matched[name], place) for place, name in enumerate(counted)], axis=0)
        for key, vectors in found.items()
        if counted
    }
    totals = {name: len(pairs.scores) + pairs.outside + pairs.same for name, pairs in matched.items()}
    heads = [f"{name} ({len(pairs.scores)} of {totals[name]})" for name, pairs in matched.items()]
    print(f"| vectors | isotropy | {' | '.join(heads)} | mean | behind |")
    print("|---|---|" + "---:|" * (len(heads) + 2))
    best = max(means, key=lambda key: means[key]) if counted else None
    for key, each in rhos.items():
        if best is None:
            break
        gap = estimate(means[best] - means[key], resampled[best] - resampled[key])
        behind = "best" if key == best else f"{gap.value:.3f} [{gap.low:.3f}, {gap.high:.3f}]"
        cells = " | ".join(f"{each[name]:.3f}" if name in counted else "" for name in matched)
        print(f"| {key[0]} | {key[1]} | {cells} | {means[key]:.3f} | {behind} |")
    for treatment, each in without_corpus.items():
        cells = " | ".join(f"{value:.3f}" for value in (*each.values(), np.mean(list(each.values()))))
        print(f"| encoder, no corpus: all pairs | {treatment} | {cells} | |")
    left_out = (f"{name} {pairs.outside} and {pairs.same}" for name, pairs in matched.items())
    print(
        "\nleft out because a word is not in the vocabulary, and because both are the same word of it: "
        + ", ".join(left_out)
    )
    print(f"`mean` is over the sets with at least {args.least} pairs: {', '.join(counted) or 'none, so no rho'}\n")


def _resampled(args: argparse.Namespace, vectors: np.ndarray, pairs: MatchedJudgements, place: int) -> np.ndarray:
    return bootstrap_rhos(cosines(vectors, pairs.lefts, pairs.rights), pairs.scores, args.seed + place)


def _print_pairs(
    args: argparse.Namespace, found: Vectors, words: Sequence[Word], sentences: Sequence[Sentence], wordnet: WordNet
) -> None:
    collocations = count_collocations(sentences, len(words))
    print(f"| closest {TOP} pairs by | isotropy | {' | '.join(RELATIONS)} | spelling variants |")
    print("|---|---|" + "---:|" * (len(RELATIONS) + 1))
    for (method, treatment), vectors in found.items():
        pairs = top_pairs(words, vectors, collocations, TOP, "any", BLOCK)
        counts = Counter(relation(wordnet, pair.left, pair.right) for pair in pairs)
        variants = sum(pair.spelling for pair in pairs)
        print(f"| {method} | {treatment} | {' | '.join(str(counts[name]) for name in RELATIONS)} | {variants} |")
    generator = random.Random(args.seed)
    drawn = [generator.sample(words, 2) for _ in range(args.random)] if len(words) > 1 else []
    counts = Counter(relation(wordnet, left.word, right.word) for left, right in drawn)
    shares = " | ".join(f"{100 * counts[name] / max(len(drawn), 1):.1f}" for name in RELATIONS)
    print(f"| any two words, of 100 | | {shares} | |")


if __name__ == "__main__":
    run(main)
