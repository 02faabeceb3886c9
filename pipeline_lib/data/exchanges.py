"""A conversation as questions and answers: each turn of the assistant, with the turns before it as its question."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from pipeline_lib.core.errors import UserError
from pipeline_lib.data.cells import shown
from pipeline_lib.data.conversations import Turn

_SPEAKERS = {"user": "User", "assistant": "Assistant", "tool": "Tool", "call": "Tool call"}


@dataclass(frozen=True)
class Exchange:
    """An answer and all that was said before it, one text; `history` are its turns, [] where it is one question."""

    question: str
    answer: str
    history: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Conversation:
    """The exchanges of a conversation, one at least, and `lead`, its system text."""

    exchanges: list[Exchange]
    lead: str = ""
    after: int = 0  # turns after the last answer
    unlearnt: int = 0  # answers to which the file gives no weight

    @property
    def last(self) -> Exchange:
        """The last exchange."""
        return self.exchanges[-1]


def conversation(turns: Sequence[Turn], origin: str, answered: bool = True) -> Conversation:
    """Return the exchanges of a conversation of a user, an assistant and tools.

    Calls of tools and what tools say are part of what was said before an answer. Without an answer there is one
    exchange, whose answer is empty; also where not `answered` and the last turn is no answer. `origin` names the row in
    messages. Raises UserError for a turn of anybody else.
    """
    other = next((turn for turn in turns if not turn.role), None)
    if other:
        raise UserError(
            f"a turn must be of a user, an assistant, a system or a tool, {origin} has one of {shown(other.speaker)}: "
            "use recipes/dialogue, where anybody may speak, or take that turn out"
        )
    spoken = [turn for turn in turns if turn.role != "system"]
    answers = [at for at, turn in enumerate(spoken) if turn.role == "assistant"]
    learnt = [at for at in answers if spoken[at].learnt]
    if not answered and answers[-1:] != [len(spoken) - 1]:
        learnt = []
    last = learnt[-1] if learnt else len(spoken)
    return Conversation(
        [_exchange(spoken, at) for at in learnt or [last]],
        lead="\n\n".join(turn.text for turn in turns if turn.role == "system" and turn.text),
        after=sum(bool(turn.text) for turn in spoken[last + 1 :]),
        unlearnt=len(answers) - len(learnt),
    )


def conversation_notes(conversations: Sequence[Conversation]) -> list[str]:
    """Return the lines of the log that say which turns are no row's answer."""
    earlier = [len(one.exchanges) - 1 for one in conversations if len(one.exchanges) > 1]
    after, unlearnt = (sum(getattr(one, name) for one in conversations) for name in ("after", "unlearnt"))
    lines = []
    if earlier:
        lines.append(
            f"{len(earlier):,} conversations have several answers, {sum(earlier):,} before the last: "
            "split.answers says whether these are trained on too"
        )
    if after:
        lines.append(f"not read: {after:,} turns after the last answer of a conversation")
    if unlearnt:
        lines.append(f"{unlearnt:,} answers have the weight 0: they are read, and never learnt")
    return lines


def _exchange(spoken: Sequence[Turn], at: int) -> Exchange:
    before, answer = spoken[:at], "".join(turn.text for turn in spoken[at : at + 1])
    if len(before) == 1 and before[0].role == "user":
        return Exchange(before[0].text, answer)
    history = [f"{_SPEAKERS[turn.role]}: {turn.text}" for turn in before]
    return Exchange("\n".join(history), answer, history)
