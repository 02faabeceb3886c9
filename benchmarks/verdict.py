"""How often a verdict says "better" by chance, and how often where it is true: the rule of several baselines.

    python -m benchmarks.verdict

Rows are drawn at random: each has a difficulty that all systems share, and each system its own deviation. Three
baselines have the means .345, .30 and .245; the tuned model has that of the best baseline (a "better" is false), or .05
more (it is true). Compared are the rule of scores.json, better than every baseline, and the rule before it: better than
the one baseline that 30 validation rows choose. The tests are significance.gain's own. Prints a table in Markdown, each
share with the standard error of RUNS runs. Takes about five minutes on 2 cores.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from pipeline_lib.evaluation.significance import against_all, gain

RUNS = 400
MEANS = {"a": 0.345, "b": 0.30, "c": 0.245}
VALIDATION, SHARED, OWN = 30, 0.22, 0.16  # rows; standard deviations of the difficulty and of a system's deviation


def simulate(rows: int, lead: float, seed: int) -> Iterator[tuple[bool, bool]]:
    """Yield for each run whether the two rules say better: over every baseline, and over the one chosen before."""
    random = np.random.default_rng(seed)
    for run in range(RUNS):
        validation = _scores(random, VALIDATION, 0.0)
        scores = _scores(random, rows, lead)
        over = {name: _gain(scores["tuned"], scores[name], run) for name in MEANS}
        best = max(MEANS, key=lambda name: scores[name].mean())
        chosen = max(MEANS, key=lambda name: validation[name].mean())
        yield against_all(over, best) == "better", over[chosen][0] == "better"


def _scores(random: np.random.Generator, rows: int, lead: float) -> dict[str, NDArray[np.float64]]:
    shared = random.normal(0, SHARED, rows)
    means = {**MEANS, "tuned": max(MEANS.values()) + lead}
    return {name: np.clip(mean + shared + random.normal(0, OWN, rows), 0, 1) for name, mean in means.items()}


def _gain(ours: NDArray[np.float64], theirs: NDArray[np.float64], seed: int) -> tuple[str, float]:
    pairs = [np.stack([given, np.ones(len(given))], axis=1) for given in (ours, theirs)]
    found = gain(pairs[0], pairs[1], lambda total, count: total / count, "higher", [*map(str, range(len(ours)))], seed)
    return found.verdict, found.p


def main() -> None:
    """Print the table."""
    print("| test rows | the tuned model is | better than every baseline | better than the chosen one |")
    print("|---:|---|---:|---:|")
    for rows in (30, 60, 200):
        for lead, name in ((0.0, "as good as the best: false"), (0.05, "0.05 above it: true")):
            found = np.array(list(simulate(rows, lead, rows))).mean(axis=0)
            cells = [f"{share:.1%} ± {(share * (1 - share) / RUNS) ** 0.5:.1%}" for share in found]
            print(f"| {rows} | {name} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
