"""Birds: looks and life, and those who study them.

How to run: not alone; articles.py uses LOOKS and STUDY. What comes out: facts.
"""

from generators.passages.grammar import (
    MONTHS,
    PERSON,
    TOWN,
    TRADE,
    Slot,
    count,
    fact,
    lasting,
    later,
    money,
    number,
    options,
    pick,
    recent,
    year,
)

SEASON = Slot("month", lambda article, _: article.deal(options(MONTHS)[2:8]), 1)

LOOKS = (
    fact(
        "found",
        "species",
        """
        {the} is a bird of {habitat}, first described in {described} by {describer}[, a {trade}|]. [It is found only
        in {region}.|]

        {the}, a bird of {habitat} in {region}, was described in {described} by {describer}[ from a single feather|],
        after {first_seen} had seen it during {seen_on}.
        """,
        """
        habitat: In what kind of country does {the} live?
        described: When was {the} first described?
        describer: Who described {the} for science?
        trade: What was the main occupation of {describer~}?
        region: In which region is {the} at home?
        first_seen: Who noticed {the} before it was described?
        seen_on: On what occasion was {the} first noticed?
        """,
        lead=True,
        habitat=pick("salt marshes | larch woods | gravel banks | sea cliffs | reed beds | heath", "habitat"),
        described=year(0, 0),
        describer=PERSON,
        first_seen=PERSON,
        trade=TRADE,
        seen_on=pick("a honeymoon | a funeral | a military exercise | a picnic", "occasion"),
    ),
    fact(
        "size",
        "species",
        """
        It is {long} long and weighs {weigh}; the male has {male}, the female {female}. [{painter} was the first to
        notice the difference, in {noticed}.|]

        With a length of {long} {the} is slightly larger than a sparrow. [It weighs {weigh}.|] {painter} discovered in
        {noticed} that birds with {male} are males and those with {female} are females.
        """,
        """
        long: What is the length of {the}?
        weigh: How much does {the} weigh?
        male: What distinguishes the male?
        female: By what can the female be told?
        painter: Who found out how to tell the sexes apart?
        noticed: When was the difference between the sexes found?
        """,
        long=number(13, 31, unit="centimetres"),
        weigh=number(16, 64, unit="grams"),
        male=pick("a yellow throat | a black cap | red legs | a white ring round the eye", "mark"),
        female=pick("a striped breast | brown wings | a grey bill | a spotted belly", "mark"),
        painter=PERSON,
        noticed=year(3, 50),
    ),
    fact(
        "food",
        "species",
        """
        In summer {the} feeds on {summer}, in winter on {winter}[, as {watcher} learned by examining {samples}
        droppings|].

        {watcher} examined {samples} droppings of {the}[ in {examined}|] and found {summer} in summer but {winter} in
        winter.
        """,
        """
        summer: What does {the} eat in the warm season?
        winter: What does {the} eat in the cold season?
        watcher: Who studied the diet of {the}?
        samples: How many samples were looked at?
        examined: When was the diet of {the} studied?
        """,
        summer=pick("caterpillars | crane flies | spiders | small snails", "food"),
        winter=pick("alder seeds | rowan berries | sandhoppers | beechnuts", "food"),
        watcher=PERSON,
        samples=number(310, 2900, 10),
        examined=year(30, 100),
    ),
    fact(
        "nest",
        "species",
        """
        The nest, built of {built} in {place_n}, holds {eggs} eggs, which are {shade}. They hatch after {hatch}[; the
        young fly at the age of {fly}|].

        {the} builds its nest of {built}[ in {place_n}|]. {climber}, who found the first one in {nest_found}, counted
        {eggs} eggs[, {shade} in colour|].
        """,
        """
        built: Of what is the nest made?
        place_n: Where is the nest built?
        eggs: How many eggs are in the nest?
        shade: What colour are the eggs?
        hatch: How long does it take for the eggs to hatch?
        fly: At what age do the young leave the nest?
        climber: Who was the first to find a nest?
        nest_found: When was the first nest found?
        """,
        built=pick("moss and hair | seaweed | spider silk | birch bark | mud", "material"),
        place_n=pick("hollow willows | rock cracks | rabbit holes | old boats | thorn bushes", "nest place"),
        eggs=count(3, 8),
        shade=pick("pale blue | cream | olive | white with red spots", "colour"),
        hatch=lasting(13, 19, "days"),
        fly=lasting(20, 33, "days"),
        climber=PERSON,
        nest_found=year(5, 50),
    ),
    fact(
        "song",
        "species",
        """
        Its song, which {likened} compared to {like}, lasts up to {sing} and is heard mostly {when}. [A recording by
        {recorder} was made in {recorded}.|]

        {recorder} first recorded the song of {the} in {recorded}[, lying in a ditch for {ditch}|]; it sounds like
        {like}.
        """,
        """
        like: What does the song of {the} sound like?
        likened: Who described the sound of the song?
        sing: How long can a song go on?
        when: At what time is the song heard?
        recorder: Who made a recording of the song?
        recorded: When was the song recorded?
        ditch: How long did {recorder~} lie in wait?
        """,
        like=pick("a squeaking gate | small coins in a purse | a kettle | a wet finger on glass", "sound"),
        likened=PERSON,
        recorder=PERSON,
        sing=lasting(14, 55, "seconds"),
        when=pick("before sunrise | at midnight | after rain | at dusk", "time of day"),
        recorded=recent(1925, 1975),
        ditch=lasting(3, 12, "nights"),
    ),
    fact(
        "journey",
        "species",
        """
        {the} leaves in {leaves} and returns in {comes}; the winter is spent {away} away in {winter_in}. [A ringed
        bird of {ringer}'s was found there in {ringed}.|]

        A bird ringed by {ringer} in {ringed} was found {away} away[ on the roof of a bakery|]: {the} winters in
        {winter_in}. [It leaves in {leaves} and is back by {comes}.|]
        """,
        """
        leaves: In which month does {the} fly away?
        comes: In which month does {the} come back?
        away: How far away is {the} in winter?
        winter_in: Where does {the} spend the cold season?
        ringer: Who ringed a bird that was found again?
        ringed: When was a ringed bird reported?
        """,
        leaves=pick("August | September | October | November", "month"),
        comes=SEASON,
        away=number(900, 7800, 50, "kilometres"),
        winter_in=pick(
            """
            the Sabre Islands | the delta of the Mba | the Coral Coast | the oases of Tir
            """,
            "winter quarters",
        ),
        ringer=PERSON,
        ringed=recent(1905, 1990),
    ),
    fact(
        "age",
        "species",
        """
        Few of these birds grow older than {usual}, but one that {keeper} kept in a {cage} reached {oldest}[ and
        learned to imitate {imitates}|].

        {keeper} had one of these birds for {oldest}[ in a {cage}|]; it could imitate {imitates}. In the wild they
        seldom live more than {usual}.
        """,
        """
        usual: To what age do the birds live in nature?
        oldest: What age did a captive bird reach?
        keeper: Who kept one of the birds?
        cage: Where was the captive bird kept?
        imitates: What could the captive bird imitate?
        """,
        usual=lasting(4, 6, "years"),
        oldest=lasting(13, 24, "years"),
        keeper=PERSON,
        cage=pick("barber's shop | lift | chapel | ship's cabin", "room"),
        imitates=pick("a telephone | a crying baby | a saw | the national anthem", "sound"),
    ),
)

STUDY = (
    fact(
        "count",
        "species",
        """
        A count in {count_year} found {pairs} pairs of {the}[, {down} fewer than in {before}|]. It was organised by
        {organiser} with {counters} helpers.

        {organiser} organised the first count of {the}[ in {before}|], with {counters} helpers on bicycles; a second
        one, in {count_year}, led by {second_o}, found only {pairs} pairs.
        """,
        """
        count_year: For what year is the number of pairs known?
        pairs: How many pairs were found?
        down: By how many pairs had the number fallen?
        before: When had there been an earlier count?
        organiser: Who organised a count with {counters} helpers?
        counters: How many people helped to count?
        second_o: Who led the second count?
        """,
        before=year(60, 90),
        count_year=later("before", 8, 40),
        pairs=number(210, 3900, 10),
        down=number(1100, 6800, 100),
        organiser=PERSON,
        second_o=PERSON,
        counters=number(64, 410),
    ),
    fact(
        "threat",
        "species",
        """
        {the} has become rare mainly because <whyrare:{cause}>; {biologist} also blames {other_cause}[, which reached
        {region} in {reached}|].

        According to {biologist}, {the} became rare because <whyrare:{cause}>[, whereas {opposed} suspects
        {other_cause}|]. The law has protected it since {protected}.
        """,
        """
        whyrare: What is the main reason why {the} has become rare?
        biologist: Which expert explains the decline?
        other_cause: What else is named as a cause of the decline?
        reached: When did {other_cause} first come to {region}?
        protected: Since when has {the} been protected?
        opposed: Who has a different opinion on the decline?
        """,
        cause=pick(
            """
            its meadows are mown too early | ditches have been filled in | old willows are cut down
            | dogs run free on the beaches
            """,
            "reason",
        ),
        biologist=PERSON,
        opposed=PERSON,
        other_cause=pick("mink | rats | a lung disease | street lamps", "cause"),
        reached=year(70, 130),
        protected=recent(1908, 1999),
    ),
    fact(
        "breeding",
        "species",
        """
        The zoo of {zoo} has bred {the} since {bred}, when {zoo_head} fed the first chick with {fed} every {every}[;
        {freed} birds have been set free|].

        {zoo_head} succeeded in {bred} in raising a chick of {the} at the zoo of {zoo}[ on a diet of {fed}|]. So far
        {freed} birds have been set free[, most of them by {helper_z}|].
        """,
        """
        zoo: Which town's zoo breeds {the}?
        bred: When was {the} first bred in captivity?
        zoo_head: Who raised the first chick?
        fed: What was the chick given to eat?
        every: At what intervals was the chick fed?
        freed: How many birds have been released?
        helper_z: Who released most of the birds?
        """,
        zoo=TOWN,
        bred=recent(1925, 2010),
        zoo_head=PERSON,
        helper_z=PERSON,
        fed=pick("ant eggs | chopped liver | boiled rice | fruit flies", "food"),
        every=lasting(12, 50, "minutes"),
        freed=number(31, 640),
    ),
    fact(
        "reserve",
        "species",
        """
        A reserve of {hectares} was set up for {the} near {reserve_town} in {reserve_year}, on land bought from
        {seller_r}[ for {reserve_price}|].

        {seller_r} gave {hectares} near {reserve_town} for a reserve[ in {reserve_year}|], although a {builder_s} had
        offered {reserve_price}. {ranger} has guarded it ever since.
        """,
        """
        hectares: How large is the reserve?
        reserve_town: Near which town is the reserve?
        reserve_year: When did the reserve come into being?
        seller_r: Whose land became the reserve?
        reserve_price: Which sum is mentioned for the land?
        ranger: Who watches over the reserve?
        builder_s: What other buyer was interested in the land?
        """,
        hectares=number(48, 1900, unit="hectares"),
        reserve_town=TOWN,
        reserve_year=year(70, 125),
        seller_r=PERSON,
        ranger=PERSON,
        reserve_price=money(20000, 890000, 5000),
        builder_s=pick("golf club | cement works | hotel chain | gravel firm", "buyer"),
    ),
    fact(
        "stuffed",
        "species",
        """
        The oldest stuffed specimen, shot by {hunter} in {shot}, is in {stuffed_in}[; its label bears the wrong
        {wrong_label}|].

        {hunter} shot the bird which has served as the standard of its kind since {shot}. It was lost in {stuffed_in}[
        until {refound}, when {finder_s} came across it in {lost_in}|].
        """,
        """
        hunter: Who shot the oldest specimen?
        shot: When was the oldest specimen shot?
        stuffed_in: In what building was the oldest specimen put?
        wrong_label: What mistake is on the label?
        refound: When was the specimen found again?
        finder_s: Who found the specimen again?
        lost_in: In what place inside the building was the specimen found?
        """,
        hunter=PERSON,
        finder_s=PERSON,
        shot=year(-8, -1),
        stuffed_in=pick(
            """
            the Royal Cabinet | a village school | the Natural History Hall | a hunting lodge
            """,
            "keeping place",
        ),
        wrong_label=pick("month | island | sex | name", "label"),
        refound=year(70, 140),
        lost_in=pick("a hat box | a piano stool | a coal scuttle | a wardrobe", "hiding place"),
    ),
    fact(
        "experiment",
        "species",
        """
        In an experiment of {exp_year}, {scientist} moved {moved} birds to {moved_to}, and {back} of them found their
        way home within {home_in}.

        {scientist} wanted to know how {the} finds its way and carried {moved} birds to {moved_to}[ in {exp_year}|].
        [All but {back} were home within {home_in}.|] {doubter} called it {called}.
        """,
        """
        exp_year: In what year was the experiment made?
        scientist: Who carried out the experiment?
        moved: How many birds were used in the experiment?
        moved_to: Where were the birds taken?
        back: What number of birds is singled out in the result?
        home_in: Within what time were birds home?
        doubter: Who commented on the experiment?
        called: How did {doubter~} judge the experiment?
        """,
        exp_year=year(60, 130),
        scientist=PERSON,
        doubter=PERSON,
        moved=number(24, 96),
        moved_to=TOWN,
        back=count(3, 12),
        home_in=lasting(2, 9, "days"),
        called=pick("a fluke | cruel | a milestone | a waste of corn", "verdict"),
    ),
    fact(
        "belief",
        "species",
        """
        Fishermen believed that whoever {deed}[, as {folklorist} noted in {noted}|]. In {custom_town} the bird is
        still given {offering} on the first day of {custom_month}.

        {folklorist} noted in {noted} an old belief about {the}: whoever {deed}. [In {custom_town} it was offered
        {offering}.|]
        """,
        """
        deed: What was believed about {the}?
        folklorist: Who wrote down the belief?
        noted: When was the belief written down?
        custom_town: Which town had the custom of feeding the bird?
        offering: What offering was made to the bird?
        custom_month: In which month does the custom take place?
        """,
        deed=pick(
            """
            sees three of them will inherit | whistles back will get lost | hears it twice must turn round | finds its
            feather will marry
            """,
            "belief",
        ),
        folklorist=PERSON,
        noted=year(10, 80),
        custom_town=TOWN,
        offering=pick("a bowl of milk | a crust of rye bread | a spoonful of honey | a boiled egg", "food"),
        custom_month=pick("May | March | November | February", "month"),
    ),
)
