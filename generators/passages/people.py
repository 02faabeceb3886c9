"""Who worked for an institution and who came to see it.

How to run: not alone; articles.py uses FACTS. What comes out: facts.
"""

from generators.passages.grammar import (
    INSTITUTIONS,
    PERSON,
    TOWN,
    TRADE,
    WOMAN,
    count,
    fact,
    lasting,
    later,
    money,
    number,
    pick,
    word,
    year,
)

FACTS = (
    fact(
        "first head",
        INSTITUTIONS,
        """
        The first {head} of {the} was {first_head}[, formerly a {trade}|], who held the post for {held} and introduced
        {novelty}.

        {first_head}[, a {trade} by training,|] became the first {head} of {the} in {hired}. {first_head.His}
        successor, {second_head}, brought in {novelty}[ and stayed for {held}|].

        When {the} was looking for its first {head} in {hired}, {applied} people applied; {first_head}[, a {trade},|]
        was preferred to {second_head} because <whyhired:{merit}>.
        """,
        """
        first_head: Who was the earliest {head} of {the}?
        second_head: Which other {head} or candidate for the post is named?
        trade: What had been the occupation of {first_head~}?
        held: For how long was the office of {head} held?
        novelty: What innovation did the {head} introduce?
        hired: In which year was the first {head} appointed?
        applied: How many candidates were there for the post of {head}?
        whyhired: Why was {first_head~} given the post?
        """,
        first_head=PERSON,
        second_head=PERSON,
        trade=TRADE,
        held=lasting(6, 34, "years"),
        novelty=word("novelty"),
        hired=year(0, 2),
        applied=number(13, 88),
        merit=pick(
            """
            no one else wanted to live there | the others asked for more money | a good hand was thought essential |
            the mayor valued punctuality | a knowledge of languages was needed
            """,
            "reason",
        ),
    ),
    fact(
        "longest",
        INSTITUTIONS,
        """
        Nobody served {the} longer than {veteran}, who came as a {job} in {came} and left in {left}[, having missed
        only {missed} days|].

        {veteran}, {job} from {came} to {left}, {quirk}. [On the last day {mourner} gave {veteran.him} {present}.|]

        From {came} on {veteran} worked for {the} as a {job}[, and retired only in {left}|]; {veteran.he} {quirk}[ and
        was absent on just {missed} days|].
        """,
        """
        veteran: Who had the longest career at {the}?
        job: In what capacity was {veteran~} employed?
        came: When did the career of {veteran~} begin?
        left: In which year did {veteran~} retire?
        missed: On how many days was {veteran~} absent?
        quirk: What is remembered about the habits of {veteran~}?
        mourner: From whom did {veteran~} receive {present}?
        present: What gift did {veteran~} get on the last day?
        """,
        veteran=PERSON,
        mourner=PERSON,
        job=word("job"),
        came=year(3, 20),
        left=later("came", 38, 55),
        missed=count(2, 12),
        quirk=pick(
            """
            wore the same green hat every day | kept a parrot in the office | noted the weather in rhyme | never
            learned to read a clock | spoke to nobody before noon | repaired violins at night
            """,
            "habit",
        ),
        present=pick("a walking stick | a music box | a barometer | a pair of skates | an armchair", "present"),
    ),
    fact(
        "first woman",
        INSTITUTIONS,
        """
        In {woman_year} {woman} became the first woman to work here as a {job}[, against the will of {critic}, who
        feared that <whyfear:{fear}>|]. [{woman.His} pay was {less} below that of the men.|]

        {critic} resisted for {resisted} before {woman} could start as a {job} in {woman_year}, because, as
        {critic.he} said, <whyfear:{fear}>[; her pay was {less} below that of the men|].
        """,
        """
        woman: Which woman was the first to be employed?
        woman_year: When was a woman employed for the first time?
        job: What was the position of {woman~}?
        critic: Who did not want women to be employed?
        whyfear: What was the argument against employing {woman}?
        less: How much less than the men did {woman~} earn?
        resisted: How long was there resistance against {woman~}?
        """,
        woman=WOMAN,
        woman_year=year(14, 60),
        job=word("job"),
        critic=PERSON,
        fear=pick(
            """
            the ladders were too steep | the men would stop swearing | visitors would be confused
            | there was no second cloakroom
            """,
            "reason",
        ),
        less=money(2, 30),
        resisted=lasting(2, 8, "years"),
    ),
    fact(
        "guest",
        INSTITUTIONS,
        """
        The {art} {guest} stayed in {guest_place} for {stay} in {guest_year} in order to see {the}[, and left behind
        {relic}|].

        Among the famous guests of {the} was the {art} {guest}, who came in {guest_year} with {companion}[ and stayed
        {stay}|]. [As thanks {guest.he} left {relic}.|]

        {relic} recalls the visit of the {art} {guest} to {the}[ in {guest_year}|]; {companion}, who came along, found
        everything "{verdict}".
        """,
        """
        guest: Which famous person came to see {the}?
        art: What was {guest~} by profession?
        guest_place: In which town did {guest~} lodge?
        guest_year: When did {guest~} pay {the} a visit?
        stay: How long did the visit of {guest~} last?
        relic: What reminds people of the visit by {guest~}?
        companion: Who accompanied {guest~}?
        verdict: What word did {companion~} use for the impression?
        """,
        art=pick("poet | composer | sculptor | violinist | tightrope walker | chess master | cellist", "art"),
        guest=PERSON,
        companion=PERSON,
        guest_place=TOWN,
        guest_year=year(5, 70),
        stay=lasting(2, 12, "days"),
        relic=pick(
            """
            a signed napkin | a pair of gloves | a drawing of a cat | a broken umbrella | a short poem
            """,
            "relic",
        ),
        verdict=pick("draughty | splendid | exaggerated | heavenly | damp", "verdict"),
    ),
    fact(
        "hero",
        INSTITUTIONS,
        """
        In {rescue_year} {hero}, a {job}, pulled {victims} out of the water[ at {water}|] and was honoured with
        {medal}[ by {giver}|].

        A plaque recalls {hero}, who as a {job} of {the} saved {victims} from drowning in {rescue_year}. [{giver}
        presented {medal} to {hero.him}.|] [{hero.He} could not swim.|]

        {giver} handed {medal} to {hero}, a {job} of {the}, for saving {victims} at {water}[ in {rescue_year}|].
        """,
        """
        rescue_year: When did the rescue from the water happen?
        hero: Who saved people from drowning?
        victims: Who was pulled out of the water?
        water: Where did the rescue take place?
        medal: What did {hero~} receive for the rescue?
        giver: Who presented the honour for the rescue?
        job: In what position was the rescuer employed?
        """,
        rescue_year=year(8, 70),
        hero=PERSON,
        giver=PERSON,
        job=word("job"),
        victims=pick(
            """
            three schoolgirls | two anglers | a drunken sailor | a priest and a dog | five skaters
            """,
            "victims",
        ),
        water=pick("the mill weir | the swan pond | the lock | the old quay | the salt pans", "water"),
        medal=pick(
            """
            a bronze medal | a silver cup | a framed letter | a pension | the freedom of the town
            """,
            "honour",
        ),
    ),
    fact(
        "friends",
        INSTITUTIONS,
        """
        The friends {elder} and {younger}, both from {family_town}, shaped {the} for {shaped}: {elder} saw to
        {task_a}, {younger} to {task_b}.

        For {shaped} the affairs of {the} lay in the hands of two friends. {elder} looked after {task_a}, {younger}
        after {task_b}[; they quarrelled in {quarrelled} over {matter}|].

        {elder}, who was responsible for {task_a}, and {younger}, who was responsible for {task_b}, stopped speaking
        to each other in {quarrelled} because of {matter}[, but both stayed with {the} for {shaped}|].
        """,
        """
        elder: Which of the two friends dealt with {task_a}?
        younger: Which of the two friends dealt with {task_b}?
        task_a: Which task fell to {elder~} when the two friends shared the work?
        task_b: Which task fell to {younger~} when the two friends shared the work?
        family_town: From where did the two friends come?
        shaped: How long were the two friends active?
        quarrelled: When did the two friends fall out?
        matter: What did the two friends quarrel over?
        """,
        elder=PERSON,
        younger=PERSON,
        family_town=TOWN,
        shaped=lasting(13, 36, "years"),
        task_a=pick("the money | the building | the letters | the staff", "task"),
        task_b=pick("the advertising | the stores | the guests | the machines", "task"),
        quarrelled=year(10, 60),
        matter=pick("a recipe | a piano | a broken vase | an inheritance | a dog", "matter"),
    ),
    fact(
        "diary",
        INSTITUTIONS,
        """
        Much of what is known of daily life at {the} comes from the diary of {diarist}, {of_whom}, which covers
        {covers}. [{editor} published it in {published}.|] [It lists every meal.|]

        {editor} found the diary of {diarist} in {found_in}[ and published it in {published}|]. It covers {covers} at
        {the}[ and was kept in a secret code|].

        {diarist}, {of_whom}, kept a diary for {covers}. It lay in {found_in} until {editor} discovered it[ and had it
        printed in {published}|].
        """,
        """
        diarist: Whose diary is an important source?
        of_whom: In what relation to {the} or its staff did {diarist~} stand?
        covers: What length of time does the diary span?
        editor: Who made the diary known?
        published: When did the diary appear in print?
        found_in: Where had the diary lain?
        """,
        diarist=PERSON,
        editor=PERSON,
        of_whom=pick("the cook | the bookkeeper's child | a lodger | a night porter | an apprentice", "relation"),
        covers=lasting(3, 29, "years"),
        published=year(60, 90),
        found_in=pick(
            """
            a biscuit tin | a church organ | a hollow wall | a sewing box | a clock case
            """,
            "hiding place",
        ),
    ),
)
