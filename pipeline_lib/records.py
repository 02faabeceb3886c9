"""What a row of the files between stages is: plain dicts, one JSON object a line."""

from typing import Any

NO_ANSWER = "no answer"  # what is said where the passage does not tell

# {id, group, stratum, source, target, leak} and what else the task's prompt needs. Rows of one `group` never
# straddle the split; `leak` names the training row a held-out one nearly equals, "" where there is none.
Example = dict[str, Any]

# {id, prediction, reference} and, where a model said how likely it held the reference to be, {logp, tokens, bytes}.
Answer = dict[str, Any]
