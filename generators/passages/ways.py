"""What a club, a festival or a company does: matches, processions, products.

How to run: not alone; articles.py uses FACTS. What comes out: facts.
"""

from generators.passages.grammar import (
    MONTH,
    PERSON,
    TEAMS,
    TOWN,
    TRADE,
    WEEKDAY,
    count,
    fact,
    lasting,
    later,
    money,
    number,
    pick,
    year,
)

FACTS = (
    fact(
        "emblem",
        TEAMS,
        """
        The emblem of {the}, {emblem}, was drawn by {drawer} in {drawn}[ and shows {shows} stars, one for each
        founder|].

        Since {drawn} the emblem of {the} has been {emblem}[, because <whyemblem:{cause}>|]; {drawer} won a
        competition with it[, ahead of {entries} other entries|].
        """,
        """
        emblem: What can be seen on the emblem of {the}?
        drawer: Who created the emblem?
        drawn: When was the emblem introduced?
        shows: How many stars are part of the emblem?
        whyemblem: Why was this emblem picked?
        entries: How many other designs were sent in?
        """,
        emblem=pick("a heron | an anvil | a red kite | two keys | a snail | a burning wheel", "emblem"),
        drawer=PERSON,
        drawn=year(1, 30),
        shows=count(3, 12),
        cause=pick(
            """
            the animal in the town's arms was already taken | it was easy to embroider | the first treasurer kept one
            | a sign painter had made it by mistake
            """,
            "reason",
        ),
        entries=number(14, 140),
    ),
    fact(
        "members",
        TEAMS,
        """
        {the} started with {first} people, who met in {met}; by {grown_year} there were {grown}[, among them {women}
        women|].

        In the back of {met}, {first} people signed the first list of {the}[; the {women} women among them were led by
        {leader}|]. [By {grown_year} the list had {grown} names.|]

        {keeper} kept the list of {the}, on which {grown} names stood in {grown_year}[ and only {first} in the
        beginning|].
        """,
        """
        first: How many people belonged to {the} at the beginning?
        met: Where did the first meetings take place?
        grown_year: By when had {the} grown?
        grown: To what number had {the} grown later?
        women: How many women took part?
        leader: Who was at the head of the women?
        keeper: In whose hands was the list of names?
        """,
        first=number(11, 48),
        grown=number(130, 2900, 10),
        women=count(3, 9),
        met=pick(
            """
            a bakery | a bowling alley | a smithy | a railway buffet | a cellar bar | a net loft
            """,
            "meeting place",
        ),
        grown_year=year(6, 30),
        leader=PERSON,
        keeper=PERSON,
    ),
    fact(
        "rivals",
        TEAMS,
        """
        Its oldest rival is its counterpart in {rival_town}[, {apart} away|]. The quarrel goes back to {quarrel_year},
        when {poacher} lured away {lured}[ by offering {bribe}|].

        {the} has been at odds with {rival_town} since {quarrel_year}: {poacher}, who came from there, was caught
        {caught}[ and had to pay {bribe}|].
        """,
        """
        rival_town: Where is the main competitor of {the} at home?
        apart: How far away is the rival?
        quarrel_year: When did the rivalry begin?
        poacher: Who caused the rivalry?
        lured: Whom did {poacher~} lure away?
        bribe: How much money changed hands in the quarrel?
        caught: In what act was {poacher~} caught?
        """,
        rival_town=TOWN,
        apart=number(9, 66, unit="kilometres"),
        quarrel_year=year(8, 40),
        poacher=PERSON,
        lured=pick("the best singer | the goalkeeper | two engineers | the treasurer | four drummers", "victim"),
        bribe=money(40, 900, 10),
        caught=pick("copying plans at night | cutting ropes | counting the takings | hiding in a barrel", "act"),
    ),
    fact(
        "home",
        TEAMS,
        """
        In {moved} {the} moved from {old_home} to {new_home}, since <whymove:{cause}>[; {carter} lent {horses} horses
        for the move|].

        {new_home} has been the home of {the} since {moved}[, when {old_home} became too small|]. {carter}, who lived
        next door, complained about it for {complained}.

        Because <whymove:{cause}>, {the} had to leave {old_home}[ in {moved}|] and spent {tented} in a tent until
        {carter} offered {new_home}.
        """,
        """
        moved: When did {the} change its home?
        old_home: Where was {the} based before the move?
        new_home: Where did {the} find its new home?
        whymove: Why did {the} have to move?
        carter: Which person had to do with the move?
        horses: How many horses were used for the move?
        complained: For how long did the neighbour complain?
        tented: How long did {the} make do with a tent?
        """,
        moved=year(5, 45),
        old_home=pick(
            """
            a gravel pit | the cattle market | a former convent | the castle yard | an island in the river
            """,
            "home",
        ),
        new_home=pick(
            """
            the old parade ground | the brewery grounds | the east harbour | a wood above the town | the gasworks
            """,
            "home",
        ),
        cause=pick(
            """
            the neighbours had complained about the smell | a road was to be built | the lease had run out
            | the spring floods came every other year
            """,
            "reason",
        ),
        carter=PERSON,
        horses=number(14, 40),
        complained=lasting(2, 9, "years"),
        tented=lasting(2, 9, "years"),
    ),
    fact(
        "record win",
        "club",
        """
        Its biggest win came in {win_year}, when it beat {loser} by {margin} goals[; {scorer} alone scored {own}|].

        In {win_year} {scorer} scored {own} goals in one afternoon against {loser}[, wearing borrowed shoes|]. [The
        worst defeat, against {other}, followed in {defeat_year}.|]

        {loser} lost to {the} by {margin} goals in {win_year}; the worst defeat, against {other}, came in
        {defeat_year}[ when {scorer} was injured|].
        """,
        """
        win_year: When did {the} have its greatest success in a single match?
        loser: Against whom did {the} achieve its greatest success?
        margin: By how many goals was the record match won?
        own: How many goals did {scorer~} score in one match?
        scorer: Which player is mentioned by name?
        other: Which opponent inflicted the heaviest defeat?
        defeat_year: In which year did {the} suffer its heaviest defeat?
        """,
        win_year=year(6, 50),
        defeat_year=year(6, 60),
        loser=TOWN,
        other=TOWN,
        margin=number(13, 31),
        own=count(4, 9),
        scorer=PERSON,
    ),
    fact(
        "coach",
        "club",
        """
        Under the coach {coach}, a former {trade}, {the} won the cup {cups} times between {from_y} and {to_y}.
        [{coach.his} players had to {drill}.|]

        {coach}, coach of {the} from {from_y} to {to_y}, made the players {drill}[; {captain}, the captain, thanked
        {coach.him} with {gift}|].
        """,
        """
        coach: Who trained the team in its most successful years?
        trade: What had {coach~} done before becoming a coach?
        cups: How many times was the cup won?
        from_y: In which year did the time of {coach~} begin?
        to_y: In which year did the time of {coach~} end?
        drill: What did the coach make the players do?
        captain: Who was captain of the team?
        gift: What present did the coach get?
        """,
        coach=PERSON,
        captain=PERSON,
        trade=TRADE,
        cups=count(2, 9),
        from_y=year(8, 30),
        to_y=later("from_y", 4, 18),
        drill=pick("run up the church tower | train in clogs | swim before breakfast | learn to dance", "drill"),
        gift=pick("a piglet | a gold pen | a rocking chair | a sailing boat", "gift"),
    ),
    fact(
        "procession",
        "festival",
        """
        {the} takes place in {month} and begins with a procession from {start} to {end}[, led by {leading} since
        {led_year}|].

        Every {month} a procession, which {inventor} thought up in {led_year}, goes from {start} to {end}[; {leading}
        walk in front|].
        """,
        """
        month: In which month is {the} held?
        start: Where does the procession set out?
        end: Where does the procession finish?
        leading: Who walks at the head of the procession?
        led_year: Since when has the procession had its present form?
        inventor: Who thought up the procession?
        """,
        month=MONTH,
        start=pick("the west gate | the fish steps | the mill pond | the convent | the lime kiln", "place"),
        end=pick("the old harbour | the town hall | the castle meadow | the grain market | the chapel", "place"),
        leading=pick(
            """
            twelve children | the midwives | the fire brigade | two geese | the chimney sweeps
            """,
            "leaders",
        ),
        led_year=year(2, 50),
        inventor=PERSON,
    ),
    fact(
        "contest",
        "festival",
        """
        The main contest lasts {nights}; {entrants} people enter it, and the winner gets {prize}. [In {won} {winner}
        won although <whyodd:{odd}>.|]

        {winner}, the winner of {won}, received {prize}[ although <whyodd:{odd}>|]. A jury under {judge} had listened
        to {entrants} entrants for {nights}.
        """,
        """
        nights: For how long does the main contest go on?
        entrants: How many people take part in the contest?
        prize: What does the winner of the contest get?
        won: In which year was {winner~} successful?
        winner: Who won the contest?
        odd: What was unusual about the victory of {winner~}?
        judge: Who led the jury?
        """,
        nights=lasting(2, 7, "nights"),
        entrants=number(24, 310),
        prize=pick("a golden spoon | a wheel of cheese | a blue cloak | a hundred eggs | a bell", "prize"),
        won=year(10, 70),
        winner=PERSON,
        judge=PERSON,
        odd=pick(
            """
            a storm had torn the main prop | it was a first attempt | the favourite had already been
            congratulated
            """,
            "reason",
        ),
    ),
    fact(
        "dish",
        "festival",
        """
        No guest leaves without tasting {dish}, which {cook} first served in {served}, when <whydish:{cause}>. [A
        plate costs {price}.|]

        {dish} has been part of {the} since {served}[: because <whydish:{cause}>, the innkeeper {cook} had to
        improvise|]. About {plates} plates are sold.
        """,
        """
        dish: What do guests traditionally eat?
        cook: Who invented the traditional dish?
        served: When was the traditional dish first offered?
        whydish: What led to the invention of the dish?
        price: What does a plate of the dish cost?
        plates: How many plates of the dish are sold?
        """,
        dish=pick("eel in dill sauce | smoked plums | nettle dumplings | goose with quinces", "dish"),
        cook=PERSON,
        served=year(3, 60),
        cause=pick(
            """
            the bakers were on strike | the meat wagon had overturned | the ovens had been flooded
            """,
            "reason",
        ),
        price=money(3, 19),
        plates=number(1100, 9800, 100),
    ),
    fact(
        "product",
        "company",
        """
        Its first product was {product}, of which {sold} were sold within a year; {rich} came only with {second},
        patented in {patented}[ by {engineer}|].

        {the} began with {product}[, priced at {price}|]. When sales fell, {engineer} developed {second}, which was
        patented in {patented}[ and sold {sold} times in the first year|].
        """,
        """
        product: What did {the} make first?
        sold: How many pieces were sold in one year?
        second: Which product came after the first one?
        patented: When was a patent granted?
        engineer: Who developed the later product?
        price: What was the price of the first product?
        """,
        product=pick("a miner's lamp | a carriage lamp | a ship's lantern | a reading lamp", "product"),
        second=pick(
            """
            a signal for railways | a lens for microscopes | a heater for tents | a lamp for dentists
            """,
            "product",
        ),
        sold=number(310, 7900, 10),
        patented=year(7, 35),
        engineer=PERSON,
        price=money(3, 28),
        rich=pick("wealth | fame | real success", "success"),
    ),
    fact(
        "factory",
        "company",
        """
        By {peak} {the} employed {hands} people, {share} of them women, and exported to {lands} countries[, above all
        through the port of {port}|].

        A second factory was opened in {second_town} in {second_y}[ under {manager}|]; at its peak {the} employed
        {hands} people[ and exported to {lands} countries|].
        """,
        """
        peak: When did {the} have its largest staff?
        hands: How many employees did {the} have at its peak?
        share: What proportion of the staff was female?
        lands: How many countries did {the} supply?
        port: Through which port did {the} send most of its goods?
        second_town: Where was a second factory opened?
        second_y: When did another factory open?
        manager: Who ran the second factory?
        """,
        peak=year(15, 60),
        hands=number(240, 4800, 10),
        share=pick("a third | two fifths | more than half | a quarter", "share"),
        lands=number(13, 41),
        port=TOWN,
        second_town=TOWN,
        second_y=year(10, 50),
        manager=PERSON,
    ),
    fact(
        "apprentice",
        "company",
        """
        An apprentice at {the} learned for {term} and got {pay} a week; the best of each year was sent to {abroad}.
        [{pupil}, who came in {came}, later became a {trade}.|]

        Its most famous apprentice was {pupil}, who came in {came} and left after {stayed}[ because
        <wholeft:{cause}>|]. [Apprentices were paid {pay} a week.|]
        """,
        """
        term: How long did an apprenticeship last?
        stayed: After how long did {pupil~} leave?
        pay: What did apprentices earn in a week?
        abroad: Where were the best apprentices sent?
        pupil: Which apprentice became well known?
        came: When did {pupil~} join {the}?
        trade: What did {pupil~} become later?
        wholeft: Why did {pupil~} leave?
        """,
        term=lasting(2, 5, "years"),
        stayed=lasting(6, 30, "months"),
        pay=money(2, 12),
        abroad=TOWN,
        pupil=PERSON,
        came=year(4, 50),
        trade=TRADE,
        cause=pick("a quarrel over a hammer | homesickness | weak eyes | an offer from the opera", "reason"),
    ),
    fact(
        "rule",
        TEAMS,
        """
        By an old rule of {the}, {ban}; {breaker}, who broke it in {broken}, had to {penalty}[ for {long}|].

        {breaker} proposed the rule that {ban}, which {the} kept until {kept_until}. [Whoever ignored it had to
        {penalty} for {long}.|]
        """,
        """
        ban: What does the old rule of {the} say?
        breaker: Which person is connected with the old rule?
        broken: When was the rule broken?
        kept_until: Until when did the rule apply?
        penalty: What was the punishment for breaking the rule?
        long: How long did the punishment last?
        """,
        ban=pick(
            """
            nobody may whistle indoors | hats stay on during meetings | politics may not be discussed before supper |
            no letter is left unanswered for a week | strangers are to be offered soup
            """,
            "rule",
        ),
        breaker=PERSON,
        broken=year(6, 60),
        kept_until=year(20, 70),
        penalty=pick("sweep the yard | polish the cups | feed the donkey | carry the banner", "penalty"),
        long=lasting(2, 9, "weeks"),
    ),
    fact(
        "meeting",
        TEAMS,
        """
        Meetings are held on the first {weekday} of the month and last no longer than {limit}, a limit introduced by
        {strict} in {strict_y}[ after a debate about {topic}|].

        {strict} had the meetings of {the} moved to a {weekday} in {strict_y}[, when a debate about {topic} had kept
        everyone up for {debate}|].
        """,
        """
        weekday: On what day of the week are meetings held?
        limit: How long is a meeting allowed to last?
        debate: How long was a debate about {topic}?
        strict: Who changed the way in which meetings are held?
        strict_y: When were the meetings changed?
        topic: What was a long debate about?
        """,
        weekday=WEEKDAY,
        limit=lasting(2, 7, "hours"),
        debate=lasting(8, 16, "hours"),
        strict=PERSON,
        strict_y=year(4, 70),
        topic=pick("the colour of curtains | the price of beer | a comma | umbrellas | a missing ladder", "topic"),
    ),
)
