"""An n-gram language model, the baseline for perplexity and bits per byte."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from pipeline_lib.core.errors import UserError


class NgramModel:
    """An interpolated n-gram model over token ids with Witten-Bell smoothing; no token has probability 0.

    p(w | h) = (c(h w) + t(h) p(w | h')) / (c(h) + t(h)), where t(h) is how many different tokens follow the history h
    and h' is h without its first token; below the unigram each of the vocabulary's tokens is equally likely (Witten
    and Bell 1991, as Chen and Goodman 1998 write it).
    """

    def __init__(self, rows: Sequence[tuple[Sequence[int], Sequence[int]]], order: int, vocabulary: int) -> None:
        """Count n-grams of up to `order` tokens in `rows`, (token ids, the places where an n-gram may end) each.

        `vocabulary` is the number of token ids. Raises UserError where no n-gram is counted.
        """
        self.order, self.vocabulary = order, vocabulary
        self.after: dict[tuple[int, ...], Counter[int]] = defaultdict(Counter)
        for ids, places in rows:
            for place in places:
                for width in range(min(order, place + 1)):
                    self.after[tuple(ids[place - width : place])][ids[place]] += 1
        if not self.after:
            raise UserError("there are no training tokens to count: run the split stage, or raise split.train")
        self.totals = {history: found.total() for history, found in self.after.items()}
        self._best: dict[tuple[int, ...], int] = {}

    def probability(self, token: int, before: Sequence[int]) -> float:
        """Return the probability of `token` after the tokens `before`."""
        found = 1 / self.vocabulary
        for history in self._known(before):
            follow, total = self.after[history], self.totals[history]
            found = (follow[token] + len(follow) * found) / (total + len(follow))
        return found

    def most_likely(self, before: Sequence[int]) -> int:
        """Return the most probable token after the tokens `before`; of equal ones that with the lowest id."""
        best = -1
        for history in self._known(before):
            if history not in self._best:
                # Of the tokens that never followed this history, the most probable is that of the shorter history.
                tried = {*self.after[history], *[best] * (best >= 0)}
                self._best[history] = min(tried, key=lambda token: (-self.probability(token, history), token))
            best = self._best[history]
        return best

    def _known(self, before: Sequence[int]) -> list[tuple[int, ...]]:
        """Return the ends of `before` that were counted as histories, the shortest first."""
        histories = [tuple(before[len(before) - width :]) for width in range(min(self.order, len(before) + 1))]
        return [history for history in histories if history in self.after]
