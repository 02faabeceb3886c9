"""Sampling: greedy at temperature 0, transformers' own distribution, the same draws for the same seed."""

import math
from collections import Counter
from itertools import pairwise
from typing import Any

import pytest
import torch

from pipeline_lib.core.dialogues import split_label, turn_line
from pipeline_lib.inference import sampling
from pipeline_lib.inference.generation import generate
from pipeline_lib.inference.sampling import Sampling, next_turn, sample_dialogue, sample_tokens
from pipeline_lib.models.loading import load_causal, load_tokenizer, locate
from pipeline_lib.models.transcript_encoder import TranscriptEncoder
from tests.helpers import toys
from tests.helpers.stages import refused

KINDS = ["llama", "gpt2", "gemma", "gemma2", "gemma3"]
PLAIN: dict[str, Any] = {"repetition_penalty": 1, "temperature": 0, "top_k": 0, "top_p": 1, "max_new_tokens": 12}
GREEDY, LONG = Sampling(**PLAIN), Sampling(**PLAIN | {"max_new_tokens": 99})
WILD = Sampling(repetition_penalty=1.2, temperature=0.9, top_k=40, top_p=0.95, max_new_tokens=12)
TALK = [{"speaker": "Mia", "text": "Is the heart normal?"}, {"speaker": "Tom", "text": "Yes. The lungs are clear."}]


def processed(settings, ids, logits):
    """Return the logits that are drawn from."""
    return settings.processors()(ids, logits)


def loaded(folder):
    base = locate(str(folder))
    return load_causal(base, torch.float32), TranscriptEncoder(base, load_tokenizer(base))


@pytest.fixture
def toy(llama_folder):
    return loaded(llama_folder)


def seeded(seed=1):
    return torch.Generator().manual_seed(seed)


def tokens(model, ids, how, stop=(), seed=1) -> list[int]:
    return [step[0] for step in sample_tokens(model, [ids], how, [seeded(seed)], set(stop))]


def turn(model, encoder, how=GREEDY, turns=TALK, most=400, speaker="") -> list[str]:
    """Return the pieces of the next turn."""
    return list(next_turn(model, encoder, turns, how, seeded(), max_prompt=most, speaker=speaker))


class FixedOutput(torch.nn.Module):
    """An output layer that gives `ids` one after the other for any input, and then the last one again."""

    def __init__(self, ids, size):
        super().__init__()
        self.ids, self.size, self.calls = ids, size, 0

    def forward(self, hidden):
        logits = torch.zeros(*hidden.shape[:-1], self.size)
        logits[..., self.ids[min(self.calls, len(self.ids) - 1)]] = 50.0
        self.calls += 1
        return logits


def generating(model, encoder, *texts):
    """Make the model generate `texts` token by token; a text "\\n" is the token that ends a turn."""
    ids = [token for text in texts for token in encoder.tokenizer(text, add_special_tokens=False)["input_ids"]]
    model.set_output_embeddings(FixedOutput(ids, len(encoder.tokenizer)))
    return model


@pytest.mark.parametrize("kind", KINDS)
def test_temperature_0_is_greedy_decoding(kind, request):
    model, encoder = loaded(request.getfixturevalue(f"{kind}_folder"))
    ids, _ = encoder.prompt_ids(TALK, 400, "d")
    how = {"eos_id": encoder.eos_id, "max_new_tokens": 12, "batch_size": 1}
    ((_, expected),) = generate(model, encoder.tokenizer, [(ids, [])], **how)
    found = "".join(turn(model, encoder))
    assert found.strip() == expected.text.rstrip("\ufffd"), "half a letter at its end is none"
    plain = tokens(model, ids, GREEDY)
    assert len(plain) == 12
    assert tokens(model, ids, GREEDY, seed=2) == plain, "nothing is drawn"
    if kind != "gemma2":  # its capped logits are often equal; else the most probable is the only candidate
        for one in ({"top_k": 1}, {"top_p": 1e-6}, {"temperature": 1e-3}):
            assert tokens(model, ids, Sampling(**PLAIN | {"temperature": 1.5} | one)) == plain


def test_the_seed_fixes_what_is_drawn(toy):
    model, encoder = toy
    ids, _ = encoder.prompt_ids(TALK, 400, "d")
    torch.manual_seed(5)
    first = tokens(model, ids, WILD, seed=3)
    torch.manual_seed(6)
    assert tokens(model, ids, WILD, seed=3) == first
    assert tokens(model, ids, WILD, seed=4) != first
    made = [sample_dialogue(model, encoder, [TALK], WILD, seed=seed, turns=4, max_prompt=400)[0] for seed in (1, 1, 2)]
    assert made[0] == made[1]
    assert made[0] != made[2]
    assert made[0][:2] == TALK
    assert len({turn_line(turn) for turn in made[0]}) == len(made[0])
    assert any(one != other for one, other in pairwise(made[0]))


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"temperature": 0.7},
        {"temperature": 1.7, "top_k": 20},
        {"top_p": 0.8},
        {"repetition_penalty": 1.3},
        {"repetition_penalty": 1.1, "temperature": 0.7, "top_k": 50, "top_p": 0.95},
        {"repetition_penalty": 1.8, "temperature": 0.4, "top_k": 7, "top_p": 0.6},
    ],
)
def test_the_distribution_of_a_step_equals_that_of_generate(toy, settings):
    model, encoder = toy
    with torch.no_grad():
        for weight in model.parameters():
            weight.mul_(1.3)  # likelier and less likely tokens
    ids, _ = encoder.prompt_ids(TALK, 400, "d")
    whole, how = torch.tensor([ids]), PLAIN | {"temperature": 1.0, "max_new_tokens": 1} | settings
    theirs = model.generate(
        whole, attention_mask=torch.ones_like(whole), do_sample=True, output_scores=True, return_dict_in_generate=True,
        **how | {"repetition_penalty": float(how["repetition_penalty"])},
    )  # fmt: skip
    with torch.no_grad():
        ours = processed(Sampling(**how), whole, model(whole).logits[:, -1])
    assert torch.equal(torch.isinf(ours), torch.isinf(theirs.scores[0]))
    assert torch.allclose(ours.softmax(-1), theirs.scores[0].softmax(-1), atol=1e-6)
    if "top_k" in settings:
        assert 1 < torch.isfinite(ours).sum() <= settings["top_k"]


def test_draws_follow_the_distribution(toy):
    model, encoder = toy
    ids, _ = encoder.prompt_ids(TALK, 400, "d")
    how = Sampling(**PLAIN | {"temperature": 0.8, "top_k": 4, "max_new_tokens": 1})
    with torch.no_grad():
        scores = processed(how, torch.tensor([ids]), model(torch.tensor([ids])).logits[:, -1])
    shares = {token: share for token, share in enumerate(scores.softmax(-1)[0].tolist()) if share > 0}
    assert len(shares) == 4
    generator = seeded(0)
    found = Counter(step[0] for _ in range(300) for step in sample_tokens(model, [ids], how, [generator], set()))
    assert set(found) <= set(shares)
    for token, share in shares.items():
        assert abs(found[token] / 300 - share) < 4 * math.sqrt(share * (1 - share) / 300), "within four deviations"


def test_the_repetition_penalty_counts_all_tokens_so_far(toy):
    """The result with the cache equals that of full passes, and generated tokens are penalised."""
    model, encoder = toy
    ids, _ = encoder.prompt_ids(TALK, 400, "d")
    how = Sampling(**PLAIN | {"repetition_penalty": 1.5, "max_new_tokens": 10})
    whole = list(ids)
    with torch.no_grad():
        for _ in range(10):
            scores = processed(how, torch.tensor([whole]), model(torch.tensor([whole])).logits[:, -1])
            whole.append(int(scores.argmax(-1)))
    assert tokens(model, ids, how) == whole[len(ids) :]
    assert tokens(model, ids, how) != tokens(model, ids, GREEDY)[:10]


def test_sampling_ends_at_a_stop_token(toy):
    model, encoder = toy
    ids = [encoder.bos_id, 40]
    generating(model, encoder, "abcdef")
    letters = encoder.tokenizer("abcdef", add_special_tokens=False)["input_ids"]
    assert tokens(model, ids, GREEDY, {letters[2]}) == letters[:3], "the one it stops at is said"
    generating(model, encoder, "abcdef")
    assert tokens(model, ids, GREEDY) == [*letters, *[letters[-1]] * 12][:12]


@pytest.mark.parametrize("kind", KINDS)
def test_texts_in_a_batch_are_drawn_as_alone(kind, request):
    model, encoder = loaded(request.getfixturevalue(f"{kind}_folder"))
    ids, _ = encoder.prompt_ids(TALK, 400, "d")
    texts = [ids, ids[: len(ids) // 2], ids[:3]]
    stop = {tokens(model, texts[1], WILD, seed=1)[3]}  # one that ends leaves the others as they were
    alone = [tokens(model, one, WILD, stop, seed) for seed, one in enumerate(texts)]
    together: list[list[int]] = [[], [], []]
    for step in sample_tokens(model, texts, WILD, [seeded(seed) for seed in range(3)], stop):
        for number, token in step.items():
            together[number].append(token)
    assert together == alone
    assert len(set(map(len, alone))) > 1


def test_a_turn_ends_at_a_line_break_or_the_end_of_the_text_or_is_cut(toy):
    model, encoder = toy
    for closing in ("\n", encoder.tokenizer.eos_token):
        generating(model, encoder, "Mia: The heart", closing, "no more")
        found = turn(model, encoder, Sampling(**PLAIN | {"temperature": 1, "max_new_tokens": 99}))
        assert "".join(found) == "Mia: The heart"
    generating(model, encoder, "\n")
    assert turn(model, encoder, WILD) == [], "here the dialogue ends"
    generating(model, encoder, "Mia: abcdefghij")
    ids = encoder.tokenizer("Mia: abcdefghij", add_special_tokens=False)["input_ids"]
    assert "".join(turn(model, encoder)) == encoder.tokenizer.decode(ids[:12])


@pytest.mark.parametrize("speaker", ["", "Mia", "Dr. Who"])
def test_pieces_are_the_new_text_of_each_step(toy, speaker):
    model, encoder = toy
    text = " Ü\u00f1\u4e16 \U0001f600 .ok ,no"
    generating(model, encoder, text if speaker else f"Tom:{text}", "\n")
    pieces = turn(model, encoder, LONG, speaker=speaker)
    assert "".join(pieces) == f"{speaker or 'Tom'}:{text}"
    assert len(pieces) > 8
    assert all(pieces)
    assert not any("\ufffd" in piece for piece in pieces), "half a letter is waited for"
    if speaker:
        assert pieces[0] == f"{speaker}:"


def test_spaces_before_punctuation_are_kept(toy):
    # The text then shrinks as it grows, and what was shown is no beginning of it.
    model, encoder = toy
    encoder.tokenizer.clean_up_tokenization_spaces = True
    encoder.tokenizer.clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output = True
    assert encoder.tokenizer.decode(encoder.tokenizer("yes .")["input_ids"]) == "yes."
    generating(model, encoder, "Tom: yes . do n't", "\n")
    assert "".join(turn(model, encoder, LONG)) == "Tom: yes . do n't"


def test_the_model_reads_the_last_turns_and_the_label(toy, monkeypatch):
    model, encoder = toy
    read: Any = []
    monkeypatch.setattr(sampling, "sample_tokens", lambda model, texts, *_: read.extend(texts) or iter(()))
    turns = [encoder.turn_ids(one) for one in TALK]
    turn(model, encoder, speaker="Mia")
    turn(model, encoder, most=1 + len(turns[1]))
    assert read[0] == [encoder.bos_id, *turns[0], *turns[1], *encoder.label_ids("Mia")]
    assert read[1] == [encoder.bos_id, *turns[1]]
    message = r"prompt.max_tokens \(20\) must hold the longest turn, number 2 of dialogue so"
    refused(message, turn, model, encoder, most=20)


def test_a_turn_fits_the_context_after_a_long_dialogue(tmp_path):
    # GPT-2 has a table of positions, and beyond its end there is nothing.
    model, encoder = loaded(toys.write_gpt2(tmp_path / "short-gpt2", positions=90))
    long = TALK * 3
    assert len(encoder.prompt_ids(long, 400, "d")[0]) > 90
    for speaker in ("", "Mia"):
        assert "".join(turn(model, encoder, turns=long, speaker=speaker)).startswith(speaker)


def test_a_dialogue_is_sampled_until_it_ends(toy):
    model, encoder = toy
    texts = ["Tom: A heart.\n", "Mia: Yes: one.\n", "no label\n"]
    how = Sampling(**PLAIN | {"temperature": 1, "max_new_tokens": 40})
    generating(model, encoder, *texts, "Tom:\n", "\n", "Mia: never said\n")
    (sampled,) = sample_dialogue(model, encoder, [TALK[:1]], how, seed=1, turns=9, max_prompt=400)
    assert sampled[0] == TALK[0]
    assert [(one["speaker"], one["text"]) for one in sampled[1:]] == [
        ("Tom", "A heart."), ("Mia", "Yes: one."), ("?", "no label"), ("Tom", ""),
    ]  # fmt: skip
    generating(model, encoder, *texts)
    (sampled,) = sample_dialogue(model, encoder, [TALK[:1]], how, seed=1, turns=2, max_prompt=400)
    assert len(sampled) == 3, "no more than so many"


def test_a_dialogue_does_not_depend_on_the_batch(toy):
    model, encoder = toy
    openings, how = [TALK, TALK[:1], TALK * 2], {"seed": 5, "turns": 4, "max_prompt": 400}
    together = sample_dialogue(model, encoder, openings, WILD, **how)
    assert together == [sample_dialogue(model, encoder, [one], WILD, **how)[0] for one in openings]
    generator, turns = seeded(5), list(TALK)
    for one in together[0][2:]:
        text = "".join(next_turn(model, encoder, turns, WILD, generator, max_prompt=400))
        assert split_label(text.strip()) in ((one["speaker"], one["text"]), ("", one["text"]))
        turns.append(one)
    assert sample_dialogue(model, encoder, [], WILD, **how) == []
