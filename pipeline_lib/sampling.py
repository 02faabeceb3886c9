"""What a model says when it draws its next token by chance, as people have it speak: one token at a time."""

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

from pipeline_lib.decoding import hidden_after
from pipeline_lib.dialogues import Turn, spoken
from pipeline_lib.forward import logits
from pipeline_lib.transcripts import TranscriptReader


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
def draw(model: Any, ids: Sequence[int], how: Sampling, generator: torch.Generator, stop: set[int]) -> Iterator[int]:
    """Yield the tokens that are drawn after `ids`, until one of `stop`, which is yielded too, or how.max_new_tokens.

    The same generator, at the same place, draws the same tokens; draws are made on the processor.
    """
    processors = how.processors()
    cache = DynamicCache(config=model.config)
    whole = torch.tensor([list(ids)], device=model.device)
    new = whole
    for _ in range(how.max_new_tokens):
        mask = torch.ones_like(whole)
        scores: Any = processors(
            cast(torch.LongTensor, whole), logits(model, hidden_after(model, new, mask, cache)[:, -1])
        )  # (1, V)
        if how.temperature > 0:
            shares = scores.float().softmax(-1).cpu()
            token = int(torch.multinomial(shares, 1, generator=generator))
        else:
            token = int(scores.argmax(-1))
        yield token
        if token in stop:
            return
        new = torch.tensor([[token]], device=model.device)
        whole = torch.cat([whole, new], 1)


def next_turn(
    model: Any,
    reader: TranscriptReader,
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
    context = getattr(model.config, "max_position_embeddings", None)
    room = min(size, context - len(said) - how.max_new_tokens) if context else size
    ids, _ = reader.prompt_ids(turns, room, "so far")
    shown = f"{speaker}:" if speaker else ""
    if shown:
        yield shown
    stop = {reader.closing, reader.tokenizer.eos_token_id}
    for token in draw(model, [*ids, *said], how, generator, stop):
        if token in stop:
            break
        said.append(token)
        # Spaces as they are: tidied up, a text may no longer begin with what was shown of it.
        text = reader.tokenizer.decode(said, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        if text.startswith(shown) and not text.endswith("\ufffd"):  # a letter may take several tokens
            yield text[len(shown) :]
            shown = text


def converse(
    model: Any,
    reader: TranscriptReader,
    opening: Sequence[Turn],
    how: Sampling,
    *,
    seed: int,
    turns: int,
    size: int,
) -> list[Turn]:
    """Return a conversation that goes on from `opening`, with up to `turns` turns more, all of them the model's.

    It ends where the model ends it. A line without a label comes back with the speaker "?".
    """
    generator = torch.Generator().manual_seed(seed)
    said = list(opening)
    for _ in range(turns):
        told = "".join(next_turn(model, reader, said, how, generator, size=size)).strip()
        if not told:
            break
        speaker, text = spoken(told)
        said.append({"speaker": speaker or "?", "text": text})
    return said
