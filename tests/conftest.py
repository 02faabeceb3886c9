"""What every test shares: no network, one thread for toy models, a cache of its own, and the toys, written once."""

import os
import signal
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"  # before huggingface_hub is imported: a test that asks the Hub fails at once
os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"  # a second thread makes a toy slower

import pytest
import torch
from transformers.utils import logging as transformers_logging

from tests.helpers import toys

torch.set_num_threads(1)
transformers_logging.disable_progress_bar()
# A shell starts its background jobs deaf to Ctrl-C, and CI may: the tests of it mean a terminal.
signal.signal(signal.SIGINT, signal.default_int_handler)


# Tests of whole stages train, start processes or open a browser: with `slow` off, a minute is enough for all others.
SLOW = ("stages", "training", "end_to_end", "generators", "inference", "report")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of the folders in SLOW as slow."""
    for item in items:
        if item.path.relative_to(Path(__file__).parent).parts[0] in SLOW:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory):
    """Keep runs and models out of the user's cache, in the processes that tests start too."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("TARE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def llama_folder(tmp_path_factory):
    return toys.write_project_model(tmp_path_factory.mktemp("models") / "toy-llama")


@pytest.fixture(scope="session")
def gemma_folder(tmp_path_factory):
    return toys.write_gemma(tmp_path_factory.mktemp("models") / "toy-gemma")


@pytest.fixture(scope="session")
def gemma2_folder(tmp_path_factory):
    return toys.write_gemma2(tmp_path_factory.mktemp("models") / "toy-gemma2")


@pytest.fixture(scope="session")
def gemma3_folder(tmp_path_factory):
    return toys.write_gemma3(tmp_path_factory.mktemp("models") / "toy-gemma3")


@pytest.fixture(scope="session")
def gpt2_folder(tmp_path_factory):
    return toys.write_gpt2(tmp_path_factory.mktemp("models") / "toy-gpt2")


@pytest.fixture(scope="session")
def encoder_folder(tmp_path_factory):
    return toys.write_encoder(tmp_path_factory.mktemp("models") / "toy-bert")


@pytest.fixture(autouse=True)
def fresh_accelerate():
    """Let each test choose its precision anew: accelerate keeps the first one of a process."""
    yield
    if "accelerate" in sys.modules:
        from accelerate.state import AcceleratorState, GradientState

        AcceleratorState._reset_state(reset_partial_state=True)
        GradientState._reset_state()
