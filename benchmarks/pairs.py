"""Time and memory of the pair search, compared with other libraries; all of them exact, on the same vectors.

    python -m venv bench                       # not .venv: they install packages of their own
    bench/bin/pip install -r requirements.txt sentence-transformers==6.2.0 faiss-cpu==1.15.1
    bench/bin/python -m benchmarks.pairs                                 # 50,000 random words, 384 numbers each
    bench/bin/python -m benchmarks.pairs --vectors data/vectors.npy --words 800           # your own
    bench/bin/python -m benchmarks.pairs --grow 25000 50000 100000 200000

Each contender runs in its own process, one after another, on the same file of vectors:

    ours                    pipeline_lib.words.pairs.nearest_pairs.nearest_pairs, as stages.pair_mine calls it
    sentence-transformers   util.paraphrase_mining_embeddings(top_k=TOP), other settings at their defaults
    faiss                   IndexFlatIP, the TOP + 1 nearest of each vector
    scikit-learn            NearestNeighbors(metric="cosine", algorithm="brute"), the TOP + 1 nearest of each vector

The last three take the nearest TOP of each word, since with fewer a pair could be missed: one word can be in all TOP
pairs. Seconds are wall-clock time from the vectors in memory to the sorted pairs, without imports and reading; the best
of --runs, contenders alternating. CPU seconds are of all threads: compare these where other programs use the machine.
Peak memory is the largest resident set of the process, with libraries and vectors. "same pairs" are those among the TOP
that are also ours; the last ones may differ where cosines are equal in float32. A contender that is not installed is
listed as such. --grow measures ours only, at each size.

Random words are one of 300 centres plus noise, so that they are clustered as in an embedding. Prints Markdown; exit
code 1 when the cosines of a contender's pairs differ from ours.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from pipeline_lib.cli.command import run
from pipeline_lib.core.errors import UserError

# No import of torch here: on Linux the peak memory of a child process starts at its parent's.

BLOCK = 4096
EQUAL = 1e-6  # cosines with a smaller difference may be in either order: the resolution of float32
Found = list[tuple[int, int]]


def ours(vectors: np.ndarray, top: int) -> Callable[[], Found]:
    """Return the search of this project as a function without arguments."""
    from pipeline_lib.words.pairs.nearest_pairs import nearest_pairs

    rows = np.arange(len(vectors))
    none = np.empty((0, 2), dtype=np.int64)

    def go() -> Found:
        found = nearest_pairs(vectors, rows, rows, none, top, BLOCK)
        return list(zip(found.left.tolist(), found.right.tolist(), strict=True))

    return go


def sentence_transformers(vectors: np.ndarray, top: int) -> Callable[[], Found]:
    """Return paraphrase mining of sentence-transformers as a function without arguments."""
    import torch
    from sentence_transformers import util

    embeddings = torch.from_numpy(np.array(vectors))
    return lambda: [(i, j) for _, i, j in util.paraphrase_mining_embeddings(embeddings, top_k=top)[:top]]


def faiss(vectors: np.ndarray, top: int) -> Callable[[], Found]:
    """Return the search with a flat FAISS index of unit vectors as a function without arguments."""
    import faiss as library

    unit = _unit(vectors)

    def go() -> Found:
        index = library.IndexFlatIP(unit.shape[1])
        index.add(unit)
        similarities, neighbours = index.search(unit, min(top + 1, len(unit)))
        return _closest(similarities, neighbours, top)

    return go


def scikit_learn(vectors: np.ndarray, top: int) -> Callable[[], Found]:
    """Return brute-force search with scikit-learn as a function without arguments."""
    from sklearn.neighbors import NearestNeighbors

    loaded = np.array(vectors)

    def go() -> Found:
        index = NearestNeighbors(n_neighbors=min(top + 1, len(loaded)), metric="cosine", algorithm="brute").fit(loaded)
        distances, places = index.kneighbors(loaded)
        return _closest(-distances, places, top)

    return go


CONTENDERS = {
    "ours": ours,
    "sentence-transformers": sentence_transformers,
    "faiss": faiss,
    "scikit-learn": scikit_learn,
}
PACKAGES = {"ours": "torch", "faiss": "faiss-cpu"}  # where the package has another name


def main(argv: list[str] | None = None) -> None:
    """Run the benchmark."""
    command = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    command.add_argument("--vectors", help="vectors to compare, .npy (default: random ones)")
    command.add_argument(
        "--words", type=int, default=50_000, help="how many of the vectors, from the first (%(default)s)"
    )
    command.add_argument("--dimensions", type=int, default=384, help="of random vectors (%(default)s)")
    command.add_argument("--top", type=int, default=100, help="pairs (%(default)s)")
    command.add_argument("--runs", type=int, default=3, help="the best counts (%(default)s)")
    command.add_argument("--only", nargs="+", choices=CONTENDERS, default=list(CONTENDERS), help="these contenders")
    command.add_argument("--grow", nargs="+", type=int, metavar="WORDS", help="instead: ours at each of these sizes")
    command.add_argument("--contender", choices=[*CONTENDERS, "random"], help=argparse.SUPPRESS)
    args = command.parse_args(argv)
    if args.contender == "random":
        np.save(args.vectors, random_vectors(args.words, args.dimensions))
    elif args.contender:
        print(json.dumps(_measured(args.contender, args.vectors, args.words, args.top)))
    else:
        with tempfile.TemporaryDirectory() as folder:
            path = args.vectors or f"{folder}/vectors.npy"
            sizes = args.grow or [args.words]
            if not args.vectors:
                _child("random", path, max(sizes), args.top, args.dimensions)
            stored = len(np.load(path, mmap_mode="r"))
            if max(sizes) > stored:
                raise UserError(f"{path} has {stored} vectors, {max(sizes)} are requested: lower --words or --grow")
            _grow(path, sizes, args.top, args.runs) if args.grow else _compare(path, args)


def random_vectors(words: int, dimensions: int) -> np.ndarray:
    """Return float32 vectors around 300 centres, (words, dimensions); with more words the first ones are the same."""
    random = np.random.default_rng(0)
    centres = random.standard_normal((300, dimensions), dtype=np.float32)
    made = np.empty((words, dimensions), dtype=np.float32)
    for start in range(0, words, 1000):  # in blocks, so that the first ones do not depend on the number of words
        size = min(1000, words - start)
        noise = random.standard_normal((1000, dimensions), dtype=np.float32)
        spread = random.uniform(0.4, 2.0, (1000, 1)).astype(np.float32)
        made[start : start + size] = (centres[random.integers(300, size=1000)] + spread * noise)[:size]
    return made


def _compare(path: str, args: argparse.Namespace) -> None:
    results: dict[str, list[dict]] = {name: [] for name in dict.fromkeys(["ours", *args.only])}
    for _ in range(args.runs):
        for name, measured in results.items():
            if not measured or "missing" not in measured[0]:
                measured.append(_child(name, path, args.words, args.top))
    vectors = np.load(path, mmap_mode="r")
    first = results["ours"][0]
    best_seconds, best_cpu = (min(run[key] for run in results["ours"]) for key in ("seconds", "cpu"))
    print(f"{args.words:,} vectors of {vectors.shape[1]} numbers, the closest {args.top} pairs, best of {args.runs}\n")
    print("| contender | version | seconds | times ours | CPU seconds | times ours | peak memory, MB | same pairs |")
    print("|---|---|---:|---:|---:|---:|---:|---:|")
    wrong = []
    for name, measured in results.items():
        if "missing" in measured[0]:
            print(f"| {name} | not installed |  |  |  |  |  |  |")
            continue
        seconds, cpu = (min(run[key] for run in measured) for key in ("seconds", "cpu"))
        same = len({tuple(pair) for pair in measured[0]["pairs"]} & {tuple(pair) for pair in first["pairs"]})
        if not np.allclose(_cosines(vectors, measured[0]["pairs"]), _cosines(vectors, first["pairs"]), atol=EQUAL):
            wrong.append(name)
        memory = max(run["megabytes"] for run in measured)
        print(
            f"| {name} | {measured[0]['version']} | {seconds:.1f} | {seconds / best_seconds:.1f} | {cpu:.1f} | "
            f"{cpu / best_cpu:.1f} | {memory:,.0f} | {same} of {len(first['pairs'])} |",
            flush=True,
        )
    if wrong:
        raise UserError(f"the pairs of {', '.join(wrong)} have other cosines than ours: one of the searches is wrong")


def _grow(path: str, sizes: Sequence[int], top: int, runs: int) -> None:
    print("| words | seconds | CPU seconds | peak memory, MB |\n|---:|---:|---:|---:|")
    for words in sizes:
        measured = [_child("ours", path, words, top) for _ in range(runs)]
        seconds, cpu = (min(run[key] for run in measured) for key in ("seconds", "cpu"))
        print(
            f"| {words:,} | {seconds:.1f} | {cpu:.1f} | {max(run['megabytes'] for run in measured):,.0f} |", flush=True
        )


def _child(name: str, path: str, words: int, top: int, dimensions: int = 0) -> dict:
    command = [sys.executable, "-m", "benchmarks.pairs", "--contender", name, "--vectors", path, "--top", str(top)]
    command += ["--words", str(words), "--dimensions", str(dimensions)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1], check=True)
    return json.loads(done.stdout) if done.stdout else {}


def _measured(name: str, path: str, words: int, top: int) -> dict:
    try:
        installed = version(PACKAGES.get(name, name))
        go = CONTENDERS[name](np.load(path, mmap_mode="r")[:words], top)
    except (PackageNotFoundError, ImportError):
        return {"missing": True}
    wall_start, cpu_start = time.perf_counter(), time.process_time()
    pairs = go()
    seconds, cpu = time.perf_counter() - wall_start, time.process_time() - cpu_start
    unit = 1 if sys.platform == "darwin" else 1024  # bytes
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
    label = f"torch {installed}" if name == "ours" else installed
    ordered = [sorted(pair) for pair in pairs]
    return {"seconds": seconds, "cpu": cpu, "megabytes": peak, "version": label, "pairs": ordered}


def _unit(vectors: np.ndarray) -> np.ndarray:
    loaded = np.array(vectors, dtype=np.float32)
    return loaded / np.linalg.norm(loaded, axis=1, keepdims=True)


def _closest(cosines: np.ndarray, places: np.ndarray, top: int) -> Found:
    """Return the `top` pairs of all vectors' nearest ones, each pair once."""
    own = np.repeat(np.arange(len(places)), places.shape[1])
    one, other = np.minimum(own, places.ravel()), np.maximum(own, places.ravel())
    apart = np.flatnonzero(one != other)
    found: dict[tuple[int, int], None] = {}
    for at in apart[np.argsort(-cosines.ravel()[apart], kind="stable")]:
        found[int(one[at]), int(other[at])] = None
        if len(found) == top:
            break
    return list(found)


def _cosines(vectors: np.ndarray, pairs: list[list[int]]) -> np.ndarray:
    """Return the exact cosines of pairs, the largest first."""
    left, right = (vectors[np.array(side)].astype(np.float64) for side in zip(*pairs, strict=True))
    lengths = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1)
    return np.sort((left * right).sum(axis=1) / lengths)[::-1]


if __name__ == "__main__":
    run(main)
