"""Labels: what rows that are to be learnt from or answered may have."""

from collections.abc import Collection, Sequence

from pipeline_lib.errors import UserError, nearest
from pipeline_lib.records import Example


def check_labels(rows: Sequence[Example], known: Collection[str], origin: str = "") -> None:
    """Raise UserError for the first row whose target is none of the `known` labels; `origin` is the rows' file."""
    for row in rows:
        if row["target"] not in known:
            where = f" of {origin}" if origin else ""
            labels = list(known)
            raise UserError(
                f"a label must be one of {', '.join(labels)}, row {row['id']}{where} has {row['target']!r}"
                f"{nearest(row['target'], labels)}: mend it, or bring training rows that have it"
            )
