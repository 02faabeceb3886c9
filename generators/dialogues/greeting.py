"""Arriving at the desk: the booking is found, the key handed over, and the way and the hours are told."""

from generators.dialogues import guesthouse as house
from generators.dialogues.guesthouse import NUMBERS, PARKING, PASSWORD, ROOMS, WEEK
from generators.dialogues.talk import ALONE, TOGETHER, Talk, read_topic
from generators.engine import between, choose, shuffled

SAYS, _ = read_topic("greeting")
QUESTIONS = ("way", "password", "breakfast", "leave", "parking", "dinner", "pay", "bags", "door", "view")


def plan(talk: Talk) -> None:
    """Fill a talk: somebody arrives, is given a room, and asks about it."""
    rng, facts = talk.rng, talk.facts
    kind = choose(rng, tuple(ROOMS))
    room, count, today = ROOMS[kind], between(rng, 2, 6), between(rng, 0, 6)
    number = between(rng, *room.numbers)
    surname = choose(rng, house.SURNAMES)
    tomorrow, leave = WEEK[(today + 1) % 7], WEEK[(today + count) % 7]
    facts |= {
        "name": talk.visitor,
        "surname": surname,
        "full": f"{talk.visitor} {surname}",
        "daypart": choose(rng, ("morning", "afternoon", "evening")),
        "kind": kind,
        "room": str(number),
        "floor": room.floor,
        "way": room.way,
        "view": room.view,
        "word": PASSWORD,
        "password": f"{PASSWORD}{number}",
        "nights": f"{NUMBERS[count]} nights",
        "today": WEEK[today],
        "tomorrow": tomorrow,
        "leave": leave,
        "hours": house.HOURS[tomorrow in house.WEEKEND],
        "when": "at weekends" if tomorrow in house.WEEKEND else "on weekdays",
        "dish": house.DISHES[WEEK[today]][0],
        "late": str(house.LATE),
        "parking": str(PARKING),
        "parking total": str(count * PARKING),
        "rate": str(room.rate),
        "total": str(count * room.rate),
    }
    facts |= ALONE if room.sleeps == 1 else TOGETHER
    if talk.chance(0.3):
        talk.robin("welcome")
    if talk.chance(0.6):
        talk.guest("arrive all")
    else:
        talk.ask("arrive no name", "which name")
        talk.guest("this name")
    talk.robin("found, early" if facts["daypart"] == "morning" else "found", hold=True)
    for question in shuffled(rng, QUESTIONS)[: between(rng, 0, 4)]:
        talk.ask(f"ask {question}", question, more=True)
    talk.end(0.6, "thanks", 0.7, "enjoy")
