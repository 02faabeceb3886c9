"""The experiments of a DVC project: those that are finished, those that are not, and the commit they started from."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline_lib.core.errors import UserError, did_you_mean
from pipeline_lib.study.git_objects import commit_of, experiment_refs


@dataclass(frozen=True)
class Experiment:
    """A run by its name, its commit, and the commit it was started from ("" where it is no experiment)."""

    name: str
    commit: str
    baseline: str


@dataclass(frozen=True)
class Unfinished:
    """An experiment without a result: its name, its state (queued | running | failed), and where it starts from."""

    name: str
    state: str
    baseline: str


@dataclass(frozen=True)
class Chosen:
    """The experiments of a study, the commit that they are compared with, and those that are left out."""

    start: str
    finished: list[Experiment]
    unfinished: list[Unfinished]


def choose(names: Sequence[str], revision: str | None) -> Chosen:
    """Return the experiments called `names`, or where there are none all those on the commit `revision` (None: HEAD).

    A name may be another Git revision. The start is `revision`, else the commit that the named experiments started
    from, else HEAD. Raises UserError outside a repository, for a name that is not known or not unique, and where the
    named experiments started from several commits.
    """
    head = commit_of(revision or "HEAD")
    if head is None:
        why = f"there is no revision {revision!r}" if revision else "the repository has no commit"
        raise UserError(f"{why}: name a branch, tag or commit with --rev (git log shows them)")
    finished = [Experiment(*one) for one in experiment_refs()]
    done = {(one.name, one.baseline) for one in finished}
    unfinished = [one for one in _queue() if (one.name, one.baseline) not in done]  # failed, and was run again
    if not names:
        here = [one for one in finished if one.baseline == head]
        return Chosen(head, here, [one for one in unfinished if one.baseline == head])
    picked = [_named(name, finished, unfinished, head) for name in dict.fromkeys(names)]
    runs = [one for one in picked if isinstance(one, Experiment)]
    starts = {one.baseline: one.name for one in picked if one.baseline}
    if revision is None and len(starts) > 1:
        told = ", ".join(f"{name} on {commit[:7]}" for commit, name in starts.items())
        raise UserError(
            f"the experiments of a study start from one commit, these do not ({told}): name with --rev the commit to "
            "compare them with"
        )
    start = head if revision or not starts else next(iter(starts))
    return Chosen(start, runs, [one for one in picked if isinstance(one, Unfinished)])


def _named(
    name: str, finished: Sequence[Experiment], unfinished: Sequence[Unfinished], head: str
) -> Experiment | Unfinished:
    """Return the experiment of this name: that on `head` where there are several, else a Git revision."""
    groups: tuple[Sequence[Experiment | Unfinished], ...] = (finished, unfinished)
    for known in groups:
        found: list[Experiment | Unfinished] = [one for one in known if one.name == name]
        here = [one for one in found if one.baseline == head]
        if len(here) == 1 or len(found) == 1:
            return (here or found)[0]
        if found:
            raise UserError(
                f"{len(found)} experiments are called {name!r}, on {', '.join(one.baseline[:7] for one in found)}: "
                "name one by its commit, or its start with --rev"
            )
    if commit := commit_of(name):
        return Experiment(name, commit, "")
    names = [*(one.name for one in finished), *(one.name for one in unfinished)]
    raise UserError(
        f"there is no experiment or revision {name!r}{did_you_mean(name, names)}: dvc exp list --all-commits shows "
        "the experiments"
    )


def _queue() -> list[Unfinished]:
    """Return what stands in DVC's queue, or failed there; [] where there is no DVC project."""
    from dvc.exceptions import NotDvcRepoError  # dvc takes a second to load
    from dvc.repo import Repo

    try:
        with Repo(os.getcwd()) as repo:
            queue = repo.experiments.celery_queue
            entries = [(entry, "running") for entry in queue.iter_active()]
            entries += [(entry, "queued") for entry in queue.iter_queued()]
            entries += [(entry, "failed") for entry, _ in queue.iter_failed()]
    except NotDvcRepoError:
        return []
    return [Unfinished(entry.name or entry.stash_rev[:7], state, entry.baseline_rev) for entry, state in entries]
