"""The findings that a generated impression has in common with its reference, counted for precision, recall and F1.

A finding is a term of findings.txt that a text asserts or holds possible, on a side where it names one. Denied findings
do not count: most reports deny the same ones, so that an answer which is always "normal" would be right about them.
So F1 tells what ROUGE hardly sees, whether the abnormal is named. It is the micro F1 of positive labels, as Smit et al.
2020 (arXiv:2004.09167) have it for 14 labels of chest X-rays, with terms in place of labels.

How it agrees with labels set by hand, tests/evaluation/finding_pairs.jsonl, 60 pairs of texts that were labelled before
the rules were run on them, which were not changed after it: all three counts in 54 of 60 pairs, shared_findings in 57,
answer_findings in 57, reference_findings in 55; F1 0.607 by rules, 0.593 by hand. The author of the pairs also wrote
findings.txt: expect less on the texts of others.
"""

from pipeline_lib.evaluation.metrics.clinical_mentions import ASSERTED, UNCERTAIN, Mention, mentions

COLUMNS = ("shared_findings", "answer_findings", "reference_findings")


def finding_counts(answer: str, reference: str) -> dict[str, float]:
    """Return how many findings the answer has, how many the reference, and how many of these are the same.

    The same are those of one term whose sides and structures can be the same: a text that names none contradicts none.
    A finding on both sides counts twice, one that is named again once.
    """
    ours, theirs = _findings(answer), _findings(reference)
    shared = sum(_same(found, theirs.get(term, [])) for term, found in ours.items())
    counts = (shared, *(sum(map(len, each.values())) for each in (ours, theirs)))
    return dict(zip(COLUMNS, map(float, counts), strict=True))


def _findings(text: str) -> dict[str, list[Mention]]:
    """Return a text's findings by term, one for each place, those with a side and a structure first."""
    one_side = [
        mention._replace(sides=frozenset(side))
        for mention in mentions(text)
        if mention.polarity in (ASSERTED, UNCERTAIN)
        for side in ([[one] for one in sorted(mention.sides)] or [[]])
    ]
    found: dict[str, list[Mention]] = {}
    for mention in sorted(one_side, key=lambda mention: (-bool(mention.sides), -bool(mention.sites))):
        known = found.setdefault(mention.term, [])
        if not any(mention.meets(other) for other in known):
            known.append(mention)
    return found


def _same(ours: list[Mention], theirs: list[Mention]) -> int:
    """Return how many findings of one term are the same, each with one other at most."""
    left = list(theirs)
    for mention in ours:
        meeting = [other for other in left if mention.meets(other)]
        if meeting:
            left.remove(max(meeting, key=lambda other: other.sides == mention.sides))
    return len(theirs) - len(left)
