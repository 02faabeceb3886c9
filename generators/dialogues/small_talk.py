"""Small talk at the desk: weather, hobbies, journeys, dinner, the cat, the house and what Robin likes.

How to run: not alone; rows.py calls `plan`. What comes out: the turns of a Talk.
"""

from collections.abc import Callable

from generators.dialogues.house import DISHES, HOBBIES, NUMBERS, PLACES, WEATHER, WEEK
from generators.dialogues.wording import Talk
from generators.reports.slots import between, choose
from generators.reviews.grammar import lines, words
from generators.reviews.rows import shuffled

COMPANIONS = {
    one: she
    for she, group in {"she": "sister, mother, daughter, aunt", "he": "brother, father, son, uncle"}.items()
    for one in words(group)
}
TOWNS = words("Tormouth, Eldenbruck, Saint Orly, Vasterholm, Pellworth, Quarnby, Lowmere, Castelbrio, Hexlow, Morvane")

SAYS = {
    "morning": lines("""
        [Good morning|Hello|Ah], {name}! [Did you sleep well|How are you today|Are you well]?
        [Hello|Good morning], {name}. [How is it going|Is everything all right|Did you have a good night]?
        [There you are|Good to see you], {name}. [Did you sleep well|How was your night|How are you]?
    """),
    "fine": lines("""
        [Very well|Quite well|Well enough], [thank you|thanks].
        [Fine|All good|Wonderful], [thank you|thanks|Robin].
        I can't complain[, Robin|, thanks|].
    """),
    "by the way": lines("""
        [By the way|Tell me, Robin|That reminds me|Something else]...
        [Another thing|Before I go|One more thing]...
        [I see|Good to know|Thanks|Nice]. [By the way|And tell me]...
    """),
    "weather": lines("""
        {hello} Goodness, {outside}. What [can one do|would you do] on such a day?
        {hello} [I see|I hear that] {outside}. Where [would you go|should one go]?
        {hello} [Since|As] {outside}, [where would you send me|what do you suggest]?
        {hello} {outside} today. [Any ideas|Do you have an idea] [what to do|for the day]?
    """),
    "weather advice": lines("""
        In this {weather} I'd go to the {place}. Take {item} [with you|along].
        The {place}[, I'd say|, without a doubt]. With this {weather} you [need|want] {item}[, though|].
        [With {weather} like this|For {weather}], there is nothing better than the {place}. [Don't forget|Take] {item}.
        [Go|You could go] to the {place}, [it's just right|that's the place] for {weather} like this. And take {item}.
    """),
    "hobby": lines("""
        {hello} I [love|enjoy|like] {hobby}. [Is there a good place for that|Where can one do that here]?
        {hello} Where [would you go|does one go] for {hobby}[ around here|]?
        {hello} [I've come here for|I'm mostly here for] {hobby}. [What do you recommend|Where do I begin]?
        {hello} [Do you know|Can you think of] a [good |nice |]place for {hobby}?
    """),
    "hobby advice": lines("""
        For {hobby} [I'd go|go] to the {place}, [best of all|ideally] {best}.
        The {place} is [the place|just right] for {hobby}, [above all|especially] {best}.
        [If you like {hobby}|With {hobby} in mind], the {place}[, of course|]. Be there {best}.
        {hobby}? [Then try|That calls for] the {place}, {best}.
    """),
    "companion": lines("""
        {hello} I'm here with my {kin}, {kin he} [loves|likes|enjoys] {hobby}. Where [could we go|should we go]?
        {hello} My {kin} [is fond of|is mad about|loves] {hobby}. Is there [anything|something] for {kin him} here?
        {hello} [What would you suggest|What is there] for my {kin}? {kin he} [likes|enjoys] {hobby}.
        {hello} I [promised|owe] my {kin} a day of {hobby}. [Where is that best|Where would you take {kin him}]?
    """),
    "companion advice": lines("""
        Take your {kin} to the {place}, for {hobby} [it's best|there is nothing better] {best}.
        Your {kin} [will love|would like] the {place}. [Be there|Go] {best}, that's [best|right] for {hobby}.
        For {hobby}? [Show your {kin}|Then show your {kin}] the {place}, {best}.
        If your {kin} [loves|likes] {hobby}, [go|then go] to the {place}, {best}.
    """),
    "been": lines("""
        {hello} [Yesterday I was|I've just been|This morning I was] at the {place}[ with my {kin}|].
        {hello} I [saw|visited|went to] the {place} [yesterday|this morning][, what a place|].
        {hello} [You were right|It's true] about the {place}, it's [lovely|worth the walk|beautiful].
        {hello} We [spent the day|were] at the {place}, my {kin} and I.
    """),
    "been too": lines("""
        [The {place}, how nice|Ah, the {place}]! [Were you there|Did you go] {best}? That's when I like it most.
        [I'm glad|How nice that] you liked the {place}. It's at its best {best}.
        [Good choice|How lovely]. Next time be at the {place} {best}, [it's even better then|that's the best time].
        The {place}, [after|with] {minutes} minutes on foot! [I go there|I like it best] {best}.
    """),
    "ask far": lines("""
        How far is [it|that|the {place}]?
        Can [I walk there|one walk there|it be reached on foot]?
        [How long does it take|How many minutes is it] to [get there|walk there]?
        Is [that|the {place}] far[ from here|]?
    """),
    "far": lines("""
        [It's|The {place} is] {minutes} minutes on foot[ from here|].
        {minutes} minutes [on foot|if you walk], [always along the water|just follow the signs].
        You can walk to the {place} in {minutes} minutes.
        To the {place}? [It's|About] {minutes} minutes on foot.
    """),
    "ask price": lines("""
        What does [it|the {place}] cost[ for {people}|, if {people} go]?
        [Do you pay|Does one pay] to get in? [There are|We'd be] {people}.
        How much [is|are tickets for] the {place} for {people}?
        [And the tickets|And the price]? We'd be {people}.
    """),
    "price": lines("""
        [Tickets for the {place} are|The {place} is] {price} euros a person, {price total} euros for {people}.
        {price total} euros for {people}, {price} euros a [person|head].
        For {people} the {place} [comes to|costs] {price total} euros, at {price} euros a person.
        It's {price} euros [each|a person], so {people} pay {price total} euros[ at the {place}|].
    """),
    "price none": lines("""
        [Nothing|Nothing at all], the {place} is free, for {people} as for one.
        The {place} is free, [so {people} pay nothing|also for {people}].
        It costs nothing, [the {place} is open to all|everybody can go to the {place}].
        [No, the|The] {place} is free[, however many you are|].
    """),
    "ask day": lines("""
        [I'd go|We'd go|I could go] on {day}. Is [it|the {place}] open then?
        Is [it|the {place}] open on {day}?
        [What about|How about] {day}, [is it open|could I go then]?
        {day} would [suit me|be good]. [Is it open|Can I get in]?
    """),
    "day open": lines("""
        [Yes|Yes, on {day}] the {place} is open{except}.
        On {day} it's open[, yes|, no worry]{except}.
        {day} is fine, the {place} is [open|open then]{except}.
        [You can|Yes, you can] go to the {place} on {day}, it's open{except}.
    """),
    "day closed": lines("""
        [I'm sorry|Sadly], on {day} the {place} is closed, but on {next} it's open.
        Not on {day}, [that's when|then] the {place} is closed. [Go|Better go] on {next}.
        The {place} is closed on {day}. [Would {next} suit you|How about {next}]?
        {day} is the one day [when |]the {place} is closed, [take|so take] {next}.
    """),
    "ask best": lines("""
        When is the best time [to go|to be there|for it]?
        [What time|At what time] [would you go|should I be there]?
        [And when|When] [is it at its best|do you go there]?
        Is it [better early or late|busy all day]?
    """),
    "best": lines("""
        [Go|Be there] {best}, that's when the {place} is at its best.
        The {place} is [best|most beautiful] {best}.
        {best}[, I'd say|, if you ask me]. [I love the {place} then|That's the best time for the {place}].
        I'd go to the {place} {best}.
    """),
    "origin": lines("""
        {hello} I [came|have come] all the way from {town}, {hours} by {means}.
        {hello} [What a journey|Such a long way]! {hours} by {means} from {town}.
        {hello} I'm [still tired|a bit stiff] from the trip, {hours} by {means} from {town}.
        {hello} It [took|has taken] me {hours} by {means} to get here from {town}.
    """),
    "origin reply": lines("""
        {hours} by {means}[, that's long|, goodness]! [How is|And how is] {town} [these days|at this time of year]?
        From {town} by {means}, [well done|I'm impressed]! After {hours} you [need|have earned] [a rest|some tea].
        [All the way from {town}|{town}]! And {hours} by {means}, [sit down|have some tea] first.
        I've never been to {town}. [But {hours}|And {hours}] by {means}, [you must be tired|that's quite a trip].
    """),
    "origin answer": lines("""
        [Oh|Well], {town} is [quiet|busy|lovely], but [I'd like to see something new|I needed a change]. What \
            should I see first?
        [The {means} was comfortable|I like going by {means}], I'm not tired. Where [would you go|should I go] first?
        [I'll rest later|I slept a little on the way]. What [would you do first|should I see first]?
        [After {hours}|Now] I'd [just like to walk|like to see something]. Where [do I go|would you go]?
    """),
    "first": lines("""
        After {hours} by {means}, the {place}. It's only {minutes} minutes on foot.
        [Then go|I'd go] to the {place}, {minutes} minutes on foot, [that's enough|not too far] after {hours} \
            by {means}.
        The {place}[, I'd say|] is right for you: {minutes} minutes on foot, [and best|at its best] {best}.
        [You can't go wrong|Begin] with the {place}. Be there {best}, it's {minutes} minutes on foot.
    """),
    "dinner": lines("""
        {hello} [It smells good in here|Something smells good]. What does the kitchen make on {day}?
        {hello} [What's|What is] for dinner [today|tonight]? It's {day}, [isn't it|if I'm right].
        {hello} I've been thinking of dinner all day. What is there on a {day}?
        {hello} It's {day}, so what [is the kitchen cooking|will there be] tonight?
    """),
    "dish": lines("""
        On {day} [it's|there is] {dish}, from six to nine.
        {dish}, [as on every {day}|like every {day}]. [It's|That's] my favourite.
        It's {day}, so [there is|we have] {dish}[ from six|].
        [Every|Each] {day} it's {dish}. [Come at six|Come early].
    """),
    "ask instead": lines("""
        [My {kin} doesn't|I don't] eat [that|such things]. Is there [anything|something] else?
        [Hm|Oh], [my {kin} can't|I can't] eat that. [What else is there|What could I have]?
        [That's not for me|That's nothing for my {kin}], I'm afraid. [Is there|Have you got] something else?
        And [for those who don't|if one doesn't] eat [that|meat or fish]?
    """),
    "instead": lines("""
        Instead of {dish} [you can have|we make] {instead}.
        Then [there is|have the|I suggest the] {instead}, in place of {dish}.
        {instead}, [that's what we make|that's what there is] for those who don't eat {dish}.
        With {dish} on the list, the other choice is {instead}.
    """),
    "instead none": lines("""
        {dish} is [all|the only thing] we make on {day}, but [there is always|you can have] soup and bread.
        On {day} there is only {dish}. [I could ask for|We always have] soup and bread.
        [Sorry, only|Only] {dish} on {day}, or soup and bread.
        [Instead of {dish} there is|You can have] soup and bread, [that's all on {day}|nothing else on {day}].
    """),
    "cat": lines("""
        {hello} [Whose cat is that|Is that your cat]? {cat does}.
        {hello} There is a cat[, I see|] here! {cat does}.
        {hello} I've [met|just met] the cat of the house. {cat does}.
        {hello} [What's the name of the cat|What do you call the cat]? {cat does}.
    """),
    "pepper": lines("""
        That's Pepper, she's nine years old. {cat reply}.
        [Pepper|Her name is Pepper], and she has lived here for nine years. {cat reply}.
        [You've met|Ah, you've met] Pepper, the [oldest|real] boss of the house at nine. {cat reply}.
        {cat reply}. [Her name is|She is called] Pepper[, she's nine|].
    """),
    "ask pepper": lines("""
        [May I|Can I|Could I|Is it all right to] [feed her|give her something to eat]?
        [Does she|Will she] [eat ham|drink milk|like fish]?
        [She looks|Isn't she] hungry[, doesn't she|]. [May I feed her|Shall I give her something]?
        I have some [cheese|ham|fish]. [Is that for her|Would she like it]?
    """),
    "no feeding": lines("""
        Please don't feed [Pepper|her], she gets her fish at five.
        [Better not|Rather not], Pepper [has|gets] fish at five[, and that's enough|].
        Pepper gets fish at five, [nothing else|and nothing in between].
        [That's kind, but|Kind of you, but] Pepper [only eats|only gets fish] at five.
    """),
    "you": lines("""
        {hello} [How long have you worked here|Have you worked here for long]?
        {hello} [Have you always been|How long have you been] at this desk?
        {hello} [What did you do|Where were you] before you came here?
        {hello} You [seem to know|know] everything here. [How long has it been|Is it long since you began]?
    """),
    "robin": lines("""
        [I've worked here for twelve years|I came twelve years ago], and before that I worked on the ferry.
        I've been [here|at this desk] for twelve years[ now|]. Before that I was on the ferry.
        First [I was|I worked] on the ferry, and [for twelve years|for the last twelve years] I've been here.
        It's [been |]twelve years[ now|], after [some time|eight years] on the ferry.
    """),
    "ask free": lines("""
        [And what|What] do you do when you're [off|not working]?
        [And in|In] your free time[, what do you do|]?
        What do you do [before|after] work[, Robin|]?
        [Where does one find you|Where are you] when you're not at the desk?
    """),
    "free": lines("""
        I swim at the rock pool[, before eight in the morning| every morning].
        [Every morning|Before work] I [walk|go] to the rock pool and swim, [rain or shine|all year].
        [You'll find me|I'm] at the rock pool, swimming[, every morning|, rain or shine].
        I [go swimming|swim], always at the rock pool[, even in winter|].
    """),
    "house": lines("""
        {hello} [How old is this house|When was this house built][, do you know|]?
        {hello} What a [lovely|strange|crooked] old house! [What was it before|Who built it]?
        {hello} [I like|I love] these [thick walls|old beams]. [What was this house|What was here before]?
        {hello} [Has this|Has it|Has this house] always been a guesthouse?
    """),
    "history": lines("""
        It was a rope works, built in 1897. [The ropes were made|They made the ropes] in the garden wing.
        [In 1897|It was in 1897 that] a rope maker[ called Fennick|] built it. [His ropes were made|He \
            worked] in the garden wing.
        The house is from 1897 and was a rope works[ at first|], [hence|that's why we have] the long garden wing.
        Old Fennick built it in 1897, [to make ropes|as a rope works]. [It's been a guesthouse since 1952.|]
    """),
    "joins": lines("""
        [Did you say the {place}|Did I hear the {place}|The {place}]? I'd [love to|like to] come along, {name}.
        [Sorry to interrupt|Excuse me], {name}, [are you going|you're going] to the {place}? [Could I come \
            too|May I come too]?
        I [wanted to go|was going] to the {place} as well. [Shall we go together|Could I join you], {name}?
        [Oh|Ah], the {place}! [May I join you|Could I come with you|Do you mind if I come], {name}?
    """),
    "come along": lines("""
        [Of course|Gladly|Sure], {third}, [come along|let's go together|I'd be glad].
        [With pleasure|Please do], {third}. [The more the merrier|I'd like the company].
        [I'd like that|That would be nice], {third}. [What will it cost us|Is there anything to pay], Robin?
        [Yes|Why not], {third}, [it's nicer together|two is better than one].
    """),
    "both": lines("""
        Then {name} and {third} [go|walk] together, {minutes} minutes on foot, [and two tickets are|for \
            tickets it's] {both} euros.
        [Lovely|How nice], {name} and {third}. The {place} is {both} euros for two, [and|it's] {minutes} \
            minutes on foot.
        [Two tickets for the {place} are|That's] {both} euros then[ for two|], {third}. [You'll walk|It's] \
            {minutes} minutes.
    """),
    "both free": lines("""
        Then {name} and {third} [go|walk] together, {minutes} minutes on foot, [and it's free|there is nothing to pay].
        [Lovely|How nice], {name} and {third}. The {place} is free, [and|it's] {minutes} minutes on foot.
        [For both of you|For the two of you] the {place} is free, {third}. [You'll walk|It's] {minutes} minutes.
    """),
    "off": lines("""
        [Then I'm off|I'm off|Off I go] to the {place}[, thank you|]!
        [That settles it|That's decided], the {place} it is. [Thank you|Thanks], Robin.
        [Thanks|Thank you], Robin, I'll [try|go and see] the {place}.
        The {place} [sounds good|sounds lovely], [thank you|thanks]. [See you later.|]
    """),
    "off you go": lines("""
        [Enjoy|Have fun at] the {place}, {name}[, and remember: {best}|].
        Have a [good|lovely] time at the {place}, {name}. [It's only {minutes} minutes.|Be there {best}.]
        [Say hello to|Enjoy] the {place}, {name}. [Tell me about it|You must tell me] later.
        [See you|Until] later, {name}. The {place} is [waiting|there for you].
    """),
    "so long": lines("""
        [Thank you|Thanks], Robin, [I must go|I have to run]. [See you later.|Until later.]
        [It's nice|It was nice] [talking|to talk] to you, Robin.
        [Good to know|I see|How nice]. [See you|Until] later, Robin.
        [Well, I won't keep you|I'll let you work], Robin.
    """),
    "see you": lines("""
        [See you|Until] later, {name}.
        [Have a good day|Have a good evening|Take care], {name}.
        [Always a pleasure|It was a pleasure], {name}.
        [Any time|Come by any time], {name}, [I'm here|the desk is open] until ten.
    """),
}
CAT = {  # what the cat does -> what Robin says to it
    "she's asleep on my newspaper": "she sleeps on all that rustles",
    "she sits on the piano": "the piano is the warmest place in the house",
    "she followed me up the stairs": "she shows all new guests their room",
    "she's looking at my shoes": "she likes shoes more than people",
    "she was on my bed this morning": "she gets in through the balcony",
    "she stares at the door": "she's waiting for the postman",
    "she has taken my chair": "she takes the chair of whoever gets up",
    "she's on your keyboard": "she thinks she runs the desk",
}
FIRST = {  # what to see first, by how one has come
    "train": "harbour wall",
    "bus": "old library",
    "bike": "bath house",
    "boat": "chapel",
    "car": "walled garden",
}
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
        talk.guest("come along")
        talk.robin("both free" if facts["price"] == "0" else "both", hold=True)
    elif talk.chance(0.3 if finding else 0.7):
        facts["hello"] = "{by the way}"
        THREADS[choose(talk.rng, [one for one in LATER if one != first])](talk)
        finding = False
    if talk.chance(0.6):
        talk.guest("off" if finding else "so long")
        if talk.chance(0.6):
            talk.robin("off you go" if finding else "see you")


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
    she = COMPANIONS[kin]
    talk.facts |= {"kin": kin, "kin he": she, "kin him": {"she": "her", "he": "him"}[she]}


def weather(talk: Talk) -> None:
    """The visitor speaks of the weather, and Robin knows where to go."""
    now = choose(talk.rng, tuple(WEATHER))
    place, item, said = WEATHER[now]
    find(talk, place)
    talk.facts |= {"weather": now, "item": item, "outside": choose(talk.rng, said)}
    talk.guest("weather")
    talk.robin("weather advice", hold=True)


def hobby(talk: Talk) -> None:
    """The visitor likes something, and Robin knows where one does it."""
    talk.facts["hobby"] = choose(talk.rng, tuple(HOBBIES))
    find(talk, HOBBIES[talk.facts["hobby"]])
    talk.guest("hobby")
    talk.robin("hobby advice", hold=True)


def companion(talk: Talk) -> None:
    """The visitor is here with somebody who likes something."""
    with_kin(talk)
    talk.facts["hobby"] = choose(talk.rng, tuple(HOBBIES))
    find(talk, HOBBIES[talk.facts["hobby"]])
    talk.guest("companion")
    talk.robin("companion advice")


def been(talk: Talk) -> None:
    """The visitor was somewhere."""
    with_kin(talk)
    find(talk, choose(talk.rng, tuple(PLACES)))
    talk.guest("been")
    talk.robin("been too")


def origin(talk: Talk) -> None:
    """The visitor tells of the journey, and may ask what to see first."""
    rng = talk.rng
    means = choose(rng, tuple(FIRST))
    talk.facts |= {"town": choose(rng, TOWNS), "hours": f"{NUMBERS[between(rng, 3, 9)]} hours", "means": means}
    find(talk, FIRST[means])
    talk.guest("origin")
    talk.robin("origin reply")
    if talk.chance(0.6):
        talk.guest("origin answer")
        talk.robin("first")


def dinner(talk: Talk) -> None:
    """The visitor asks what there is to eat, and perhaps for something else."""
    with_kin(talk)
    day = choose(talk.rng, WEEK)
    dish, instead = DISHES[day]
    talk.facts |= {"day": day, "dish": dish, "instead": instead}
    talk.guest("dinner")
    talk.robin("dish")
    if talk.chance(0.6):
        talk.guest("ask instead")
        talk.robin("instead" if instead else "instead none")


def cat(talk: Talk) -> None:
    """The visitor has met the cat."""
    does = choose(talk.rng, tuple(CAT))
    talk.facts |= {"cat does": does, "cat reply": CAT[does]}
    talk.guest("cat")
    talk.robin("pepper")
    if talk.chance(0.5):
        talk.guest("ask pepper", more=True)
        talk.robin("no feeding")


def you(talk: Talk) -> None:
    """The visitor asks about Robin."""
    talk.guest("you")
    talk.robin("robin")
    if talk.chance(0.6):
        talk.guest("ask free", more=True)
        talk.robin("free")


def house(talk: Talk) -> None:
    """The visitor asks about the house."""
    talk.guest("house")
    talk.robin("history")


def ask(talk: Talk, question: str) -> None:
    """Add a question on the place that is spoken of, and its answer."""
    place = PLACES[talk.facts["place"]]
    answer = question
    if question == "price" and not place.price:
        answer = "price none"
    if question == "day":
        answer = "day closed" if place.closed == talk.facts["day"] else "day open"
    talk.guest(f"ask {question}", more=True)
    talk.robin(answer, hold=question in ("price", "day"))


THREADS: dict[str, Callable[[Talk], None]] = {
    one.__name__: one for one in (weather, hobby, companion, been, origin, dinner, cat, you, house)
}
