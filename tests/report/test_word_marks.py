"""The words in which an answer and its reference differ, and where a long text is folded."""

import pytest

from pipeline_lib.report.word_marks import LONG, MOST, closest, folded_after, marked


def shown(pieces) -> str:
    return "".join(f"[{text}]" if differs else text for text, differs in pieces)


@pytest.mark.parametrize(("reference", "answer", "first", "second"), [
    ("Normal appendix.", "Acute appendicitis, 11 mm.", "[Normal appendix].", "[Acute appendicitis, 11 mm]."),
    ("No acute disease.", "no ACUTE disease", "No acute disease.", "no ACUTE disease"),
    ("Left lobe nodule, 5 mm", "Right lobe nodule", "[Left] lobe nodule, [5 mm]", "[Right] lobe nodule"),
    ("a b", "b a", "a [b]", "[b] a"),
    ("无急性病变", "急性病变", "[无]急性病变", "急性病变"),
    ("same", "", "[same]", ""),
    ("", "", "", ""),
    ("...", "!", "...", "!"),
])  # fmt: skip
def test_words_that_the_other_text_does_not_have_there(reference, answer, first, second):
    ours, theirs = marked(reference, answer)
    assert (shown(ours), shown(theirs)) == (first, second)


def test_long_texts_are_not_compared():
    long = "word " * (MOST + 1)
    assert marked(long, "word") == ([(long, False)], [("word", False)])
    assert len(marked("word " * MOST, "word")[0]) == 3


def test_the_reference_that_shares_most_words():
    assert closest(["in Paris", "Rome, Italy", "Italy"], "Italy") == 1
    assert closest(["x", "y"], "z") == 0


def test_a_long_text_is_folded_at_a_space_and_nothing_is_lost():
    assert folded_after("x" * LONG) == ("x" * LONG, "")
    long = "word " * 400
    start, rest = folded_after(long)
    assert start + rest == long
    assert (start[-5:], len(start)) == ("word ", 900)
    unbroken = "x" * 2000
    assert [len(part) for part in folded_after(unbroken)] == [900, 1100]
