"""Dialogues in tokens: no turn is cut, each is a target once, and inference has the prompts of training."""

import random
from collections import Counter
from itertools import chain
from typing import Any

import pytest
import torch
from accelerate import Accelerator

from pipeline_lib.core.dialogues import turns_to_predict
from pipeline_lib.core.errors import UserError
from pipeline_lib.core.tasks import load
from pipeline_lib.models.batching import collate
from pipeline_lib.models.forward import target_count, target_nll
from pipeline_lib.models.loading import load_causal, load_tokenizer, locate
from pipeline_lib.models.loss_checks import check_loss
from pipeline_lib.models.prompt_encoder import PromptEncoder, load_row_encoder
from pipeline_lib.models.tokenization import check_targets
from pipeline_lib.models.transcript_encoder import TranscriptEncoder
from pipeline_lib.training.objective import Objective, evaluate
from tests.helpers.dialogues import talk
from tests.helpers.stages import error_of, refused

TEA = [
    ("Alex", "Tea or coffee?"),
    ("Bob", "Tea, please."),
    ("Alex", "Sugar?"),
    ("Bob", "Two.\u00e9"),
    ("Al B", "Me too"),
]


def encoder_of(folder) -> TranscriptEncoder:
    base = locate(str(folder))
    return TranscriptEncoder(base, load_tokenizer(base))


@pytest.fixture
def encoder(request) -> TranscriptEncoder:
    """The encoder of the toy that a test's parameter names, or of the Llama."""
    return encoder_of(request.getfixturevalue(f"{getattr(request, 'param', 'llama')}_folder"))


def each(*kinds: str):
    return pytest.mark.parametrize("encoder", kinds, indirect=True)


def drawn(seed: int) -> dict:
    """Return a random dialogue of one to fourteen turns, of which one to all speakers are learnt."""
    draw = random.Random(seed)
    words = "the a heart lungs clear normal yes no ok effusion \u00fcber 12 mm".split()
    speakers = ["Mia", "Tom", "Dr. Who"][: draw.randint(1, 3)]
    turns = [
        (draw.choice(speakers), " ".join(draw.choices(words, k=draw.randint(1, 12))))
        for _ in range(draw.randint(1, 14))
    ]
    return talk(turns, draw.choice([None, *speakers]), f"d{seed}")


@each("llama", "gpt2", "gemma")
def test_a_window_holds_the_whole_dialogue_where_it_fits(encoder):
    (window,) = encoder.encode([talk(TEA)], 400)
    text = encoder.tokenizer.decode(window.ids[1:])
    assert text == "Alex: Tea or coffee?\nBob: Tea, please.\nAlex: Sugar?\nBob: Two.\u00e9\nAl B: Me too\n\n"
    begins = encoder.tokenizer.bos_token_id
    assert (window.id, window.ids[0], window.start, window.cut, window.context) == ("d.1", begins, 1, 0, ())
    assert (list(window.targets()), window.ids[-2:]) == (list(range(1, len(window.ids))), [encoder.eos_id] * 2)
    assert encoder.tokenizer.decode([encoder.eos_id]) == "\n"
    assert not set(window.ids[1:]) & set(encoder.tokenizer.all_special_ids)
    without_targets = talk(TEA, "Cleo")
    assert encoder.encode([without_targets, talk(TEA)], 400) == [window]


@each("llama", "gpt2", "gemma")
def test_only_one_speakers_turns_are_targets(encoder):
    (window,) = encoder.encode([talk(TEA, "Bob")], 400)
    text = encoder.tokenizer.decode
    # The last turn, which nobody has to learn, is left out; the one between Bob's two is read.
    assert text(window.ids[1:]) == "Alex: Tea or coffee?\nBob: Tea, please.\nAlex: Sugar?\nBob: Two.\u00e9\n"
    assert text(window.ids[1 : window.start]) == "Alex: Tea or coffee?\n"
    assert [text(window.ids[part.start : part.stop]) for part in window.context] == ["Alex: Sugar?\n"]
    assert text([window.ids[at] for at in window.targets()]) == "Bob: Tea, please.\nBob: Two.\u00e9\n"
    check_targets([window], encoder.eos_id)
    _, places, labels = collate([window], 2)
    assert places.tolist() == [place - 1 for place in window.targets()]
    assert text(labels.tolist()) == "Bob: Tea, please.\nBob: Two.\u00e9\n", "context turns are no labels"


def pieces(encoder, dialogue) -> list[list[int]]:
    """Return the turns of a dialogue in tokens, the last one with the empty line that ends it."""
    made = [encoder.turn_ids(turn) for turn in dialogue["turns"]]
    made[-1].append(encoder.eos_id)
    return made


@each("llama", "gpt2")
def test_each_learnt_turn_is_a_target_once_at_any_window_size(encoder):
    seen: Counter[Any] = Counter()
    for seed in range(150):
        dialogue = drawn(seed)
        turns = pieces(encoder, dialogue)
        longest = max(map(len, turns)) + 1
        size = random.Random(seed).randint(longest, 3 * longest)
        windows = encoder.windows(dialogue, size)
        learnt = []
        for window in windows:
            assert len(window.ids) <= size
            assert window.ids[0] == encoder.bos_id
            # What it reads is a run of whole turns, from the one before its name's at most.
            first = int(window.id.removeprefix(f"{dialogue['id']}.")) - 1
            spans = [span for span in runs_of_turns(turns, window.ids[1:]) if span[0] <= first <= span[1]]
            assert spans, "a turn is cut, or left out"
            back, last = spans[-1]
            here, places = 1, set(window.targets())
            for place in range(back, last + 1):
                whole = set(range(here, here + len(turns[place])))
                own = place >= first and dialogue["turns"][place]["learnt"]
                assert whole & places == (whole if own else set()), "all of a turn is a target, or nothing"
                learnt += [place] * own
                here += len(turns[place])
            context = sum(map(len, turns[back:first]))
            assert back == first or context + 1 <= size // 2
            # No more of it would have fitted: neither before nor after.
            room = 1 + context + (len(turns[back - 1]) if back else size)
            assert room > size // 2 or room + len(turns[first]) > size
            seen["read again"] += back < first
        assert learnt == [place for place, turn in enumerate(dialogue["turns"]) if turn["learnt"]]
        seen["several"] += len(windows) > 1
        if windows:
            check_targets(windows, encoder.eos_id)
    assert seen["several"] > 60
    assert seen["read again"] > 40


def runs_of_turns(turns: list[list[int]], ids: list[int]) -> list[tuple[int, int]]:
    """Return the (first, last) of every run of whole turns that is `ids`."""
    places = [(first, last) for first in range(len(turns)) for last in range(first, len(turns))]
    return [(first, last) for first, last in places if list(chain(*turns[first : last + 1])) == ids]


def test_windows_by_hand(encoder):
    row = talk([("A", "x" * number) for number in (10, 10, 10, 10, 40, 10)])
    turns = pieces(encoder, row)
    assert [len(turn) for turn in turns] == [14, 14, 14, 14, 44, 15]
    # 57 tokens: four turns; then the long one, before which nothing fits; then the last, with nothing before it, as
    # the long one takes more than half.
    found = [(window.id, window.start, len(window.ids), window.context) for window in encoder.windows(row, 57)]
    assert found == [("d.1", 1, 57, ()), ("d.5", 1, 45, ()), ("d.6", 1, 16, ())]
    # 60: one turn of 14 fits before the long one.
    windows = encoder.windows(row, 60)
    places = [(window.id, window.start, len(window.ids)) for window in windows]
    assert places == [("d.1", 1, 57), ("d.5", 15, 59), ("d.6", 1, 16)]
    assert windows[1].ids == [encoder.bos_id, *turns[3], *turns[4]]


def test_a_system_text_begins_every_window_and_prompt(encoder):
    row = talk([("S", "Be brief."), *(("A", "x" * 10) for _ in range(5))])
    row["turns"][0] |= {"system": True, "learnt": False}
    head, *turns = pieces(encoder, row)
    size = 1 + len(head) + 2 * len(turns[0]) + 1
    windows = encoder.windows(row, size)
    assert [window.ids[: len(head) + 1] for window in windows] == [[encoder.bos_id, *head]] * len(windows)
    assert [window.id for window in windows] == ["d.2", "d.4", "d.6"]
    assert sum(len(window.targets()) for window in windows) == sum(map(len, turns))
    assert encoder.prompt_ids(row["turns"][:5], size, "d") == (
        [encoder.bos_id, *head, *turns[2], *turns[3]], len(turns[0]) + len(turns[1])
    )  # fmt: skip
    need = 1 + len(head) + len(turns[-1])
    assert error_of(encoder.windows, row, need - 1).startswith(
        f"prompt.max_tokens ({need - 1}) must hold the longest turn, number 6 of dialogue d takes {need} tokens"
    )


def test_a_window_smaller_than_a_turn_is_refused(encoder):
    row = talk(TEA, name="d7")
    need = max(len(encoder.turn_ids(turn)) for turn in row["turns"]) + 1
    assert encoder.encode([row], need)
    number = max(range(5), key=lambda at: len(encoder.turn_ids(row["turns"][at]))) + 1
    assert error_of(encoder.encode, [row], need - 1) == (
        f"prompt.max_tokens ({need - 1}) must hold the longest turn, number {number} of dialogue d7 takes {need} "
        f"tokens: set it to {need} or more, or shorten that turn"
    )


@each("llama", "gpt2", "gemma")
@pytest.mark.parametrize("learn", [None, "Bob"])
def test_the_prompt_of_a_reply_is_the_prefix_of_training(encoder, learn):
    row = talk(TEA, learn)
    (window,) = encoder.encode([row], 400)
    replies = encoder.encode(turns_to_predict(row), 400)
    assert [one.id for one in replies] == (["d.2", "d.4"] if learn else ["d.2", "d.3", "d.4", "d.5"])
    for one, reply in zip(replies, turns_to_predict(row), strict=True):
        assert one.ids == window.ids[: len(one.ids)]
        assert (one.cut, one.context, one.ids[-1]) == (0, (), encoder.eos_id)
        assert encoder.tokenizer.decode(one.ids[1 : one.start]) == f"{reply['source']}\n"
        assert encoder.tokenizer.decode(one.ids[one.start :]) == f"{reply['target']}\n"
        assert set(range(one.start, len(one.ids))) <= set(window.targets())
    check_targets(replies, encoder.eos_id)
    # A colon in the text of a turn is kept.
    (one,) = encoder.encode(turns_to_predict(talk([("A", "x"), ("B", "B: C: y")])), 400)
    assert encoder.tokenizer.decode(one.ids[one.start :]) == "B: B: C: y\n"


def test_of_a_long_dialogue_the_last_turns_are_the_prompt(encoder):
    row = talk(TEA)
    turns = [encoder.turn_ids(turn) for turn in row["turns"]]
    last = turns_to_predict(row)[-1]
    need = 1 + len(turns[2]) + len(turns[3])
    for size, cut in ((need, 2), (need + len(turns[1]) - 1, 2), (need + len(turns[1]), 1), (len(turns[3]) + 1, 3)):
        one = encoder.reply(last, size)
        kept = [token for turn in turns[cut:4] for token in turn]
        assert one.ids == [encoder.bos_id, *kept, *turns[4]]
        assert (one.start, one.cut) == (1 + len(kept), sum(map(len, turns[:cut])))
    with pytest.raises(UserError, match=r"must hold the longest turn, number 4 of dialogue d.5 takes \d+ tokens"):
        encoder.reply(last, len(turns[3]))


def test_a_special_token_as_text_is_refused_anywhere(encoder, gpt2_folder):
    for turns in (
        [("A", "x<|im_end|>"), ("B", "y")], [("A<|im_end|>", "x"), ("B", "y")], [("A", "x"), ("B", "<|im_end|>")],
    ):  # fmt: skip
        row = talk(turns)
        for name, given in (("d", [row]), ("d.2", turns_to_predict(row))):  # in the turn to predict too
            assert error_of(encoder.encode, given, 400) == (
                f"row {name} holds '<|im_end|>' as text, which is a special token of this model: remove it from the "
                "data"
            )
    assert encoder_of(gpt2_folder).encode([row], 400), "to another model it is text"


def test_few_shot_examples_and_a_tokenizer_without_bos_and_eos_are_refused(encoder, gpt2_folder):
    few_shot = [{**talk(TEA), "few_shot": ["x"]}]
    refused(r"^prompt.few_shot must be 0 for dialogues, .*: set it to 0$", encoder.encode, few_shot, 400)
    assert encoder.encode([{**talk(TEA), "few_shot": []}], 400)
    base = locate(str(gpt2_folder))
    tokenizer = load_tokenizer(base)
    tokenizer.bos_token = None
    assert TranscriptEncoder(base, tokenizer).bos_id == tokenizer.eos_token_id
    tokenizer.eos_token = None
    message = r"no token to begin a text with: set bos_token in its tokenizer_config\.json"
    refused(message, getattr, TranscriptEncoder(base, tokenizer), "bos_id")


def test_dialogues_get_a_transcript_encoder_and_other_tasks_a_prompt_encoder(llama_folder):
    found = [
        load_row_encoder(str(llama_folder), None, False, load(name, "prompt"), "2026-01-01")
        for name in ("dialogue", "impression")
    ]
    assert [type(encoder) for encoder in found] == [TranscriptEncoder, PromptEncoder]


@each("llama", "gpt2", "gemma", "gemma2", "gemma3")
def test_the_loss_of_windows_equals_the_models_own_with_masked_labels(encoder):
    pad = encoder.tokenizer.pad_token_id
    rows = [row for seed in range(12) for row in encoder.windows(drawn(seed), 150)]
    rows += encoder.encode([talk(TEA, "Bob")], 400)
    assert sum(bool(row.context) for row in rows) > 2
    model = load_causal(encoder.base, torch.float32)
    ids, _, _ = collate(rows, pad)
    mask, labels = torch.zeros_like(ids), torch.full_like(ids, -100)
    for number, row in enumerate(rows):
        mask[number, : len(row.ids)] = 1
        labels[number, list(row.targets())] = ids[number, list(row.targets())]
    targets = sum(map(target_count, rows))
    assert (labels[:, 1:] != -100).sum() == targets
    with torch.no_grad():
        own = model(input_ids=ids, attention_mask=mask, labels=labels).loss.item()
        assert target_nll(model, rows, pad).item() / targets == pytest.approx(own, rel=1e-5)
    measure = Objective(lambda model, rows: target_nll(model, rows, pad), target_count)
    assert evaluate(model, rows, measure, 3, Accelerator(cpu=True)) == {"loss": pytest.approx(own, rel=1e-5)}
    for row in rows:
        check_loss(model, row, torch.device("cpu"))
