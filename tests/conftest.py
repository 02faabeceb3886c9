"""What every test shares: no network, one thread for toy models, a cache of its own, and the toys, written once."""

import os
import signal
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"  # before huggingface_hub is imported: a test that asks the Hub fails at once
os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"  # a second thread makes a toy slower

import pytest

# Nothing that imports torch stands up here: the process that hands out tests to workers has no use for it.
# A shell starts its background jobs deaf to Ctrl-C, and CI may: the tests of it mean a terminal.
signal.signal(signal.SIGINT, signal.default_int_handler)


# Tests of whole stages train, start processes or open a browser: with `slow` off, a minute is enough for all others.
SLOW = ("stages", "training", "end_to_end", "generators", "inference", "prediction", "report")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Pass over the folders in SLOW where no slow test is wanted: what they import takes seconds."""
    slow = collection_path.parent == Path(__file__).parent and collection_path.name in SLOW
    return True if slow and config.option.markexpr == "not slow" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of the folders in SLOW as slow."""
    for item in items:
        if item.path.relative_to(Path(__file__).parent).parts[0] in SLOW:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory):
    """Keep runs and models out of the user's cache, in the processes that tests start too; no threads, no bars."""
    import torch
    from transformers.utils import logging

    torch.set_num_threads(1)
    logging.disable_progress_bar()
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("TARE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def folder_of(write: str, name: str):
    """Return a fixture: the folder of a toy that a function of tests.helpers.toys writes, once for all tests."""

    @pytest.fixture(scope="session")
    def folder(tmp_path_factory):
        from tests.helpers import toys

        return getattr(toys, write)(tmp_path_factory.mktemp("models") / name)

    return folder


llama_folder = folder_of("write_project_model", "toy-llama")
gemma_folder = folder_of("write_gemma", "toy-gemma")
gemma2_folder = folder_of("write_gemma2", "toy-gemma2")
gemma3_folder = folder_of("write_gemma3", "toy-gemma3")
gpt2_folder = folder_of("write_gpt2", "toy-gpt2")
encoder_folder = folder_of("write_encoder", "toy-bert")


@pytest.fixture(scope="session")
def bert_folder(tmp_path_factory):
    """A BERT that learns the labels of tests.helpers.classifier_runs in a few steps."""
    from tests.helpers.classifier_runs import write_bert

    return write_bert(tmp_path_factory.mktemp("models") / "toy-bert")


@pytest.fixture(autouse=True)
def fresh_accelerate():
    """Let each test choose its precision anew: accelerate keeps the first one of a process."""
    yield
    if "accelerate" in sys.modules:
        from accelerate.state import AcceleratorState, GradientState

        AcceleratorState._reset_state(reset_partial_state=True)
        GradientState._reset_state()
