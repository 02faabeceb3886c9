"""The device, the type of a precision, and freed memory that is reused."""

import ctypes
import subprocess
import sys

import pytest
import torch

from pipeline_lib.models.device import device_and_dtype, keep_freed_memory, return_freed_memory
from tests.helpers.stages import refused

RETURNED = """
import torch
from pipeline_lib.models.device import keep_freed_memory, return_freed_memory
keep_freed_memory()
held = lambda: int(open("/proc/self/statm").read().split()[1]) * 4096 // 2**20
between = []
for number in range(20):
    torch.ones((32 + number) << 18)
    between.append(torch.ones(1000))
before = held()
print(return_freed_memory(), before - held())
"""
FAULTS = """
import resource, sys
import torch
from pipeline_lib.models.device import keep_freed_memory
if sys.argv[1] == "keep":
    keep_freed_memory()
faults = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_minflt
torch.ones(48 << 18)
before = faults()
for number in range(40):  # 48 MB and more: beyond what malloc keeps by itself
    torch.ones((48 << 18) - 4096 * number)
print(faults() - before)
"""


def test_a_precision_gives_a_type_on_the_device() -> None:
    device, dtype = device_and_dtype("fp32")
    assert device.type in ("cpu", "cuda", "mps")
    assert dtype == torch.float32


@pytest.mark.skipif(torch.cuda.is_available(), reason="a GPU has fp16")
def test_a_precision_that_the_device_lacks_is_an_error() -> None:
    refused("precision fp16 needs a CUDA device", device_and_dtype, "fp16")


GLIBC = pytest.mark.skipif(not (sys.platform == "linux" and hasattr(ctypes.CDLL(None), "mallopt")), reason="not glibc")


@GLIBC
def test_kept_memory_is_returned() -> None:
    done = subprocess.run([sys.executable, "-c", RETURNED], capture_output=True, text=True, check=True)
    returned, megabytes = done.stdout.split()
    assert returned == "True"
    assert int(megabytes) > 40, "tensors of 32 to 51 MB were freed"


@GLIBC
def test_freed_memory_is_reused() -> None:
    def faults(how: str) -> int:
        done = subprocess.run([sys.executable, "-c", FAULTS, how], capture_output=True, text=True, check=True)
        return int(done.stdout)

    assert faults("keep") * 20 < faults("return")


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_without_glibc_nothing_changes(monkeypatch: pytest.MonkeyPatch, platform: str) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    assert keep_freed_memory() is False
    assert return_freed_memory() is False
