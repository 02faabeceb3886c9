"""Rivers: course and water, and what people do with them.

How to run: not alone; articles.py uses COURSE and USES. What comes out: facts.
"""

from generators.passages.grammar import (
    MONTH,
    PERSON,
    TOWN,
    TRADE,
    count,
    fact,
    lasting,
    later,
    money,
    number,
    pick,
    recent,
    year,
)

COURSE = (
    fact(
        "course",
        "river",
        """
        {the} begins at {source}[, {high} above the sea,|] and after {long} flows into {mouth}. [Its largest town is
        {town}.|]

        {the}, which is {long} long, comes from {source}[ near {town}|] and ends in {mouth}. [Its source lies {high}
        above the sea.|]
        """,
        """
        source: Where does {the} begin?
        long: What is the length of {the}?
        mouth: Where does {the} end?
        high: At what height does {the} begin?
        town: Which town on {the} is named?
        """,
        lead=True,
        source=pick(
            """
            Goat Fell | Lake Sorn | the Widow's Spring | a glacier | a peat bog | Three Crows Pass
            """,
            "source",
        ),
        mouth=pick("the Bay of Reeds | the Grey Sound | Lake Amber | the North Lagoon | a salt marsh", "mouth"),
        long=number(61, 480, unit="kilometres"),
        high=number(490, 1900, 10, "metres"),
        town=TOWN,
    ),
    fact(
        "measured",
        "river",
        """
        {surveyor} was the first to measure {the}, in {measured}, with {chain}; {surveyor.his} figure was only {wrong}
        too long[, as {checker} found in {checked}|].

        In {checked} {checker} measured {the} anew[ and found the old figure {wrong} too long|]. It went back to
        {surveyor}, a {trade}, who had walked the banks in {measured} with {chain}.
        """,
        """
        surveyor: Who measured {the} for the first time?
        measured: When was {the} measured for the first time?
        chain: What served as a measuring instrument?
        wrong: How large was the error in the measurement?
        checker: Who repeated the measurement?
        checked: When was the measurement repeated?
        trade: What did {surveyor~} do for a living?
        """,
        surveyor=PERSON,
        checker=PERSON,
        measured=year(-10, 10),
        checked=year(40, 90),
        chain=pick("a knotted rope | a cartwheel | a steel chain | a pedometer", "tool"),
        wrong=number(2, 9, unit="kilometres"),
        trade=TRADE,
    ),
    fact(
        "tributaries",
        "river",
        """
        From the left it is joined by {left_t}, from the right by {right_t}[, which brings {colour} water|].
        {traveller} described the spot[ in {seen}|] as "{words}".

        {left_t}, its longest tributary, joins {the} from the left[ at {joins}|]; {right_t} comes from the right and
        colours the water {colour}.
        """,
        """
        left_t: Which tributary comes from the left?
        right_t: Which tributary comes from the right?
        colour: What colour is the water of one tributary?
        traveller: Who described the meeting of the waters?
        words: With which words was the meeting of the waters described?
        seen: When was the meeting of the waters described?
        joins: Near which town does a tributary join {the}?
        """,
        left_t=pick("the Mossbeck | the Little Arl | the Henwater | the Tolling | the Upper Sike", "tributary"),
        right_t=pick("the Redwater | the Iven | the Long Dwale | the Scarbeck | the Pell", "tributary"),
        colour=pick("brown | milky green | red | black | yellow", "colour"),
        traveller=PERSON,
        words=pick("two sisters quarrelling | a torn flag | tea with cream | an unmade bed", "words"),
        seen=year(0, 40),
        joins=TOWN,
    ),
    fact(
        "flood",
        "river",
        """
        The worst flood came in {flood}, when the water rose by {rose} within {within}[ and carried away {lost}|].
        {warner} had warned of it[ and nobody had listened|].

        In {flood}, after {rained} of rain, {the} rose by {rose}. [{warner}, a {trade}, saved a whole street by
        {alarm}.|] [{lost} was swept away.|]
        """,
        """
        flood: When did {the} rise highest?
        rose: By how much did the water rise?
        within: In what time did the water rise?
        rained: How long did it rain before the flood?
        lost: What was carried away by the water?
        warner: Who raised the alarm about the water?
        trade: What was the occupation of {warner~}?
        alarm: How did {warner~} warn the street?
        """,
        flood=year(10, 60),
        rose=number(3, 9, unit="metres"),
        within=lasting(4, 40, "hours"),
        rained=lasting(13, 70, "hours"),
        lost=pick("the sugar mill | a chapel | the cattle market | a wooden bridge | a row of barns", "loss"),
        warner=PERSON,
        trade=TRADE,
        alarm=pick("firing a cannon | beating a drum | ringing handbells | blowing a horn", "alarm"),
    ),
    fact(
        "ice",
        "river",
        """
        In cold winters {the} freezes over; the ice of {ice_year} lasted {ice_days} and bore {bore}. [{skater} skated
        from {from_t} to {to_t} in one day.|]

        {skater} skated on {the} from {from_t} to {to_t} in {ice_year}, when the ice lasted {ice_days}[ and bore
        {bore}|].
        """,
        """
        ice_year: In which winter or year was there remarkable ice?
        ice_days: How long did the ice last?
        bore: What was the ice able to carry?
        skater: Who covered a long distance on the ice?
        from_t: Where did the journey on the ice begin?
        to_t: Where did the journey on the ice end?
        """,
        ice_year=year(5, 70),
        ice_days=lasting(40, 96, "days"),
        bore=pick("a market of sixty stalls | loaded carts | a circus | a horse race", "load"),
        skater=PERSON,
        from_t=TOWN,
        to_t=TOWN,
    ),
    fact(
        "island",
        "river",
        """
        Its only island, {isle}, belonged to {owner} until {sold}[, who kept {kept} there|]; today {today}.

        {owner} lived on {isle}, an island in {the}, for {lived}[ with {kept}|]. [In {sold} it was sold for {price}.|]
        """,
        """
        isle: What is the name of the island?
        owner: Who owned or inhabited the island?
        sold: When did the island change hands?
        kept: Which animals were kept on the island?
        today: What is known about the island today?
        lived: How long was the island inhabited by {owner~}?
        price: What was paid for the island?
        """,
        isle=pick("Nun's Holm | Gallows Eyot | Barley Island | Little Malta | Crow Ait", "island"),
        owner=PERSON,
        sold=year(10, 80),
        kept=pick("llamas | rabbits | peacocks | bees | goats", "animals"),
        today=pick(
            """
            only cormorants breed there | a school camps there every summer | nobody may land there
            """,
            "state",
        ),
        lived=lasting(13, 44, "years"),
        price=money(300, 9800, 50),
    ),
    fact(
        "name",
        "river",
        """
        The name of {the} has nothing to do with {not_this}, as {linguist} proved in {proved}: it comes from an old
        word for {meaning}.

        While {believer} derived the name of {the} from {not_this}, {linguist} traced it[ in {proved}|] to an old word
        for {meaning}.
        """,
        """
        meaning: What did the word behind the name of {the} mean?
        not_this: What was the name of {the} wrongly thought to come from?
        linguist: Who explained the name correctly?
        proved: When was the name explained?
        believer: Who gave a wrong explanation of the name?
        """,
        not_this=pick("a giant | a queen | the word for eel | a monastery", "meaning"),
        meaning=pick("gravel | bright | alder tree | boundary | crooked", "meaning"),
        linguist=PERSON,
        believer=PERSON,
        proved=year(30, 100),
    ),
)

USES = (
    fact(
        "rafts",
        "river",
        """
        Until {last_raft} timber was floated down {the} to {raft_town}; a raft had a crew of {crew}[ and took
        {raft_days} for the trip|]. The last one was steered by {steersman}.

        {steersman} steered the last raft down {the}[ in {last_raft}|]. A crew of {crew} needed {raft_days} as far as
        {raft_town}[, where the timber was made into {made}|].
        """,
        """
        last_raft: When did the last raft come down {the}?
        raft_town: Where was the timber taken?
        crew: How many people worked on a raft?
        raft_days: How long did a raft travel?
        steersman: Who was at the helm of the last raft?
        made: What was produced from the timber?
        """,
        last_raft=year(40, 80),
        raft_town=TOWN,
        crew=count(4, 12),
        raft_days=lasting(3, 14, "days"),
        steersman=PERSON,
        made=pick("masts | barrels | pit props | matches | cradles", "product"),
    ),
    fact(
        "mills",
        "river",
        """
        Around {mills_year} there were {mills} mills on {the}, which ground {ground}; the last miller, {miller},
        stopped in {stopped} because <whystop:{cause}>.

        {miller}, the last of the millers on {the}, {fate}[ in {stopped}|], as <whystop:{cause}>. [There had been
        {mills} mills around {mills_year}.|]
        """,
        """
        mills_year: For what year is the number of mills given?
        mills: How many mills were there at one time?
        ground: What did the mills process?
        miller: Who was the last miller?
        stopped: When did the last miller give up?
        whystop: Why did the last miller give up?
        fate: What did {miller~} do after giving up the mill?
        """,
        mills_year=year(0, 20),
        mills=number(14, 63),
        ground=pick("mustard | oak bark | bones | rye | gunpowder", "material"),
        miller=PERSON,
        stopped=year(50, 90),
        cause=pick("a dam had taken the water | flour from abroad was cheaper | the wheel had rotted", "reason"),
        fate=pick("became a bus driver | opened an inn | moved abroad", "fate"),
    ),
    fact(
        "pollution",
        "river",
        """
        A {plant} at {plant_town} let {dirt} into {the} for {spoilt}, so that by {dead} no fish were left[ below the
        town|]. {campaigner} collected proof in {jars} jars.

        {campaigner}, who carried {jars} jars of dirty water into the ministry in {protest}, brought about the closure
        of the {plant} at {plant_town}[, which had poured {dirt} into {the} for {spoilt}|].
        """,
        """
        plant: What kind of works polluted {the}?
        plant_town: Where did the pollution come from?
        dirt: What was let into {the}?
        spoilt: How long did the pollution go on?
        dead: By when had the fish disappeared?
        protest: When was the proof taken to the ministry?
        campaigner: Who fought against the pollution?
        jars: How many jars were filled?
        """,
        plant=pick("paper mill | dye works | tannery | sugar factory", "works"),
        plant_town=TOWN,
        dirt=pick("bleach | blue dye | chromium salts | hot sludge", "dirt"),
        spoilt=lasting(13, 38, "years"),
        dead=year(60, 90),
        protest=year(60, 95),
        campaigner=PERSON,
        jars=number(40, 400),
    ),
    fact(
        "fish",
        "river",
        """
        {fish} returned to {the} in {returned}, {absent} after they had last been seen; {angler} caught the first one[
        with {bait}|] and {then}.

        The first of the {fish} to return to {the} was caught by {angler} in {returned}[, who {then}|]. [{released}
        young ones had been released before.|]
        """,
        """
        fish: Which fish have come back to {the}?
        returned: When did the fish come back?
        absent: How long were the fish missing?
        angler: Who caught the first fish?
        bait: What was used as bait?
        then: What did {angler~} do with or after the catch?
        released: How many young fish were set free?
        """,
        fish=pick("Salmon | Sturgeon | Sea trout | Lampreys", "fish"),
        returned=year(95, 150),
        absent=lasting(31, 90, "years"),
        angler=PERSON,
        bait=pick("a cherry | a piece of cheese | a red feather | bread dough", "bait"),
        then=pick("let it go at once | had it stuffed | sent it to the minister | ate it on the spot", "deed"),
        released=number(2000, 90000, 500),
    ),
    fact(
        "dam",
        "river",
        """
        A dam near {dam_town}, finished in {dam_year}, is {dam_high} high[ and supplies {homes} homes with power|].
        {farmer} refused to leave the valley until <untilwhat:{last_straw}>.

        For the dam near {dam_town} {villages} villages had to be given up[ in {dam_year}|]; {farmer}, the last to
        leave, went only when <untilwhat:{last_straw}>.
        """,
        """
        dam_town: Near which town is the dam?
        dam_year: When was the dam built?
        dam_high: How high is the dam?
        homes: How many homes get power from the dam?
        farmer: Who was unwilling to leave the valley?
        last_straw: What finally made {farmer~} leave?
        villages: How many villages were lost to the dam?
        """,
        dam_town=TOWN,
        dam_year=recent(1922, 1978),
        dam_high=number(21, 88, unit="metres"),
        homes=number(4000, 78000, 1000),
        farmer=PERSON,
        villages=count(2, 6),
        last_straw=pick("the water stood in the kitchen | the road was cut | the cows were taken away", "event"),
    ),
    fact(
        "crossing",
        "river",
        """
        A cable ferry at {ferry_town}, run by the family of {ferryman} since {ferry_since}, takes {cars} cars across
        in {minutes}[ for {fare} each|].

        {ferryman} began to run a cable ferry across {the} at {ferry_town} in {ferry_since}[; it holds {cars} cars|].
        A crossing takes {minutes} and costs {fare}.
        """,
        """
        ferry_town: Where can {the} be crossed by ferry?
        ferryman: Which name is linked with the ferry?
        ferry_since: Since when has there been a ferry?
        cars: How many cars fit on the ferry?
        minutes: How long does the crossing last?
        fare: How much does the crossing cost?
        """,
        ferry_town=TOWN,
        ferryman=PERSON,
        ferry_since=year(20, 80),
        cars=count(3, 12),
        minutes=lasting(4, 14, "minutes"),
        fare=money(2, 9),
    ),
    fact(
        "race",
        "river",
        """
        Each {race_month} boats made of {boats} race on {the} from {race_from} to {race_to}; the record, {record}, is
        held by {champion}[ and dates from {record_year}|].

        {champion} won the race of boats made of {boats}[, held every {race_month},|] in the record time of {record}
        in {record_year}. [It leads from {race_from} to {race_to}.|]
        """,
        """
        race_month: In which month is the race held?
        boats: Of what are the racing boats made?
        race_from: Where is the start of the race?
        race_to: Where is the finish of the race?
        record: What is the fastest time in the race?
        champion: Who has been the fastest in the race?
        record_year: When was the fastest time achieved?
        """,
        race_month=MONTH,
        boats=pick("cardboard | barrels | bathtubs | reeds", "material"),
        race_from=TOWN,
        race_to=TOWN,
        record=lasting(41, 97, "minutes"),
        champion=PERSON,
        record_year=year(100, 160),
    ),
    fact(
        "rights",
        "river",
        """
        The right to fish in {the} was granted to {holders} in {granted}; {judge_r} confirmed it in {confirmed},
        against the will of {landlord}[, who owned {bank} of the bank|].

        {landlord}, the owner of {bank} of the bank, tried to take the right to fish from {holders}[ in {confirmed}|],
        but {judge_r} decided for them. [They had held it since {granted}.|]
        """,
        """
        holders: Who may fish in {the}?
        granted: When was the right to fish given?
        judge_r: Who ruled on the right to fish?
        confirmed: When was there a ruling on the right to fish?
        landlord: Who disputed the right to fish?
        bank: How much of the bank was in one hand?
        """,
        holders=pick("three parishes | the widows of the valley | the guild of coopers | a nunnery", "holders"),
        granted=year(-60, -10),
        confirmed=later("granted", 70, 120),
        judge_r=PERSON,
        landlord=PERSON,
        bank=number(4, 19, unit="kilometres"),
    ),
)
