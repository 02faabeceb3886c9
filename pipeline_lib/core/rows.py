"""What a row of the files between stages is: plain dicts, one JSON object a line; and which labels rows may have."""

from collections.abc import Collection, Sequence
from typing import Any

from pipeline_lib.core.errors import UserError, did_you_mean

NO_ANSWER = "no answer"  # what is said where the passage does not tell

# {id, group, stratum, source, target, leak} and what else the task's prompt needs. Rows of one `group` never
# straddle the split; `leak` names the training row a held-out one nearly equals, "" where there is none.
Example = dict[str, Any]

# {id, prediction, reference} and, where a model said how likely it held the reference to be, {logp, tokens, bytes}.
Answer = dict[str, Any]

# A multiple-choice question: {id, question, choices: [texts], answer: the place of the right one}.
Item = dict[str, Any]


def check_labels(rows: Sequence[Example], known: Collection[str], origin: str = "") -> None:
    """Raise UserError for the first row whose target is none of the `known` labels; `origin` is the rows' file."""
    for row in rows:
        if row["target"] not in known:
            where = f" of {origin}" if origin else ""
            labels = list(known)
            raise UserError(
                f"a label must be one of {', '.join(labels)}, row {row['id']}{where} has {row['target']!r}"
                f"{did_you_mean(row['target'], labels)}: mend it, or bring training rows that have it"
            )
