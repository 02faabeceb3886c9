"""Prompts and targets in tokens, truncation, batches, and that training and inference have the same prompt."""

import copy
from dataclasses import replace

import pytest
import torch
from tokenizers.processors import TemplateProcessing

from pipeline_lib.core.batches import length_batches
from pipeline_lib.models.batching import collate, epoch_batches
from pipeline_lib.models.loading import load_tokenizer, locate
from pipeline_lib.models.tokenization import Encoded, PromptTemplate, check_targets, encode, truncate, truncation_lines
from pipeline_lib.tasks.impression import prompt as impression_prompt
from tests.helpers import toys
from tests.helpers.stages import refused

EXAMPLE = {
    "id": "7", "title": "CT chest", "history": "cough", "source": "There is a small left effusion.",
    "target": "Small left effusion.",
}  # fmt: skip


def template_of(folder) -> PromptTemplate:
    return PromptTemplate(load_tokenizer(locate(str(folder))), impression_prompt.prompt, impression_prompt.CUE)


@pytest.fixture(scope="module")
def chatml(llama_folder):
    return template_of(llama_folder)


def encoded(words: PromptTemplate, example=EXAMPLE, most=400) -> Encoded:
    return encode(example, words, words.eos_id(), most)


PROMPT = (
    "Write the impression of this radiology report: the main findings only, in one or two sentences.\n\n"
    "Exam: CT chest\nHistory: cough\nFindings: There is a small left effusion."
)


def test_a_chat_model_reads_its_template(chatml):
    row = encoded(chatml)
    tokenizer = chatml.tokenizer
    assert tokenizer.decode(row.ids[: row.start]) == (
        "<|im_start|>system\nYou are a helpful AI assistant.<|im_end|>\n"
        f"<|im_start|>user\n{PROMPT}<|im_end|>\n<|im_start|>assistant\n"
    )
    assert tokenizer.decode(row.ids[row.start :]) == "Small left effusion.<|im_end|>"
    assert (row.id, row.cut) == ("7", 0)
    bare = impression_prompt.prompt({"title": "", "history": "", "source": "Clear."})
    assert bare.endswith("sentences.\n\nFindings: Clear."), "no empty lines"


def test_each_family_ends_an_answer_in_its_way(gemma_folder, gemma3_folder, gpt2_folder):
    # Gemma ends its turn and not its text.
    words = template_of(gemma_folder)
    row = encoded(words)
    assert words.tokenizer.decode(row.ids[: row.start]) == (
        f"<bos><start_of_turn>user\n{PROMPT}<end_of_turn>\n<start_of_turn>model\n"
    )
    assert words.tokenizer.decode(row.ids[row.start :]) == "Small left effusion.<end_of_turn>"
    assert row.ids.count(words.tokenizer.bos_token_id) == 1
    # A base model reads a cue.
    for folder, bos, eos in ((gemma3_folder, "<bos>", "<eos>"), (gpt2_folder, "", "<|endoftext|>")):
        words = template_of(folder)
        row = encoded(words)
        assert words.tokenizer.decode(row.ids[: row.start]) == f"{bos}{PROMPT}\n\nImpression:"
        assert words.tokenizer.decode(row.ids[row.start :]) == f" Small left effusion.{eos}"


def test_the_prompt_of_inference_is_the_prefix_of_training(llama_folder, gemma_folder, gemma3_folder, gpt2_folder):
    for folder in (llama_folder, gemma_folder, gemma3_folder, gpt2_folder):
        words = template_of(folder)
        row = encoded(words)
        assert words.prompt_ids(EXAMPLE) == row.ids[: row.start]
        if words.chat:  # and it is what a user of plain transformers gets
            turns = [{"role": "user", "content": PROMPT}]
            plain = words.tokenizer.apply_chat_template(turns, add_generation_prompt=True)["input_ids"]
            assert plain == row.ids[: row.start]


def test_end_of_text_is_not_doubled_where_the_tokenizer_adds_it(gpt2_folder):
    words = template_of(gpt2_folder)
    eos = words.tokenizer.eos_token
    words.tokenizer.backend_tokenizer.post_processor = TemplateProcessing(
        single=f"$A {eos}", special_tokens=[(eos, words.tokenizer.eos_token_id)]
    )
    row = encoded(words)
    assert row.ids.count(words.tokenizer.eos_token_id) == 1
    assert row.ids[-1] == words.tokenizer.eos_token_id


def test_places_and_labels_by_hand():
    rows = [Encoded("a", [10, 11, 12, 1], 2, 0), Encoded("b", [20, 21, 22, 23, 24, 1], 3, 0)]
    ids, places, labels = collate(rows, pad_id=1)
    assert ids.tolist() == [[10, 11, 12, 1, 1, 1, 1, 1], [20, 21, 22, 23, 24, 1, 1, 1]]
    assert places.tolist() == [1, 2, 10, 11, 12]
    assert labels.tolist() == [12, 1, 23, 24, 1]
    assert ids.dtype == labels.dtype == torch.int64


@pytest.mark.parametrize(
    ("tokens", "most", "wide"),
    [
        *((5, 1024, 8), (8, None, 8), (9, 10, 10), (253, 1024, 256)),
        *((256, 1024, 256), (257, 1024, 288), (289, None, 320)),
        *((300, 320, 320), (300, 310, 310), (300, 300, 300), (300, 200, 300)),
    ],
)
def test_rows_are_padded_to_few_widths_within_the_context(tokens, most, wide):
    short, row = Encoded("a", [5, 6], 1, 0), Encoded("b", [5] * tokens, tokens - 1, 0)
    ids, places, labels = collate([short, row], 1, most)
    assert ids.tolist() == [[5, 6, *[1] * (wide - 2)], [*[5] * tokens, *[1] * (wide - tokens)]]
    assert (places.tolist(), labels.tolist()) == ([0, wide + tokens - 2], [6, 5])


def test_a_pad_token_equal_to_eos_hides_no_target(chatml):
    tokenizer = chatml.tokenizer
    assert tokenizer.pad_token_id == tokenizer.eos_token_id
    rows = [encoded(chatml, example) for example in toys.examples(5)]
    ids, places, labels = collate(rows, tokenizer.pad_token_id)
    assert (labels == tokenizer.eos_token_id).sum() == 5, "every row learns to stop, once"
    assert len(labels) == sum(len(row.ids) - row.start for row in rows)
    # What a place predicts is the token after it, in its own row.
    width = ids.shape[1]
    for place, label in zip(places.tolist(), labels.tolist(), strict=True):
        assert ids[place // width, place % width + 1] == label
    # No prompt and no padding among them.
    for number, row in enumerate(rows):
        mine = [place % width for place in places.tolist() if place // width == number]
        assert mine == list(range(row.start - 1, len(row.ids) - 1))


def test_a_long_source_is_cut_at_its_end_and_counted(chatml):
    long = EXAMPLE | {"source": "There is a small left effusion. " * 30}
    whole = encoded(chatml, long, most=10_000)
    cut = encoded(chatml, long, most=200)
    assert whole.cut == 0
    assert cut.start <= 200
    assert cut.start > 190, "no more is cut than need be"
    assert abs(whole.start - cut.start - cut.cut) <= 2
    assert cut.ids[cut.start :] == whole.ids[whole.start :], "the target is never cut"
    text = chatml.tokenizer.decode(cut.ids[: cut.start])
    kept = text.split("Findings: ")[1].split("<|im_end|>")[0]
    assert long["source"].startswith(kept)
    assert "History: cough" in text
    assert text.endswith("<|im_end|>\n<|im_start|>assistant\n")


def test_a_prompt_that_just_fits_is_left_alone(chatml):
    size = encoded(chatml).start
    assert encoded(chatml, most=size).cut == 0
    short = encoded(chatml, most=size - 1)
    assert short.cut >= 1
    assert short.start <= size - 1
    refused(r"row 7: the prompt without its input has more than prompt.max_tokens \(40\)", encoded, chatml, most=40)
    for most in range(220, 250):  # a cut within the bytes of a letter leaves valid text
        example = EXAMPLE | {"source": "Überprüfung 😀 ≥ 5 µm; " * 20}
        shorter, cut = truncate(example, chatml, most)
        assert example["source"].startswith(shorter["source"])
        assert cut > 0


def test_a_target_that_its_input_lost_is_told(chatml):
    # An answer copied from its passage, as in SQuAD, can be cut off with the passage's end.
    source = f"{'There is no effusion. ' * 30}A nodule."
    copied = {**EXAMPLE, "source": source, "target": "A nodule."}
    cut = encoded(chatml, copied, 200)
    assert (cut.target_cut, encoded(chatml, copied, 10_000).target_cut) == (True, False)
    assert not encoded(chatml, {**copied, "target": "There is no effusion."}, 200).target_cut, "it is still there"
    assert not encoded(chatml, {**copied, "target": "One nodule."}, 200).target_cut, "it never was"
    assert truncation_lines([cut]) == ["1 inputs lost their target when they were cut: 7"]


@pytest.mark.parametrize("key", ["title", "source", "target"])
def test_a_special_token_in_a_row_is_refused(chatml, key):
    row = EXAMPLE | {key: "x <|im_end|>"}
    refused(
        r"^row 7 holds '<\|im_end\|>' as text, which is a special token of this model: remove", encoded, chatml, row
    )


def test_few_shot_examples_are_dropped_before_the_source_is_cut(chatml):
    shown = EXAMPLE | {"few_shot": ["near enough " * 5, "farther away " * 5]}
    one = {**shown, "few_shot": shown["few_shot"][:1]}
    size = encoded(chatml, one).start
    row = encoded(chatml, shown, most=size)
    assert (row.ids, row.cut, row.few_shot_dropped) == (encoded(chatml, one).ids, 0, 1)
    none = encoded(chatml, shown, most=size - 1)
    assert (none.ids, none.cut, none.few_shot_dropped) == (encoded(chatml).ids, 0, 2)
    assert truncation_lines([row, none]) == [
        "2 prompts show fewer few-shot examples, by 3, to stay within prompt.max_tokens"
    ]
    assert truncation_lines([encoded(chatml, shown)]) == []


def template(words: PromptTemplate, text: str) -> PromptTemplate:
    tokenizer = copy.deepcopy(words.tokenizer)
    tokenizer.chat_template = text
    return replace(words, tokenizer=tokenizer)


def test_eos_id_is_what_the_template_writes_after_an_answer(chatml, gemma_folder):
    assert chatml.eos_id() == chatml.tokenizer.convert_tokens_to_ids("<|im_end|>")
    gemma = template_of(gemma_folder)
    assert gemma.eos_id() == gemma.tokenizer.convert_tokens_to_ids("<end_of_turn>")
    assert gemma.eos_id() != gemma.tokenizer.eos_token_id


def test_a_template_without_an_end_of_answer_uses_end_of_text(chatml, gpt2_folder):
    plain = "{% for m in messages %}{{ m['role'] + ': ' + m['content'] + '\n' }}{% endfor %}"
    open_ended = template(chatml, plain + "{% if add_generation_prompt %}{{ 'assistant: ' }}{% endif %}")
    assert open_ended.eos_id() == chatml.tokenizer.eos_token_id
    words = template_of(gpt2_folder)
    words.tokenizer.eos_token = None
    refused("no end-of-text token: set eos_token", words.eos_id)


GOOD = Encoded("a", [5, 6, 7, 1], 2, 0)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "there are no rows to train on"),
        ([GOOD, Encoded("b", [5, 6, 7], 2, 0)], "row b does not end with the token"),
        ([GOOD, Encoded("b", [5, 6, 1], 2, 0)], "row b has no target token left to learn"),
        ([GOOD, Encoded("b", [5, 6, 1], 3, 0)], "row b has no target token left to learn"),
        ([GOOD, Encoded("b", [5, 1], 0, 0)], "row b has an empty prompt"),
        ([GOOD, Encoded("b", [], 0, 0)], "row b does not end with the token"),
    ],
)
def test_rows_that_cannot_be_trained_on_are_refused(chatml, rows, message):
    refused(message, check_targets, rows, 1)
    check_targets([GOOD], 1)
    check_targets([encoded(chatml, example) for example in toys.examples(6)], chatml.eos_id())


LENGTHS = [((number * 37) % 101) + 5 for number in range(203)]


def test_rows_of_similar_length_share_a_batch():
    def padding(batches):
        return sum(
            max(lengths) * len(lengths) - sum(lengths) for lengths in ([LENGTHS[row] for row in b] for b in batches)
        )

    as_they_come = [list(range(at, min(at + 8, 203))) for at in range(0, 203, 8)]
    assert padding(epoch_batches(LENGTHS, 8, seed=1, epoch=0)) < padding(as_they_come) / 3
    assert padding(length_batches(LENGTHS, 8)) < padding(as_they_come) / 20


def test_the_seed_fixes_the_order_and_each_epoch_has_its_own():
    batches = epoch_batches(LENGTHS, 8, seed=1, epoch=0)
    assert sorted(row for batch in batches for row in batch) == list(range(203))
    assert sorted(map(len, batches)) == [3] + [8] * 25
    assert batches == epoch_batches(LENGTHS, 8, 1, 0)
    assert batches != epoch_batches(LENGTHS, 8, 1, 1)
    assert batches != epoch_batches(LENGTHS, 8, 2, 0)
    # Rows 1 and 3 are the shortest: one batch, which the seed puts first or last.
    orders = [epoch_batches([5, 3, 9, 4], 2, seed, epoch=0) for seed in range(8)]
    assert {str(order) for order in orders} == {"[[1, 3], [0, 2]]", "[[0, 2], [1, 3]]"}
