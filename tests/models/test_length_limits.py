"""The longest prompt and answer by the training rows, and rows that are longer than the model reads."""

import random
from dataclasses import dataclass
from typing import Any

import pytest

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.retrieval import with_few_shot
from pipeline_lib.core.tasks import load
from pipeline_lib.models.length_limits import length_limits
from pipeline_lib.models.prompt_encoder import load_row_encoder
from pipeline_lib.models.tokenization import Encoded, RowLengths
from pipeline_lib.models.too_long import check_answers_fit, encoded_that_fit, left_out_line, rows_that_fit
from tests.helpers import toys

AUTO = "auto"


@dataclass
class _Lengths:
    """An encoder of rows whose lengths are given: (prompt, answer), and optionally the shortest prompt."""

    context: int | None

    def lengths(self, rows: list[dict]) -> list[RowLengths]:
        found = []
        for row in rows:
            prompt, answer, least = (*row["sizes"], 10)[:3]
            found.append(RowLengths(prompt, (answer,), least, least + answer))
        return found


def lengths_within(context: int | None) -> Any:
    """Return the encoder, which has only what these functions use of one."""
    return _Lengths(context)


def sized(*sizes: tuple[int, ...]) -> list[dict[str, Any]]:
    return [{"id": str(number), "sizes": size} for number, size in enumerate(sizes, start=1)]


HUNDRED = [(100 + number, number) for number in range(1, 101)]  # 101 to 200 tokens, answers of 1 to 100


@pytest.mark.parametrize(
    ("sizes", "context", "max_tokens", "max_new_tokens", "limits"),
    [
        (HUNDRED, None, AUTO, AUTO, (200, 104)),  # 199 and 99, in eights
        (HUNDRED, None, 150, AUTO, (150, 104)),
        (HUNDRED, None, AUTO, 30, (200, 30)),
        (HUNDRED, 8192, 64, 30, (64, 30)),
        (HUNDRED[:50], None, AUTO, AUTO, (152, 56)),  # of fewer than 100 rows the longest counts
        ([*HUNDRED, (5000, 900)], None, AUTO, AUTO, (200, 104)),  # an outlier does not
        ([*HUNDRED, (150, 20, 400)], None, AUTO, AUTO, (400, 104)),  # no cut makes this prompt shorter
        (HUNDRED, 280, AUTO, AUTO, (176, 104)),  # the prompt gives way to the answer
        (HUNDRED, 200, AUTO, AUTO, (100, 96)),  # which takes half of the context at most
        (HUNDRED, 280, AUTO, 8, (176, 8)),  # as in training, which does not know the 8
        (HUNDRED, 280, 250, AUTO, (250, 80)),  # to a fixed prompt the answer gives way
        ([*HUNDRED, (900, 300)], 256, AUTO, AUTO, (152, 104)),  # a row that does not fit by any cut is not counted
    ],
)
def test_limits(sizes, context, max_tokens, max_new_tokens, limits):
    prompt = {"max_tokens": max_tokens, "few_shot": 0}
    found = length_limits(lengths_within(context), sized(*sizes), prompt, max_new_tokens)
    assert (found.prompt, found.answer) == limits
    assert list(found.lines) == [
        name for name, value in (("prompt", max_tokens), ("answer", max_new_tokens)) if value == AUTO
    ]


def test_the_log_says_what_auto_cuts_and_costs():
    found = length_limits(lengths_within(None), sized(*HUNDRED, (5000, 900)), {"max_tokens": AUTO, "few_shot": 0}, AUTO)
    assert list(found.lines.values()) == [
        "prompt.max_tokens auto: 200 (99% of 101 prompts have at most 200 tokens, the longest 5000; 1 is longer); "
        "0.98 times the prompt tokens of 512",
        "generate.max_new_tokens auto: 104 (99% of 101 answers have at most 100 tokens, the longest 900; 1 is longer); "
        "at most 1.08 times the decoding steps of 96",
    ]
    with pytest.raises(UserError, match="no training row fits what the model reads, 16 tokens: choose a model"):
        length_limits(lengths_within(16), sized((20, 20)), {"max_tokens": AUTO, "few_shot": 0}, AUTO)


def long_reports(rows: int) -> list[dict[str, str]]:
    """Return reports whose lengths spread as real ones do: some have a multiple of the usual words."""
    chance = random.Random(7)
    words = "the lungs are clear without effusion heart size is normal small nodule in left lobe unchanged".split()

    def text(mean: int) -> str:
        return " ".join(chance.choices(words, k=max(3, int(chance.lognormvariate(0, 0.45) * mean)))) + "."

    return [row | {"source": text(233), "target": text(89)} for row in toys.examples(rows)]


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_auto_cuts_one_report_in_a_hundred(kind, request):
    folder = str(request.getfixturevalue(f"{kind}_folder"))
    encoder: Any = load_row_encoder(folder, None, False, load("impression", "prompt"), "2026-01-01")
    train = long_reports(300)
    unlimited = type(encoder)(encoder.base, encoder.tokenizer, encoder.template, encoder.eos_id, None)
    for few_shot in (0, 3):
        prompt = {"max_tokens": AUTO, "few_shot": few_shot}
        found = length_limits(unlimited, train, prompt, AUTO)
        encoded = unlimited.encode(with_few_shot(train, train, few_shot), found.prompt)
        assert 0 < sum(row.cut > 0 or row.few_shot_dropped > 0 for row in encoded) <= 3
        assert 0 < sum(len(row.targets()) > found.answer for row in encoded) <= 3
        assert length_limits(unlimited, train, prompt, AUTO) == found


def test_a_prompt_is_cut_to_its_least_length_and_no_shorter(llama_folder):
    encoder = load_row_encoder(str(llama_folder), None, False, load("impression", "prompt"), "2026-01-01")
    for row in long_reports(20):
        (lengths,) = encoder.lengths([row | {"few_shot": ["some other impression"]}])
        (encoded,) = encoder.encode([row], lengths.least_prompt)
        assert encoded.start <= lengths.least_prompt
        assert len(encoded.ids) <= lengths.least
        with pytest.raises(UserError) as caught:
            encoder.encode([row], lengths.least_prompt - 20)
        needed = str(caught.value).split("set it to ")[1].split()[0]
        assert encoder.encode([row], int(needed))


# Rows that are longer than the model reads.

LONG = sized((50, 20), (50, 3000), (90, 95), (40, 90))  # of the last 10 and 90 just fit
NEVER = "2 rows are longer with the answer than the model reads, 100 tokens, however short the prompt is cut: "
TAKE = ": take them out of the data, or choose a model that reads more"
NEVER_ONE, TAKE_IT = NEVER.replace("2 rows are", "1 row is"), TAKE.replace("them", "it")


@pytest.mark.parametrize(
    ("too_long", "test_rows", "error"),
    [
        ("fail", [], f"{NEVER}2 (3010 tokens), 3 (105 tokens){TAKE}, or set prompt.too_long: drop"),
        ("drop", [], None),
        (
            "drop", [{"id": "t", "sizes": (10, 91)}],
            f"{NEVER_ONE}t (101 tokens){TAKE_IT}",
        ),
        (
            "fail", [{"id": "t", "sizes": (10, 91)}],
            f"{NEVER.replace('2 rows', '3 rows')}2 (3010 tokens), 3 (105 tokens), t (101 tokens){TAKE}",
        ),
    ],
)  # fmt: skip
def test_rows_that_no_cut_makes_fit(too_long, test_rows, error):
    parts = {"train": LONG, "test": test_rows}
    if error:
        with pytest.raises(UserError) as caught:
            rows_that_fit(lengths_within(100), parts, too_long)
        assert str(caught.value) == error
        return
    kept, left_out = rows_that_fit(lengths_within(100), parts, too_long)
    assert (kept, left_out) == ({"train": [LONG[0], LONG[3]], "test": []}, ["2", "3"])
    assert left_out_line(left_out) == (
        "2 rows left out, longer with the answer than the model reads (prompt.too_long: drop): 2, 3"
    )
    assert rows_that_fit(lengths_within(None), parts, "fail") == (parts, [])


def of(name: str, prompt: int, answer: int) -> Encoded:
    return Encoded(name, [5] * (prompt + answer), prompt, 0)


def test_rows_that_a_shorter_prompt_makes_fit():
    rows = [of("a", 40, 10), of("b", 90, 20), of("c", 85, 30), of("d", 70, 30)]
    with pytest.raises(UserError) as caught:
        encoded_that_fit([rows[:2], rows[2:]], 100, "fail")
    assert str(caught.value) == (
        "2 rows are longer with the answer than the model reads, 100 tokens: b (110 tokens), c (115 tokens): set "
        "prompt.max_tokens to 70 or lower, or prompt.too_long: drop"
    )
    assert encoded_that_fit([rows[:2], rows[2:]], 100, "drop") == ([[rows[0]], [rows[3]]], ["b", "c"])
    assert encoded_that_fit([rows, []], None, "fail") == ([rows, []], [])
    with pytest.raises(UserError, match=r"set prompt\.max_tokens to 70 or lower$"):  # no row would be left
        encoded_that_fit([rows[1:3], rows], 100, "drop")


@pytest.mark.parametrize(
    ("rows", "most", "error"),
    [
        ([], 10, None),
        ([of("1", 50, 20), of("2", 90, 10)], 10, None),
        (
            [of("1", 50, 20), of("2", 90, 10)], 11,
            "a prompt and its answer may take 101 tokens, the model reads 100: set generate.max_new_tokens to 10 "
            "or lower",
        ),
        (
            [of("1", 90, 20)], 10,
            "1 row is longer with the answer than the model reads, 100 tokens: 1 (110 tokens): set prompt.max_tokens "
            "to 80 or lower",
        ),
        ([of("2", 50, 3000)], 10, f"{NEVER_ONE}2 (3010 tokens){TAKE_IT}"),
    ],
)  # fmt: skip
def test_answers_have_to_fit(rows, most, error):
    if error is None:
        check_answers_fit(lengths_within(100), LONG, rows, most)
        return
    with pytest.raises(UserError) as caught:
        check_answers_fit(lengths_within(100), LONG, rows, most)
    assert str(caught.value) == error
