"""What a model keeps in memory and computes in a pass, counted on shapes: no weights, no memory for them, no device.

The model's own code and the project's own loss run on torch's fake tensors, which have a shape, a type and no values.
Each storage that an operation makes is counted until it is freed. So the figures follow from the architecture (layers,
hidden size, heads, intermediate size, vocabulary) and from the code that trains, and no table of what a layer saves has
to be kept: a layer that saves less for its backward pass has a smaller figure here.
"""

import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_iter
from torch.utils.flop_counter import flop_registry

from pipeline_lib.core.errors import UserError
from pipeline_lib.models.configuration import reason

Nll = Callable[[Any, Sequence[Any]], torch.Tensor]  # (model, rows) -> summed loss, as that of training.objective


@dataclass(frozen=True)
class Trace:
    """Bytes that a pass takes beside the weights, and the floating-point operations of its forward pass."""

    activations: int  # alive when the output layer begins: what the layers save for the backward pass
    peak: int  # the most at once: also logits, working memory and gradients that are new
    flops: float


def trace(model: Any, nll: Nll, rows: Sequence[Any], autocast: torch.dtype | None, *, training: bool) -> Trace:
    """Return what one micro-batch of `rows` takes; `model` is one of parameter_count.on_meta and cannot be used again.

    `autocast` is the type of the products, None for the weights' own. With `training` the gradients of an earlier
    micro-batch are there already, and are not counted; without it no backward pass follows. Raises UserError for an
    architecture whose code cannot run on shapes alone.
    """
    model.train(training)
    try:
        with FakeTensorMode(), torch.device("cpu"):
            _give_shapes(model, gradients=training)
            live = _Live(model)
            output = model.get_output_embeddings()
            if output is not None:
                output.register_forward_pre_hook(lambda *_: live.mark())
            with torch.set_grad_enabled(training), live:
                with torch.autocast("cpu", autocast, enabled=autocast is not None):
                    loss = nll(model, rows)
                flops, activations = live.flops, live.marked or live.now
                if training:
                    loss.backward()
            return Trace(activations, live.peak, flops)
    except Exception as error:  # each architecture has code of its own
        kind = type(model.config).model_type
        raise UserError(
            f"the memory of a {kind} model is not known: its code does not run on shapes alone ({reason(error)}); "
            "train a few rows of it and read memory_gb in history.csv"
        ) from error


class _Live(TorchDispatchMode):
    """Counts the bytes of the storages that operations make, until they are freed; the model's own do not count.

    Operations are counted here too: torch's FlopCounterMode would keep what checkpointed layers computed again.
    """

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.now = self.peak = self.marked = self.flops = 0
        self._known: dict[int, Any] = {}
        for tensor in [*model.parameters(), *model.buffers()]:
            for one in (tensor, tensor.grad):
                if one is not None:
                    self._known[id(one.untyped_storage())] = one.untyped_storage()

    def mark(self) -> None:
        """Note how much there is now, at the first call."""
        self.marked = self.marked or self.now

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        result = func(*args, **kwargs)
        if func._overloadpacket in flop_registry:
            self.flops += flop_registry[func._overloadpacket](*args, **kwargs, out_val=result)
        for tensor in tree_iter(result):
            if isinstance(tensor, torch.Tensor):
                self._add(tensor.untyped_storage())
        return result

    def _add(self, storage: Any) -> None:
        key, size = id(storage), storage.nbytes()
        if key in self._known:
            return

        def freed(_: Any) -> None:
            self._known.pop(key, None)
            self.now -= size

        self._known[key] = weakref.ref(storage, freed)
        self.now += size
        self.peak = max(self.peak, self.now)


def _give_shapes(model: Any, gradients: bool) -> None:
    """Put fake tensors on the CPU in place of the model's on meta, which know no autocast; shared ones stay shared."""
    made: dict[int, torch.Tensor] = {}
    for module in model.modules():
        for kind in (module._parameters, module._buffers):
            for name, tensor in kind.items():
                if tensor is None:
                    continue
                if id(tensor) not in made:
                    new = torch.empty(tensor.shape, dtype=tensor.dtype)
                    if isinstance(tensor, torch.nn.Parameter):
                        new = torch.nn.Parameter(new, requires_grad=tensor.requires_grad)
                        new.grad = torch.empty_like(new) if gradients and new.requires_grad else None
                    made[id(tensor)] = new
                kind[name] = made[id(tensor)]
