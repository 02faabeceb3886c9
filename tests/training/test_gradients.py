"""The gradients of rows in parts, a part for each core, are those of all rows at once."""

import threading
from dataclasses import replace
from typing import Any

import pytest
import torch
from accelerate import Accelerator

from pipeline_lib.models.loading import load_causal, locate
from pipeline_lib.models.lora import add_lora
from pipeline_lib.models.tokenization import Encoded
from pipeline_lib.training.gradients import Gradients
from tests.helpers import toys
from tests.helpers.toy_training import encoded, objective

ADAPTER: dict[str, Any] = {"r": 4, "alpha": 8, "target_modules": "all-linear", "seed": 1}


@pytest.fixture(scope="module")
def rows(llama_folder) -> list[Encoded]:
    return encoded(llama_folder, 7)


@pytest.fixture(params=[1, 2, 3], ids=["one core", "two cores", "three cores"])
def cores(request):
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


def adapted(folder, dropout: float = 0.0):
    model = add_lora(load_causal(locate(str(folder)), torch.float32), **ADAPTER, dropout=dropout)
    toys.change_adapter(model, std=0.1)
    return model.train()


def gradients_of(model, rows, times: int = 1):
    """Return the loss, the gradients, and the threads and their cores that computed them."""
    seen, plain = [], objective()

    def noting(model, some):
        seen.append((threading.current_thread().name, torch.get_num_threads(), len(some)))
        return plain.nll(model, some)

    weights = [weight for weight in model.parameters() if weight.requires_grad]
    gradients = Gradients(model, weights, replace(plain, nll=noting), Accelerator(cpu=True))
    targets = sum(map(plain.targets, rows))
    for _ in range(times):
        loss = gradients.add(rows, targets)
    found = [weight.grad for weight in weights]
    for weight in weights:
        weight.grad = None
    return loss, found, seen


def test_they_are_those_of_plain_autograd_on_any_number_of_cores(llama_folder, rows, cores):
    model, measure = adapted(llama_folder), objective()
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    nll = measure.nll(model, rows)
    expected = torch.autograd.grad(2 * nll / sum(map(measure.targets, rows)), weights)
    loss, found, seen = gradients_of(model, rows, times=2)
    assert loss.item() == pytest.approx(nll.item(), rel=1e-5)
    assert not loss.requires_grad
    for gradient, wanted in zip(found, expected, strict=True):
        assert (gradient - wanted).norm() <= 1e-5 * wanted.norm()
    # Each part has a core; rows are shared out evenly, and the cores are all back at the end.
    assert torch.get_num_threads() == cores
    assert sorted(size for *_, size in seen[:cores]) == sorted(len(rows[part::cores]) for part in range(cores))
    if cores > 1:
        assert {own for _, own, _ in seen} == {1}
        assert all(name.startswith("rows") for name, *_ in seen)


def test_the_same_rows_give_the_same_bits(llama_folder, rows, cores):
    first, second = (gradients_of(adapted(llama_folder), rows, times=2) for _ in range(2))
    assert torch.equal(first[0], second[0])
    assert all(torch.equal(*pair) for pair in zip(first[1], second[1], strict=True))


def test_what_parts_would_change_is_computed_at_once(llama_folder, gpt2_folder, rows):
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        all_weights = load_causal(locate(str(llama_folder)), torch.float32).train().requires_grad_(True)
        drawing = adapted(llama_folder)
        drawing.config.attention_dropout = 0.1
        for model in (adapted(llama_folder, dropout=0.1), adapted(gpt2_folder), all_weights, drawing):
            assert [size for *_, size in gradients_of(model, rows)[2]] == [7]
        assert [size for *_, size in gradients_of(adapted(llama_folder), rows[:1])[2]] == [1], "one row has one part"
    finally:
        torch.set_num_threads(before)


def test_a_mistake_in_a_part_ends_the_step(llama_folder, rows, cores):
    model = adapted(llama_folder)
    broken = replace(rows[3], ids=[10**6] * len(rows[3].ids))
    with pytest.raises(IndexError, match="out of range"):
        gradients_of(model, [*rows[:3], broken])
    assert torch.get_num_threads() == cores
