"""A base model's tokenizer and configuration without its weights: all that the preview of the data needs."""

from pathlib import Path

from huggingface_hub import snapshot_download

from pipeline_lib.core.errors import UserError
from pipeline_lib.models.fetching import fetch
from pipeline_lib.models.hub import fetch_snapshot, hub_errors
from pipeline_lib.models.loading import HUB_FILES, Base, is_hub_id, locate
from pipeline_lib.models.registry import CATALOG, kept_in

_FILES = [pattern for pattern in HUB_FILES if pattern != "*.safetensors"]
_INSTEAD = f"name a local folder or one of {', '.join(CATALOG)}"


def locate_tokenizer(name: str, revision: str | None = None) -> Base:
    """Return the model `name` with what `load_tokenizer` and its config.json need; its sha256 is "".

    Of a Hub repository no weights are fetched; a package of the catalog holds both. Raises UserError as `locate` does
    for a name that is no model, and where the files cannot be fetched.
    """
    folder = Path(name).expanduser()
    if name in CATALOG:
        return Base(name, None, fetch(name), "")
    if folder.is_dir():
        if not (folder / "config.json").is_file():
            raise UserError(f"model folder {name} has no config.json: it is no transformers model; name another")
        return Base(folder.resolve().name, None, folder, "")
    if not is_hub_id(name):
        return locate(name, revision)  # raises the error that names the known models
    with hub_errors("model", name, revision, _INSTEAD):
        found, _ = fetch_snapshot(name, revision, _FILES)
    return Base(name, found.name, found, "")


def download(name: str, revision: str | None = None) -> str:
    """Return what `locate_tokenizer` would fetch and how large it is, "" where it is on this machine."""
    if name in CATALOG:
        if kept_in(name).is_dir():
            return ""
        return f"{name}, tokenizer and weights in one package, {CATALOG[name].megabytes} MB from the package index"
    if Path(name).expanduser().is_dir() or not is_hub_id(name):
        return ""
    try:
        files = snapshot_download(name, revision=revision, allow_patterns=_FILES, dry_run=True)
    except Exception:  # the Hub cannot be asked: locate_tokenizer finds the files in the cache, or says why not
        return ""
    size = sum(file.file_size or 0 for file in files if file.will_download)
    return f"the tokenizer of {name} without its weights, {size / 1e6:.1f} MB from the Hub" if size else ""
