"""Which answers decline: sentences written by hand, with those that only look like it."""

from pathlib import Path

import pytest

from pipeline_lib.evaluation.metrics.refusals import is_refusal

# refusals.txt holds four lists: those that the rule was written for, and those that came after it.
LISTS = Path(__file__).with_name("refusals.txt").read_text(encoding="utf-8").split("\n\n")
DECLINES, ANSWERS, FRESH_DECLINES, FRESH_ANSWERS = (part.strip().splitlines()[1:] for part in LISTS[1:])


def measured(declines, answers):
    """Return precision, recall and what the rule got wrong."""
    missed = [text for text in declines if not is_refusal(text)]
    false = [text for text in answers if is_refusal(text)]
    found = len(declines) - len(missed)
    precision, recall = found / (found + len(false)), found / len(declines)
    print(f"\nprecision {precision:.3f}, recall {recall:.3f} of {len(declines)} refusals, {len(answers)} answers")
    return precision, recall, missed + false


def test_the_sentences_it_was_written_for_and_others():
    assert measured(DECLINES, ANSWERS) == (1, 1, [])
    assert min(len(DECLINES), len(ANSWERS)) >= 40
    # Whoever changes the rule for these: they go to the lists above then, and new ones take their place.
    precision, recall, _ = measured(FRESH_DECLINES, FRESH_ANSWERS)
    assert (precision, recall) == (pytest.approx(13 / 15), pytest.approx(13 / 22))
    every = DECLINES + ANSWERS + FRESH_DECLINES + FRESH_ANSWERS
    assert len(set(every)) == len(every)


@pytest.mark.parametrize("change", [str.upper, str.lower, "{}\nHow can I help you today?".format, " {} ".format])
def test_neither_case_nor_what_follows_matters(change):
    for text in DECLINES:
        assert is_refusal(change(text)), text


@pytest.mark.parametrize(
    ("text", "declines"),
    [
        ("", False),
        ("   \n", False),
        ("???", False),
        ("Das kann ich leider nicht beantworten.", False),  # it reads English alone
        ("Sorry, I can\u2019t answer that.", True),
        ("Press the button. Then wait. I can't answer more than that.", False),  # the third sentence is a remark
        ("Good question. I can't answer that.", True),
        ("The page says \u201cI cannot help you with that\u201d when you are offline.", False),
        ("If we cannot help you by phone, a technician comes to you.", False),
        ("Write to us when we cannot answer at once.", False),
    ],
)
def test_quotes_and_conditions_are_not_refusals(text, declines):
    assert is_refusal(text) == declines
