"""Answers of a GGUF file from llama.cpp, by way of the server that the package xllamacpp brings.

The package is optional: pip install xllamacpp. Prompts go to it as token ids, so that it reads what the model was
trained on whatever its own tokenizer would make of the text.
"""

import json
import urllib.request
from pathlib import Path
from typing import Any

import torch
from transformers.integrations.gguf.reader import read_gguf_metadata

from pipeline_lib.core.errors import UserError
from pipeline_lib.export.gguf_file import SOURCE, is_gguf
from pipeline_lib.export.merging import Trained

TESTED = "2026.10.11549"  # the version of xllamacpp that this was tried with
_SECONDS = 600  # that one answer may take


def check_source(path: Path, trained: Trained) -> bool:
    """Return whether a GGUF file says that it was made of the weights of `trained`.

    False where it says nothing, as those of llama.cpp's own converter. Raises UserError for no GGUF file, and for one
    that was made of other weights.
    """
    if not path.is_file():
        raise UserError(f"{path} is no file: write it with python -m stages.export --format gguf")
    if not is_gguf(path):
        raise UserError(f"{path} is no GGUF file: write one with python -m stages.export --format gguf")
    try:
        metadata, _ = read_gguf_metadata(str(path), ())
    except Exception as error:  # of numbers and texts in a file that is cut
        raise UserError(f"{path} cannot be read as GGUF ({type(error).__name__}): export it again") from error
    if metadata.get(SOURCE, trained.fingerprint()) != trained.fingerprint():
        raise UserError(f"{path} was made of other weights than {trained.folder}: export it again, or name its --tuned")
    return SOURCE in metadata


class LlamaCpp:
    """llama.cpp with one model on the CPU, or the GPU where xllamacpp was built for it."""

    def __init__(self, path: Path, context: int) -> None:
        """Load the model for texts of `context` tokens. Raises UserError where xllamacpp is missing, or refuses it."""
        try:
            import xllamacpp
        except ImportError as error:
            raise UserError(
                f"llama.cpp is not installed here: pip install xllamacpp=={TESTED}, which has it built"
            ) from error
        params = xllamacpp.CommonParams()
        params.model.path = str(path)
        params.n_ctx, params.n_parallel, params.verbosity, params.fit_params = context, 1, 0, False
        params.cpuparams.n_threads = torch.get_num_threads()
        try:
            self._server = xllamacpp.Server(params)
        except RuntimeError as error:
            raise UserError(
                f"llama.cpp cannot load {path} ({error}): export it again, or update xllamacpp, which was {TESTED}"
            ) from error
        # A proxy of the environment must not be asked for this machine.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def token_ids(self, text: str) -> list[int]:
        """Return a text in llama.cpp's tokens, with special tokens where it names them."""
        asked = {"content": text, "add_special": False, "parse_special": True}
        return self._post("/tokenize", asked)["tokens"]

    def complete(self, prompt: list[int], limit: int, stop: str | None = None) -> list[int]:
        """Return the tokens of the greedy answer to a prompt, at most `limit`, with the one that ended it.

        stop: a text that ends an answer beside the model's own tokens.
        """
        asked = {"prompt": prompt, "n_predict": limit, "temperature": 0, "return_tokens": True, "cache_prompt": False}
        return self._post("/completion", asked | ({"stop": [stop]} if stop else {}))["tokens"]

    def _post(self, path: str, content: dict[str, Any]) -> Any:
        request = urllib.request.Request(
            self._server.listening_address + path, json.dumps(content).encode(), {"Content-Type": "application/json"}
        )
        with self._opener.open(request, timeout=_SECONDS) as answer:
            return json.load(answer)
