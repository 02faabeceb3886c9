"""A model of two layers trains: the model's own loss, the same weights for any micro-batches, the best epoch kept."""

import copy
import math
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from accelerate import Accelerator

from pipeline_lib.models.batching import collate, padded_width
from pipeline_lib.models.forward import choose_attention, logits, target_count, target_hidden, target_nll
from pipeline_lib.models.loading import load_causal, load_tokenizer, locate
from pipeline_lib.models.lora import add_lora
from pipeline_lib.models.loss_checks import check_loss
from pipeline_lib.models.tokenization import Encoded
from pipeline_lib.training.loop import train
from pipeline_lib.training.measurements import peak_memory, training_flops
from pipeline_lib.training.objective import Objective, evaluate
from tests.helpers import toys
from tests.helpers.stages import refused
from tests.helpers.toy_training import encoded, learnt, objective

CPU = torch.device("cpu")
SETTINGS = {"lr": 0.01, "epochs": 1, "batch_size": 8, "micro_batch_size": 8, "warmup_ratio": 0.0, "weight_decay": 0.0}
SETTINGS |= {"max_grad_norm": 1.0, "seed": 1}
MEASURED = ("tokens", "seconds", "tokens_per_second", "flops", "seconds_left", "memory_gb")


@pytest.fixture(scope="module")
def rows(llama_folder):
    return encoded(llama_folder, 12)


def fresh(folder, dropout: float = 0.0):
    model = load_causal(locate(str(folder)), torch.float32)
    return add_lora(model, r=4, alpha=8, dropout=dropout, target_modules="all-linear", seed=1)


def trained(folder, rows, validation=(), model=None, dropout=0.0, measure=None, **settings):
    model = model or fresh(folder, dropout)
    how: Any = SETTINGS | settings | {"accelerator": Accelerator(cpu=True)}
    result = train(model, rows, validation, measure or objective(), **how)
    return model, result


def of_split(result, split: str) -> list[dict]:
    return [row for row in result.history if row["split"] == split]


def after_each_epoch(model) -> dict:
    """Return a list that grows by the weights after each epoch, and the hook that makes it grow."""
    seen: list = []
    hook = lambda *now: seen.append(learnt(model)) if now[2]["split"] == "validation" else None  # noqa: E731
    return {"seen": seen, "on_step": hook}


def same(left, right, **tolerance) -> bool:
    return left.keys() == right.keys() and all(torch.allclose(left[name], right[name], **tolerance) for name in left)


def padded(rows, pad_id) -> dict[str, torch.Tensor]:
    """Return the rows as a padded batch with attention mask and labels, as transformers reads them."""
    ids, _, _ = collate(rows, pad_id)
    mask, labels = torch.zeros_like(ids), torch.full_like(ids, -100)
    for number, row in enumerate(rows):
        targets = list(row.targets())
        mask[number, : len(row.ids)] = 1
        labels[number, targets] = ids[number, targets]
    return {"input_ids": ids, "attention_mask": mask, "labels": labels}


def own_loss(model, rows, pad_id) -> float:
    """Return the model's own loss of a padded batch with labels and attention mask."""
    with torch.no_grad():
        return model(**padded(rows, pad_id)).loss.item()


@pytest.mark.parametrize("attention", ["eager", "grouped", "sdpa"])
@pytest.mark.parametrize("kind", ["llama", "gemma", "gemma2", "gemma3", "gpt2"])
def test_the_loss_equals_the_models_own(kind, attention, request):
    folder = request.getfixturevalue(f"{kind}_folder")
    few = encoded(folder, 5)
    model = load_causal(locate(str(folder)), torch.float32)
    if (kind, attention) == ("gemma2", "sdpa"):
        pytest.skip("transformers has no sdpa for Gemma 2")
    model.set_attn_implementation(attention)
    pad_id = load_tokenizer(locate(str(folder))).pad_token_id
    check_loss(model, few[0], CPU)
    adapted = fresh(folder)
    toys.change_adapter(adapted)
    # In batches of other sizes too: weighted by token, not by batch.
    for one, size in ((model, 5), (model, 2), (adapted, 5)):
        ours = evaluate(one, few, objective(pad_id), size, Accelerator(cpu=True))["loss"]
        assert ours == pytest.approx(own_loss(one, few, pad_id), rel=1e-5)


def test_logits_that_the_model_changes(gemma2_folder, llama_folder, rows, monkeypatch):
    # Otherwise the test above would pass without it.
    few = encoded(gemma2_folder, 2)
    model = load_causal(locate(str(gemma2_folder)), torch.float32)
    ids, places, _ = collate(few, 0)
    with torch.no_grad():
        capped = logits(model, target_hidden(model, ids, places))
        model.config.final_logit_softcapping = None
        assert (logits(model, target_hidden(model, ids, places)) - capped).abs().max() > 0.5
    assert capped.abs().max() < 0.5
    model = load_causal(locate(str(llama_folder)), torch.float32)
    other = copy.deepcopy(model.get_output_embeddings())
    other.weight.data *= 3
    monkeypatch.setattr(model, "get_output_embeddings", lambda: other)
    refused(r"the loss on row 1 is [\d.]+ by this loop and [\d.]+ by the model itself", check_loss, model, rows[0], CPU)


def test_padding_changes_no_logit_and_stays_within_the_context(llama_folder, rows):
    model = load_causal(locate(str(llama_folder)), torch.float32)
    with torch.no_grad():
        alone = [logits(model, target_hidden(model, *collate([row], 2)[:2])) for row in rows[:4]]
        together = logits(model, target_hidden(model, *collate(rows[:4], 2)[:2]))
    assert torch.allclose(torch.cat(alone), together, atol=1e-4)
    # Padding stays within the context.
    model = toys.gpt2(toys.chatml_tokenizer(), positions=270).eval()
    row = Encoded("a", [5 + at % 90 for at in range(260)], 235, 0)  # 260 tokens, and 288 would be the next width
    ids = torch.tensor([row.ids])
    labels = ids.clone()
    labels[:, :235] = -100
    with torch.no_grad():
        found = target_nll(model, [row], pad_id=0).item() / 25
        assert found == pytest.approx(model(input_ids=ids, labels=labels).loss.item(), rel=1e-5)


def test_attention_is_chosen_by_length(llama_folder, gemma2_folder):
    # On a GPU every row asks for sdpa: Gemma 2, which lacks it, could not be trained there at all.
    for folder, lengths, chosen in (
        (llama_folder, [10, 10, 900], "grouped"),
        (llama_folder, [10, 900, 900], "sdpa"),
        (gemma2_folder, [900], "eager"),
    ):
        model = load_causal(locate(str(folder)), torch.float32)
        choose_attention(model, lengths, CPU)
        assert model.config._attn_implementation == chosen


def test_a_frozen_model_and_its_adapter_learn(llama_folder, rows):
    model = load_causal(locate(str(llama_folder)), torch.float32)
    _, result = trained(llama_folder, rows[:8], model=model, epochs=40)
    losses = [row["loss"] for row in result.history]
    assert len(losses) == 40
    assert losses[0] > 4
    assert losses[-1] < 0.1
    # An adapter on a frozen model learns.
    _, result = trained(llama_folder, rows[:8], epochs=20, lr=0.03)
    losses = [row["loss"] for row in result.history]
    assert losses[-1] < losses[10] < losses[0] - 2
    # Only the adapter changes.
    model = fresh(llama_folder)
    before = {name: weight.detach().clone() for name, weight in model.named_parameters()}
    trained(llama_folder, rows, model=model)
    moved = {name for name, weight in model.named_parameters() if not torch.equal(weight, before[name])}
    assert moved
    assert moved <= {name for name in before if "lora_" in name}
    assert {name for name in before if "lora_B" in name} <= moved, "every layer's adapter learns"


@pytest.mark.parametrize("micro_batch_size", [1, 2, 3])
def test_micro_batches_give_the_same_step(llama_folder, rows, micro_batch_size):
    # Averaged per token over the whole step: targets differ in length, so a mean of means would differ.
    whole, first = trained(llama_folder, rows, micro_batch_size=8, epochs=2)
    parts, second = trained(llama_folder, rows, micro_batch_size=micro_batch_size, epochs=2)
    assert same(learnt(whole), learnt(parts), atol=2e-5)
    assert [row["loss"] for row in first.history] == pytest.approx([row["loss"] for row in second.history], abs=1e-4)


@pytest.mark.parametrize("context", [False, True])
def test_one_step_equals_that_of_plain_autograd(llama_folder, rows, context):
    """Compare one optimizer step with plain torch: the model's own loss, AdamW, clipping."""
    some = rows[:8]
    if context:  # turns of a dialogue that are read between those that are learnt
        assert min(row.start for row in some) > 12
        some = [replace(row, start=3, context=(range(9, row.start),)) for row in some]
    reference = fresh(llama_folder).train()
    weights = [weight for weight in reference.parameters() if weight.requires_grad]
    loss = reference(**padded(some, 2)).loss
    loss.backward()
    norm = torch.nn.utils.clip_grad_norm_(weights, 0.1)
    torch.optim.AdamW(weights, lr=0.01, weight_decay=0.1).step()
    size = 3 if context else 8
    model, result = trained(llama_folder, some, max_grad_norm=0.1, weight_decay=0.1, micro_batch_size=size)
    assert norm > 0.1, "or clipping is not tested"
    assert result.history[0]["loss"] == pytest.approx(loss.item(), rel=1e-5)
    assert same(learnt(model), learnt(reference), atol=1e-5)


def test_history_has_a_row_for_each_step_and_epoch(llama_folder, rows):
    seen = []
    how = {"epochs": 2, "batch_size": 5, "warmup_ratio": 0.5}
    _, result = trained(llama_folder, rows, rows[:3], **how, on_step=lambda *now: seen.append(now))
    assert [(row["step"], row["epoch"], row["split"]) for row in result.history] == [
        (1, 1, "train"), (2, 1, "train"), (3, 1, "train"), (3, 1, "validation"),
        (4, 2, "train"), (5, 2, "train"), (6, 2, "train"), (6, 2, "validation"),
    ]  # fmt: skip
    assert [(step, steps) for step, steps, _ in seen] == [(row["step"], 6) for row in result.history]
    assert [row for _, _, row in seen] == result.history
    # A smoke run of one batch, with params.yaml's own warm-up.
    assert len(trained(llama_folder, rows[:4], warmup_ratio=0.05)[1].history) == 1


def test_training_rows_have_measurements_and_validation_rows_have_none(llama_folder, rows):
    _, result = trained(llama_folder, rows, rows[:3], epochs=2, batch_size=5, flops_per_token=1000.0)
    steps, validation = of_split(result, "train"), of_split(result, "validation")
    assert all(list(row) == ["step", "epoch", "split", "loss", "targets", "lr", *MEASURED] for row in steps)
    assert [list(row) for row in validation] == [
        ["step", "epoch", "split", "loss"] + ["kept"] * (row["epoch"] == result.best_epoch) for row in validation
    ]
    # Every row once an epoch, padding not counted.
    for name, whole in (("tokens", sum(len(row.ids) for row in rows)), ("targets", sum(map(target_count, rows)))):
        assert all(isinstance(row[name], int) for row in steps)
        assert [sum(row[name] for row in steps if row["epoch"] == epoch) for epoch in (1, 2)] == [whole, whole]
    for row in steps:
        assert row["flops"] == 1000 * row["tokens"]
        assert row["seconds"] > 0
        assert row["tokens_per_second"] == pytest.approx(row["tokens"] / row["seconds"])
        assert 0.05 < row["memory_gb"] < 100
    assert sum(row["seconds"] for row in steps) <= result.seconds
    assert [row["memory_gb"] for row in steps] == sorted(row["memory_gb"] for row in steps), "the most so far"
    assert all(row["seconds_left"] > 0 for row in steps[:-1])
    assert steps[-1]["seconds_left"] == 0
    apart = [replace(row, context=(range(row.start, row.start + 2),)) for row in rows]
    _, result = trained(llama_folder, apart)
    assert sum(row["targets"] for row in result.history) == sum(map(target_count, rows)) - 2 * len(rows)


def test_what_draws_random_numbers(llama_folder, rows):
    # The same seed gives the same bits and another does not.
    runs = [learnt(trained(llama_folder, rows, dropout=0.2, epochs=2, seed=seed)[0]) for seed in (1, 1, 2)]
    assert all(torch.equal(runs[0][name], runs[1][name]) for name in runs[0])
    assert not same(runs[0], runs[2])
    # Each epoch draws its own dropout: at so low a rate a row would have the same loss in the second.
    model = fresh(llama_folder, dropout=0.5)
    toys.change_adapter(model)
    one = trained(llama_folder, rows[:1], model=model, epochs=2, lr=1e-7)[1].history
    assert one[0]["loss"] != pytest.approx(one[1]["loss"], rel=1e-4)
    # Validation draws no random numbers.
    # Or the number of validation rows would change what is trained.
    with_it, _ = trained(llama_folder, rows, rows[:5], dropout=0.2, epochs=1)
    without, _ = trained(llama_folder, rows, dropout=0.2, epochs=1)
    assert same(learnt(with_it), learnt(without), rtol=0, atol=0)
    # Dropout is on in training and off in validation.
    model, result = trained(llama_folder, rows, rows, dropout=0.5, epochs=2)
    assert result.history[-1]["loss"] == pytest.approx(own_loss(model.eval(), rows, 2), rel=1e-4)
    without = [row["loss"] for row in trained(llama_folder, rows, epochs=2)[1].history]
    assert without[1:] != [row["loss"] for row in of_split(result, "train")][1:]


def test_the_rate_rises_over_the_warm_up_and_falls_to_the_last_step(llama_folder, rows):
    _, result = trained(llama_folder, rows, lr=0.01, epochs=2, batch_size=3, warmup_ratio=0.3)
    # 8 steps, of which 30% are 3: the peak would be the fourth.
    shares = [1 / 4, 2 / 4, 3 / 4, 1, 4 / 5, 3 / 5, 2 / 5, 1 / 5]
    assert [row["lr"] for row in result.history] == pytest.approx([0.01 * share for share in shares])
    _, result = trained(llama_folder, rows, lr=0.01, batch_size=3)
    assert [row["lr"] for row in result.history] == pytest.approx([0.01, 0.0075, 0.005, 0.0025])


def test_matrices_decay_and_biases_and_norms_do_not(llama_folder, rows):
    class Scaled(torch.nn.Module):
        """A model whose loss has no gradient, so that weight decay alone changes it."""

        def __init__(self) -> None:
            super().__init__()
            self.matrix, self.scale = torch.nn.Parameter(torch.ones(2, 2)), torch.nn.Parameter(torch.ones(2))

    none = Objective(lambda model, rows: 0.0 * (model.matrix.sum() + model.scale.sum()), lambda row: 1)
    model, _ = trained(llama_folder, rows, model=Scaled(), measure=none, lr=0.1, weight_decay=0.5)
    steps = [1.0, 0.5]  # of the rate, which falls linearly
    assert model.matrix.detach() == pytest.approx(torch.full((2, 2), (1 - 0.05 * steps[0]) * (1 - 0.05 * steps[1])))
    assert torch.equal(model.scale, torch.ones(2))


def test_the_epoch_with_the_lowest_validation_loss_is_kept(llama_folder, rows):
    # Validation rows whose target is the reverse of what is trained: they get worse as training goes on.
    turned = [
        Encoded(row.id, row.ids[: row.start] + row.ids[row.start : -1][::-1] + row.ids[-1:], row.start, 0)
        for row in rows
    ]
    model, result = trained(llama_folder, rows, turned, epochs=12, lr=0.03, batch_size=4)
    losses = [row["loss"] for row in of_split(result, "validation")]
    best = losses.index(min(losses)) + 1
    assert 1 <= best < 12, f"the test needs a validation loss that turns: {losses}"
    assert result.best_epoch == best
    ours = evaluate(model, turned, objective(), 4, Accelerator(cpu=True))["loss"]
    assert ours == pytest.approx(min(losses), rel=1e-5)


def test_where_errors_are_counted_they_choose_the_epoch(llama_folder, rows):
    counts, judged_rows = iter([4, 1, 3, 1, 2]), []

    def wrong(model, these):
        judged_rows.append((model.training, len(these)))
        return next(counts)

    _, result = trained(llama_folder, rows, rows[:5], epochs=5, measure=replace(objective(), errors=wrong))
    validation = of_split(result, "validation")
    assert judged_rows == [(False, 5)] * 5
    assert [row["errors"] for row in validation] == [0.8, 0.2, 0.6, 0.2, 0.4]
    losses = [row["loss"] for row in validation]
    assert losses.index(min(losses)) == 4, "the test needs a loss that says otherwise"
    assert result.best_epoch == 2, "of equals the first"


def judged(counts):
    """Return an objective with these numbers of errors, epoch by epoch."""
    given = iter(counts)
    return replace(objective(), errors=lambda model, these: next(given))


@pytest.mark.parametrize(
    ("patience", "counts", "ran", "best"),
    [
        (1, [4, 3, 3, 9, 9, 9], 3, 2),  # as good as the best is no better
        (2, [4, 3, 3, 3, 9, 9], 4, 2),
        (2, [4, 5, 3, 5, 2, 5], 6, 5),  # in a row
        (2, [1, 5, 5, 0, 0, 0], 3, 1),
        (9, [1, 5, 5, 5, 5, 5], 6, 1),
        (None, [1, 5, 5, 5, 5, 5], 6, 1),
    ],
)
def test_patience_stops_after_epochs_that_are_not_better(llama_folder, rows, patience, counts, ran, best):
    ended, model = list[Any](), fresh(llama_folder)
    hook = after_each_epoch(model)
    seen = hook.pop("seen")
    how = {"epochs": 6, "measure": judged(counts), "patience": patience, "on_epoch": ended.append}
    _, result = trained(llama_folder, rows, rows[:5], model=model, **how, **hook)
    assert [row["epoch"] for row in of_split(result, "validation")] == ended == list(range(1, ran + 1))
    assert result.best_epoch == best
    assert same(learnt(model), seen[best - 1], rtol=0, atol=0)
    assert [row["epoch"] for row in result.history if "kept" in row] == [best]


def test_patience_changes_no_loss_before_the_stop(llama_folder, rows):
    go = {"epochs": 4, "dropout": 0.2}
    whole = trained(llama_folder, rows, rows[:5], measure=judged([4, 5, 6, 7]), **go)[1].history
    short = trained(llama_folder, rows, rows[:5], measure=judged([4, 5, 6, 7]), patience=1, **go)[1].history
    losses = [[row["loss"] for row in history] for history in (whole, short)]
    assert losses[1] == losses[0][: len(losses[1])]
    assert len(losses[1]) < len(losses[0])


def test_on_epoch_sees_the_epochs_weights(llama_folder, rows):
    ended, model = list[Any](), fresh(llama_folder, dropout=0.2)
    hook = after_each_epoch(model)
    seen = hook.pop("seen")
    how = {"epochs": 3, "on_epoch": lambda epoch: ended.append((epoch, model.training, learnt(model)))}
    trained(llama_folder, rows, rows[:5], model=model, measure=judged([1, 5, 5]), **how, **hook)
    assert [(epoch, training) for epoch, training, _ in ended] == [(1, True), (2, True), (3, True)]
    assert all(same(weights, there, rtol=0, atol=0) for (_, _, weights), there in zip(ended, seen, strict=True))
    assert not same(ended[2][2], ended[0][2])
    assert same(learnt(model), ended[0][2], rtol=0, atol=0), "and in the end those of the best"
    del ended[:]
    _, result = trained(llama_folder, rows, epochs=3, dropout=0.2, on_epoch=ended.append)
    assert ended == [1, 2, 3], "without validation rows too"
    assert result.best_epoch == 3


def test_without_validation_rows_the_last_epoch_is_kept(llama_folder, rows):
    seen, model = [], fresh(llama_folder)
    how = {"epochs": 3, "batch_size": 12, "on_step": lambda *_: seen.append(learnt(model))}
    _, result = trained(llama_folder, rows, model=model, **how)
    assert result.best_epoch == 3
    assert same(learnt(model), seen[-1], rtol=0, atol=0)
    assert not same(learnt(model), seen[-2], rtol=0, atol=0)


@pytest.mark.parametrize(
    ("validation", "epochs", "message"),
    [
        (0, 2, r"the loss is nan at step 2 of 4: lower lr \(0.01\), or set precision: fp32"),
        (0, 1, "nan|finite"),  # after the last step no later training loss tells of them
        (3, 1, "nan|finite"),
    ],
)
def test_weights_that_are_not_finite_stop_the_run(llama_folder, rows, validation, epochs, message):
    model = fresh(llama_folder)

    def poison(step, steps, row):
        next(weight for weight in model.parameters() if weight.requires_grad).data.fill_(math.nan)

    some = rows if epochs == 2 else rows[:8]
    how = {"model": model, "epochs": epochs, "on_step": poison}
    refused(message, trained, llama_folder, some, rows[:validation], **how)


def test_training_that_changes_nothing_is_refused(llama_folder, rows, monkeypatch):
    model = fresh(llama_folder)
    with torch.no_grad():
        for weight in model.parameters():
            if weight.requires_grad:
                weight.fill_(1.0)  # 1 + 1e-30 is 1 in float32
    refused("training changed no weight", trained, llama_folder, rows, model=model, lr=1e-30)
    monkeypatch.setattr(torch.optim.AdamW, "step", lambda *_, **__: None)
    message = r"training changed no weight in 4 steps: raise lr \(0.01\) or epochs \(2\)"
    refused(message, trained, llama_folder, rows, epochs=2)


@dataclass(frozen=True)
class Tokens:
    """The smallest possible row."""

    ids: list[int]


class Layer(torch.nn.Module):
    """An embedding, which multiplies nothing, and a linear layer of 7 x 5 weights and 5 biases."""

    def __init__(self):
        super().__init__()
        self.table = torch.nn.Embedding(10, 7)
        self.linear = torch.nn.Linear(7, 5)

    def nats(self, model, rows):
        return self.linear(self.table(torch.tensor([row.ids for row in rows]))).sum()


def test_the_operations_of_a_linear_layer_by_hand():
    # 35 multiplications and 35 additions a token forward, as many backward for what is passed on; for the gradients of
    # the weights as many again where they learn: 40 of the 110 weights, or all of them.
    model = Layer()
    measure = Objective(model.nats, len)
    rows = [Tokens([1, 2, 3]), Tokens([4, 5, 6])]
    assert training_flops(model, rows, measure) == pytest.approx(70 * 3)
    model.table.requires_grad_(False)
    assert training_flops(model, rows, measure) == pytest.approx(70 * (2 + 40 / 110))
    assert training_flops(model, rows[:1], measure) == pytest.approx(70 * (2 + 40 / 110)), "a token's, not a row's"
    assert training_flops(model, rows, measure, True) == pytest.approx(70 * (3 + 40 / 110)), "two forward passes"
    assert all(weight.grad is None for weight in model.parameters()), "it only measures"


@pytest.mark.parametrize("attention", ["eager", "grouped", "sdpa"])
def test_the_operations_of_a_language_model_are_about_six_a_weight(llama_folder, rows, attention):
    # Kaplan et al. (2020), 2.1: 2 N forward, 4 N backward, and the attention; the output layer runs on targets alone.
    model = load_causal(locate(str(llama_folder)), torch.float32)
    model.set_attn_implementation(attention)
    layers = sum(weight.numel() for name, weight in model.named_parameters() if "_proj" in name)
    head = model.get_output_embeddings().weight.numel()
    tokens, targets = sum(len(row.ids) for row in rows[:1]), sum(map(target_count, rows[:1]))
    read = padded_width(tokens, None)  # padding is read too
    # q k and their weights times v: 2 layers, 32 wide, each token with each, 2 operations each.
    attended = 2 * 2 * 2 * 32 * read**2
    forward = 2 * layers * read + 2 * head * targets + attended
    assert training_flops(model, rows[:1], objective()) == pytest.approx(3 * forward / tokens, rel=0.02)


def test_peak_memory_equals_that_of_proc():
    status = Path("/proc/self/status")
    if not status.is_file():
        pytest.skip("only Linux tells it in another place too")
    highest = re.findall(r"VmHWM:\s+(\d+) kB", status.read_text())
    assert peak_memory(CPU) == pytest.approx(int(highest[0]) * 1024 / 1e9, rel=0.01)
