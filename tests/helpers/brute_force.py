"""Near-duplicates by their definition, pair by pair, to compare the fast search with."""

import re
import unicodedata
from itertools import combinations


def brute_force(texts: list[str], threshold: float) -> list[tuple[int, int, float]]:
    """Return the pairs that `near_duplicates` has to return, computed from the definition."""
    sets = []
    for text in texts:
        words = re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", text).casefold())
        whole = len(words) < 5
        sets.append({tuple(words)} if whole else {tuple(words[at : at + 5]) for at in range(len(words) - 4)})
    similar = ((i, j, len(sets[i] & sets[j]) / len(sets[i] | sets[j])) for i, j in combinations(range(len(texts)), 2))
    return [pair for pair in similar if pair[2] >= threshold]
