"""Whether training helped, in sentences: what the numbers say, and not a word more."""

from typing import Any

from pipeline_lib.report.results import title
from pipeline_lib.report.wording import unaided

WORDS = {"better": "Better", "worse": "Worse", "no clear difference": "No clear difference"}


def figure(value: float | None, sign: bool = False) -> str:
    """Return a figure as people read it: three decimals below 10, one above; "" for None."""
    if value is None:
        return ""
    rounded = round(value, 3 if abs(value) < 9.9995 else 1) + 0.0  # + 0.0: no "-0.000"
    return f"{rounded:{'+' if sign else ''}{'.3f' if abs(value) < 9.9995 else ',.1f'}}"


def between(low: float | None, high: float | None, sign: bool = False) -> str:
    """Return an interval in words, "0.313 to 0.541"; "" where there is none."""
    return "" if low is None or high is None else f"{figure(low, sign)} to {figure(high, sign)}"


def percent(share: float) -> str:
    """Return a share in whole percent, or with a decimal where it is small and not nothing."""
    return f"{share:.1%}" if 0 < share < 0.0995 and round(share * 1000) % 10 else f"{share:.0%}"


def verdict(scores: dict[str, Any], definitions: dict[str, Any]) -> str:
    """Return the one sentence: tuned beside the best answer that needs no model, and whether chance explains it."""
    name, gain = scores["headline"], scores["gain"]["baseline"]
    best = scores["best_baseline"]["name"]
    ours, theirs = scores["tuned"][name], scores["baselines"][best][name]
    meaning = definitions["baselines"].get(best, best).replace(" (", ", ").replace(")", "")  # it stands in brackets
    subject = f"{WORDS[gain['verdict']]}: on {rows_in_words(scores)} the tuned model's {title(definitions, name)}"
    return (
        f"{subject} ({figure(ours)}) is {_apart(gain['difference'])} {unaided(definitions)} "
        f"({figure(theirs)}, {meaning}){_because(gain)}"
    )


def gain_over_untrained(scores: dict[str, Any], definitions: dict[str, Any], over: str = "the untrained model") -> str:
    """Return what training gave over the base, called `over`: it says little where a baseline gives as much."""
    name, gain = scores["headline"], scores["gain"]["untrained"]
    interval = between(gain["low"], gain["high"], sign=True)
    known = f", 95% interval {interval}" if interval else ""
    return (
        f"Over {over}: {title(definitions, name)} from {figure(scores['untrained'][name])} to "
        f"{figure(scores['tuned'][name])} ({figure(gain['difference'], sign=True)}{known}; {gain['verdict']})."
    )


def caveats(scores: dict[str, Any], definitions: dict[str, Any], base: str = "untrained") -> list[str]:
    """Return what to know with the verdict: the difference that can be seen, where the baseline was chosen, leaks."""
    gain, best = scores["gain"]["baseline"], scores["best_baseline"]
    said = []
    if gain["smallest_detectable"] is not None:
        said.append(
            f"This many rows show a difference of {figure(gain['smallest_detectable'])} or more (with 80% power)."
        )
    said.append(
        f"Row by row the tuned model is better on {gain['rows_better']} and worse on {gain['rows_worse']} "
        f"of {scores['n']}."
    )
    if best["chosen_on"] == "test":
        said.append(
            "The best baseline was chosen on the test rows themselves, as there are no validation rows: "
            "it looks a little better than it is."
        )
    clean, leaked = scores.get("clean"), scores.get("leaked")
    if clean and leaked:
        name = scores["headline"]
        if clean["n"]:
            without = (
                f"without these tuned has {figure(clean['tuned'][name])}, the best baseline "
                f"{figure(clean['baselines'][best['name']][name])}, {base} {figure(clean['untrained'][name])} "
                f"({rows_in_words(clean)})."
            )
        else:
            without = "no row is left without these."
        said.append(f"Test rows that nearly equal a training row: {leaked['n']:,}; {without}")
    return said


def rows_in_words(scores: dict[str, Any]) -> str:
    """Return how many rows a figure is of: "30 test rows", "30 test rows in 28 groups"."""
    count, groups = scores["n"], scores.get("groups", scores["n"])
    rows = f"{count:,} test row{'s' * (count != 1)}"
    return rows if groups == count else f"{rows} in {groups:,} group{'s' * (groups != 1)}"


def _apart(difference: float) -> str:
    if float(figure(difference).replace(",", "")) == 0:
        return "level with"
    return f"{figure(abs(difference))} {'above' if difference > 0 else 'below'}"


def _because(gain: dict[str, Any]) -> str:
    low, high = gain["low"], gain["high"]
    if low is None or high is None:
        return "; a single group of rows has no interval."
    ends = between(low, high, sign=True)
    if gain["verdict"] != "no clear difference":
        return f"; the 95% interval of that difference, {ends}, does not contain zero (p = {gain['p_text']})."
    if low <= 0 <= high:
        return f", and the 95% interval of that difference, {ends}, contains zero."
    return (
        f"; the 95% interval of that difference, {ends}, does not contain zero, but a permutation test does not "
        f"rule chance out (p = {gain['p_text']})."
    )
