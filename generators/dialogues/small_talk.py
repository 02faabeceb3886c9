"""Small talk at the desk: weather, hobbies, journeys, dinner, the cat, the house and what Robin likes."""

from collections.abc import Callable

from generators.dialogues.guesthouse import DISHES, HOBBIES, NUMBERS, PLACES, WEATHER, WEEK
from generators.dialogues.talk import Talk, read_topic
from generators.engine import between, choose, shuffled

SAYS, _lists = read_topic("small_talk")
COMPANIONS = {one: (she, her) for she, her in (("she", "her"), ("he", "him")) for one in _lists["companions"].all(she)}
TOWNS = _lists["origin"].all("towns")
FIRST = {means: place for means, (place,) in _lists["means"].rest().items()}  # what to see first, by how one has come
CAT = [line.split(" | ") for line in _lists["cat"].all("does")]  # what the cat does, what Robin says to it
FINDING = ("weather", "hobby", "companion")  # threads that find a place to go to
LATER = ("dinner", "cat", "you", "house")  # that can also follow another
OTHERS = ("been", "origin", *LATER)


def plan(talk: Talk) -> None:
    """Fill a talk: one thing or two to chat about; a third person may join in where it is about a place."""
    facts = talk.facts
    facts |= {"name": talk.visitor, "hello": "{hi}"}
    if talk.chance(0.35):
        talk.robin("morning")
        facts["hello"] = "{fine}"
    together = "third" in facts
    finding = together or talk.chance(0.6)
    first = choose(talk.rng, FINDING if finding else OTHERS)
    THREADS[first](talk)
    if finding:
        questions = shuffled(talk.rng, ["far", "price", "day", *(["best"] if first == "weather" else [])])
        for question in questions[: between(talk.rng, 0, 1 if together else 3)]:
            ask(talk, question)
    if together:
        talk.guest("joins", who=facts["third"])
        talk.ask("come along", "both free" if facts["price"] == "0" else "both", hold=True)
    elif talk.chance(0.3 if finding else 0.7):
        facts["hello"] = "{by the way}"
        THREADS[choose(talk.rng, [one for one in LATER if one != first])](talk)
        finding = False
    talk.end(0.6, "off" if finding else "so long", 0.6, "off you go" if finding else "see you")


def find(talk: Talk, place: str) -> None:
    """Set the place that is spoken of, and all that is known of it."""
    rng, known = talk.rng, PLACES[place]
    count = between(rng, 2, 5)
    day = between(rng, 0, 6)
    if known.closed and talk.chance(0.5):
        day = WEEK.index(known.closed)
    talk.facts |= {
        "place": place,
        "minutes": str(known.minutes),
        "best": known.best,
        "price": str(known.price),
        "people": f"{NUMBERS[count]} people",
        "price total": str(count * known.price),
        "both": str(2 * known.price),
        "day": WEEK[day],
        "next": WEEK[(day + 1) % 7],
        "except": f", it's only closed on {known.closed}" if known.closed else ", as on all days",
    }


def with_kin(talk: Talk) -> None:
    """Set whom the visitor is here with."""
    kin = choose(talk.rng, tuple(COMPANIONS))
    he, him = COMPANIONS[kin]
    talk.facts |= {"kin": kin, "kin he": he, "kin him": him}


def weather(talk: Talk) -> None:
    """The visitor speaks of the weather, and Robin knows where to go."""
    now = choose(talk.rng, tuple(WEATHER))
    known = WEATHER[now]
    find(talk, known.place)
    talk.facts |= {"weather": now, "item": known.item, "outside": choose(talk.rng, known.said)}
    talk.ask("weather", "weather advice", hold=True)


def hobby(talk: Talk) -> None:
    """The visitor likes something, and Robin knows where one does it."""
    talk.facts["hobby"] = choose(talk.rng, tuple(HOBBIES))
    find(talk, HOBBIES[talk.facts["hobby"]])
    talk.ask("hobby", "hobby advice", hold=True)


def companion(talk: Talk) -> None:
    """The visitor is here with somebody who likes something."""
    with_kin(talk)
    talk.facts["hobby"] = choose(talk.rng, tuple(HOBBIES))
    find(talk, HOBBIES[talk.facts["hobby"]])
    talk.ask("companion", "companion advice")


def been(talk: Talk) -> None:
    """The visitor was somewhere."""
    with_kin(talk)
    find(talk, choose(talk.rng, tuple(PLACES)))
    talk.ask("been", "been too")


def origin(talk: Talk) -> None:
    """The visitor tells of the journey, and may ask what to see first."""
    rng = talk.rng
    means = choose(rng, tuple(FIRST))
    talk.facts |= {"town": choose(rng, TOWNS), "hours": f"{NUMBERS[between(rng, 3, 9)]} hours", "means": means}
    find(talk, FIRST[means])
    talk.ask("origin", "origin reply")
    if talk.chance(0.6):
        talk.ask("origin answer", "first")


def dinner(talk: Talk) -> None:
    """The visitor asks what there is to eat, and perhaps for something else."""
    with_kin(talk)
    day = choose(talk.rng, WEEK)
    dish, *instead = DISHES[day]
    talk.facts |= {"day": day, "dish": dish, "instead": instead[0] if instead else ""}
    talk.ask("dinner", "dish")
    if talk.chance(0.6):
        talk.ask("ask instead", "instead" if instead else "instead none")


def cat(talk: Talk) -> None:
    """The visitor has met the cat."""
    does, reply = choose(talk.rng, CAT)
    talk.facts |= {"cat does": does, "cat reply": reply}
    talk.ask("cat", "pepper")
    if talk.chance(0.5):
        talk.ask("ask pepper", "no feeding", more=True)


def you(talk: Talk) -> None:
    """The visitor asks about Robin."""
    talk.ask("you", "robin")
    if talk.chance(0.6):
        talk.ask("ask free", "free", more=True)


def house(talk: Talk) -> None:
    """The visitor asks about the house."""
    talk.ask("house", "history")


def ask(talk: Talk, question: str) -> None:
    """Add a question on the place that is spoken of, and its answer."""
    place = PLACES[talk.facts["place"]]
    answer = question
    if question == "price" and not place.price:
        answer = "price none"
    if question == "day":
        answer = "day closed" if place.closed == talk.facts["day"] else "day open"
    talk.ask(f"ask {question}", answer, more=True, hold=question in ("price", "day"))


THREADS: dict[str, Callable[[Talk], None]] = {
    one.__name__: one for one in (weather, hobby, companion, been, origin, dinner, cat, you, house)
}
