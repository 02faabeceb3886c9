"""How often intervals hold the truth, and how often a verdict says "better" by chance and where it is true.

    python -m benchmarks.intervals                           # prints the tables, takes about ten minutes on 2 cores
    python -m benchmarks.intervals --out docs/intervals.md   # writes them into the page that explains them

Rows are drawn from distributions whose truth is known; the intervals and verdicts are those of evaluation/, with fewer
draws. Those of shares of rows are not drawn but added up over every outcome. A cell that misses its aim (coverage of at
least 93%, at most 3.5% of false "better") is bold; the page says why.
"""

import argparse
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from pipeline_lib.core.files import write_text
from pipeline_lib.evaluation import significance
from pipeline_lib.evaluation.metrics.classification import metrics_of, roc_auc
from pipeline_lib.evaluation.metrics.definitions import MEAN, METRICS, Ratio
from pipeline_lib.evaluation.power import losses_as_now, smallest_by_exact_test, smallest_by_normal
from pipeline_lib.evaluation.rates import tango, wilson
from pipeline_lib.evaluation.significance import Gain, Interval, against_all, gain, interval
from tools.readme import filled

RUNS = 2000  # of a cell that is drawn: the standard error of 95% is 0.5%
MEAN_RUNS = 600  # of means: 0.9%
VERDICT_RUNS = 400
DRAWS = 1000  # of bootstrap and permutation test, instead of 10,000
ROWS = (30, 60, 200)
COVERAGE, FALSE = 0.93, 0.035
Floats = NDArray[np.float64]
UNBOUNDED = Ratio((1, 0), (0, 1), most=math.inf)  # a mean of numbers that may exceed 1


def main() -> None:
    """Print or write the page."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--out", type=Path, help="page whose tables are written, between their marks")
    args = arguments.parse_args()
    significance.DRAWS = DRAWS
    found = {}
    for make in (shares, labels, differences, means, single, areas, verdicts):
        found[make.__name__] = make()
        print(f"{make.__name__}\n\n{found[make.__name__]}\n", flush=True)
    if args.out:
        write_text(args.out, filled(args.out.read_text(encoding="utf-8"), found, str(args.out)))


# Tables.
def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown, the first column to the left."""
    lines = [f"| {' | '.join(heads)} |", "|---" + "|---:" * (len(heads) - 1) + "|"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def cover(share: float) -> str:
    """Return a coverage as text, bold below the aim."""
    return f"{share:.1%}" if share >= COVERAGE else f"**{share:.1%}**"


def false(share: float) -> str:
    """Return a share of false verdicts as text, bold above the aim."""
    return f"{share:.1%}" if share <= FALSE else f"**{share:.1%}**"


def names(rows: int, groups: int = 1) -> list[str]:
    """Return the group of each row, `groups` rows a group."""
    return [str(row // groups) for row in range(rows)]


def holds(found: Interval | Gain, truth: float) -> bool:
    """Return whether an interval holds the truth; where there is none it does not."""
    return found.low is not None and found.high is not None and found.low <= truth <= found.high


def with_ones(values: Floats) -> Floats:
    """Return the columns of a mean."""
    return np.column_stack([values, np.ones(len(values))])


def grouped_rates(random: np.random.Generator, rate: float, rows: int) -> Floats:
    """Return 0 and 1 of rows in groups of five that correlate by 0.5: half the groups' rate is the group's own."""
    own = random.beta(rate, 1 - rate, (rows // 5, 1))
    return (random.random((rows // 5, 5)) < own).ravel().astype(float)


# Shares.
def shares() -> str:
    """Return the coverage of shares."""
    rates = (0.01, 0.02, 0.05, 0.1, 0.3, 0.5)
    lines = []
    for rows in ROWS:
        found = [wilson(count, rows) for count in range(rows + 1)]
        cells = []
        for rate in rates:
            chance = stats.binom.pmf(np.arange(rows + 1), rows, rate)
            cells.append(cover(sum(one for one, (low, high) in zip(chance, found, strict=True) if low <= rate <= high)))
        lines.append([f"{rows} rows", *cells])
    for rows in ROWS:
        lines.append([f"{rows} rows in groups of five", *(cover(_grouped_share(rows, rate)) for rate in rates)])
    return table(["share", *(f"{rate:g}" for rate in rates)], lines)


def labels() -> str:
    """Return the coverage of a label's figures."""
    lines = [[f"{rows} rows, {right:g} right", *_of_labels(rows, right)] for rows in ROWS for right in (0.7, 0.9, 0.97)]
    return table(["two labels", "precision", "recall", "F1", "F1, macro (percentile)"], lines)


def _grouped_share(rows: int, rate: float) -> float:
    random = np.random.default_rng(rows)
    found = [interval(with_ones(grouped_rates(random, rate, rows)), MEAN, names(rows, 5), 0) for _ in range(RUNS)]
    return float(np.mean([holds(one, rate) for one in found]))


def _of_labels(rows: int, right: float) -> list[str]:
    """Return the coverage of the second label's figures, a third of the rows having it."""
    random, metrics = np.random.default_rng(rows), metrics_of(("no", "yes"))
    rate = 1 / 3  # errors are as likely for both labels
    tp, fn, fp, tn = rate * right, rate * (1 - right), (1 - rate) * (1 - right), (1 - rate) * right
    other = 2 * tn / (2 * tn + fp + fn)
    truth = {"precision_yes": tp / (tp + fp), "recall_yes": right, "f1_yes": 2 * tp / (2 * tp + fp + fn)}
    truth["f1_macro"] = (truth["f1_yes"] + other) / 2
    hits = dict.fromkeys(truth, 0)
    for run in range(RUNS):
        label, same = random.random(rows) < rate, random.random(rows) < right
        guess = label == same
        numbers = {
            "tp_yes": label & guess, "fp_yes": ~label & guess, "fn_yes": label & ~guess,
            "tp_no": ~label & ~guess, "fp_no": label & ~guess, "fn_no": ~label & guess,
        }  # fmt: skip
        for name, wanted in truth.items():
            columns = np.stack([numbers[column] for column in metrics[name].columns], axis=1).astype(float)
            found = interval(columns, metrics[name].value, names(rows), run)
            # A label that never occurs has no interval: nothing is claimed.
            hits[name] += found.low is None or holds(found, wanted)
    return [cover(count / RUNS) for count in hits.values()]


# Differences of shares.
def differences() -> str:
    """Return coverage, false verdicts and power of differences of shares on the same rows."""
    lines = []
    for rows in ROWS:
        for losses in (0.01, 0.05, 0.2):
            inside, better = _outcomes(rows, losses, losses)
            power = "–"
            smallest = smallest_by_exact_test(rows, *losses_as_now(losses))
            if smallest is not None:
                covered, found = _outcomes(rows, losses + smallest, losses)
                power = f"{found:.1%} at {smallest:.3f} ({cover(covered)})"
            lines.append([f"{rows} rows, {losses:g} each way", cover(inside), false(better), power])
    for rows in ROWS:
        random, hits, better, worse = np.random.default_rng(rows), 0, 0, 0
        for run in range(RUNS):
            sides = [with_ones(grouped_rates(random, 0.7, rows)) for _ in range(2)]
            over = gain(sides[0], sides[1], MEAN, "higher", names(rows, 5), run)
            hits += holds(over, 0.0)
            better, worse = better + (over.verdict == "better"), worse + (over.verdict == "worse")
        share = max(better, worse) / RUNS
        lines.append([f"{rows} rows in groups of five, 0.7 right", cover(hits / RUNS), false(share), ""])
    return table(["", "coverage", 'false "better"', "power"], lines)


def _outcomes(rows: int, wins: float, losses: float) -> tuple[float, float]:
    """Return the coverage of the difference wins - losses, and how often the verdict is better, over all outcomes."""
    b, c = np.meshgrid(np.arange(rows + 1), np.arange(rows + 1), indexing="ij")
    chance = stats.binom.pmf(b, rows, wins) * stats.binom.pmf(c, np.maximum(rows - b, 0), losses / (1 - wins))
    inside = better = 0.0
    for won, lost in zip(*np.nonzero((chance > 1e-8) & (b + c <= rows)), strict=True):
        low, high = tango(float(won), float(lost), rows)
        inside += chance[won, lost] * (low <= wins - losses <= high)
        if low > 0 and stats.binomtest(int(won), int(won + lost)).pvalue < 0.05:
            better += chance[won, lost]
    return inside, better


# Means.
def normal(random: np.random.Generator, rows: int) -> Floats:
    """Return row differences of mean 0 without skew."""
    return random.normal(0, 0.2, rows)


def overlap(random: np.random.Generator, rows: int) -> Floats:
    """Return differences of two systems' ROUGE: a third of the rows are 0 with either, the rest skewed."""
    both = np.where(random.random((2, rows)) < 1 / 3, 0, random.beta(1.5, 4, (2, rows)))
    return both[0] - both[1]


def ties(random: np.random.Generator, rows: int) -> Floats:
    """Return differences of which seven in ten are 0."""
    return np.where(random.random(rows) < 0.7, 0, random.normal(0, 0.3, rows))


def lognormal(random: np.random.Generator, rows: int) -> Floats:
    """Return differences with a long tail of losses: their skewness is -6.2."""
    return math.exp(0.5) - random.lognormal(0, 1, rows)


def rare(random: np.random.Generator, rows: int) -> Floats:
    """Return small wins, and in one row of twenty a large loss."""
    return np.where(random.random(rows) < 0.05, -0.95, 0.05) + random.normal(0, 0.02, rows)


def groups(random: np.random.Generator, rows: int) -> Floats:
    """Return differences of rows in groups of five that correlate by 0.5."""
    return np.repeat(random.normal(0, 0.14, rows // 5), 5) + random.normal(0, 0.14, rows)


KINDS = (
    (normal, "normal"), (overlap, "ROUGE, a third 0"), (ties, "seven in ten equal"), (groups, "groups of five"),
    (lognormal, "long tail of losses"), (rare, "rare large losses"),
)  # fmt: skip


def means() -> str:
    """Return coverage, false verdicts and power of differences of means."""
    lines = []
    for make, title in KINDS:
        for rows in ROWS:
            lines.append([f"{title}, {rows} rows", *_difference(make, rows)])
    heads = ["row differences", "coverage", 'false "better"', 'false "worse"', "power", "warned"]
    return table(heads, lines)


def single() -> str:
    """Return the coverage of one system's mean."""
    kinds = ("rouge", "lognormal", "perplexity")
    lines = [[f"{rows} rows", *(cover(_single(kind, rows)) for kind in kinds)] for rows in ROWS]
    return table(["", "ROUGE, a third 0", "long tail (lognormal)", "perplexity"], lines)


def _difference(make: Callable[[np.random.Generator, int], Floats], rows: int) -> list[str]:
    random = np.random.default_rng(rows)
    size = 5 if make is groups else 1
    drawn = make(np.random.default_rng(1), 5 * 40_000).reshape(-1, size).mean(axis=1)
    smallest = smallest_by_normal(float(drawn.std()) / math.sqrt(rows / size), rows // size)
    hits, better, worse, power, warned = 0, 0, 0, 0, 0
    for run in range(MEAN_RUNS):
        difference = make(random, rows)
        sides = [with_ones(difference + shift) for shift in (0.0, smallest)]
        zeros = with_ones(np.zeros(rows))
        found = gain(sides[0], zeros, UNBOUNDED, "higher", names(rows, size), run)
        hits += holds(found, 0.0)
        better, worse = better + (found.verdict == "better"), worse + (found.verdict == "worse")
        warned += found.warning is not None
        if run < MEAN_RUNS // 4:
            power += gain(sides[1], zeros, UNBOUNDED, "higher", names(rows, size), run).verdict == "better"
    shares = [cover(hits / MEAN_RUNS), false(better / MEAN_RUNS), false(worse / MEAN_RUNS)]
    return [*shares, f"{power / (MEAN_RUNS // 4):.0%}", f"{warned / MEAN_RUNS:.0%}"]


def _single(kind: str, rows: int) -> float:
    random, hits = np.random.default_rng(rows), 0
    for run in range(MEAN_RUNS):
        if kind == "rouge":
            values, truth = np.where(random.random(rows) < 1 / 3, 0, random.beta(1.5, 4, rows)), 2 / 3 * 1.5 / 5.5
            found = interval(with_ones(values), MEAN, names(rows), run)
        elif kind == "lognormal":
            values, truth = random.lognormal(0, 1, rows), math.exp(0.5)
            found = interval(with_ones(values), UNBOUNDED, names(rows), run)
        else:
            tokens = random.integers(5, 60, rows).astype(float)
            nats, truth = tokens * random.gamma(4, 0.4, rows), math.exp(1.6)
            found = interval(np.column_stack([nats, tokens]), METRICS["perplexity"].value, names(rows), run)
        hits += holds(found, truth)
    return hits / MEAN_RUNS


# ROC-AUC.
def areas() -> str:
    """Return the coverage of ROC-AUC."""
    truths, lines = (0.5, 0.7, 0.9, 0.96, 0.99), []
    for rows in ROWS:
        for share in (0.5, 0.2):
            lines.append([f"{rows} rows, {share:g} of the label", *(cover(_area(rows, share, at, 1)) for at in truths)])
        cells = [cover(_area(rows, 0.5, at, 3)) for at in truths]
        lines.append([f"{rows} rows in groups of three, 0.5 of the label", *cells])
    return table(["area", *(f"{truth:g}" for truth in truths)], lines)


def _area(rows: int, share: float, truth: float, size: int) -> float:
    random, hits, runs = np.random.default_rng(rows), 0, 0
    while runs < RUNS:
        member = random.random(rows) < share
        if member.sum() < 2 or (~member).sum() < 2:
            continue
        shared = np.repeat(random.normal(size=-(-rows // size)), size)[:rows]
        scores = shared * math.sqrt(0.5) + random.normal(size=rows) * math.sqrt(0.5) if size > 1 else shared
        scores = scores + math.sqrt(2) * stats.norm.ppf(truth) * member
        given = stats.norm.cdf(scores)
        truths, table_of = ["yes" if one else "no" for one in member], np.stack([1 - given, given], axis=1)
        found = roc_auc(truths, table_of, ("no", "yes"), names(rows, size), 0)
        hits += found is not None and holds(found, truth)
        runs += 1
    return hits / RUNS


# The verdict over several baselines.
MEANS = {"a": 0.345, "b": 0.30, "c": 0.245}
VALIDATION, SHARED, OWN = 30, 0.22, 0.16  # rows; standard deviations of the difficulty and of a system's deviation


def verdicts() -> str:
    """Return how often the verdict over several baselines says better, beside that over one chosen before."""
    lines = []
    for rows in ROWS:
        for lead, name in ((0.0, "as good as the best: false"), (0.05, "0.05 above it: true")):
            found = np.array(list(_simulated(rows, lead, rows))).mean(axis=0)
            cells = [f"{share:.1%} ± {(share * (1 - share) / VERDICT_RUNS) ** 0.5:.1%}" for share in found]
            lines.append([f"{rows}", name, *cells])
    heads = ["test rows", "the tuned model is", "better than every baseline", "better than the chosen one"]
    return table(heads, lines)


def _simulated(rows: int, lead: float, seed: int) -> Iterator[tuple[bool, bool]]:
    """Yield for each run whether the two rules say better: over every baseline, and over the one chosen before."""
    random = np.random.default_rng(seed)
    for run in range(VERDICT_RUNS):
        validation = _scores(random, VALIDATION, 0.0)
        scores = _scores(random, rows, lead)
        over = {name: _verdict(scores["tuned"], scores[name], run) for name in MEANS}
        best = max(MEANS, key=lambda name: scores[name].mean())
        chosen = max(MEANS, key=lambda name: validation[name].mean())
        yield against_all(over, best) == "better", over[chosen][0] == "better"


def _scores(random: np.random.Generator, rows: int, lead: float) -> dict[str, Floats]:
    shared = random.normal(0, SHARED, rows)
    centres = {**MEANS, "tuned": max(MEANS.values()) + lead}
    return {name: np.clip(mean + shared + random.normal(0, OWN, rows), 0, 1) for name, mean in centres.items()}


def _verdict(ours: Floats, theirs: Floats, seed: int) -> tuple[str, float]:
    found = gain(with_ones(ours), with_ones(theirs), MEAN, "higher", names(len(ours)), seed)
    return found.verdict, found.p


if __name__ == "__main__":
    main()
