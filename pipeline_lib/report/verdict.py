"""Whether training helped, in sentences, and numbers as people read them."""

from typing import Any

from pipeline_lib.report.results import title

DETECTABLE_BY = {
    "exact": "80% power of the exact test, were as many rows as now on the other side",
    "normal": "80% power, taken that the mean difference of so many rows is normal and rows differ as much as these",
}
HEADINGS = {"better": "Better", "worse": "Worse", "no clear difference": "No clear gain"}


def figure(value: float | None, sign: bool = False) -> str:
    """Return a figure as text: three decimals below 10, one above; "" for None."""
    if value is None:
        return ""
    rounded = round(value, 3 if abs(value) < 9.9995 else 1) + 0.0  # + 0.0: no "-0.000"
    return f"{rounded:{'+' if sign else ''}{'.3f' if abs(value) < 9.9995 else ',.1f'}}"


def between(low: float | None, high: float | None, sign: bool = False) -> str:
    """Return an interval as text, "0.313 to 0.541"; "" where there is none."""
    return "" if low is None or high is None else f"{figure(low, sign)} to {figure(high, sign)}"


def percent(share: float) -> str:
    """Return a share in whole percent, or with one decimal where it is below 10% and not a whole percent."""
    return f"{share:.1%}" if 0 < share < 0.0995 and round(share * 1000) % 10 else f"{share:.0%}"


def verdict(scores: dict[str, Any], definitions: dict[str, Any]) -> str:
    """Return one sentence: the tuned model against the best baseline, and whether it beats all or it may be chance."""
    headline, gain, best = scores["headline"], scores["gain"]["baseline"], scores["best_baseline"]["name"]
    tuned, baseline = scores["tuned"][headline], scores["baselines"][best][headline]
    meaning = _meaning(definitions, best)
    return (
        f"{HEADINGS[gain['verdict']]}: on {rows_in_words(scores)} the tuned model's {title(definitions, headline)} "
        f"({figure(tuned)}) is {_distance(gain['difference'])} the best baseline ({figure(baseline)}, {meaning})"
        f"{_evidence(scores, definitions)}"
    )


def gain_over_untrained(
    scores: dict[str, Any], definitions: dict[str, Any], untrained_model: str = "the untrained model"
) -> str:
    """Return one sentence: the gain in the headline figure over the untrained model with the best of its prompts."""
    name, gain = scores["headline"], scores["gain"]["untrained"]
    interval = between(gain["low"], gain["high"], sign=True)
    prompted = gain["against"] != "untrained"
    before = scores["baselines"][gain["against"]] if prompted else scores["untrained"]
    model = _meaning(definitions, gain["against"]).partition(";")[0] if prompted else untrained_model
    return (
        f"Gain over {model}: {title(definitions, name)} from {figure(before[name])} to "
        f"{figure(scores['tuned'][name])} ({figure(gain['difference'], sign=True)}"
        f"{f', 95% interval {interval}' if interval else ''}; {gain['verdict']})."
    )


def caveats(scores: dict[str, Any], definitions: dict[str, Any]) -> list[str]:
    """Return what to know with the verdict: the smallest detectable difference, leaks. For runs: seeds_verdict."""
    gain, best, name = scores["gain"]["baseline"], scores["best_baseline"], scores["headline"]
    lines = []
    if gain.get("warning"):
        lines.append(f"Be careful: {gain['warning']}.")
    if gain["smallest_detectable"] is not None:
        how = DETECTABLE_BY.get(gain.get("detectable_by", ""), "80% power")
        lines.append(
            f"Smallest detectable difference with this many rows: {figure(gain['smallest_detectable'])} ({how})."
        )
    lines.append(
        f"Row by row the tuned model is ahead on {gain['rows_better']} and behind on {gain['rows_worse']} "
        f"of {scores['n']} rows.{_least(gain, scores)}"
    )

    def without(rest: dict[str, Any]) -> str:
        if not rest["n"]:
            return "no other row is left."
        systems = {
            "tuned": rest["tuned"], "the best baseline": rest["baselines"][best["name"]], "untrained": rest["untrained"]
        }  # fmt: skip
        figures = ", ".join(f"{system} {figure(found[name])}" for system, found in systems.items())
        return f"without them {title(definitions, name)}: {figures} ({rows_in_words(rest)})."

    if scores.get("clean") and scores.get("leaked"):
        leaked = scores["leaked"]["n"]
        lines.append(f"Test rows that nearly equal a training row: {leaked:,}; {without(scores['clean'])}")
    if known := scores.get("known_targets"):
        new = scores["new_targets"]
        lines.append(f"Test rows whose target is word for word that of a training row: {known:,}; {without(new)}")
    if unread := scores.get("references_without_words"):
        lines.append(f"ROUGE sees no word in {unread:,} of {scores['n']:,} references: these score 0 whatever is said.")
    return lines


def rows_in_words(scores: dict[str, Any]) -> str:
    """Return how many rows a figure is of: "30 test rows", "30 test rows in 28 groups"."""
    count, groups = scores["n"], scores.get("groups", scores["n"])
    rows = f"{count:,} test row{'s' * (count != 1)}"
    return rows if groups == count else f"{rows} in {groups:,} group{'s' * (groups != 1)}"


def _least(gain: dict[str, Any], scores: dict[str, Any]) -> str:
    """Return what a test on so many rows can find at least, where fewer rows differ; else ""."""
    groups, least = scores.get("groups", scores["n"]), gain.get("least_wins")
    unit = "rows" if groups == scores["n"] else "groups of rows"
    if "least_wins" in gain and least is None:
        return f" A test on {groups} {unit} can never say better."
    if least is None or gain["rows_better"] + gain["rows_worse"] >= least:
        return ""
    return f" At least {least} of {groups:,} {unit} must be better, and none worse, before a test says better."


def chance(gain: dict[str, Any]) -> str:
    """Return "p = 0.012"; "p <= 1e-4" where p is the smallest that the test can have."""
    return f"p {'' if gain['p_text'].startswith('<') else '= '}{gain['p_text']}"


def exact_chance(p: float, text: str) -> str:
    """Return "p = 0.012"; below 0.001 with the exponent that `text` has."""
    return f"p = {p:.3f}" if p >= 0.001 else f"p = {text}"


def _distance(difference: float) -> str:
    if float(figure(difference).replace(",", "")) == 0:
        return "equal to"
    return f"{figure(abs(difference))} {'above' if difference > 0 else 'below'}"


def _evidence(scores: dict[str, Any], definitions: dict[str, Any]) -> str:
    """Return the end of the verdict's sentence: the interval, what it says of chance, and the other baselines."""
    gain, each = scores["gain"]["baseline"], scores["gain"]["each"]
    low, high, own = gain["low"], gain["high"], each[gain["against"]]["verdict"]
    if low is None or high is None:
        alike = "a single group of rows has" if scores.get("groups", scores["n"]) < 2 else "rows that differ alike have"
        return f"; {alike} no interval."
    interval = f"; the 95% interval of that difference, {between(low, high, sign=True)},"
    if own == "no clear difference":
        if low <= 0 <= high:
            return f"{interval} contains zero, so it could be chance."
        return f"{interval} does not contain zero, but by a permutation test it could be chance ({chance(gain)})."
    evidence = f"{interval} does not contain zero ({chance(gain)})"
    if own == "worse":
        best = f", but of {len(each)} baselines the best one was taken, so it could be chance"
        return f"{evidence}{'' if gain['verdict'] == 'worse' else best}."
    others = {name: over for name, over in each.items() if name != gain["against"]}
    unclear = [name for name, over in others.items() if over["verdict"] != "better"]
    if unclear:
        name = min(unclear, key=lambda one: abs(each[one]["difference"]))
        over = each[name]
        other = "the untrained model" if name == "untrained" else f"another baseline ({_meaning(definitions, name)})"
        return (
            f"{evidence}, but over {other} it could be chance: "
            f"{figure(over['difference'], sign=True)}, {between(over['low'], over['high'], sign=True)}."
        )
    count = len(others.keys() - {"untrained"})
    rest = {0: "the untrained model", 1: "the other baseline and the untrained model"}
    every = rest.get(count, f"the other {count} baselines and the untrained model")
    largest = max(others.values(), key=lambda over: over["p"], default=None)
    least = f" ({'largest ' * (len(others) > 1)}{chance(largest)})" if largest else ""
    return f"{evidence}; it is better than {every} too{least}."


def _meaning(definitions: dict[str, Any], name: str) -> str:
    """Return what a baseline did, without brackets: it stands in brackets."""
    meaning: str = definitions["baselines"].get(name, name)
    return meaning.replace(" (", ", ").replace(")", "")
