"""Booking a room: which kind, from when, how many nights; the price, and what else one asks before one books."""

from generators.dialogues.guesthouse import BREAKFAST, DOG, FREE_DAYS, MONTHS, NUMBERS, PARKING, ROOMS, SURNAMES
from generators.dialogues.talk import ALONE, TOGETHER, Talk, read_topic
from generators.engine import between, choose, shuffled

SAYS, _ = read_topic("booking")
QUESTIONS = "other nights, other kind, parking, dog, breakfast, cancel, deposit, arrival, view, bath".split(", ")


def plan(talk: Talk) -> None:
    """Fill a talk: somebody asks for a room, is told what it costs, and books it."""
    rng, facts = talk.rng, talk.facts
    day, month = between(rng, 4, 19), between(rng, 1, 12)
    kind = choose(rng, tuple(ROOMS))
    size = ROOMS[kind].sleeps
    facts |= {
        "name": talk.visitor,
        "full": f"{talk.visitor} {choose(rng, SURNAMES)}",
        "date": f"{day} {MONTHS[month - 1]}",
        "until": f"{day - FREE_DAYS} {MONTHS[month - 1]}",
        "code": f"{day:02}{month:02}",
        "free days": NUMBERS[FREE_DAYS],
        "size": str(size),
        "people": "one person" if size == 1 else f"{NUMBERS[size]} people",
        "morning": str(size * BREAKFAST),
    }
    facts |= {"parking": str(PARKING), "dog": str(DOG), "breakfast": str(BREAKFAST)}
    facts |= ALONE if size == 1 else TOGETHER
    stay(talk, kind, between(rng, 2, 7))
    if talk.chance(0.4):
        talk.robin("answers")
    asked_for(talk)
    offer = "suggest" if "party" in facts else "free"  # as what suits the party, if that is what the visitor told
    if ROOMS[kind].instead and talk.chance(0.2):
        facts["other"] = ROOMS[kind].instead
        talk.robin("full", hold=True)
        talk.guest("accept")
        stay(talk, facts["other"], int(facts["count"]))
        talk.robin("price")
    elif talk.chance(0.5):
        talk.robin(offer, "price", hold=True)
    else:
        talk.robin(offer, hold=True)
        talk.ask("ask price", "price")
    for question in shuffled(rng, QUESTIONS)[: between(rng, 0, 3)]:
        ask(talk, question)
    if talk.chance(0.6):
        talk.guest("take, name")
    else:
        talk.ask("take", "which name")
        talk.guest("this name")
    talk.robin("confirm", hold=True)
    talk.end(0.6, "thanks", 0.6, "bye")


def stay(talk: Talk, kind: str, count: int) -> None:
    """Set the kind of room and the number of nights, and all that follows from them."""
    facts, room = talk.facts, ROOMS[kind]
    day, month = facts["date"].split()
    facts |= {
        "kind": kind,
        "rate": str(room.rate),
        "view": room.view,
        "bath": room.bath,
        "whom": room.offered_to,
        "count": str(count),
        "nights": f"{NUMBERS[count]} nights",
        "leave": f"{int(day) + count} {month}",
        "total": str(count * room.rate),
        "rest": str((count - 1) * room.rate),
        "parking total": str(count * PARKING),
        "dog total": str(count * DOG),
    }


def asked_for(talk: Talk) -> None:
    """Have the visitor ask for a room, and be asked for what is missing."""
    facts = talk.facts
    mark = talk.rng.random()
    if mark < 0.35:
        talk.guest("ask all")
    elif mark < 0.5:
        talk.ask("ask no date", "which date")
        talk.guest("this date")
    elif mark < 0.65:
        talk.ask("ask no nights", "how many nights")
        talk.guest("this many")
    else:
        facts["party"] = choose(talk.rng, ROOMS[facts["kind"]].party)
        talk.guest("ask party")


def ask(talk: Talk, question: str) -> None:
    """Add one question and its answer."""
    rng, facts = talk.rng, talk.facts
    count, kind = int(facts["count"]), facts["kind"]
    asked, answered = question, question
    if question == "other nights":
        new = choose(rng, [one for one in range(2, 9) if one != count])
        facts["new"] = f"{NUMBERS[new]} nights"
    elif question == "other kind":
        large = [one for one, room in ROOMS.items() if room.sleeps >= int(facts["size"]) and one != kind]
        other = choose(rng, large or ["attic"])
        rate = ROOMS[other].rate
        facts |= {"other": other, "other rate": str(rate), "other total": str(count * rate)}
    elif question == "arrival":
        asked = answered = choose(rng, ("early", "late"))
    elif question == "breakfast" and facts["size"] == "1":
        asked = "breakfast alone"
    elif question == "dog":
        answered = "dog yes" if ROOMS[kind].dogs else "dog no"
    talk.guest(f"ask {asked}", more=True)
    if question == "other nights":
        stay(talk, kind, new)
    talk.robin(answered, hold=question in ("other nights", "other kind"))
