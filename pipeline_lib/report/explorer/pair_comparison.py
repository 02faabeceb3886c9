"""The word pairs of two runs compared: which were added, removed or kept, and how the ranks of those kept changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scipy.stats import spearmanr

from pipeline_lib.core.files import write_text
from pipeline_lib.report.offline_page import offline_page
from pipeline_lib.words.pairs.pair_table import Pair

HERE = Path(__file__).parent
TEMPLATE, STYLES = HERE / "pair_comparison.html", (HERE / "page_tools.css", HERE / "pair_comparison.css")
SCRIPTS = ("page_tools.js", "pair_comparison.js")
KEPT, ADDED, REMOVED = "kept", "added", "removed"
STATUSES = (KEPT, ADDED, REMOVED)


@dataclass(frozen=True)
class Change:
    """One pair in two runs; old, new: the pair in each run, None where it is not among the closest."""

    left: str
    right: str
    old: Pair | None
    new: Pair | None

    @property
    def status(self) -> str:
        """kept | added | removed."""
        return ADDED if self.old is None else REMOVED if self.new is None else KEPT


def compare(old: Sequence[Pair], new: Sequence[Pair]) -> list[Change]:
    """Return the pairs of both runs: those of the new run by rank, then the removed ones by their old rank."""
    before = {(pair.left, pair.right): pair for pair in old}
    after = {(pair.left, pair.right): pair for pair in new}
    present = [Change(*key, before.get(key), pair) for key, pair in after.items()]
    removed = [Change(*key, pair, None) for key, pair in before.items() if key not in after]
    return present + removed


def agreement(changes: Sequence[Change]) -> float | None:
    """Return Spearman's rho of the old and new ranks of the kept pairs, None for fewer than 3 of them."""
    ranks = [(change.old.rank, change.new.rank) for change in changes if change.old and change.new]
    if len(ranks) < 3:
        return None
    return round(float(spearmanr(ranks).statistic), 3)


def write_comparison(path: str | Path, old: Sequence[Pair], new: Sequence[Pair], names: tuple[str, str]) -> None:
    """Write the page as one HTML file of about 50 kB that fetches nothing; names: of the two runs."""
    write_text(path, comparison_page(old, new, names))


def comparison_page(old: Sequence[Pair], new: Sequence[Pair], names: tuple[str, str]) -> str:
    """Return the HTML of the page. A word in it is data, never markup or script."""
    changes = compare(old, new)
    data = {
        "names": list(names),
        "sizes": [len(old), len(new)],
        "rho": agreement(changes),
        "changes": [
            [change.left, change.right, change.status, *_values(change.old), *_values(change.new)] for change in changes
        ],
    }
    script = "\n".join((HERE / name).read_text(encoding="utf-8") for name in SCRIPTS)
    return offline_page(TEMPLATE, {"data": data}, sheets=STYLES, scripts=(script,))


def _values(pair: Pair | None) -> tuple[int, float, str] | tuple[None, None, None]:
    return (pair.rank, round(pair.cosine, 6), pair.kind) if pair else (None, None, None)
