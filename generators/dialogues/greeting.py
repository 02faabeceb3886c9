"""Arriving at the desk: the booking is found, the key handed over, and the way and the hours are told.

How to run: not alone; rows.py calls `plan`. What comes out: the turns of a Talk.
"""

from generators.dialogues.house import (
    DISHES,
    HOURS,
    KINDS,
    LATE,
    NUMBERS,
    PARKING,
    PASSWORD,
    SURNAMES,
    WEEK,
    WEEKEND,
)
from generators.dialogues.wording import ALONE, TOGETHER, Talk
from generators.reports.slots import between, choose
from generators.reviews.grammar import lines
from generators.reviews.rows import shuffled

SAYS = {
    "welcome": lines("""
        Good {daypart}[, welcome to {house}| and welcome]! [How can I help?|What can I do for you?|]
        Good {daypart}, [come in|come on in|do come in]! [Are you arriving today?|]
        Welcome to {house}, [good {daypart}|and a good {daypart} to you].
        Good {daypart}! [Have you got a booking with us?|Do you have a booking?]
    """),
    "arrive all": lines("""
        Good {daypart}, [{I} have|there should be] a booking for a {kind} room, {nights}, under {surname}.
        Good {daypart}, {my} name is {surname}. [{I've} booked|There is a booking for] a {kind} room for {nights}.
        Good {daypart}! [{surname} is the name|The name is {surname}], a {kind} room, {nights}.
        Good {daypart}. {I've} [reserved|booked] a {kind} room for {nights}, [the name is|in the name of] {surname}.
    """),
    "arrive no name": lines("""
        Good {daypart}, {I've} [booked|reserved] a {kind} room for {nights}.
        Good {daypart}! [There should be|I believe there is] a {kind} room for {me}, for {nights}.
        Good {daypart}. {I'm} here for {nights}, a {kind} room[ is booked|].
        Good {daypart}, {I} [have a booking|have a reservation]: a {kind} room, {nights}.
    """),
    "which name": lines("""
        [Welcome|Come in]! [Under|In] which name is the {kind} room[ booked|]?
        [Let's see|Let me find you]. What name is [it|the booking] under?
        [Gladly|Lovely], a {kind} room for {nights}. [And your name|May I have your name], please?
        [Welcome|Good to have you here]! [What is|May I ask] your name[, please|]?
    """),
    "this name": lines("""
        {surname}. {full}[, to be exact|].
        [It's|The name is|My name is|I'm] {full}.
        [Under|It should be under] {surname}, [{name} is my first name|with {name} as the first name].
        {full}[ is the name|, that is|].
    """),
    "found": lines("""
        [Here you are|Found it], {full}: a {kind} room for {nights}. [You're in|You have] room {room}.
        Welcome, {name}. [I have|I see] a {kind} room for {nights} under {surname}, [that's|it's] room {room}.
        {name} {surname}, {nights} in a {kind} room[, yes|]. [Here is|This is] the key to room {room}.
        [Yes|Right], {surname}, a {kind} room, {nights}. Room {room} is [yours|ready for you].
    """),
    "found, early": lines("""
        Welcome, {name}. Your {kind} room is number {room}[, but it won't be ready before three|. It will be ready \
            at three]. [You can leave your bags here|I'll keep your bags] until then.
        [Here you are|Found it], {full}, {nights} in room {room}. It will be ready at three, [leave|you can \
            leave] your bags at the desk.
        {surname}, a {kind} room for {nights}, [yes|that's right]. Room {room} is free from three[, until \
            then your bags are safe here|, and your bags can wait here].
        [Yes|Right], {nights} under {surname}. You'll have room {room} from three this afternoon[, may I take \
            your bags?|, I'll take your bags.|. I'll look after your bags.]
    """),
    "ask way": lines("""
        [How do {I} get|How do {I} find {my} way] to [room {room}|the room]?
        [And where|Where] is [room {room}|the room]?
        Which way is [room {room}|the room][ from here|]?
        [Which floor is the room on|On which floor is the room]?
    """),
    "way": lines("""
        Room {room} is {floor}: {way}.
        [It's|That's|You'll find it] {floor}, {way}.
        [Go {way}|You go {way}], room {room} is {floor}.
        {floor}, {way}[, and you'll see number {room}|, then look for number {room}].
    """),
    "ask password": lines("""
        [What's|What is|Could you tell {me}] the password for the Wi-Fi?
        [Is there|Do you have] Wi-Fi[ in the room|]? [I have some work to do.|I have to write home.|]
        How do {I} get [online|into the Wi-Fi|onto the internet]?
        And the Wi-Fi[, what do {I} type in|, which password is it]?
    """),
    "password": lines("""
        The password [is|for room {room} is] {password}, [all in small letters|the word and your room number].
        For room {room} it's {password}[, in one word|, in small letters].
        [Type in|You type in|Use] {password}, that's {word} and [your room number|the number of your room].
        [It's|The Wi-Fi password is] {password}[, as you are in room {room}|: {word} for the house, {room} \
            for the room].
    """),
    "ask breakfast": lines("""
        [When|What time|At what time] is breakfast [tomorrow|in the morning]? [It's {tomorrow} then.|That's a \
            {tomorrow}.]
        Tomorrow is {tomorrow}, when [do you serve|is] breakfast?
        [And breakfast|What about breakfast] on {tomorrow}[, from when|, when is it]?
        [Until when|From when] is [there breakfast|breakfast served] on a {tomorrow}?
    """),
    "breakfast": lines("""
        On {tomorrow} [breakfast is|it's|we serve it] from {hours}, in the garden room.
        From {hours}[, as always {when}|, since it's {tomorrow}], in the garden room.
        [It's|Breakfast is] from {hours} {when}, so also on {tomorrow}. [You'll find it|It's] in the garden room.
        [Tomorrow|On {tomorrow}], from {hours}. The garden room is [behind the stairs|right behind the stairs].
    """),
    "ask leave": lines("""
        Today is {today}, so when do {I} have to [leave|be out of the room]?
        [And when|When] is checkout? It's {today} today[, isn't it|].
        With {nights} from {today}, [when is checkout|when do {I} have to go]?
        Until when can {I} [stay|keep the room], if today is {today}?
    """),
    "leave": lines("""
        {nights} from {today}, that's {leave}[ then|]. Checkout is by eleven[, or by one for {late} euros|].
        You [leave|check out] on {leave}, [by eleven in the morning|before eleven].
        [On|That will be on] {leave}, by eleven. [For {late} euros you can stay until one.|Your bags can stay longer.|]
        Checkout is by eleven on {leave}, [after|as you have] {nights}.
    """),
    "ask parking": lines("""
        {my} car is [out in the street|in front of the door]. [Where can it stay|Can it stay there], and what \
            does that cost?
        [Where can {I} park|Can {I} park somewhere], and [how much is it|what do you charge]?
        What [do {I} pay|does it cost] to [park here|leave the car here] for the {nights}?
        {I} came by car. [How much is a parking space|What is parking]?
    """),
    "parking": lines("""
        [You can park|Park] behind the house[, it's|:] {parking} euros a night, {parking total} euros for {nights}.
        Behind the house, for {parking} euros a night. That [makes|comes to] {parking total} euros for {nights}.
        For {nights} it's {parking total} euros, {parking} euros a night, in the yard behind the house.
        The yard behind the house costs {parking} euros a night, so {nights} [come to|make] {parking total} euros.
    """),
    "ask dinner": lines("""
        [Is there|Do you serve] dinner tonight? It's {today}[, {I} know|].
        What's [for dinner|the kitchen cooking] on a {today}?
        [Can {I} eat here|Could {I} have dinner here] tonight, and what [is there|do you have] on {today}?
        {I'm} hungry. What does the kitchen [make|cook] on {today}?
    """),
    "dinner": lines("""
        On {today} it's {dish}, from six to nine.
        {dish}[, as on every {today}|, it's {today} after all]. The kitchen is open from six to nine.
        [Tonight|It's {today}, so] there is {dish}, [between six and nine|from six to nine].
        [From six|The kitchen opens at six], and on {today} [we have|there is] {dish}.
    """),
    "ask pay": lines("""
        [How much|What] do {I} [owe you|pay] for the {nights}?
        [Shall {I} pay|Do {I} pay] now, and how much is it?
        What [is|was] the price [for the {nights}|again]?
        [Remind me|Tell me again], what does [it|the room] cost in all?
    """),
    "pay": lines("""
        {nights} in a {kind} room [are|come to|make] {total} euros, [you pay|payable] when you leave.
        That's {total} euros for {nights}, {rate} euros a night. [You pay|We settle that] when you leave.
        {total} euros, [that's|which is] {nights} at {rate} euros. [You pay|Please pay] when you leave.
        The {kind} room is {rate} euros a night, so {total} euros for {nights}, when you leave.
    """),
    "ask bags": lines("""
        [Could somebody|Can somebody|Is there anyone who could] help with {my} [bags|suitcases]?
        {my} [bags are|suitcases are] [rather heavy|heavy], [is there a lift|who could help]?
        Would you have [a hand|somebody] for the [bags|luggage]?
        {I} have [four|five|too many] bags. [Is there a trolley|Can anyone help]?
    """),
    "bags": lines("""
        Ivo will [carry|bring] them to room {room}[, he's just outside|].
        [I'll call Ivo|Ivo helps with that], he'll [bring|take] your bags to room {room}.
        Leave them [here|by the desk], Ivo takes them to room {room}[ in a minute|].
        [Certainly|Of course], Ivo will have them {floor} in [a minute|no time].
    """),
    "ask door": lines("""
        {I} may be [out late|back late]. [Until when is the door open|How do {I} get in at night]?
        [When do you close|When is the front door locked]?
        What if {I'm} [not back before midnight|out until midnight]?
        Is [there somebody|somebody] at the desk [at night|all night]?
    """),
    "door": lines("""
        The front door is locked at eleven, [after that|then] the key of room {room} opens it.
        At eleven [we lock|I lock] the door, but your key to room {room} [fits it too|opens that as well].
        The desk closes at ten and the door at eleven. [Use|Take] the key of room {room} after that.
        [Until eleven|The door is open until eleven], and later you get in with the key of room {room}.
    """),
    "ask view": lines("""
        [What does|And what does] the room look out on?
        [Is there|Does the room have] a [nice |good |]view?
        What will {I} see from the [window|windows]?
        Which side of the house is the room on?
    """),
    "view": lines("""
        Room {room} looks out on {view}, [as all the {kind} rooms do|like every {kind} room].
        [You'll see|You look out on] {view} from room {room}.
        [It's|Being] a {kind} room, [so |]it looks out on {view}.
        The {kind} rooms all face {view}, number {room} [too|as well].
    """),
    "enjoy": lines("""
        Enjoy your [stay|{nights}][ in room {room}|], {name}.
        You're welcome, {name}. [Enjoy room {room}|Enjoy your {nights}].
        [My pleasure|Gladly], {name}. [Rest well|Make yourself at home] in room {room}.
        [Have a good time|A pleasant stay], {name}, [and ring if you need anything|I'm here until ten].
    """),
}
QUESTIONS = ("way", "password", "breakfast", "leave", "parking", "dinner", "pay", "bags", "door", "view")


def plan(talk: Talk) -> None:
    """Fill a talk: somebody arrives, is given a room, and asks about it."""
    rng, facts = talk.rng, talk.facts
    kind = choose(rng, tuple(KINDS))
    room, count, today = KINDS[kind], between(rng, 2, 6), between(rng, 0, 6)
    number = between(rng, *room.rooms)
    surname = choose(rng, SURNAMES)
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
        "hours": HOURS[tomorrow in WEEKEND],
        "when": "at weekends" if tomorrow in WEEKEND else "on weekdays",
        "dish": DISHES[WEEK[today]][0],
        "late": str(LATE),
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
        talk.guest("arrive no name")
        talk.robin("which name")
        talk.guest("this name")
    talk.robin("found, early" if facts["daypart"] == "morning" else "found", hold=True)
    for question in shuffled(rng, list(QUESTIONS))[: between(rng, 0, 4)]:
        talk.guest(f"ask {question}", more=True)
        talk.robin(question)
    if talk.chance(0.6):
        talk.guest("thanks")
        if talk.chance(0.7):
            talk.robin("enjoy")
