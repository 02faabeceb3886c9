"""Expeditions: how they set out, what they met.

How to run: not alone; articles.py uses START and JOURNEY. What comes out: facts.
"""

from generators.passages.grammar import (
    DATE,
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
    three,
    year,
)

START = (
    fact(
        "aim",
        "expedition",
        """
        {the} set out from {port} in {left} in order to {aim}. [It was led by {leader}, a {trade}, and comprised {men}
        people.|]

        The aim of {the}, which left {port} in {left} under {leader}[, a {trade}|], was to {aim}. [It comprised {men}
        people.|]
        """,
        """
        port: From which port did {the} leave?
        left: When did {the} leave?
        aim: What was the purpose of {the}?
        leader: Who led {the}?
        trade: What had been the occupation of {leader~}?
        men: How many people took part in {the}?
        """,
        lead=True,
        port=TOWN,
        left=year(0, 0),
        aim=pick(
            """
            find the source of a warm current | map the coast of Frost Land | collect mosses for the university
            | search for a missing whaler | reach the magnetic pole | cross the Plateau of Ashes
            """,
            "aim",
        ),
        leader=PERSON,
        trade=TRADE,
        men=number(14, 68),
    ),
    fact(
        "ship",
        "expedition",
        """
        Its ship, the {ship}, had been built as {built_as}; {shipwright} strengthened the hull with {hull}[ within
        {rebuilt}|].

        {shipwright} spent {rebuilt} turning {built_as} into a ship fit for ice, with a hull strengthened by {hull}[;
        it was named the {ship}|].
        """,
        """
        ship: What was the ship of {the} called?
        built_as: What had the ship been originally?
        shipwright: Who prepared the ship for the voyage?
        hull: With what was the hull strengthened?
        rebuilt: How long did the work on the ship take?
        """,
        ship=pick("Constance | Grey Goose | Northern Aunt | Sabine | Pertinence", "ship"),
        built_as=pick("a whaler | a mail steamer | a royal yacht | a grain barge", "ship type"),
        shipwright=PERSON,
        hull=pick("oak planks | sheets of copper | felt and tar | iron ribs", "material"),
        rebuilt=lasting(3, 11, "months"),
    ),
    fact(
        "money",
        "expedition",
        """
        The costs of {costs} were borne by {patron}, {patron_is}, on condition that <terms:{terms}>[; the state added
        {state}|].

        {patron}, {patron_is}, paid {costs} and asked in return that <terms:{terms}>. [The state, which had promised
        {state}, paid nothing.|]
        """,
        """
        costs: How much did the sponsor of {the} pay?
        patron: Who paid for {the}?
        patron_is: What was the position of {patron~}?
        terms: What did {patron~} demand in return?
        state: Which sum is named for the state's part?
        """,
        costs=money(31000, 290000, 1000),
        patron=PERSON,
        patron_is=pick(
            """
            a maker of mustard | the queen's banker | a newspaper publisher | the heir to three mines | a maker
            of corsets
            """,
            "position",
        ),
        terms=pick(
            """
            a mountain bore the family's name | a dog was taken along | nobody drank | every letter was printed
            """,
            "condition",
        ),
        state=money(2000, 29000, 500),
    ),
    fact(
        "crew",
        "expedition",
        """
        The doctor was {doctor}, the cook {cook}; {rejected} had been turned down because <whyrejected:{cause}>[ and
        followed in secret as far as {followed}|].

        Of the {applied} people who applied, many were turned down, among them {rejected}, because
        <whyrejected:{cause}>. [The post of doctor went to {doctor}.|] [{cook} was hired as cook.|]
        """,
        """
        doctor: Who looked after the sick on {the}?
        cook: Who prepared the meals of {the}?
        rejected: Who was not allowed to come along?
        whyrejected: Why was {rejected~} turned down?
        followed: To which town did the rejected applicant follow {the}?
        applied: How many people wanted to join {the}?
        """,
        doctor=PERSON,
        cook=PERSON,
        rejected=PERSON,
        cause=pick(
            """
            snoring was feared | one eye was weak | only bachelors were wanted | two others had the same name
            """,
            "reason",
        ),
        followed=TOWN,
        applied=number(210, 3900, 10),
    ),
    fact(
        "provisions",
        "expedition",
        """
        On board were {weight} of food for {food_for}, above all {provisions}[; {packer} had packed everything in
        {packed}|].

        {packer} had reckoned with {food_for} and loaded {weight} of food, packed in {packed}[: {provisions}|].
        """,
        """
        weight: How much food was on board?
        food_for: How long was the food meant to last?
        provisions: Which foods made up most of the supplies?
        packer: Who was responsible for the supplies?
        packed: In what were the supplies packed?
        """,
        weight=number(11, 96, unit="tons"),
        food_for=lasting(14, 40, "months"),
        provisions=three(
            "dried peas | salted cod | ship's biscuit | pemmican | lime juice | oatmeal | bacon | chocolate", "foods"
        ),
        packer=PERSON,
        packed=pick("copper chests | oak barrels | oilcloth | seal skins", "packing"),
    ),
    fact(
        "animals",
        "expedition",
        """
        {the} took along {dogs} dogs, bought in {dog_town}, and {pet}, the pet of {pet_owner}[, which outlived all of
        the dogs|].

        {handler} bought {dogs} dogs for {the} in {dog_town}[ at {dog_price} each|]. {pet_owner} smuggled {pet} on
        board.
        """,
        """
        dogs: How many dogs belonged to {the}?
        dog_town: Where were the dogs bought?
        pet: What other animal was on board?
        pet_owner: To whom did the pet belong?
        handler: Who bought the dogs?
        dog_price: How much did one dog cost?
        """,
        dogs=number(18, 84),
        dog_town=TOWN,
        pet=pick("a tame goose | a tortoise | a cat with one eye | a canary", "animal"),
        pet_owner=PERSON,
        handler=PERSON,
        dog_price=money(3, 30),
    ),
    fact(
        "farewell",
        "expedition",
        """
        At the farewell on {farewell} {speech_by} made a speech of {speech}[, during which {mishap}|]. [The band of
        the {band} played.|]

        {speech_by} spoke for {speech} at the farewell of {the}[ on {farewell}|], until {mishap}. {absent_p}, the
        leader's closest friend, {absent_why}.
        """,
        """
        farewell: On what date was the farewell?
        speech_by: Who made the speech at the farewell?
        speech: How long was the speech at the farewell?
        mishap: What went wrong at the farewell?
        absent_p: Which friend of the leader is mentioned?
        absent_why: How did {absent_p~} behave on the occasion?
        """,
        farewell=DATE,
        speech_by=PERSON,
        absent_p=PERSON,
        speech=lasting(50, 120, "minutes"),
        mishap=pick(
            """
            the anchor broke loose | a gangway fell into the water | it began to hail | the flag caught fire
            """,
            "mishap",
        ),
        band=pick("miners | hussars | fire brigade | post office", "band"),
        absent_why=pick(
            """
            stayed in bed | wept without a word | waved from a balloon | had left town in anger
            """,
            "behaviour",
        ),
    ),
)

JOURNEY = (
    fact(
        "ice",
        "expedition",
        """
        In {stuck} the ship of {the} was caught in the ice and drifted for {drift}[, {drifted} to the west|]; to pass
        the time {editor} edited a newspaper called "{paper}".

        For {drift} the ship of {the} was held fast by the ice. {editor} brought out {issues} issues of a newspaper[,
        "{paper}"|], while {teacher} taught {taught}.
        """,
        """
        stuck: When did the ice close round the ship?
        drift: How long was the ship held by the ice?
        drifted: How far did the ship drift?
        editor: Who made the newspaper?
        paper: What was the newspaper called?
        issues: How many issues of the newspaper appeared?
        teacher: Who gave lessons?
        taught: Which subject was taught?
        """,
        stuck=year(1, 1),
        drift=lasting(4, 15, "months"),
        drifted=number(110, 980, 10, "kilometres"),
        editor=PERSON,
        teacher=PERSON,
        paper=pick("The Frozen Thumb | Polar Gossip | The Long Night | The Seal", "title"),
        issues=number(14, 60),
        taught=pick("algebra | Italian | knitting | navigation", "subject"),
    ),
    fact(
        "find",
        "expedition",
        """
        The main result of {the} was the discovery of {discovery}, which {discoverer} sighted on {sighted}[ while
        hunting for {hunting}|].

        It was by chance that {discoverer} came upon {discovery}[ on {sighted}|]: {discoverer.he} was looking for
        {hunting}. The leader named it after {namesake}.
        """,
        """
        discovery: What did {the} discover?
        discoverer: Who made the most important discovery?
        sighted: On what date was the discovery made?
        hunting: What was {discoverer~} looking for at the time?
        namesake: After whom was the discovery named?
        """,
        discovery=pick(
            """
            a chain of five islands | a hot lake | a volcano under the ice | a forest of stone
            """,
            "discovery",
        ),
        discoverer=PERSON,
        namesake=PERSON,
        sighted=DATE,
        hunting=pick("a lost sledge | geese | driftwood | a missing dog", "quarry"),
    ),
    fact(
        "loss",
        "expedition",
        """
        {dead} members of {the} died, among them {victim}, who {death}[ near {death_at}|]; {mourner} carved the
        gravestone from {grave}.

        {victim}, one of the {dead} who did not come back, {death}[; a gravestone of {grave} was put up by
        {mourner}|]. A search in {search_year} found {relic}.
        """,
        """
        dead: How many members of {the} lost their lives?
        victim: Which of the dead is named?
        death: How did {victim~} die?
        death_at: Where did {victim~} die?
        mourner: Who made the gravestone?
        grave: What is the gravestone made of?
        search_year: When was a search made?
        relic: What did the search find?
        """,
        dead=count(2, 9),
        victim=PERSON,
        mourner=PERSON,
        death=pick(
            """
            fell into a crevasse | died of scurvy | was lost in a snowstorm | drowned under the ice
            """,
            "death",
        ),
        death_at=pick("Cape Regret | Mount Candle | Bishop's Bay | Needle Rock", "cape"),
        grave=pick("slate | a ship's plank | whalebone | a tabletop", "material"),
        search_year=later("left_home", 3, 20),
        left_home=year(2, 3),
        relic=pick("a pocket watch | a violin | an empty tin | a frozen diary", "relic"),
    ),
    fact(
        "march",
        "expedition",
        """
        A party of {party} under {party_lead} marched {marched} across the ice to {goal_m}, which took {march_time}[;
        their only warm meal was {meal}|].

        {party_lead} and {party} others reached {goal_m} after {march_time}[ and {marched}|]. [They lived on {meal}.|]
        {map_maker} drew the map.
        """,
        """
        party: How many people went on the march?
        party_lead: Who commanded the march?
        marched: How long was the distance covered on foot?
        goal_m: What was the destination of the march?
        march_time: How long were they on foot?
        meal: What did they eat on the march?
        map_maker: Who made the map?
        """,
        party=count(3, 12),
        party_lead=PERSON,
        map_maker=PERSON,
        marched=number(190, 1400, 10, "kilometres"),
        goal_m=pick("the Glass Mountains | the northern cape | Lake Oblivion | an abandoned station", "goal"),
        march_time=lasting(31, 88, "days"),
        meal=pick("boiled boots | seal soup | cocoa with lard | gull eggs", "food"),
    ),
    fact(
        "quarrel",
        "expedition",
        """
        A quarrel between {first_q} and {second_q} over {matter_q} split {the} into two camps; {peacemaker} ended it
        {peace_how}.

        For {quarrel_long} {first_q} and {second_q} did not exchange a word[, all because of {matter_q}|].
        {peacemaker} reconciled them {peace_how}.
        """,
        """
        matter_q: What was the quarrel about?
        peacemaker: Who put an end to the quarrel?
        peace_how: In what way was the quarrel ended?
        quarrel_long: How long did the two not speak to each other?
        """,
        first_q=PERSON,
        second_q=PERSON,
        peacemaker=PERSON,
        matter_q=pick("a spoon | a game of cards | the last onion | an open door", "matter"),
        peace_how=pick(
            """
            with a bottle of rum | at a Christmas dinner | by drawing lots | with a false telegram
            """,
            "way",
        ),
        quarrel_long=lasting(3, 14, "weeks"),
    ),
    fact(
        "return",
        "expedition",
        """
        In {back_year} the survivors were picked up by {picked_by} off {picked_at}, after {waited} of waiting[;
        {first_word} asked at once for {wish}|].

        {picked_by}, under captain {captain_x}, took the survivors of {the} on board in {back_year}. [The first
        request, by {first_word}, was for {wish}.|] [They had waited for {waited}.|]
        """,
        """
        back_year: When were the survivors rescued?
        picked_by: What ship rescued the survivors?
        picked_at: Near which place were the survivors rescued?
        waited: How long had the survivors been waiting?
        first_word: Who made the first request after the rescue?
        wish: What was the first request after the rescue?
        captain_x: Who commanded the ship that came to the rescue?
        """,
        back_year=year(4, 6),
        picked_by=pick("a sealer | a foreign trawler | a navy cutter | a cable ship", "ship type"),
        picked_at=pick("Walrus Island | Cape Farthing | the Teeth | Port Mercy", "cape"),
        waited=lasting(2, 12, "weeks"),
        first_word=PERSON,
        captain_x=PERSON,
        wish=pick("a newspaper | soap | an apple | clean socks", "wish"),
    ),
    fact(
        "collections",
        "expedition",
        """
        The {samples_x} samples that {collector_x} brought home fill {rooms} rooms in {kept_x}[; the report by
        {report_by} appeared only in {report}|].

        {report_by} published the report of {the} in {report}, in {volumes} volumes. [The {samples_x} samples of
        {collector_x} went to {kept_x}.|]
        """,
        """
        samples_x: How many samples were brought home?
        collector_x: Who collected the samples?
        rooms: How many rooms do the samples take up?
        kept_x: Where are the samples kept?
        report_by: Who published the report?
        report: When did the report appear?
        volumes: How many volumes does the report have?
        """,
        samples_x=number(1100, 19000, 100),
        collector_x=PERSON,
        report_by=PERSON,
        rooms=count(3, 11),
        volumes=count(2, 12),
        kept_x=pick(
            """
            the mining school | the national herbarium | a monastery | the naval academy
            """,
            "keeping place",
        ),
        report=year(10, 35),
    ),
)
