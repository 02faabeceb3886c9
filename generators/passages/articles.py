"""Draw the articles of a file: a kind each in turn, two to four passages, six to nine questions a passage."""

import re
from random import Random
from typing import Any

from generators.engine import between, choose, shuffled
from generators.passages.facts import KINDS, NAMES, THEMES, Article, Fact, Kind, LeastUsed
from generators.passages.passages import SLOT, Passage, compose, opens, resolved
from generators.passages.questions import QuestionPicker

WORDS = (76, 132)  # of a passage, before its values are drawn; with them it may be a few more or fewer
DRAWS = 60
QUESTIONS = (7, 9)  # of a passage


def make_article(least_used: LeastUsed, kind: Kind) -> Article:
    """Return a new article of a kind, with its title."""
    article = Article(least_used, kind.words, between(least_used.rng, *kind.born))
    pattern = article.pick(kind.titles)
    drawn = {
        "river": lambda: article.pick(NAMES["river"]),
        "family": lambda: article.pick(NAMES["family"]),
        "person": article.person,
        "things": lambda: article.pick(kind.words["things"]),
    }

    def fill(hit: re.Match[str]) -> str:
        return drawn[hit[1]]() if hit[1] in drawn else article.words[hit[1]]

    article.title = re.sub(r"\{(\w+)\}", fill, pattern)
    said = article.title[0].lower() + article.title[1:] if kind.name == "species" else article.title
    article.name = kind.called.format(title=said)
    article.short = kind.short.format(last=article.title.split()[-1])
    return article


def size(fact: Fact, frame: str) -> float:
    """Return about how many words a resolved frame has once it is filled."""
    slots = [hit[1] for hit in SLOT.finditer(frame)]
    return len(SLOT.sub("", frame).split()) + sum(fact.slots[name].size if name in fact.slots else 2 for name in slots)


def variety(told: list[tuple[Fact, str]]) -> int:
    """Return how many sorts of which a passage must have two it has two of: people, years."""
    sorts = [
        fact.slots[name].sort
        for fact, frame in told
        for name in {hit[1] for hit in SLOT.finditer(frame)}
        if name in fact.slots
    ]
    return sum(min(sorts.count(sort), 2) for sort in ("person", "year"))


def draw_facts(article: Article, kind: Kind, theme: str, first: bool) -> list[tuple[Fact, str]]:
    """Return facts of a theme with their frames, of a passage's length, with two people and two years if they can."""
    rng = article.rng
    free = [fact for fact in THEMES[theme] if kind.name in fact.kinds and fact.name not in article.facts]
    leads = [fact for fact in free if fact.lead]
    others = [fact for fact in free if not fact.lead]
    best: list[tuple[Fact, str]] = []
    for _ in range(DRAWS):
        order = shuffled(rng, others)
        wanted = between(rng, WORDS[0] + 10, WORDS[1] - 14)
        told: list[tuple[Fact, str]] = []
        words = 0.0
        for fact in (leads if first else []) + order:
            frame = resolved(rng, choose(rng, fact.says), article)
            if words + size(fact, frame) <= WORDS[1] and words < wanted:
                told.append((fact, frame))
                words += size(fact, frame)
        told.sort(key=lambda one: free.index(one[0]))
        if any(opens(frame) for _, frame in told) and words >= WORDS[0] and variety(told) > variety(best):
            best = told
        if best and variety(best) == 4:
            break
    if not best:
        raise RuntimeError(f"no passage of {WORDS[0]} to {WORDS[1]} words came of the theme {theme} for a {kind.name}")
    article.facts |= {fact.name for fact, _ in best}
    return best


def paragraph(passage: Passage, picker: QuestionPicker, number: int) -> dict[str, Any]:
    """Return one paragraph as SQuAD has it."""
    slug = re.sub(r"\W+", "-", passage.article.title.lower()).strip("-")
    qas = []
    for place, one in enumerate(picker.ask(passage, between(picker.rng, *QUESTIONS)), start=1):
        answers = [{"text": text, "answer_start": start} for text, start in one.answers]
        qas.append(
            {
                "id": f"{slug}-{number}-{place}",
                "question": one.text,
                "answers": answers if one.possible else [],
                "is_impossible": not one.possible,
                **({} if one.possible else {"plausible_answers": answers}),
            }
        )
    return {"context": passage.text, "qas": qas}


def make_articles(articles: int, seed: int) -> list[dict[str, Any]]:
    """Return `articles` articles with distinct titles; a longer list with the same seed begins with the shorter one."""
    rng = Random(seed)
    least_used, picker = LeastUsed(rng), QuestionPicker(rng)
    made: list[dict[str, Any]] = []
    titles: set[str] = set()
    turn: list[Kind] = []
    while len(made) < articles:
        turn = turn or shuffled(rng, KINDS)
        kind = turn.pop()
        article = make_article(least_used, kind)
        if article.title in titles:
            continue
        titles.add(article.title)
        most = min(len(kind.themes), 4)
        many = min(between(rng, 2, 5), most) if most > 2 else most
        chosen = [kind.themes[0], *shuffled(rng, kind.themes[1:])[: many - 1]]
        paragraphs = []
        for number, theme in enumerate(sorted(chosen, key=kind.themes.index), start=1):
            passage = compose(rng, article, draw_facts(article, kind, theme, first=number == 1))
            paragraphs.append(paragraph(passage, picker, number))
        made.append({"title": article.title, "paragraphs": paragraphs})
    return made
