"""The rows of the files that stages exchange (plain dicts, one JSON object a line), and the check of their labels."""

import hashlib
import json
from collections.abc import Collection, Sequence
from typing import Any

from pipeline_lib.core.errors import UserError, did_you_mean

NO_ANSWER = "no answer"  # the answer where the passage does not hold one
CONTINUE = "Continue this text."  # the lead of a row that is plain text: its beginning, to be continued

MANY_LABELS = 20  # with more, figures of each label and intervals that would take hours are left out
_NAMED = 20  # labels that a message names

# {id, group, stratum, source, target, leak} and what else the task's prompt needs. Rows of one `group` are never in two
# parts of the split; `leak` is the id of the training row that a test row nearly equals, "" where there is none.
Example = dict[str, Any]

# {id, prediction, reference} and, where the model computed the likelihood of the reference, {logp, tokens, bytes}.
Answer = dict[str, Any]

# A multiple-choice question: {id, question, choices: [texts], answer: the index of the right one}.
Item = dict[str, Any]


def row_key(row: Example) -> str:
    """Return the name of a row in files that go to Git: 12 hex digits of the SHA-256 of its id, source and target.

    An id may name a person, and the hash of a short number alone could be guessed; that of the texts cannot.
    """
    text = json.dumps([row["id"], row["source"], row["target"]], ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def check_labels(rows: Sequence[Example], known: Collection[str], origin: str = "") -> None:
    """Raise UserError for the first row whose target is not one of the `known` labels; `origin` names their file."""
    for row in rows:
        if row["target"] not in known:
            where = f" of {origin}" if origin else ""
            labels = list(known)
            named = ", ".join(labels[:_NAMED])
            more = f" and {len(labels) - _NAMED} others" if len(labels) > _NAMED else ""
            raise UserError(
                f"a label must be one of {named}{more}, row {row['id']}{where} has {row['target']!r}"
                f"{did_you_mean(row['target'], labels)}: mend it, or bring training rows that have it"
            )
