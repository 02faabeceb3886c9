"""Something in a room fails: what to try, in the order of the house, who comes if nothing helps, and until when.

How to run: not alone; rows.py calls `plan`. What comes out: the turns of a Talk.
"""

from generators.dialogues.house import FAULTS, HELPERS, KINDS, Step
from generators.dialogues.wording import Talk
from generators.reports.slots import between, choose
from generators.reviews.grammar import lines
from generators.reviews.rows import shuffled

SAYS = {
    "desk": lines("""
        [Front desk|The desk|{house}], Robin [speaking|here]. [How can I help?|What can I do for you?]
        [Hello|Good day], this is Robin[ at the desk|]. [Is everything all right?|What can I do for you?]
        Hello, {name}. [Is everything all right|How can I help|What can I do for you]?
    """),
    "complain": lines("""
        {hi} The {thing} in room {room} {bad}.
        {hi} [I'm in room {room}|It's about room {room}], [and |where ]the {thing} {bad}.
        {hi} [Something is wrong with|There is a problem with] the {thing} in room {room}, it {bad}.
        {hi} I'm [calling|here] about the {thing} in room {room}: it {bad}.
        {hi} [Could you help me?|I need some help.] The {thing} in room {room} {bad}.
    """),
    "complain, no room": lines("""
        {hi} The {thing} in [my|our] room {bad}.
        {hi} [Could you help me?|I need some help.] [My|Our] {thing} {bad}.
        {hi} [Something is wrong with|There is a problem with] the {thing} in [my|our] room, it {bad}.
        {hi} I'm [calling|here] about [my|our] {thing}: it {bad}.
    """),
    "which room": lines("""
        [I'm sorry|Sorry] to hear that. [Which room is the {thing} in|In which room is the {thing}]?
        [Oh dear|Oh no], the {thing}. [Which room are you in|What's your room number]?
        [Let's see|We'll sort that out]. [Which room are you in|What's the number of your room]?
        The {thing}, [I see|I understand]. [And which room|Which room] is it?
    """),
    "this room": lines("""
        Room {room}.
        [It's|I'm in|We're in|That's] [room|number] {room}.
        [Number|In number|In room] {room}[, {floor}|].
        Number {room}, [the {kind} room|a {kind} room].
    """),
    "tried one": lines("""
        I've [already |]{did1}[, but that didn't help|, without success|].
        [I have|We've] {did1}[ twice|], [but nothing changed|without any luck].
        [So far I've|Of course I've] {did1}[, to no avail|, and that's not it|].
    """),
    "tried two": lines("""
        I've [already |]{did1} and {did2}[, but that didn't help|, without success|].
        [I have|We've] {did1} and also {did2}, [but nothing changed|without any luck].
        [So far I've|Of course I've] {did1} and {did2}[, to no avail|].
    """),
    "first": lines("""
        [I'm sorry|Sorry] about the {thing} in room {room}. [First|To begin with], please {do}.
        Let's [get|have] the {thing} in room {room} [working|put right]. [The first thing to try is to|First \
            of all, please] {do}.
        [With the {thing}|With that], it [often|mostly] helps to {do}. [Could you try that first|Would you \
            start with that]?
        [First|To start with], please {do}. That [helps most often|is what mostly helps] with the {thing}.
    """),
    "second": lines("""
        As you've {did1}, [please|the next thing is to] {do}.
        Then[ please|] {do}[ next|], that's the second thing to try with the {thing}.
        [If you've {did1}|After that], the next thing is to {do}.
        [All right|I see]. [Next|The next step]: please {do}.
    """),
    "third": lines("""
        [Then there is one thing left|One thing is left]: please {do}.
        As you've {did1} and {did2}, [please|the last thing is to] {do}.
        [The last thing|Last of all, the thing] to try with the {thing} is to {do}.
        [All right|I see]. [Lastly|As a last step], please {do}.
    """),
    "where": lines("""
        [Where|And where] [is that|do I find that|exactly is that]?
        [Gladly|All right], but where [is it|do I look for that]?
        [I don't see it|I can't find it], where [is it|should I look]?
        And where would [that|it] be?
    """),
    "there": lines("""
        [It's|That's|You'll find it] {where}.
        [Look|Have a look] {where}[, there it is|].
        {where}[, you can't miss it|, if you look closely|].
        [That would be|It should be] {where}.
    """),
    "fails": lines("""
        I've [now |]{did}, but the {thing} still {bad}.
        [I {did}|Just {did}], [but it still {bad}|and it still {bad}].
        [No luck|That's not it|That didn't help], it still {bad}.
        [Oh dear|Sorry], the {thing} still {bad}[ after that|].
        [Done|I did that], but [nothing changed|no change]: it still {bad}.
    """),
    "works": lines("""
        [That did it|That helped|That was it], the {thing} {works}!
        [Great|Wonderful|You're right], it {works}[ now|].
        I {did}, and it {works}. [Thank you|Thanks]!
        [Yes|Oh], the {thing} {works}[, how simple|, just like that|].
    """),
    "glad": lines("""
        [I'm glad|Good to hear|Lovely] that the {thing} in room {room} {works}. If it [happens again|comes \
            back], {do} once more.
        [Good|Wonderful], the {thing} {works} then. [Should it|If it should] fail again, just {do}.
        [Happy to help|My pleasure]. If the {thing} in room {room} [fails|lets you down] again, {do}.
        [Good|Very good]. Next time, {do} [first|right away], and the {thing} {works}.
    """),
    "send": lines("""
        Then {who} [has to look at it|must see to it]. {he} will be in room {room} {soon}.
        [I'll send|I'm sending] {who} to room {room} {soon}, {he} looks after {trade}.
        That's [a case|one] for {who}, who looks after {trade}. {he} comes to room {room} {soon}.
        You've tried [everything|all there is]. {who} will [come|be there] {soon} and see to the {thing} in room {room}.
    """),
    "ask soon": lines("""
        [How long|How long, roughly,] will [that|it] take[ {him}|]?
        When will {he} [come|be here|be in the room]?
        [Can {he}|Will {he}] come [soon|right away|today]?
        And [when|how soon] is that?
    """),
    "soon": lines("""
        {who} will be [in room {room}|with you] {soon}.
        [It won't be long|Not long], {who} comes {soon}.
        {soon}, [I'd say|I promise]. {who} [is in the house|knows the way].
        [I've just told {him}|{who} knows], {he}'ll be there {soon}.
    """),
    "ask stay": lines("""
        [Do I|Must I|Do I have to|Should I] [stay|wait|be] in the room[ for {him}|]?
        [Can|May|Could] I go out [in the meantime|until then|before {he} comes]?
        Does {he} need me [there|in the room]?
        [Is it all right|Would it be all right] if I'm not there when {he} comes?
    """),
    "stay": lines("""
        Please [stay|wait] in room {room}, {who} [wants to ask you|has to ask you] a few things.
        {who} needs you there, please [wait|stay] in room {room}.
        Please be there, {who} [always |]works with the guest in the room.
        It's better if you [wait|stay], {who} [wants|likes] to be let in by the guest.
    """),
    "go": lines("""
        You [needn't stay|don't have to wait], {who} has a key to room {room}.
        [Just go|Go ahead], {who} has a key [of his own|to all rooms].
        No need to [wait|be there], {who} gets into room {room} [alone|by himself].
        [Go out if you like|You can go], {who} lets himself in.
    """),
    "ask meanwhile": lines("""
        [And what|What] do I do [until then|in the meantime]?
        [Is there|Have you got] anything I could [do|use] [until then|in the meantime]?
        And until {he} [comes|has mended it]?
        How do I [get by|manage] until then[ without the {thing}|]?
    """),
    "meanwhile": lines("""
        [Until then|In the meantime|As long as the {thing} {bad}], {meanwhile}.
        {meanwhile}[, until {who} is done|, if that helps|].
        [Until {who} comes|Until it's mended], {meanwhile}.
    """),
    "ask cost": lines("""
        [Do I have to|Will I have to] pay for [that|the repair]?
        [Does that|Will it|Does it] cost [me |]anything?
        [Will|Does] that go on [my|the] bill?
        [Who pays|And who pays] for [that|the repair]?
    """),
    "cost": lines("""
        [No|Not at all], [the house pays|we pay] for the {thing}.
        It costs you nothing, [{who} works for the house|repairs are on the house].
        [No, that|That] won't be on your bill[, the {thing} is ours|].
        [Nothing|Not a cent], [mending the {thing} is our job|the house pays {who}].
    """),
    "ask else": lines("""
        And if {he} can't [mend|repair] it?
        What if {who} [can't mend it|has no luck either]?
        What happens if [even {who} fails|it can't be mended]?
        [Suppose|And suppose] {he} can't [mend|repair] it?
    """),
    "else": lines("""
        Then you [move to|get] another {kind} room, [also |]{floor}.
        [If {who} can't|In that case], [we move you|you move] to another {kind} room for the same price.
        You'd [get|move to] another {kind} room {floor}, [of course|at the same price].
        Then we [find|give] you another {kind} room[ in place of number {room}|].
    """),
    "also": lines("""
        [Thanks|Good]. [By the way|And another thing], the {thing} {bad}[ too|, too].
        [There is also|And then there is] the {thing}, it {bad}.
        [Could I ask|May I ask] about the {thing} as well? It {bad}.
        [While I have you|While we're at it], the {thing} {bad} as well.
    """),
    "you're welcome": lines("""
        You're welcome, {name}. [Call|Ring|Come by] if anything else [fails|is wrong] in room {room}.
        [Gladly|Any time|My pleasure], {name}. I [hope|trust] room {room} is [fine now|all right now].
        [Thank you|Thanks] for your patience, {name}[, and have a good evening|, and for telling me|].
        [Any time|You're welcome], {name}. I'm [here|at the desk] until ten.
    """),
}
ABOUT = ("soon", "stay", "meanwhile", "cost", "else")


def plan(talk: Talk) -> None:
    """Fill a talk: a fault is told, steps are tried, and it works again or somebody is sent."""
    rng, facts = talk.rng, talk.facts
    kind = choose(rng, tuple(KINDS))
    facts |= {
        "name": talk.visitor,
        "room": str(between(rng, *KINDS[kind].rooms)),
        "kind": kind,
        "floor": KINDS[kind].floor,
    }
    thing, second = shuffled(rng, list(FAULTS))[:2]
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
        for about in shuffled(rng, list(ABOUT))[: between(rng, 0, 3)]:
            talk.guest(f"ask {about}", more=True)
            stays = "stay" if HELPERS[facts["who"]].stay else "go"
            talk.robin(stays if about == "stay" else about)
    if talk.chance(0.5):
        talk.guest("thanks")
        if talk.chance(0.6):
            talk.robin("you're welcome")


def broken(talk: Talk, thing: str) -> None:
    """Set what fails, and all that follows from it."""
    fault = FAULTS[thing]
    helper = HELPERS[fault.who]
    talk.facts |= {
        "thing": thing,
        "bad": choose(talk.rng, fault.bad),
        "works": fault.works,
        "did1": fault.steps[0].did,
        "did2": fault.steps[1].did,
        "who": fault.who,
        "he": helper.he,
        "him": {"he": "him", "she": "her"}[helper.he],
        "soon": helper.soon,
        "trade": helper.trade,
        "meanwhile": fault.meanwhile,
    }


def attempts(talk: Talk, thing: str, tried: int) -> bool:
    """Go through the steps from number `tried` on; return whether one helped. If none did, somebody is sent."""
    for number, step in enumerate(FAULTS[thing].steps):
        if number < tried:
            continue
        at_step(talk, step)
        talk.robin(("first", "second", "third")[number], hold=True)
        if talk.chance(0.2):
            talk.guest("where")
            talk.robin("there")
        if talk.chance(0.3):
            talk.guest("works")
            talk.robin("glad")
            return True
        talk.guest("fails")
    talk.robin("send", hold=True)
    return False


def at_step(talk: Talk, step: Step) -> None:
    """Set what is tried now."""
    talk.facts |= {"do": step.do, "did": step.did, "where": step.where}
