"""How often a study calls one of several equal settings better, and how often intervals over seeds and rows hold.

    python -m benchmarks.studies     # prints both tables; takes about two minutes on 2 idle cores

The settings differ by chance alone: scores of 30 test rows are a level of the row and noise of the run, validation
figures likewise. "Looked at" takes the setting with the best test figure and tests it against the committed one, as is
done without a study; "chosen" is pipeline_lib.study. Bootstrap and swaps have 500 draws instead of 10,000.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pipeline_lib.evaluation import significance
from pipeline_lib.evaluation.metrics.definitions import MEAN, METRICS, definition
from pipeline_lib.evaluation.run_comparison import Run
from pipeline_lib.evaluation.significance import gain
from pipeline_lib.study.ledger import Ledger, result_key
from pipeline_lib.study.settings_question import settings_question
from pipeline_lib.study.study_runs import StudyRun, design
from pipeline_lib.study.two_level import difference

STUDIES, INTERVALS = 400, 600
ROWS = 30
OF_ROW, OF_CELL = 0.15, 0.15  # standard deviations of a row's level, and of one run's score of a row beside it
COUNTS = (5, 10, 20)
GROUPS = [str(row) for row in range(ROWS)]


def main() -> None:
    """Print the tables."""
    significance.DRAWS = 500
    print("| settings | any of them, tested | the best on test rows, tested | chosen by validation rows, p for looks |")
    print("|---|---:|---:|---:|")
    for count in COUNTS:
        print(f"| {count} | {' | '.join(f'{share:.1%}' for share in false_better(count))} |", flush=True)
    print("\n| seeds | of seeds / of rows / of cells | rows alone | seeds and rows resampled | two_level |")
    print("|---|---|---:|---:|---:|")
    for seeds in (3, 5):
        for spread in ((0.0, 0.3, 0.1), (0.02, 0.3, 0.2), (0.05, 0.3, 0.2), (0.1, 0.2, 0.1)):
            shares = coverage(seeds, spread)
            print(
                f"| {seeds} | {' / '.join(map(str, spread))} | {' | '.join(f'{one:.1%}' for one in shares)} |",
                flush=True,
            )


def false_better(count: int) -> tuple[float, float, float]:
    """Return the shares of studies of `count` settings and a committed one, all equal, with one called better."""
    random = np.random.default_rng(count)
    any_better = best_better = chosen_better = 0
    for study in range(STUDIES):
        level = 0.5 + OF_ROW * random.normal(size=ROWS)
        scores = level + OF_CELL * random.normal(size=(count + 1, ROWS))
        validation = random.normal(size=count + 1)  # of other rows: it says nothing of the test rows
        runs = [
            _run(f"r{n}", one, float(value), n) for n, (one, value) in enumerate(zip(scores, validation, strict=True))
        ]
        tests = [_gain(one, scores[0], study).verdict == "better" for one in scores[1:]]
        any_better += any(tests)
        best_better += tests[int(scores[1:].mean(axis=1).argmax())]
        ledger = Ledger("h", ROWS, tuple(result_key(run.run) for run in runs), True)
        found = settings_question(design(runs, runs[0]), ledger, study)
        assert found is not None
        chosen_better += found["test"] is not None and found["test"]["verdict"] == "better"
    return any_better / STUDIES, best_better / STUDIES, chosen_better / STUDIES


def _gain(ours: np.ndarray, theirs: np.ndarray, seed: int) -> significance.Gain:
    one, other = (np.column_stack([side, np.ones(ROWS)]) for side in (ours, theirs))
    return gain(one, other, MEAN, "higher", GROUPS, seed)


def _run(name: str, scores: np.ndarray, validation: float, setting: int) -> StudyRun:
    rows = pd.DataFrame({"id": GROUPS, "group": GROUPS, "leaked": 0, "rows": 1, "tuned.rougeL": scores}).set_index("id")
    found = {"headline": "rougeL", "validation": {"rougeL": validation}}
    run = Run(name, name, "rougeL", "h", {"rougeL": definition(METRICS["rougeL"])}, {}, [], rows, found)
    return StudyRun(name, name, run, {"setting": setting, "seed": 1, "split.train": 300})


def coverage(seeds: int, spread: Sequence[float]) -> tuple[float, float, float]:
    """Return how often a mean difference of 0 lies in the interval of rows alone, of resampling both, of two_level."""
    random = np.random.default_rng(seeds)
    of_seed, of_row, of_cell = spread
    hits = np.zeros(3)
    for run in range(INTERVALS):
        cells = of_seed * random.normal(size=(seeds, 1)) + of_row * random.normal(size=(1, ROWS))
        cells = cells + of_cell * random.normal(size=(seeds, ROWS))
        ours = np.stack([0.5 + cells, np.ones((seeds, ROWS))], axis=2)
        theirs = np.stack([np.full((seeds, ROWS), 0.5), np.ones((seeds, ROWS))], axis=2)
        alone = gain(ours.mean(axis=0), theirs[0], MEAN, "higher", GROUPS, run)
        both = difference(ours, theirs, MEAN, "higher", GROUPS, run)
        of_rows = random.multinomial(ROWS, [1 / ROWS] * ROWS, significance.DRAWS) / ROWS
        of_seeds = random.multinomial(seeds, [1 / seeds] * seeds, significance.DRAWS) / seeds
        low, high = np.quantile(np.einsum("bs,sn,bn->b", of_seeds, cells, of_rows), [0.025, 0.975])
        for place, ends in enumerate(((alone.low, alone.high), (low, high), (both.low, both.high))):
            hits[place] += ends[0] is not None and ends[1] is not None and ends[0] <= 0 <= ends[1]
    return tuple(float(share) for share in hits / INTERVALS)  # type: ignore[return-value]


if __name__ == "__main__":
    main()
