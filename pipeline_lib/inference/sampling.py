"""What a model says when it draws its next token by chance, as people have it speak: one token at a time.

Several texts go on together, each with a generator of its own.
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
    """How tokens are drawn: transformers' own definitions, in this order."""

    repetition: float  # 1 is none; tokens of the text so far are made less likely by it (Keskar et al. 2019)
    temperature: float  # 0 always takes the likeliest
    top_k: int  # drawn among so many of the likeliest; 0: all
    top_p: float  # and among the fewest that have this share of the probability (Holtzman et al. 2020)
    max_new_tokens: int  # a turn

    def processors(self) -> LogitsProcessorList:
        """Return what is done to the logits before a draw."""
        found = LogitsProcessorList()
        if self.repetition != 1:
            found.append(RepetitionPenaltyLogitsProcessor(self.repetition))
        if self.temperature > 0:
            if self.temperature != 1:
                found.append(TemperatureLogitsWarper(self.temperature))
            if self.top_k:
                found.append(TopKLogitsWarper(self.top_k))
            if self.top_p < 1:
                found.append(TopPLogitsWarper(self.top_p))
        return found


@torch.inference_mode()
def sample_tokens(
    model: Any,
    asked: Sequence[Sequence[int]],
    how: Sampling,
    generators: Sequence[torch.Generator],
    stop: set[int],
) -> Iterator[dict[int, int]]:
    """Yield step by step the token drawn after each of `asked`, by its number there: until no text goes on.

    One ends at a token of `stop`, which is yielded too, or after how.max_new_tokens. The same generator, at the same
    place, draws the same tokens; draws are made on the processor.
    """
    processors = how.processors()
    texts = [torch.tensor([list(ids)], device=model.device) for ids in asked]  # without padding: it was not said

    def choose(numbers: list[int], scores: torch.Tensor) -> list[int]:
        tokens = []
        for number, row in zip(numbers, scores.split(1), strict=True):
            text = texts[number]
            tokens.append(_drawn(processors(cast(torch.LongTensor, text), row), how, generators[number]))
            texts[number] = torch.cat([text, text.new_tensor([[tokens[-1]]])], 1)
        return tokens

    cache = DynamicCache(config=model.config)
    ids, mask = padded([list(ids) for ids in asked], 0, model.device, left=True)
    last = hidden_after(model, ids, mask, cache)[:, -1]
    yield from next_tokens(model, last, mask, cache, choose, stop, how.max_new_tokens)


def _drawn(scores: torch.Tensor, how: Sampling, generator: torch.Generator) -> int:
    """Return a token by its scores (1, V)."""
    if how.temperature > 0:
        return int(torch.multinomial(scores.float().softmax(-1).cpu(), 1, generator=generator))
    return int(scores.argmax(-1))


def next_turn(
    model: Any,
    reader: TranscriptEncoder,
    turns: Sequence[Turn],
    how: Sampling,
    generator: torch.Generator,
    *,
    size: int,
    speaker: str = "",
) -> Iterator[str]:
    """Yield the text of the turn after `turns`, piece by piece, its label first; nothing where the dialogue ends.

    `size` is how many tokens of the dialogue are read, fewer where the model could not read the new turn after them;
    `speaker` is whose turn it is: "" leaves that to the model. The pieces together are a line.
    """
    said = reader.label_ids(speaker) if speaker else []
    ids = _so_far(model, reader, turns, size, len(said) + how.max_new_tokens)
    shown = f"{speaker}:" if speaker else ""
    if shown:
        yield shown
    stop = _ends(reader)
    for step in sample_tokens(model, [[*ids, *said]], how, [generator], stop):
        if step[0] in stop:
            break
        said.append(step[0])
        text = _text(reader, said)
        if text.startswith(shown) and not text.endswith("\ufffd"):  # a letter may take several tokens
            yield text[len(shown) :]
            shown = text


def sample_dialogue(
    model: Any,
    reader: TranscriptEncoder,
    openings: Sequence[Sequence[Turn]],
    how: Sampling,
    *,
    seed: int,
    turns: int,
    size: int,
) -> list[list[Turn]]:
    """Return a conversation that goes on from each opening, with up to `turns` turns more, all of them the model's.

    It ends where the model ends it. A line without a label comes back with the speaker "?". All are read and drawn
    together, each by the same seed; `size` as in next_turn.
    """
    generators = [torch.Generator().manual_seed(seed) for _ in openings]
    found = [list(opening) for opening in openings]
    going, stop = list(range(len(openings))), _ends(reader)
    for _ in range(turns):
        if not going:
            break
        asked = [_so_far(model, reader, found[number], size, how.max_new_tokens) for number in going]
        said: list[list[int]] = [[] for _ in going]
        for step in sample_tokens(model, asked, how, [generators[number] for number in going], stop):
            for place, token in step.items():
                if token not in stop:
                    said[place].append(token)
        # Half a letter at its end is none.
        told = {number: _text(reader, ids).rstrip("\ufffd").strip() for number, ids in zip(going, said, strict=True)}
        going = [number for number in going if told[number]]
        for number in going:
            speaker, text = split_label(told[number])
            found[number].append({"speaker": speaker or "?", "text": text})
    return found


def _so_far(model: Any, reader: TranscriptEncoder, turns: Sequence[Turn], size: int, new: int) -> list[int]:
    """Return in tokens the last turns that fit `size`, and the model's positions with `new` tokens after them."""
    context = getattr(model.config, "max_position_embeddings", None)
    return reader.prompt_ids(turns, min(size, context - new) if context else size, "so far")[0]


def _ends(reader: TranscriptEncoder) -> set[int]:
    return {reader.closing, reader.tokenizer.eos_token_id}


def _text(reader: TranscriptEncoder, ids: list[int]) -> str:
    # Spaces as they are: tidied up, a text may no longer begin with what was shown of it.
    return reader.tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)
