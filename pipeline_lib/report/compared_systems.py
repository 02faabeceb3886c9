"""Every system of a run in the headline figure, the best first, named as people call it: what its charts show."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline_lib.core.run_files import PROMPTED
from pipeline_lib.report.results import title
from pipeline_lib.report.verdict import between, chance, figure, rows_in_words
from pipeline_lib.report.wording import UNTRAINED, chart_name

_WORDS = {"better": "tuned is better", "worse": "tuned is worse", "no clear difference": "no clear difference"}


@dataclass(frozen=True)
class ComparedSystem:
    """A system's headline figure with its 95% interval, and what the tuned model is against it."""

    name: str
    kind: str  # baseline | untrained | tuned: its colour
    best: bool  # whether it is the best baseline
    value: float
    low: float | None  # None where there is no interval
    high: float | None
    verdict: str  # of tuned against it: better | worse | no clear difference; "" of tuned, and where no test was made
    note: str  # the same in a line, with p

    @property
    def text(self) -> str:
        """The figure as text."""
        return figure(self.value)

    @property
    def interval(self) -> str:
        """The interval as text in brackets, "" where there is none."""
        ends = between(self.low, self.high)
        return f" ({ends})" if ends else ""


def compared_systems(
    scores: Mapping[str, Any], definitions: Mapping[str, Any], untrained: str = UNTRAINED
) -> list[ComparedSystem]:
    """Return the systems, the best first, of equal ones tuned. `untrained` is the untrained model's name."""
    headline, best = scores["headline"], scores["best_baseline"]["name"]
    systems = {**scores["baselines"], "untrained": scores["untrained"], "tuned": scores["tuned"]}
    sign = -1 if definitions["metrics"][headline]["better"] == "higher" else 1
    found = []
    for key, figures in sorted(systems.items(), key=lambda system: (sign * system[1][headline], system[0] != "tuned")):
        over = scores["gain"]["each"].get(key)
        said = "after training" if key == "tuned" else ""
        if over:
            said = f"{_WORDS[over['verdict']]}, {chance(over)}".replace("<=", "≤")
        found.append(
            ComparedSystem(
                name=chart_name(definitions, key, untrained),
                kind="untrained" if key.startswith(PROMPTED) else key if key in ("untrained", "tuned") else "baseline",
                best=key == best,
                value=figures[headline],
                low=figures.get(f"{headline}_low"),
                high=figures.get(f"{headline}_high"),
                verdict=over["verdict"] if over else "",
                note="; ".join(filter(None, ["best baseline" * (key == best), said])),
            )
        )
    return found


def compared_title(scores: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    """Return what a chart of the systems shows, without naming them."""
    name = scores["headline"]
    better = definitions["metrics"][name]["better"]
    what = title(dict(definitions), name)
    return f"{what[:1].upper()}{what[1:]} on {rows_in_words(dict(scores))}, {better} is better, with 95% intervals"
