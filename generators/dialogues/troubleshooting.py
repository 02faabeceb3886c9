"""Something in a room fails: what to try, in the order of the house, who comes if nothing helps, and until when."""

from generators.dialogues.guesthouse import FAULTS, REPAIRERS, ROOMS
from generators.dialogues.talk import Talk, read_topic
from generators.engine import between, choose, shuffled

SAYS, _ = read_topic("troubleshooting")
ABOUT = ("soon", "stay", "meanwhile", "cost", "else")


def plan(talk: Talk) -> None:
    """Fill a talk: a fault is told, steps are tried, and it works again or somebody is sent."""
    rng, facts = talk.rng, talk.facts
    kind = choose(rng, tuple(ROOMS))
    number = str(between(rng, *ROOMS[kind].numbers))
    facts |= {"name": talk.visitor, "room": number, "kind": kind, "floor": ROOMS[kind].floor}
    thing, second = shuffled(rng, tuple(FAULTS))[:2]
    broken(talk, thing)
    if talk.chance(0.3):
        talk.robin("desk")
    tried = choose(rng, (0, 0, 1, 1, 2))
    before = ("", "tried one", "tried two")[tried]
    if talk.chance(0.7):
        talk.guest("complain", before)
    else:
        talk.guest("complain, no room", before)
        talk.robin("which room")
        talk.guest("this room")
    mended = attempts(talk, thing, tried)
    if mended and talk.chance(0.35):
        broken(talk, second)
        talk.guest("also", more=True)
        mended = attempts(talk, second, 0)
    elif not mended:
        for about in shuffled(rng, ABOUT)[: between(rng, 0, 3)]:
            stays = "stay" if REPAIRERS[facts["who"]].guest_stays else "go"
            talk.ask(f"ask {about}", stays if about == "stay" else about, more=True)
    talk.end(0.5, "thanks", 0.6, "you're welcome")


def broken(talk: Talk, thing: str) -> None:
    """Set what fails, and all that follows from it."""
    fault = FAULTS[thing]
    repairer = REPAIRERS[fault.who]
    talk.facts |= {
        "thing": thing,
        "bad": choose(talk.rng, fault.bad),
        "works": fault.works,
        "did1": fault.steps[0][1],
        "did2": fault.steps[1][1],
        "who": fault.who,
        "he": repairer.he,
        "him": repairer.him,
        "soon": repairer.soon,
        "trade": repairer.trade,
        "meanwhile": fault.meanwhile,
    }


def attempts(talk: Talk, thing: str, tried: int) -> bool:
    """Go through the steps from number `tried` on; return whether one helped. If none did, somebody is sent."""
    for number, (do, did, where) in enumerate(FAULTS[thing].steps):
        if number < tried:
            continue
        talk.facts |= {"do": do, "did": did, "where": where}
        talk.robin(("first", "second", "third")[number], hold=True)
        if talk.chance(0.2):
            talk.ask("where", "there")
        if talk.chance(0.3):
            talk.ask("works", "glad")
            return True
        talk.guest("fails")
    talk.robin("send", hold=True)
    return False
