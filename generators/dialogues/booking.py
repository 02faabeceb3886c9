"""Booking a room: which kind, from when, how many nights; the price, and what else one asks before one books.

How to run: not alone; rows.py calls `plan`. What comes out: the turns of a Talk.
"""

from generators.dialogues.house import (
    BREAKFAST,
    DOG,
    FREE_DAYS,
    KINDS,
    MONTHS,
    NUMBERS,
    PARKING,
    PARTIES,
    SURNAMES,
)
from generators.dialogues.wording import ALONE, TOGETHER, Talk
from generators.reports.slots import between, choose
from generators.reviews.grammar import lines
from generators.reviews.rows import shuffled

SAYS = {
    "answers": lines("""
        {house}, Robin speaking. [How can I help?|What can I do for you?|Hello.|]
        [Hello|Good day], {house}, this is Robin[ at the desk|].
        [Hello|Good day], you've reached {house}, Robin speaking.
        The desk of {house}, [Robin here|this is Robin|my name is Robin]. [How can I help?|]
    """),
    "ask all": lines("""
        {hi} I'd like [to book |]a {kind} room for {nights} from {date}, please.
        {hi} [Do you have|Is there|Have you got] a {kind} room [free |]from {date} for {nights}?
        {hi} [Could|Can|May] I [book|reserve] a {kind} room for {nights}, arriving on {date}?
        {hi} I'm [looking for|hoping for|after] a {kind} room from {date}, {nights} in all.
        {hi} I need a {kind} room [starting on|from] {date}, for {nights}.
    """),
    "ask no date": lines("""
        {hi} I'd like [to book |]a {kind} room for {nights}, please.
        {hi} [Could|Can|May] I [book|reserve] a {kind} room for {nights}?
        {hi} [{I'm} planning|{I'd} like] to stay for {nights}, [do you have|have you got] a {kind} room?
        {hi} I'm [looking for|after] a {kind} room, for {nights}.
    """),
    "which date": lines("""
        {sure} [Which day|On which day] would you [arrive|like to arrive] for your {nights}?
        {sure} When would your {nights} [begin|start]?
        A {kind} room for {nights}, [gladly|of course]. From which [day|date]?
        {sure} And when would you [need|want] the {kind} room?
        {nights} in a {kind} room, [noted|fine]. [Which date|What date] do you arrive?
    """),
    "this date": lines("""
        [{I'd} arrive|That would be|It would be|{I} would arrive] on {date}.
        From {date}[, please|, if that's possible| if you have something].
        {date} [would suit us best|would be ideal|is what I had in mind].
        [I was thinking of|I had thought of|Let's say] {date}.
    """),
    "ask no nights": lines("""
        {hi} I'd like [to book |]a {kind} room from {date}, please.
        {hi} [Could|Can|May] I [book|reserve] a {kind} room from {date}?
        {hi} [Do you have|Have you got|Is there] a {kind} room [free |]from {date} on?
        {hi} I'm arriving on {date} and need a {kind} room.
    """),
    "how many nights": lines("""
        {sure} [How many nights|For how many nights] would you [stay|like to stay] from {date}?
        {sure} And how long [would you stay|are you staying] from {date}?
        A {kind} room from {date}, [gladly|of course]. [How many nights|For how long]?
        From {date}, [noted|fine]. How many nights [will it be|do you need the {kind} room]?
    """),
    "this many": lines("""
        {nights}[, please|, if possible|].
        [{I'd} stay|It would be|I was thinking of|Let's say] {nights}.
        For {nights}[, please|, I think|].
    """),
    "ask party": lines("""
        {hi} I need a room {party} from {date}, for {nights}.
        {hi} [Do you have|Have you got|Is there] a room {party} from {date}, {nights} in all?
        {hi} [Could|Can|May] I [book|reserve] something {party}, {nights} from {date}?
        {hi} I'm [looking for|after] a room {party}, for {nights} from {date}. [What would you suggest?|]
        {hi} Which room would you [suggest|recommend] {party}? [{I} arrive on|It's from] {date}, for {nights}.
    """),
    "suggest": lines("""
        For {whom} [I'd suggest|I recommend|the best is] a {kind} room, and one is free from {date} for {nights}.
        A {kind} room [suits|is right for] {whom}. [We have one|There is one free] from {date} for {nights}.
        [Then a {kind} room is right|That calls for a {kind} room]: it is meant for {whom}, and it's free \
            from {date} to {leave}.
        For {whom} we have the {kind} rooms, and from {date} [one is free|there is one] for {nights}.
    """),
    "free": lines("""
        [Yes|Yes, gladly|Certainly], a {kind} room is free from {date} for {nights}.
        [Yes|You're in luck], we have a {kind} room from {date} to {leave}, that's {nights}.
        [Yes|That works|That's possible], from {date} there is a {kind} room for {nights}.
        A {kind} room for {nights} from {date}, [yes, that's free|that works|we have that].
    """),
    "price": lines("""
        At {rate} euros a night, {nights} [come to|make|cost] {total} euros.
        The {kind} room is {rate} euros a night, so {nights} [come to|make|cost] {total} euros.
        [That's|That would be|That comes to] {total} euros for {nights} in the {kind} room[, {rate} euros a night|].
        {nights} in a {kind} room [come to|cost] {total} euros[, at {rate} euros a night|].
    """),
    "ask price": lines("""
        [What|How much] would that [cost|come to|be][ in all|]?
        [What's|And what's|What is] the price for that?
        And how much [is that|does that cost|would {I} pay][ altogether| in total|]?
        [Good|Great|Fine]. What [does it cost|do you charge|will it cost]?
    """),
    "full": lines("""
        [I'm sorry|I'm so sorry|Sadly], from {date} the {kind} rooms are all taken, but a {other} room is free \
            for the {nights}.
        From {date} there is no {kind} room [left|free], [I'm sorry|I'm afraid]. I could offer a {other} room \
            for the {nights}.
        [I'm sorry|Unfortunately], no {kind} room is free from {date}. A {other} room is, for all {nights}.
        The {kind} rooms are [taken|fully booked] from {date}. [Would you take|How about|May I offer] a \
            {other} room for {nights} instead?
    """),
    "accept": lines("""
        A {other} room is [fine|fine with {me}|all right|good too]. [How much is it?|What would it cost?]
        Then [the|a] {other} room, [please|why not]. What does [it|that] cost?
        [All right|Fine|Good], {I} can take a {other} room. How much [is that|would that be]?
        A {other} room would do. What's the price[ for that|]?
    """),
    "ask other nights": lines("""
        [Could|Can] {I} [make it|stay for] {new} instead[ of {nights}|]?
        [And what|What] if {I} stay for {new} instead[ of {nights}|]?
        Actually, [could it be|could you make it|might it be] {new}[, please|, if you can|]?
        How much would it be for {new} instead of {nights}?
    """),
    "other nights": lines("""
        {new} from {date} [is fine too|works as well|is possible]: you'd leave on {leave} and pay {total} euros.
        {new} in the {kind} room [come to|cost|make] {total} euros, and you'd leave on {leave}.
        [Yes, then|Gladly, then|Then] it's from {date} to {leave}, and {new} [come to|cost] {total} euros.
        For {new} it's {total} euros in the {kind} room, until {leave}.
    """),
    "ask other kind": lines("""
        [And what|What] would a {other} room cost[ for the same nights| instead|]?
        [Just to compare|Out of curiosity], how much is a {other} room?
        And [if {I} took|what about] a {other} room[ instead|]?
        How much more or less would [{I} pay|it be] for a {other} room?
    """),
    "other kind": lines("""
        A {other} room is {other rate} euros a night, so {nights} [come to|make|cost] {other total} euros.
        {nights} in a {other} room [come to|cost|would cost] {other total} euros[, at {other rate} euros a night|].
        [That|The {other} room] would be {other total} euros for {nights}, {other rate} euros a night.
    """),
    "ask parking": lines("""
        [Can {I} park|Is there parking] at the house? {I'll} [come|be coming] by car.
        [And where|Where] [can|do] {I} leave the car, and what does it cost?
        {I'll} have a car with {me}. [How much is parking|What do you charge for parking]?
        Do you have [a parking space|room for a car]?
    """),
    "parking": lines("""
        Parking [is|costs] {parking} euros a night, so {parking total} euros for {nights}.
        [Yes, you|You] can park behind the house for {parking} euros a night, {parking total} euros for {nights}.
        Behind the house, [at|for] {parking} euros a night. For {nights} [that's|that makes] {parking total} euros.
        There is a yard behind the house: {nights} [come to|cost] {parking total} euros, {parking} euros a night.
    """),
    "ask dog": lines("""
        [Can {I} bring|May {I} bring|Could {I} bring] {my} dog?
        [Are dogs allowed|Is a dog welcome] in the {kind} room?
        {I'd} [bring|have] a [small|quiet|friendly] dog with {me}, is that [all right|possible]?
        And {my} dog, can [he|she] come too?
    """),
    "dog yes": lines("""
        [Yes|Certainly], dogs are welcome in the {kind} rooms, for {dog} euros a night: {dog total} euros for {nights}.
        [Gladly|Of course], a dog in a {kind} room costs {dog} euros a night, so {dog total} euros for {nights}.
        In a {kind} room, yes. For {nights} a dog [costs|comes to] {dog total} euros, at {dog} euros a night.
        Dogs may stay in the {kind} rooms[, yes|]. It's {dog} euros a night, {dog total} euros for [the|your] {nights}.
    """),
    "dog no": lines("""
        [I'm sorry|I'm afraid not|Sadly not], dogs can't stay in the {kind} rooms, only in single, twin and \
            family rooms.
        Not in [a|the] {kind} room, [I'm sorry|I'm afraid]. Dogs are welcome in single, twin and family rooms.
        Dogs are not allowed in the {kind} rooms, [sorry|I'm afraid], but they are in single, twin and family rooms.
        [No|Sorry], no dogs in the {kind} rooms. Only the single, twin and family rooms take them.
    """),
    "ask breakfast": lines("""
        Is breakfast included? There [will be|are] {people}.
        [What|How much] [is|does] breakfast [for {people}|if there are {people}]?
        [And breakfast|What about breakfast]? With {people}, what [would it|does it] cost?
        How much [would {people} pay|do {people} pay] for breakfast?
    """),
    "ask breakfast alone": lines("""
        Is breakfast included? [I'm|I'll be] [alone|on my own].
        [What|How much] is breakfast [for one person|for me alone]?
        [And breakfast|What about breakfast]? It's only for [me|one person].
        How much [would I|do I] pay for breakfast, just for myself?
    """),
    "breakfast": lines("""
        Breakfast [is|costs] {breakfast} euros a person, so {morning} euros a day for {people}.
        [It's extra|It isn't included]: {breakfast} euros a person, {morning} euros a day for {people}.
        For {people} breakfast [comes to|is] {morning} euros a day, {breakfast} euros a person.
        That's {morning} euros [a day|each morning] for {people}, at {breakfast} euros a person.
    """),
    "ask cancel": lines("""
        [What if|And what if|What happens if] {I} have to cancel?
        [Until when|How long] can {I} cancel [free of charge|without paying|for free]?
        And if [{my} plans change|something comes up|somebody falls ill]?
        Can {I} still cancel [later|later on|after booking]?
    """),
    "cancel": lines("""
        You can cancel free of charge until {until}, {free days} days before [you arrive|your arrival].
        Cancelling is free until {until}, [that's|which is] {free days} days before {date}.
        Until {until} it costs nothing, {free days} days before [{date}|you arrive].
        [It's free|That's free of charge] up to {free days} days before {date}, so until {until}.
    """),
    "ask deposit": lines("""
        [Do {I} have to|Must {I}|Do {I} need to] pay [now|in advance|something now]?
        [Do you take|Is there|Will you need] a deposit?
        [When|And when] do {I} pay?
        How much do {I} pay [in advance|now|beforehand]?
    """),
    "deposit": lines("""
        Only the first night[ now|], {rate} euros, and the other {rest} euros when you arrive.
        We take {rate} euros [now|in advance] for the first night. The rest, {rest} euros, [is due|you pay] on {date}.
        [Just one night|The first night], {rate} euros[, now|]. The remaining {rest} euros [you pay here|are \
            due on arrival].
        The deposit is one night, so {rate} euros, which leaves {rest} euros for [{date}|your arrival].
    """),
    "ask early": lines("""
        {I'll} [be there|arrive] at [noon|eleven in the morning|one o'clock|ten in the morning]. Is the room ready then?
        {my} train gets in at [noon|half past eleven|one], can {I} [come|check in] then?
        Could {I} [check in|come] [before noon|at noon|early, say at eleven]?
        {I'd} like to [come|arrive] [in the morning|around noon]. Is that [too early|a problem]?
    """),
    "early": lines("""
        Rooms are ready from three in the afternoon, but you can leave your bags [at the desk|with me] \
            [before that|until then].
        [You can come|Come] whenever you like and leave your bags here, but the {kind} room is ready from \
            three in the afternoon.
        Check-in begins at three in the afternoon. [Before that|Until then] we keep your bags at the desk.
        Before three in the afternoon [it won't be ready|I can't promise the room], but your bags [can \
            wait|are safe] at the desk.
    """),
    "ask late": lines("""
        {I'll} [arrive|be there] [around eleven at night|after midnight|at half past ten at night]. Is that \
            [all right|too late]?
        {my} [flight|train] gets in [at eleven at night|after midnight], can {I} still get in?
        {I} [may|will] only arrive [around midnight|at eleven at night]. Will somebody be there?
        What if {I} come [after ten at night|around midnight]?
    """),
    "late": lines("""
        [After ten|From ten at night] your key is in the box by the door, the code is your arrival date, {code}.
        [That's fine|No problem]: from ten at night the keys are in the box by the door. Your code is {code}, \
            the day and month you arrive.
        The desk closes at ten, but [your key waits|we leave the key] in the box by the door. The code for \
            {date} is {code}.
        [No problem|Don't worry], we leave the key in the box by the door, and for {date} the code is {code}.
    """),
    "ask view": lines("""
        What does the {kind} room look out on?
        [Does it have|Is there] a [nice |good |]view[ from the {kind} room|]?
        [What's|And what's] the view like[ from there|]?
        [What|And what] can one see from the [window|windows]?
    """),
    "view": lines("""
        [The|All] {kind} rooms look out on {view}.
        From the {kind} room you [look out on|see] {view}.
        You'd [look out on|have a view of|see] {view}[, as from all {kind} rooms|].
        {view}: all the {kind} rooms [face it|look that way].
    """),
    "ask bath": lines("""
        [Is there|Does it have] a bathtub or a shower[ in the {kind} room|]?
        And the bathroom, [does it have|is there] a bathtub?
        [What's|What is] the bathroom like[ in the {kind} room|]?
        [Would {I} have|Is it] a bathtub or [only |]a shower?
    """),
    "bath": lines("""
        [The|All] {kind} rooms have {bath}.
        In the {kind} room [there is|you have] {bath}.
        There is {bath} in [every|each] {kind} room.
        A {kind} room [has|comes with] {bath}.
    """),
    "take, name": lines("""
        [{I'll} take it|Please book it|Then {I'd} like to book it|That's good, please book it]. The name is {full}.
        [Good|Great|Fine|Lovely], [book it|put it down] under {full}[, please|].
        Then [please reserve it|let's do that|let's book it], for {full}.
        [Let's do that|{I'd} like that|Yes, please]. My name is {full}.
    """),
    "take": lines("""
        [{I'll} take it|Please book it|Then {I'd} like to book it|That's good, please book it].
        [Good|Great|Fine|Lovely], [let's book it|{I'd} like to book that|{I'll} take that].
        Then [please reserve it|let's do that|put me down for it].
    """),
    "which name": lines("""
        {sure} [What name|Which name] shall I [write down|put in the book] for {date}?
        {sure} [May I have|Could I have|What is] your name?
        [Gladly|Good]. Under [what|which] name shall I book the {kind} room?
        And the name[ for the {kind} room|], please?
    """),
    "this name": lines("""
        {full}[, please|].
        [It's|The name is|My name is|That would be] {full}.
        [Under|Please write] {full}[, please|].
    """),
    "confirm": lines("""
        [Thank you|Thanks], {name}. That's a {kind} room from {date} to {leave}, {nights} for {total} euros.
        {full}, a {kind} room, {nights} from {date}, {total} euros. [It's booked|You're booked in|All set].
        [Done|Booked], {name}: {nights} in a {kind} room from {date} to {leave}, {total} euros[ in all|].
        I've [noted|written down] {full}, {date} to {leave}, a {kind} room, {total} euros[ for {nights}|].
    """),
    "bye": lines("""
        [See you|We'll see you|Until then, see you] on {date}, {name}.
        [We look|I look] forward to [seeing|meeting] you on {date}, {name}.
        You're welcome, {name}. [See you|Until we meet] on {date}.
        [My pleasure|Gladly], {name}. The {kind} room [will be|is] ready [for you |]on {date}.
    """),
}
QUESTIONS = (
    "other nights",
    "other kind",
    "parking",
    "dog",
    "breakfast",
    "cancel",
    "deposit",
    "arrival",
    "view",
    "bath",
)


def plan(talk: Talk) -> None:
    """Fill a talk: somebody asks for a room, is told what it costs, and books it."""
    rng, facts = talk.rng, talk.facts
    day, month = between(rng, 4, 19), between(rng, 1, 12)
    kind = choose(rng, tuple(KINDS))
    size = KINDS[kind].sleeps
    facts |= {
        "name": talk.visitor,
        "full": f"{talk.visitor} {choose(rng, SURNAMES)}",
        "date": f"{day} {MONTHS[month - 1]}",
        "until": f"{day - FREE_DAYS} {MONTHS[month - 1]}",
        "code": f"{day:02}{month:02}",
        "free days": NUMBERS[FREE_DAYS],
        "size": str(size),
        "people": people(size),
        "morning": str(size * BREAKFAST),
    }
    facts |= {"parking": str(PARKING), "dog": str(DOG), "breakfast": str(BREAKFAST)}
    facts |= ALONE if size == 1 else TOGETHER
    stay(talk, kind, between(rng, 2, 7))
    if talk.chance(0.4):
        talk.robin("answers")
    asked_for(talk)
    if KINDS[kind].instead and talk.chance(0.2):
        facts["other"] = KINDS[kind].instead
        talk.robin("full", hold=True)
        talk.guest("accept")
        stay(talk, facts["other"], int(facts["count"]))
        talk.robin("price")
    elif talk.chance(0.5):
        talk.robin(offer(talk), "price", hold=True)
    else:
        talk.robin(offer(talk), hold=True)
        talk.guest("ask price")
        talk.robin("price")
    for question in shuffled(rng, list(QUESTIONS))[: between(rng, 0, 3)]:
        ask(talk, question)
    if talk.chance(0.6):
        talk.guest("take, name")
    else:
        talk.guest("take")
        talk.robin("which name")
        talk.guest("this name")
    talk.robin("confirm", hold=True)
    if talk.chance(0.6):
        talk.guest("thanks")
        if talk.chance(0.6):
            talk.robin("bye")


def stay(talk: Talk, kind: str, count: int) -> None:
    """Set the kind of room and the number of nights, and all that follows from them."""
    facts, room = talk.facts, KINDS[kind]
    day, month = facts["date"].split()
    facts |= {
        "kind": kind,
        "rate": str(room.rate),
        "view": room.view,
        "bath": room.bath,
        "whom": room.party,
        "count": str(count),
        "nights": f"{NUMBERS[count]} nights",
        "leave": f"{int(day) + count} {month}",
        "total": str(count * room.rate),
        "rest": str((count - 1) * room.rate),
        "parking total": str(count * PARKING),
        "dog total": str(count * DOG),
    }


def people(count: int) -> str:
    """Return "one person", "two people" and so on."""
    return "one person" if count == 1 else f"{NUMBERS[count]} people"


def asked_for(talk: Talk) -> None:
    """Have the visitor ask for a room, and be asked for what is missing."""
    facts = talk.facts
    mark = talk.rng.random()
    if mark < 0.35:
        talk.guest("ask all")
    elif mark < 0.5:
        talk.guest("ask no date")
        talk.robin("which date")
        talk.guest("this date")
    elif mark < 0.65:
        talk.guest("ask no nights")
        talk.robin("how many nights")
        talk.guest("this many")
    else:
        facts["party"] = choose(talk.rng, PARTIES[facts["kind"]])
        talk.guest("ask party")


def offer(talk: Talk) -> str:
    """Return how Robin offers the room: as what suits the party where the visitor only told that."""
    return "suggest" if "party" in talk.facts else "free"


def ask(talk: Talk, question: str) -> None:
    """Add one question and its answer."""
    rng, facts = talk.rng, talk.facts
    count, kind = int(facts["count"]), facts["kind"]
    asked, answered = question, question
    if question == "other nights":
        new = choose(rng, [one for one in range(2, 9) if one != count])
        facts["new"] = f"{NUMBERS[new]} nights"
    elif question == "other kind":
        other = choose(
            rng, [one for one in KINDS if KINDS[one].sleeps >= int(facts["size"]) and one != kind] or ["attic"]
        )
        rate = KINDS[other].rate
        facts |= {"other": other, "other rate": str(rate), "other total": str(count * rate)}
    elif question == "arrival":
        asked = answered = choose(rng, ("early", "late"))
    elif question == "breakfast" and facts["size"] == "1":
        asked = "breakfast alone"
    elif question == "dog":
        answered = "dog yes" if KINDS[kind].dogs else "dog no"
    talk.guest(f"ask {asked}", more=True)
    if question == "other nights":
        stay(talk, kind, new)
    talk.robin(answered, hold=question in ("other nights", "other kind"))
