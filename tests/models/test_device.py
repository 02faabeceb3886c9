"""The device, the type of a precision, and freed memory that is reused."""

import ctypes
import subprocess
import sys

import pytest
import torch

from pipeline_lib.models.device import device_and_dtype, keep_freed_memory, return_freed_memory
from tests.helpers.stages import refused

MEASURED = """
import resource
import torch
from pipeline_lib.models.device import keep_freed_memory, return_freed_memory

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for number in range(40):  # 48 MB and more: beyond what malloc keeps by itself
        torch.ones((48 << 18) - 4096 * number)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

size = lambda: int(open("/proc/self/statm").read().split()[1]) * 4096 // 2**20
torch.ones(48 << 18)
plain = faults()
keep_freed_memory()
torch.ones(48 << 18)
kept, between = faults(), []
for number in range(20):
    torch.ones((32 + number) << 18)
    between.append(torch.ones(1000))
before = size()
print(plain, kept, return_freed_memory(), before - size())
"""


@pytest.mark.skipif(torch.cuda.is_available(), reason="a GPU has fp16")
def test_a_precision_gives_a_type_that_the_device_has() -> None:
    device, dtype = device_and_dtype("fp32")
    assert device.type in ("cpu", "cuda", "mps")
    assert dtype == torch.float32
    refused("precision fp16 needs a CUDA device", device_and_dtype, "fp16")


@pytest.mark.skipif(not (sys.platform == "linux" and hasattr(ctypes.CDLL(None), "mallopt")), reason="not glibc")
def test_freed_memory_is_reused_and_returned() -> None:
    done = subprocess.run([sys.executable, "-c", MEASURED], capture_output=True, text=True, check=True)
    plain, kept, returned, megabytes = done.stdout.split()
    assert int(kept) * 20 < int(plain)
    assert returned == "True"
    assert int(megabytes) > 40, "tensors of 32 to 51 MB were freed"


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_without_glibc_nothing_changes(monkeypatch: pytest.MonkeyPatch, platform: str) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    assert keep_freed_memory() is False
    assert return_freed_memory() is False
