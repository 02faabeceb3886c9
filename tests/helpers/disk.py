"""A disk without room, and the files of a saved adapter."""

import resource
from contextlib import contextmanager


@contextmanager
def full_disk(room: int):
    """Let no file of this process grow beyond `room` bytes: a write fails as it does on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


FILES = [
    "adapter_config.json", "adapter_model.safetensors", "base.json", "chat_template.jinja", "tokenizer.json",
    "tokenizer_config.json",
]  # fmt: skip
