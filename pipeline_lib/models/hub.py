"""Models of the Hugging Face Hub, verified when they are used, and its errors as one line with a remedy."""

import errno
import hashlib
import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path

from huggingface_hub import constants, snapshot_download
from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError, RevisionNotFoundError

from pipeline_lib.core.errors import UserError
from pipeline_lib.models.manifest import Facts, differing, file_names, measure, read_manifest, write_manifest
from pipeline_lib.models.registry import cache_folder

LOG = logging.getLogger(__name__)

_TOKEN = re.compile(r"hf_\w+|Bearer [^\s'\"]+")


def fetch_snapshot(name: str, revision: str | None, patterns: Sequence[str]) -> tuple[Path, Facts]:
    """Return the folder of a Hub model in the Hub's own cache, and the facts of its files of `patterns`.

    An interrupted download is resumed by the Hub's client. Each file must have the hash that the Hub names it by, whole
    at the first use and later where its size or time changed; others are logged and fetched again. Raises what the
    client raises, and UserError where a damaged file cannot be fetched again.
    """
    if constants.HF_HUB_CACHE.startswith("~"):
        raise UserError(
            f"there is no home folder for the Hub's cache {constants.HF_HUB_CACHE}: set HF_HOME to a folder"
        )
    folder = Path(snapshot_download(name, revision=revision, allow_patterns=list(patterns)))
    manifest = cache_folder() / "models" / f"hub-{name.replace('/', '--')}-{folder.name}.json"
    known = read_manifest(manifest)
    facts, damaged = _verify(folder, known, patterns)
    if damaged:
        shown = ", ".join(damaged[:3])
        LOG.warning("the cached model %s is damaged or was changed (%s): fetching these files again", name, shown)
        needed = {*known, *(file for file in damaged if (folder / file).is_symlink())}  # not a file that was added
        for path in (folder / file for file in damaged):
            if path.is_symlink():
                path.resolve().unlink(missing_ok=True)
            path.unlink(missing_ok=True)
        snapshot_download(name, revision=folder.name, allow_patterns=list(patterns))
        facts, still = _verify(folder, known, patterns)
        still = sorted({*still, *(needed - facts.keys())})
        if still:
            raise UserError(
                f"the cached model {name} was damaged ({', '.join(still[:3])}) and could not be fetched again: check "
                "the network, and that HF_HUB_OFFLINE is not set"
            )
    if facts != known:
        write_manifest(manifest, facts)
    return folder, facts


def _verify(folder: Path, known: Facts, patterns: Sequence[str]) -> tuple[Facts, list[str]]:
    """Return the facts of the files of `patterns`, and the names of those that are damaged, missing or added.

    In the Hub's cache a file is a link to a blob, whose name is its SHA-256, or Git's SHA-1 of it. On a system without
    links only the facts of the first use are `known`.
    """
    names = [name for name in file_names(folder) if any(fnmatch(name, pattern) for pattern in patterns)]
    facts = measure(folder, names, known)
    links = {name for name in names if (folder / name).is_symlink()}
    damaged = sorted(set(names) - facts.keys())
    for name in differing(known, facts):
        blob = (folder / name).resolve()
        right: str | None = None
        if name in links and name in facts:
            right = {64: facts[name]["sha256"], 40: _git_sha1(blob)}.get(len(blob.name))
        if right != blob.name if right else name in known or (links and name not in links):
            damaged.append(name)
    return facts, list(dict.fromkeys(damaged))


def _git_sha1(file: Path) -> str:
    """Return the SHA-1 that Git names a file's content by."""
    digest = hashlib.sha1(f"blob {file.stat().st_size}\0".encode(), usedforsecurity=False)
    with file.open("rb") as content:
        while chunk := content.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


@contextmanager
def hub_errors(what: str, name: str, revision: str | None, instead: str) -> Iterator[None]:
    """Raise UserError for any error inside: gated, unknown, no such revision, a full disk, or not reachable.

    `what` is "model" or "dataset", `instead` the remedy where the Hub cannot be reached. No token is ever in the line.
    """
    page = f"https://huggingface.co/{'datasets/' if what != 'model' else ''}{name}"
    try:
        yield
    except UserError:
        raise
    except GatedRepoError as error:
        raise UserError(
            f"{what} {name} is gated: accept its terms at {page}, then log in with `hf auth login` or set HF_TOKEN"
        ) from error
    except RevisionNotFoundError as error:
        raise UserError(f"{what} {name} has no revision {revision!r}: name a commit, tag or branch of it") from error
    except RepositoryNotFoundError as error:
        raise UserError(
            f"{what} {name} is not on the Hub, or is private: check its name, or log in with `hf auth login` or set "
            "HF_TOKEN"
        ) from error
    except Exception as error:  # the Hub's client raises its HTTP library's own errors, and changes that library
        line = (str(error).strip().splitlines() or [""])[0]
        line = f"{type(error).__name__}: {_TOKEN.sub('(token)', line)[:200]}"
        raise UserError(f"{what} {name} cannot be had from the Hub ({line}): {_remedy(error, instead)}") from error


def _remedy(error: Exception, instead: str) -> str:
    """Return what to do about an error of the Hub's client; `instead` where there is nothing else."""
    if isinstance(error, HfHubHTTPError):
        if error.response.status_code in (401, 403):
            return "the token was refused, log in with `hf auth login`, or set another HF_TOKEN or none"
    elif isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full, free space or set HF_HOME to another folder"
    elif isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "the Hub's cache cannot be written, set HF_HOME to another folder"
    return f"check its name and the network, or {instead}"
