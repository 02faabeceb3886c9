"""A repository of the Hub for a model, and one commit with its files.

Large files go up first, named by their content: after a cut connection those that arrived are not sent again, and
the repository changes only when all are there.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, constants, get_token
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, OfflineModeIsEnabled
from huggingface_hub.utils import validate_repo_id

from pipeline_lib.core.errors import UserError
from pipeline_lib.publishing.model_files import CARD, FEW_SHOT, PublishedFile, is_free_of_rows

MAIN = constants.DEFAULT_REVISION


@dataclass(frozen=True)
class Repository:
    """A repository that may be written to."""

    name: str
    revision: str
    token: str
    is_new: bool
    is_private: bool
    files: list[str]  # that it has
    commit: str | None  # the newest one; None of a new repository


def check_name(repo: str) -> None:
    """Raise UserError for what is no name of a repository."""
    try:
        validate_repo_id(repo)
    except HFValidationError:
        repo = ""
    if repo.count("/") != 1:
        raise UserError(
            "--repo must be USER/NAME: letters, digits, - _ and . alone, as in your-name/impressions; correct it"
        )


def log_in() -> str:
    """Return the token that `hf auth login` keeps. Raises UserError where there is none."""
    token = get_token()
    if not token:
        raise UserError("publish needs a token of the Hub, there is none: make one that may write, run hf auth login")
    return token


def open_repository(repo: str, token: str, public: bool, revision: str | None) -> Repository:
    """Return the repository, made if it is not there; a new one is private unless `public`.

    Raises UserError where it cannot be written to, and where it is public and `public` is not given.
    """
    api, revision = HfApi(token=token), revision or MAIN
    with _one_line(repo, token, "nothing was uploaded"):
        try:
            api.create_repo(repo, private=not public)
            is_new, is_private = True, not public
        except HfHubHTTPError as error:
            # A token for one repository alone may create none: the Hub says 403 of one that is there.
            if error.response.status_code not in (403, 409):
                raise
            try:
                is_new, is_private = False, bool(api.repo_info(repo).private)
            except HfHubHTTPError:
                raise error from None
        if not is_private and not public:
            raise UserError(f"{repo} is public: add --public to upload to it, or make it private in its settings")
        if revision != MAIN:
            api.create_branch(repo, branch=revision, exist_ok=True)
        files = [] if is_new else api.list_repo_files(repo, revision=revision)
        commit = None if is_new else api.repo_info(repo, revision=revision).sha
    return Repository(repo, revision, token, is_new, is_private, files, commit)


def outdated(repository: Repository, files: Sequence[PublishedFile]) -> tuple[list[str], list[str]]:
    """Return which files of the repository this upload deletes, as they are of another model, and which it leaves."""
    rest = [name for name in repository.files if name not in {file.name for file in files} and name != ".gitattributes"]
    ours = [name for name in rest if is_free_of_rows(name) or name in (FEW_SHOT, CARD)]
    return ours, [name for name in rest if name not in ours]


def upload(repository: Repository, files: Sequence[PublishedFile], message: str) -> str:
    """Upload the files in one commit, delete outdated ones, and return in words which commit has them.

    Raises UserError where the connection is cut; the same call then goes on.
    """
    deleted, _ = outdated(repository, files)
    operations: list[CommitOperationAdd | CommitOperationDelete] = [
        CommitOperationDelete(path_in_repo=name) for name in deleted
    ]
    operations += [CommitOperationAdd(path_in_repo=file.name, path_or_fileobj=file.path) for file in files]
    with _one_line(repository.name, repository.token, "run the same command again, files that arrived stay"):
        done = HfApi(token=repository.token).create_commit(
            repository.name, operations, commit_message=message, revision=repository.revision
        )
    return f"{'no file has changed since' if done.oid == repository.commit else 'uploaded:'} {done.commit_url}"


@contextmanager
def _one_line(repo: str, token: str, state: str) -> Iterator[None]:
    """Raise UserError for any error inside, without the token; `state` says what was done until then."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:  # the Hub's client raises its HTTP library's own errors, and changes that library
        cause: BaseException = error
        while not isinstance(cause, HfHubHTTPError) and cause.__cause__ is not None:
            cause = cause.__cause__
        line = _line(repo, cause, state).replace(token, "(token)")
        raise UserError(" ".join(line.split())) from error


def _line(repo: str, error: BaseException, state: str) -> str:
    if isinstance(error, HfHubHTTPError):
        status = error.response.status_code
        if status == 401:
            return "the Hub does not accept the token (401), it is wrong or was revoked: run hf auth login again"
        if status in (403, 404):
            return (
                f"the token may not write to {repo} ({status}): name a repository of yours, or make a token that may "
                "write to it and run hf auth login again"
            )
        said = error.server_message or type(error).__name__
        return f"the Hub refused {repo} ({status}: {said[:200]}); {state}"
    if isinstance(error, OfflineModeIsEnabled):
        return "the Hub is not asked while HF_HUB_OFFLINE is set: unset it, then run the same command again"
    said = (str(error).strip().splitlines() or [""])[0][:200]
    return f"the upload to {constants.ENDPOINT} failed ({type(error).__name__}: {said}): check the network; {state}"
