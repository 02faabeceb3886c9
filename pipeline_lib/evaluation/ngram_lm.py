"""A language model that is a few counts: what a neural one has to beat before its perplexity means anything."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from pipeline_lib.core.errors import UserError


class Counts:
    """An interpolated n-gram model over token ids, Witten-Bell smoothed, every token possible everywhere.

    p(w | h) = (c(h w) + t(h) p(w | h')) / (c(h) + t(h)), where t(h) is how many different tokens follow the history h
    and h' is h without its first token; below the unigram each of the vocabulary's tokens is equally likely (Witten
    and Bell 1991, as Chen and Goodman 1998 write it).
    """

    def __init__(self, rows: Sequence[tuple[Sequence[int], Sequence[int]]], order: int, vocabulary: int) -> None:
        """Count, of each row (its tokens, the places that are learnt), runs of up to `order` tokens that end there."""
        self.order, self.vocabulary = order, vocabulary
        self.after: dict[tuple[int, ...], Counter[int]] = defaultdict(Counter)
        for ids, places in rows:
            for at in places:
                for width in range(min(order, at + 1)):
                    self.after[tuple(ids[at - width : at])][ids[at]] += 1
        if not self.after:
            raise UserError("there are no training tokens to count: run the split stage, or raise split.train")
        self.totals = {history: found.total() for history, found in self.after.items()}
        self._best: dict[tuple[int, ...], int] = {}

    def p(self, token: int, before: Sequence[int]) -> float:
        """Return the probability of `token` after the tokens `before`."""
        found = 1 / self.vocabulary
        for history in self._known(before):
            follow, total = self.after[history], self.totals[history]
            found = (follow[token] + len(follow) * found) / (total + len(follow))
        return found

    def likeliest(self, before: Sequence[int]) -> int:
        """Return the token that is likeliest after `before`, the one with the lowest id of equally likely ones."""
        best = -1
        for history in self._known(before):
            if history not in self._best:
                # Of what never followed it, the likeliest is the one of the shorter history, if any.
                tried = {*self.after[history], *[best] * (best >= 0)}
                self._best[history] = min(tried, key=lambda token: (-self.p(token, history), token))
            best = self._best[history]
        return best

    def _known(self, before: Sequence[int]) -> list[tuple[int, ...]]:
        """Return the histories that were counted, the shortest first."""
        histories = [tuple(before[len(before) - width :]) for width in range(min(self.order, len(before) + 1))]
        return [history for history in histories if history in self.after]
