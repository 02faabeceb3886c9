"""How an institution came about: where it is, who wanted it, who paid, the first day.

How to run: not alone; articles.py uses FACTS. What comes out: facts.
"""

from generators.passages.grammar import (
    BUILT,
    DATE,
    HOUSES,
    INSTITUTIONS,
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
    three,
    word,
    year,
)

FACTS = (
    fact(
        "where",
        INSTITUTIONS,
        """
        {the} is a {noun} in {place}, a {sort}[ of {people} inhabitants|] in {region}[, {km} {way} of {city}|].

        {the}, a {noun}, belongs to {place}, a {sort} which lies[ {km}|] to the {way} of {city}[ and has {people}
        inhabitants|].

        One of the things for which {place}, a {sort} in {region}[ with a population of {people}|], is known is
        {the}[; the nearest city, {city}, is {km} away|].
        """,
        """
        sort / city: What kind of place is {place}?
        km: How far apart are {place} and {city}?
        km / people: How long is the way from {place} to the nearest city?
        city / region: Which city is the nearest to {place}?
        people / km: How many people live in {place}?
        region / city: In which part of the country can {the} be found?
        way: In what direction from {city} does {place} lie?
        """,
        lead=True,
        sort=pick(
            """
            fishing port | market town | mining town | garrison town | wine-growing town | ferry port | mill town |
            university town | spa | border town
            """,
            "kind of town",
        ),
        people=number(4100, 68000, 100),
        km=number(7, 74, unit="kilometres"),
        way=pick("north | south | east | west | north-east | south-west", "direction"),
        city=TOWN,
    ),
    fact(
        "founder",
        INSTITUTIONS,
        """
        The idea of {the} came from {founder}, a {trade}[ from {home}|], who put it to the town council[ in
        {proposed}|].

        It was {founder}, a {trade} who had grown up in {home}, who first called for {the}[, in a letter that a
        newspaper printed in {proposed}|].

        In {proposed}, {founder}[, a {trade},|] jotted down a first plan of {the} on the back of {paper} while waiting
        for a train in {station}. {hearers} friends were won over the same evening.
        """,
        """
        founder: Who had the first idea of {the}?
        founder: Whose suggestion led to {the}?
        trade / home: What was the occupation of {founder~}?
        trade / founder: How did {founder~} earn a living?
        home / station: Where did {founder~} come from?
        proposed: When was {the} suggested for the first time?
        paper: On what did {founder~} write the earliest plan?
        station / home: In which town was the earliest plan written down?
        """,
        founder=PERSON,
        trade=TRADE,
        home=TOWN,
        station=TOWN,
        proposed=year(-12, -6),
        paper=pick(
            """
            a menu | a seed catalogue | a hymn sheet | a calendar | an unpaid bill | a wine label
            """,
            "paper",
        ),
        hearers=count(2, 9),
    ),
    fact(
        "vote",
        INSTITUTIONS,
        """
        The council approved the plan for {the}[ in {voted}|] by {ayes} votes to {noes}, chiefly because
        <why:{reason}>.

        After {sitting} of debate, {ayes} councillors voted for {the} and {noes} against it[; what decided the matter
        was that <why:{reason}>|]. [The mayor, {mayor}, abstained.|]

        That <why:{reason}> was the argument which carried the day when the council voted on {the}[ in {voted}|];
        {mayor}, the mayor, had spoken for {sitting}[, and {noes} members still said no|].
        """,
        """
        why / mayor: Why did the council back the plan?
        why / voted: For what reason did the council say yes to {the}?
        voted: In which year did the council say yes to {the}?
        ayes / noes: How many councillors were in favour?
        noes / ayes: How many members of the council rejected the plan?
        sitting: How long did the council debate the plan?
        mayor: Who was mayor at the time of the vote?
        """,
        voted=year(-5, -3),
        ayes=number(14, 31),
        noes=number(3, 13),
        reason=word("why", "reason"),
        sitting=lasting(3, 11, "hours"),
        mayor=PERSON,
    ),
    fact(
        "petition",
        INSTITUTIONS,
        """
        {collector} went from door to door for {weeks} and gathered {signed} signatures for {the}[, because
        <whysign:{reason}>|].

        A petition with {signed} names[, collected within {weeks},|] reached the governor, {governor}, in {handed}[;
        {collector}, who handed it over, argued that <whysign:{reason}>|].

        Support grew when {collector} explained in the marketplace of {market} that <whysign:{reason}>: {signed}
        people signed a petition. [In {gave_way} the governor, {governor}, gave way.|]
        """,
        """
        collector: Who campaigned for {the} among the people?
        signed / weeks: How many people put their name to the petition?
        weeks / signed: How long did it take to gather the signatures?
        whysign / governor: Why did {collector~} want {the}?
        governor: Who was governor when {the} was asked for?
        handed: When did the petition reach the governor?
        gave_way: In which year did the governor give in?
        market: In which town did {collector~} address the public?
        """,
        collector=PERSON,
        governor=PERSON,
        weeks=lasting(3, 10, "weeks"),
        signed=number(640, 9800, 10),
        handed=year(-5, -2),
        gave_way=year(-5, -2),
        market=TOWN,
        reason=word("why", "reason"),
    ),
    fact(
        "opposition",
        INSTITUTIONS,
        """
        The fiercest opponent of {the} was {opponent}, {owner}, who objected that <whynot:{objection}>[ and printed
        {leaflets} leaflets|].

        {opponent}[, {owner},|] fought the plan[ for {quarrel}|] on the grounds that <whynot:{objection}>; {ally} at
        last talked {opponent.him} round over {bait}.

        Not everyone was pleased. Because <whynot:{objection}>, as {opponent.he} put it, {opponent} took the matter to
        court in {court}[ and lost after {quarrel}|].
        """,
        """
        whynot / owner: Why was {opponent~} against {the}?
        whynot / opponent: What was the objection to {the}?
        opponent: Who tried to prevent {the}?
        owner: Of what property was {opponent} in charge?
        leaflets: How many leaflets did the opponent have printed?
        quarrel: How long did {opponent~} resist?
        ally / opponent: Who persuaded {opponent~} to give in?
        bait: Over what was {opponent~} persuaded to give in?
        court: In which town were judges asked to stop {the}?
        """,
        opponent=PERSON,
        ally=PERSON,
        owner=pick(
            """
            the owner of two mills | the owner of the ferry | the keeper of the Golden Anchor | the owner of a tannery
            | the owner of forty houses | the owner of the coach line | the owner of the salt works
            """,
            "property",
        ),
        leaflets=number(300, 4000, 50),
        quarrel=lasting(3, 11, "years"),
        court=TOWN,
        bait=pick(
            """
            a plate of oysters | a game of chess | a bottle of plum brandy | a roast goose | a long walk
            """,
            "bait",
        ),
        objection=pick(
            """
            the money was needed for a hospital | the noise would frighten the cattle | rents in the old town would
            rise | the harbour ought to be dredged first | strangers would overrun a quiet district | taxes had
            already doubled | the school roof was still leaking | a rival town would profit most
            """,
            "reason",
        ),
    ),
    fact(
        "funding",
        INSTITUTIONS,
        """
        {donor}, {rich}, gave {gift}; a further {rest} came from {source}[, while the state contributed nothing|].

        Half of the money for {the} was raised by {source}, which yielded {rest}[, and {donor} added {gift} in memory
        of {kin}|].

        To pay for {the}, shares of {price} each were sold to {buyers} households[; the largest single sum, {gift},
        came from {donor}, {rich}|].
        """,
        """
        gift / rest: How much did {donor~} give towards {the}?
        donor: Who made the largest donation?
        rest / gift: How much money was raised by {source}?
        source / donor: What brought in {rest}?
        kin / source: In whose memory was money given?
        price: How much did one share cost?
        buyers: How many households bought shares?
        """,
        donor=PERSON,
        rich=pick(
            """
            the heir of a shipowner | the heir to a brewery | a rich sugar trader | the last of a family of bankers |
            a timber baron | the owner of three newspapers
            """,
            "donor",
        ),
        gift=money(4200, 48000, 100),
        rest=money(1100, 9800, 100),
        price=money(5, 60, 5),
        buyers=number(120, 1900),
        source=pick(
            """
            a lottery | a tax on dogs | a charity concert | a levy on beer | the sale of a meadow | a bazaar
            """,
            "source",
        ),
        kin=pick(
            "a drowned son | a former teacher | a twin sister | a favourite aunt | a shipmate | a late sister", "kin"
        ),
    ),
    fact(
        "site",
        f"{HOUSES} {TEAMS}",
        """
        Three sites were looked at for {the}: {sites}. The choice fell on the {chosen}, because <whysite:{merit}>[,
        although {adviser}, the town's surveyor, advised against it|].

        The first home of {the} was the {chosen}, which {lessor} let for {rent} a year[ because <whysite:{merit}>|].

        {adviser}, the town's surveyor, rejected {sites} as too small, and proposed the {chosen}[, where
        <whysite:{merit}>|]. It could be had for {rent} a year.
        """,
        """
        chosen / sites: Which place was picked in the end?
        sites: Which three places are listed as possible sites?
        whysite / adviser: Why was the {chosen} chosen?
        adviser: Who gave advice on the site?
        lessor: To whom was the rent for the {chosen} paid?
        rent: How much was the yearly rent of the {chosen}?
        """,
        sites=three(
            """
            the old tannery | the fish market | the drill hall | the abbey barn | the ropewalk | the north meadow |
            the corn exchange | the customs yard | the cattle market | the bleaching green
            """,
            "sites",
        ),
        chosen=pick(
            "bishop's orchard | disused brickyard | governor's stables | salt cellar | mint | old hospital", "place"
        ),
        merit=pick(
            """
            it stayed dry in every flood | two roads met there | the ground was cheap | nobody lived close by
            | it could be seen from the harbour | the view was open to the south
            """,
            "reason",
        ),
        adviser=PERSON,
        lessor=PERSON,
        rent=money(30, 480, 5),
    ),
    fact(
        "opening",
        INSTITUTIONS,
        """
        {the} opened on <opened:{date} <opened:{opened}>>[ in the presence of {guests} guests|]; the ribbon was cut by
        {speaker}[, {office}|]. [It rained all day, and the band played under umbrellas.|]

        On {date} <opened:{opened}>, {weekday_is}, {the} was inaugurated[ by {speaker}, {office},|] with {show}.
        [About {guests} people came.|]

        {speaker}, {office}, inaugurated {the} in <opened:{opened}>[, {late} later than announced|][; {show} followed,
        which {guests} people watched|].
        """,
        """
        opened: When was {the} inaugurated?
        opened: Since when has {the} been open to the public?
        speaker: Who performed the opening ceremony?
        office / speaker: Which office did {speaker~} hold?
        guests / opened: How many people attended the ceremony?
        show / speaker: What entertainment was there at the inauguration?
        late: How long was the inauguration delayed?
        """,
        date=DATE,
        opened=year(0, 0),
        weekday_is=pick(
            """
            a bright Sunday | a windy Saturday | a foggy Monday | a market day | a public holiday
            """,
            "day",
        ),
        guests=number(220, 6400, 10),
        speaker=PERSON,
        office=pick(
            """
            the bishop | the minister of trade | the king's cousin | the harbour commissioner | the head of the
            girls' school | the president of the bank | the oldest citizen
            """,
            "office",
        ),
        show=pick(
            """
            a torchlight procession | a parade of carts | fireworks | a concert of four brass bands | a regatta
            | a balloon ascent
            """,
            "show",
        ),
        late=lasting(2, 9, "months"),
    ),
    fact(
        "first year",
        f"{HOUSES} {BUILT} club festival",
        """
        In its first year {the} counted {early} {users}, and by <second:{second}> the figure had reached {grown}.
        [Entry cost {fee}; children paid {less}.|]

        {the} charged {fee} at first[, while children paid {less}|]. The {early} {users} of the first year were
        {compared} than {forecaster} had forecast[; in {second} there were {grown}|].

        By {second} there were {grown} {users} a year[, against {early} in the beginning|]. [Every {weekday} admission
        was free, a rule that {insister} had insisted on.|]
        """,
        """
        early / grown: How many {users} were there in the first year?
        grown / early: How many {users} a year were there later on?
        fee / less: How much did adults have to pay at the start?
        less / fee: What was the charge for children?
        forecaster: Who had predicted the number of {users}?
        insister: Who wanted people to get in free once a week?
        weekday: On which day of the week did people not have to pay?
        """,
        early=number(900, 7900, 10),
        grown=number(8100, 39000, 100),
        second=later("opened_year", 4, 15),
        opened_year=year(1, 2),
        fee=money(5, 11),
        less=money(2, 4),
        compared=pick("a third more | far fewer | many more", "share"),
        forecaster=PERSON,
        insister=PERSON,
        weekday=WEEKDAY,
    ),
    fact(
        "ferry",
        BUILT,
        """
        Before {the} there was only {before}, run by {runner}[ and {runner.his} {helpers}|], who charged {toll} a
        head[ and gave up in {gave_up}|].

        {runner}, who had run {before} until then, lost {runner.his} living when {the} came[ in {gave_up}|]; the town
        paid {runner.him} {pay} and made {runner.him} {made}.
        """,
        """
        before / made: What existed at the spot earlier?
        runner: Who operated {before}?
        helpers / runner: Who assisted {runner~}?
        toll / pay: How much did {runner~} ask per person?
        gave_up: In which year did {runner~} stop?
        pay / toll: How much compensation did {runner~} get?
        made / before: What new post was {runner~} given?
        """,
        runner=PERSON,
        before=pick(
            """
            a rope ferry | a mule track | an iron beacon | a ford with stepping stones | a stone causeway
            """,
            "crossing",
        ),
        helpers=pick("two sons | three daughters | a deaf nephew | an elderly uncle", "helpers"),
        toll=money(2, 6),
        gave_up=year(0, 3),
        pay=money(60, 900, 10),
        made=pick("night watchman | keeper of the stores | inspector of weights | lamplighter", "post"),
    ),
)
