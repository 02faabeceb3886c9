"""Near-duplicates by their definition, pair by pair, to compare the fast search with."""

import re
import unicodedata
from collections import Counter
from itertools import combinations


def brute_force(texts: list[str], threshold: float = 7 / 8, contained: float = 3 / 4) -> list[tuple[int, int, float]]:
    """Return the pairs that `near_duplicates` has to return, computed from the definition."""
    bags = []
    for text in texts:
        bag = Counter(re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", text).casefold()))
        weighed = {word: 3 * count if re.search(r"\d", word) else count for word, count in bag.items()}
        bags.append(Counter(weighed or {"": 1}))
    pairs = []
    for (i, one), (j, other) in combinations(enumerate(bags), 2):
        shorter, longer = sorted((one, other), key=Counter.total)
        share = (one & other).total() / longer.total()
        within = shorter <= longer and longer.total() >= 16
        if share >= threshold or (within and share >= contained):
            pairs.append((i, j, share))
    return pairs


def shared_runs(texts: list[str], run: int = 5) -> list[float]:
    """Return the Jaccard similarities, above 0, of the sets of `run` words in a row of all pairs of texts."""
    sets: list[set[tuple[str, ...]]] = []
    having: dict[tuple[str, ...], list[int]] = {}
    for place, text in enumerate(texts):
        words = re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", text).casefold())
        sets.append({tuple(words[at : at + run]) for at in range(max(len(words) - run + 1, 1))})
        for gram in sets[-1]:
            having.setdefault(gram, []).append(place)
    pairs = {pair for places in having.values() for pair in combinations(places, 2)}
    return [len(sets[i] & sets[j]) / len(sets[i] | sets[j]) for i, j in pairs]
