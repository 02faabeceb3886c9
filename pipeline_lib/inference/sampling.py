"""Sampling: tokens drawn at random, one turn of a dialogue or a dialogue of several turns.

Several texts are continued together, each with a random generator of its own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import torch
from transformers import (
    DynamicCache,
    LogitsProcessorList,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from pipeline_lib.core.dialogues import Turn, split_label
from pipeline_lib.inference.decoding import hidden_after, next_tokens, padded
from pipeline_lib.models.transcript_encoder import TranscriptEncoder


@dataclass(frozen=True)
class Sampling:
    """How tokens are drawn: transformers' own definitions, applied in this order."""

    repetition_penalty: float  # 1 is off; makes the tokens of the text so far less probable (Keskar et al. 2019)
    temperature: float  # 0 always takes the most probable token
    top_k: int  # a draw is among this many most probable tokens; 0 is all
    top_p: float  # and among the fewest tokens that together have this probability (Holtzman et al. 2020)
    max_new_tokens: int  # of a turn

    def processors(self) -> LogitsProcessorList:
        """Return the changes of the logits before a draw."""
        processors = LogitsProcessorList()
        if self.repetition_penalty != 1:
            processors.append(RepetitionPenaltyLogitsProcessor(self.repetition_penalty))
        if self.temperature > 0:
            if self.temperature != 1:
                processors.append(TemperatureLogitsWarper(self.temperature))
            if self.top_k:
                processors.append(TopKLogitsWarper(self.top_k))
            if self.top_p < 1:
                processors.append(TopPLogitsWarper(self.top_p))
        return processors


@torch.inference_mode()
def sample_tokens(
    model: Any,
    prompts: Sequence[Sequence[int]],
    sampling: Sampling,
    generators: Sequence[torch.Generator],
    stop: set[int],
) -> Iterator[dict[int, int]]:
    """Yield at each step {number of a prompt: the token drawn after it}, until all texts have ended.

    A text ends at a token of `stop`, which is yielded too, or after sampling.max_new_tokens. A generator in the same
    state draws the same tokens; draws are made on the CPU.
    """
    processors = sampling.processors()
    # Without padding, which the repetition penalty would count.
    texts = [torch.tensor([list(ids)], device=model.device) for ids in prompts]

    def choose(numbers: list[int], logits: torch.Tensor) -> list[int]:
        tokens = []
        for number, row in zip(numbers, logits.split(1), strict=True):
            text = texts[number]
            tokens.append(_draw(processors(cast(torch.LongTensor, text), row), sampling, generators[number]))
            texts[number] = torch.cat([text, text.new_tensor([[tokens[-1]]])], 1)
        return tokens

    cache = DynamicCache(config=model.config)
    ids, mask = padded([list(ids) for ids in prompts], 0, model.device, left=True)
    last = hidden_after(model, ids, mask, cache)[:, -1]
    yield from next_tokens(model, last, mask, cache, choose, stop, sampling.max_new_tokens)


def _draw(logits: torch.Tensor, sampling: Sampling, generator: torch.Generator) -> int:
    """Return a token drawn by its logits (1, V)."""
    if sampling.temperature > 0:
        return int(torch.multinomial(logits.float().softmax(-1).cpu(), 1, generator=generator))
    return int(logits.argmax(-1))


def next_turn(
    model: Any,
    encoder: TranscriptEncoder,
    turns: Sequence[Turn],
    sampling: Sampling,
    generator: torch.Generator,
    *,
    max_prompt: int,
    speaker: str = "",
) -> Iterator[str]:
    """Yield the text of the turn after `turns` in pieces, its label first; nothing where the dialogue ends.

    At most `max_prompt` tokens of the dialogue are read, fewer where the new turn would not fit the model after them.
    `speaker` is whose turn it is; "" leaves that to the model. The pieces joined are one line.
    """
    ids = encoder.label_ids(speaker) if speaker else []
    prompt = _prompt(model, encoder, turns, max_prompt, len(ids) + sampling.max_new_tokens)
    shown = f"{speaker}:" if speaker else ""
    if shown:
        yield shown
    stop = _stop_tokens(encoder)
    for step in sample_tokens(model, [[*prompt, *ids]], sampling, [generator], stop):
        if step[0] in stop:
            break
        ids.append(step[0])
        text = _text(encoder, ids)
        if text.startswith(shown) and not text.endswith("\ufffd"):  # a letter may take several tokens
            yield text[len(shown) :]
            shown = text


def sample_dialogue(
    model: Any,
    encoder: TranscriptEncoder,
    openings: Sequence[Sequence[Turn]],
    sampling: Sampling,
    *,
    seed: int,
    turns: int,
    max_prompt: int,
) -> list[list[Turn]]:
    """Return a dialogue for each opening: its turns, then up to `turns` turns of the model.

    A dialogue ends where the model ends it. A line without a label gets the speaker "?". All dialogues are computed
    together, each with the same seed; `max_prompt` as in next_turn.
    """
    generators = [torch.Generator().manual_seed(seed) for _ in openings]
    dialogues = [list(opening) for opening in openings]
    open_numbers, stop = list(range(len(openings))), _stop_tokens(encoder)
    for _ in range(turns):
        if not open_numbers:
            break
        prompts = [
            _prompt(model, encoder, dialogues[number], max_prompt, sampling.max_new_tokens) for number in open_numbers
        ]
        generated: list[list[int]] = [[] for _ in open_numbers]
        for step in sample_tokens(model, prompts, sampling, [generators[number] for number in open_numbers], stop):
            for place, token in step.items():
                if token not in stop:
                    generated[place].append(token)
        # An incomplete letter at the end of a line is removed.
        lines = {
            number: _text(encoder, ids).rstrip("\ufffd").strip()
            for number, ids in zip(open_numbers, generated, strict=True)
        }
        open_numbers = [number for number in open_numbers if lines[number]]
        for number in open_numbers:
            speaker, text = split_label(lines[number])
            dialogues[number].append({"speaker": speaker or "?", "text": text})
    return dialogues


def _prompt(model: Any, encoder: TranscriptEncoder, turns: Sequence[Turn], max_prompt: int, new: int) -> list[int]:
    """Return in tokens the last turns that fit `max_prompt`, and the model's positions with `new` tokens after them."""
    context = getattr(model.config, "max_position_embeddings", None)
    return encoder.prompt_ids(turns, min(max_prompt, context - new) if context else max_prompt, "so far")[0]


def _stop_tokens(encoder: TranscriptEncoder) -> set[int]:
    return {encoder.eos_id, encoder.tokenizer.eos_token_id}


def _text(encoder: TranscriptEncoder, ids: list[int]) -> str:
    # Without tidying up spaces: a longer text might then not begin with the pieces already shown.
    return encoder.tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)
