"""Errors of the Hugging Face Hub as one line with a remedy."""

from collections.abc import Iterator
from contextlib import contextmanager

from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError, RevisionNotFoundError

from pipeline_lib.core.errors import UserError


@contextmanager
def hub_errors(what: str, name: str, revision: str | None, instead: str) -> Iterator[None]:
    """Raise UserError for any error inside: gated, unknown, no such revision, or not reachable.

    `what` is "model" or "data set", `instead` the remedy where the Hub cannot be reached.
    """
    page = f"https://huggingface.co/{'datasets/' if what == 'data set' else ''}{name}"
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
            f"{what} {name} is not on the Hub, or is private: check its name, or log in with `hf auth login`"
        ) from error
    except Exception as error:  # the Hub's client raises its HTTP library's own errors, and changes that library
        reason = (str(error).strip().splitlines() or [""])[0]
        raise UserError(
            f"{what} {name} cannot be had from the Hub ({type(error).__name__}: {reason}): "
            f"check its name and the network, or {instead}"
        ) from error
