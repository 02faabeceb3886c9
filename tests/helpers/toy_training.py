"""Rows in tokens, the language model's objective, and the weights that were trained, for tests of training."""

from functools import partial

import torch

from pipeline_lib.models.forward import target_count, target_nll
from pipeline_lib.models.loading import load_tokenizer, locate
from pipeline_lib.models.tokenization import Encoded, PromptTemplate, encode
from pipeline_lib.tasks.impression import prompt as impression_prompt
from pipeline_lib.training.objective import Objective
from tests.helpers import toys


def encoded(folder, number: int) -> list[Encoded]:
    words = PromptTemplate(load_tokenizer(locate(str(folder))), impression_prompt.prompt, impression_prompt.CUE)
    return [encode(example, words, words.eos_id(), 400) for example in toys.examples(number)]


def objective(pad_id: int = 2) -> Objective:
    return Objective(partial(target_nll, pad_id=pad_id), target_count)


def learnt(model) -> dict[str, torch.Tensor]:
    return {name: weight.detach().clone() for name, weight in model.named_parameters() if weight.requires_grad}
