"""What is built: architects, stone and slate, costs, finds; and what each kind of house or structure has inside.

How to run: not alone; articles.py uses FACTS. What comes out: facts.
"""

from generators.passages.grammar import (
    BUILT,
    HOUSES,
    PERSON,
    TOWN,
    count,
    fact,
    lasting,
    later,
    money,
    number,
    pick,
    recent,
    three,
    year,
)

SOLID = f"{HOUSES} {BUILT}"

FACTS = (
    fact(
        "architect",
        SOLID,
        """
        {the} was designed by {architect}, who had earlier built {earlier} in {elsewhere}[ and was only {age} years
        old at the time|].

        The plans for {the} are the work of {architect}[, then {age} years old|]; they were preferred to those of
        {rival}, who wanted {wish}.

        {rival} drew the first plans for {the}, but the town found them too {fault} and turned to {architect}[, known
        for {earlier} in {elsewhere}|].
        """,
        """
        architect: By whom was {the} designed?
        architect / rival: Whose plans were carried out?
        rival / architect: Which architect was passed over?
        earlier / elsewhere: What had {architect~} built before?
        elsewhere: Where does an earlier work of {architect~} stand?
        age: How old was the designer of {the}?
        wish / rival: What did {rival~} propose for {the}?
        fault / rival: What did the town dislike about the first design?
        """,
        architect=PERSON,
        rival=PERSON,
        age=number(23, 71),
        earlier=pick(
            """
            a fish hall | the law courts | a swimming bath | a synagogue | a grain store | a railway hotel
            """,
            "building",
        ),
        elsewhere=TOWN,
        wish=pick("a dome of glass | twin towers | a moat | a façade of black brick | a spiral ramp", "feature"),
        fault=pick("gloomy | costly | fragile | pompous | old-fashioned", "fault"),
    ),
    fact(
        "materials",
        SOLID,
        """
        For the {shell} of {the} the builders used {stone}[ from a quarry near {quarry}|], for the {top} {cover}.

        {stone}[, shipped from {quarry},|] was used for the {shell}, and {cover} for the {top}; {advice_by} had
        advised against {cheap}, which <whystone:{flaw}>.

        {quarry} supplied {tons} of {stone} for the {shell}[, and a foundry there {cover} for the {top}|].
        """,
        """
        stone / cover: Which material was chosen for the {shell}?
        cover / stone: Of what material is the {top}?
        quarry: From where was the stone for the {shell} brought?
        cheap / stone: Which material was rejected?
        whystone: Why was {cheap} not used?
        advice_by: Who warned against {cheap}?
        tons: How much stone was delivered?
        """,
        stone=pick(
            """
            grey granite | red sandstone | pale limestone | basalt | yellow brick | green slate
            """,
            "material",
        ),
        cover=pick("copper | zinc | oak | tarred pine | cast iron | bronze", "material"),
        cheap=pick("concrete | larch | soft brick | plaster | tin", "material"),
        flaw=pick(
            "cracks in frost | rots in salt air | swells when wet | stains within a year | burns too easily", "reason"
        ),
        quarry=TOWN,
        tons=number(340, 5200, 10, "tons"),
        advice_by=PERSON,
    ),
    fact(
        "duration",
        SOLID,
        """
        Work on {the} started in {start} and dragged on for {span}[, because <whylate:{delay}>|]. [{builder} was in
        charge on the site.|]

        It took {builder} and {builder.his} men {span} to finish {the}, instead of the {hoped} that had been promised:
        <whylate:{delay}>.

        {builder} began with the foundations of {the} in {start}. Because <whylate:{delay}>, work was interrupted for
        {gap}[, and only under {successor} was it completed in {finished}|].
        """,
        """
        start: When did the builders start?
        span!: How long did the construction of {the} take?
        hoped / span: How long was the work supposed to take?
        whylate / builder: Why did the work take longer than planned?
        builder: Who led the work on the site?
        gap: How long was there a break in the work?
        successor / builder: Under whom was {the} completed?
        finished!: In which year was the work complete?
        """,
        start=year(-4, -2),
        finished=later("start", 3, 5),
        span=lasting(4, 9, "years"),
        hoped=lasting(14, 30, "months"),
        gap=lasting(2, 11, "weeks"),
        builder=PERSON,
        successor=PERSON,
        delay=pick(
            """
            the bricklayers went on strike | the ground was full of springs | a ship with the timber sank
            | two winters were too cold for mortar | the money ran out | the drawings got lost in the post
            | a crane fell over | the contractor went bankrupt
            """,
            "reason",
        ),
    ),
    fact(
        "workers",
        SOLID,
        """
        Up to {hands} labourers worked on {the} at once, most of them from {origin}; they slept in {beds} and earned
        {wage} a day[, half of what {paymaster} had promised|].

        The labourers, {hands} at the busiest time, lived in {beds}[ and were fed on {food}|]. [{paymaster}, the
        paymaster, kept a diary of those years.|]

        {paymaster}, who paid the labourers {wage} a day, noted that there were {hands} of them[, that they came from
        {origin}|] and that they lived on {food}.
        """,
        """
        hands: How many labourers were employed at the peak?
        origin: Where were most of the labourers from?
        beds / food: Where did the labourers sleep?
        wage: How much did a labourer earn each day?
        food / beds: What did the labourers eat?
        paymaster: Who was responsible for the wages?
        """,
        hands=number(45, 870),
        origin=TOWN,
        beds=pick("old railway carriages | tents | a disused chapel | a hay barn | the hold of a barge", "lodging"),
        wage=money(2, 9),
        food=pick("barley soup | salted herring | potatoes and lard | pea stew | black bread", "food"),
        paymaster=PERSON,
    ),
    fact(
        "size",
        SOLID,
        """
        The {hall} of {the} is {length} long and {width} wide, which made it the largest of its kind in {region}[
        until {overtaken}|].

        At {length}, the {hall} of {the} is longer than that of {other} by {more}[; it is {width} wide|].

        Until {overtaken}, when {other} built a larger one, no other town had anything like the {hall} of {the}, which
        measures {length}[ by {width}|].
        """,
        """
        length / width: How long is the {hall}?
        width / length: How wide is the {hall}?
        overtaken: Until which year was the {hall} the largest of its kind?
        other: Which town has a {hall} to compare?
        more / length: By how much does the {hall} exceed the one in {other~}?
        """,
        length=number(31, 96, unit="metres"),
        width=number(8, 29, unit="metres"),
        more=number(2, 7, unit="metres"),
        overtaken=year(12, 60),
        other=TOWN,
    ),
    fact(
        "cost",
        SOLID,
        """
        The bill for {the} came to {cost}, although {estimator} had estimated {estimate}[; the difference was covered
        by {cover_by}|].

        {estimator} had reckoned with {estimate}. In the end {the} cost {cost}[, mostly because <whycost:{dear}>|].

        Since <whycost:{dear}>, the price of {the} rose to {cost}[ from the {estimate} first named by {estimator}|].
        It was paid off in {paid}[ with {cover_by}|].
        """,
        """
        cost / estimate: How much was spent on {the} in the end?
        estimate / cost: What sum had been expected?
        estimator: Who calculated the expected price?
        cover_by / estimator: What made up for the missing money?
        whycost / cost: Why was {the} so expensive?
        paid: By what year were the debts settled?
        """,
        cost=money(61000, 190000, 1000),
        estimate=money(28000, 58000, 1000),
        estimator=PERSON,
        cover_by=pick("a loan | a tax on salt | the sale of a forest | a bequest | a toll", "source"),
        dear=pick(
            """
            the price of iron doubled | the rock was harder than expected | every beam had to be imported
            | the hill began to slide | the pumps ran day and night
            """,
            "reason",
        ),
        paid=year(6, 30),
    ),
    fact(
        "find",
        SOLID,
        """
        While the foundations of {the} were being dug, {finder} came upon {find}[, about {age} years old,|] which can
        now be seen in {seen}.

        {find}, dated by {expert} to {age} years ago, turned up during the digging[ and were sent to {seen}|]. The
        finder, {finder}, got {reward}.
        """,
        """
        find / seen: What was discovered in the ground?
        finder / expert: Who made the discovery during the digging?
        age: How many years old are the objects from the ground?
        seen / find: Where are the objects from the ground kept today?
        expert / finder: Who worked out the age of {find}?
        reward: What reward did {finder~} receive?
        """,
        finder=PERSON,
        expert=PERSON,
        find=pick(
            "two bronze swords | an oak canoe | amber beads | whale bones | clay figures | eleven gold coins", "find"
        ),
        age=number(700, 3900, 100),
        seen=pick(
            """
            the town hall | the cathedral | the national museum | the university | a bank vault
            """,
            "keeping place",
        ),
        reward=pick("a silver watch | a barrel of beer | a new coat | a cow | a week's holiday", "reward"),
    ),
    fact(
        "treasures",
        "museum library",
        """
        The pride of {the} is {treasure}, bought in {bought} from {seller}[ for {price}|]. [It is kept in the dark
        except in {open_month}.|]

        {seller} left {treasure} to {the} in {bought} on condition that <terms:{terms}>[; its value is put at
        {price}|].
        """,
        """
        treasure / seller: What is the most valued possession of {the}?
        bought: When did {treasure} come to {the}?
        seller: Who owned {treasure} before?
        price: Which price is put on {treasure}?
        open_month: In which month is {treasure} shown?
        terms / seller: On what condition was {treasure} given away?
        """,
        treasure=pick(
            """
            a globe of silver | a hymn book with painted margins | a letter by a castaway | a model of a whaling ship
            | a map on seal skin | an ivory calendar
            """,
            "treasure",
        ),
        bought=year(8, 50),
        seller=PERSON,
        price=money(1200, 39000, 100),
        open_month=pick("January | March | June | October | November", "month"),
        terms=pick(
            "it never left the building | children could touch it | nobody copied it | it was insured against moths",
            "condition",
        ),
    ),
    fact(
        "telescope",
        "observatory",
        """
        The main telescope of {the}, with a mirror {mirror} across, was ground by {maker} in {maker_town}[ and carried
        up the hill by {carried}|].

        {maker} of {maker_town} needed {ground} to grind the mirror of the telescope, which is {mirror} across[ and
        replaced an older one in {mirror_year}|].
        """,
        """
        mirror: How large is the mirror of the telescope?
        maker: Who ground the mirror?
        maker_town: In which town was the mirror made?
        carried / maker: How did the telescope get up the hill?
        ground: How long did the grinding of the mirror take?
        mirror_year: When did the present mirror take the place of another?
        """,
        mirror=number(38, 160, unit="centimetres"),
        maker=PERSON,
        maker_town=TOWN,
        carried=pick("forty oxen | a company of soldiers | mules | a cable car", "carriers"),
        ground=lasting(14, 34, "months"),
        mirror_year=year(9, 40),
    ),
    fact(
        "comet",
        "observatory",
        """
        In {comet_year} {observer} discovered a comet here with {tool}[, {before} before it was seen in {elsewhere}|].

        The comet that {observer} found in {comet_year} returns every {period} years[; it had been missed by {missed},
        who was {excuse} that night|].
        """,
        """
        comet_year: When was the comet found?
        observer: Who found the comet?
        tool / observer: What instrument was used to find the comet?
        before: How much earlier was the comet noticed here than in {elsewhere}?
        period: How many years pass between two returns of the comet?
        missed / observer: Who failed to see the comet?
        excuse / missed: Why did {missed~} not see the comet?
        """,
        comet_year=year(5, 60),
        observer=PERSON,
        missed=PERSON,
        tool=pick("opera glasses | a borrowed camera | the smallest telescope | a home-made finder", "tool"),
        before=lasting(2, 11, "hours"),
        elsewhere=TOWN,
        period=number(31, 180),
        excuse=pick("asleep | at a wedding | ill with mumps | on a train", "reason"),
    ),
    fact(
        "stage",
        "theatre",
        """
        The longest-running play here was "{play}" by {author}, which was given {times} times from {from_year} on[,
        with {actor} in the leading part|].

        "{play}", a comedy by {author}, had its first night in {from_year}[ and was repeated {times} times|]; {actor},
        who played the {part}, was paid in {kind}.
        """,
        """
        play: Which work was staged most successfully?
        author / actor: Who wrote "{play}"?
        times: How many performances of "{play}" were there?
        from_year: When was "{play}" seen for the first time?
        actor / author: Who acted in "{play}"?
        part / author: Which role did {actor~} have?
        kind: In what form did {actor~} receive a wage?
        """,
        play=pick("The Honest Smuggler | Three Wet Sundays | The Widow's Goose | A Duke for Lunch", "title"),
        author=PERSON,
        actor=PERSON,
        times=number(140, 980),
        from_year=year(4, 60),
        part=pick("deaf butler | jealous cook | false priest | shy burglar", "part"),
        kind=pick("firewood | smoked eels | wine | shoes", "payment"),
    ),
    fact(
        "plant",
        "garden",
        """
        Its best-known plant is {plant} brought back by {collector_p} in {plant_year}, which blooms only every {bloom}
        years and smells of {smell}.

        In {plant_year} {collector_p} planted {plant} here, now {tall} tall. [Its flowers smell of {smell}.|]
        """,
        """
        plant: What is the most famous plant in {the}?
        collector_p: Who introduced {plant}?
        plant_year: When did {plant} come to {the}?
        bloom: How many years lie between two flowerings?
        smell: What do the flowers smell of?
        tall: How tall has {plant} grown?
        """,
        plant=pick("a giant water lily | a dragon palm | a bottle tree | a tree fern", "plant"),
        collector_p=PERSON,
        plant_year=year(3, 60),
        bloom=count(3, 12),
        smell=pick("burnt sugar | wet dog | cloves | vinegar", "smell"),
        tall=number(3, 28, unit="metres"),
    ),
    fact(
        "beds",
        "garden",
        """
        The beds of {the} hold {species} kinds of plants, arranged by {order}, an idea of {orderer} from {order_year}.
        [The oldest bed is given over to {herbs}.|]

        {orderer} rearranged the beds by {order} in {order_year}[ and set aside the oldest one for {herbs}|].
        """,
        """
        species: How many kinds of plants grow in {the}?
        order / orderer: According to what are the plants arranged?
        orderer: Whose idea was the arrangement of the plants?
        order_year: When were the plants rearranged?
        herbs / order: Which plants grow in the oldest bed?
        """,
        species=number(1100, 9200, 50),
        order=pick("month of flowering | country of origin | kind of soil | colour", "order"),
        orderer=PERSON,
        order_year=year(3, 70),
        herbs=three("sage | hyssop | mugwort | fennel | rue | tansy | lovage | arnica", "herbs"),
    ),
    fact(
        "loans",
        "library",
        """
        Of the {books} volumes of {the}, {most} are most in demand; a book may be kept for {loan}[, and whoever is
        late pays {fine} a day|].

        {the} began with {books} volumes, the private collection of {owner_b}[, who was fond of {most}|]. Nobody may
        keep one longer than {loan}.
        """,
        """
        books: How many volumes are mentioned?
        most: What kind of books was preferred?
        loan: How long may a reader keep a book?
        fine: How much is the penalty for a late return?
        owner_b: To whom did the first collection belong?
        """,
        books=number(2100, 98000, 100),
        most=pick("travel books | crime novels | cookery books | sermons | atlases", "books"),
        loan=lasting(2, 8, "weeks"),
        fine=money(2, 6),
        owner_b=PERSON,
    ),
    fact(
        "spans",
        "bridge",
        """
        {the} rests on {piers} piers and rises {height} above the water[, high enough for {boats}|]. [{diver}, a
        diver, laid the deepest foundation at {depth}.|]

        To let {boats} pass, {the} was built {height} high[, on {piers} piers|]; {diver} went down {depth} under water
        to lay the foundation of the deepest.
        """,
        """
        piers: How many piers does {the} have?
        height / depth: How high above the water is {the}?
        boats / diver: Which vessels can pass below?
        diver: Who worked under water on the foundation?
        depth / height: How deep does the foundation lie?
        """,
        piers=count(3, 12),
        height=number(9, 48, unit="metres"),
        depth=number(5, 8, unit="metres"),
        boats=pick("sailing barges | herring boats | hay boats | rafts | grain ships", "boats"),
        diver=PERSON,
    ),
    fact(
        "light",
        "lighthouse",
        """
        The light stands {height} above the sea, flashes {flashes} times a minute and can be seen from {range}[; until
        {oil_end} it burned {oil}|].

        First fed with {oil}, the light has been electric since {oil_end}[, when its range grew to {range}|].
        {inventor_l} designed the lens, which floats on {bath}.
        """,
        """
        height / range: How high above the sea is the light?
        flashes: How many flashes are there in a minute?
        range / height: From how far away can the light be seen?
        oil / bath: What fuel did the light use in its early days?
        oil_end: When did the original fuel go out of use?
        inventor_l: Who designed the lens?
        bath / oil: What does the lens float on?
        """,
        height=number(22, 74, unit="metres"),
        flashes=count(2, 12),
        range=number(21, 48, unit="kilometres"),
        oil=pick("whale oil | rapeseed oil | paraffin | coal", "fuel"),
        oil_end=recent(1902, 1961),
        inventor_l=PERSON,
        bath=pick("mercury | castor oil | steel balls", "bath"),
    ),
    fact(
        "line",
        "railway",
        """
        The line is {length_l} long, has {stations} stations and climbs {climb}[; the trip takes {trip}, half an hour
        less than before {faster}|].

        A trip over the whole line of {length_l} lasts {trip}[ and leads through {tunnels} tunnels|]. The first
        engine, called "{engine}", was driven by {driver}[ until {faster}|].
        """,
        """
        length_l / climb: How long is the line?
        stations: How many stations does the line have?
        climb / length_l: How much height do the trains gain?
        trip: How long does a trip over the whole line last?
        tunnels: How many tunnels are there on the way?
        engine / driver: What was the name of the first engine?
        driver: Who drove the first engine?
        """,
        length_l=number(19, 88, unit="kilometres"),
        stations=number(8, 27),
        climb=number(210, 940, 5, "metres"),
        trip=lasting(2, 5, "hours"),
        tunnels=count(2, 12),
        engine=pick("Patience | Goat | Black Anna | Mountain Maid", "engine"),
        driver=PERSON,
        faster=year(15, 60),
    ),
    fact(
        "wildlife",
        "bridge lighthouse railway garden",
        """
        {animals} have nested at {the} since {nest_year}, when {warden} put up {boxes} boxes for them[; a grille keeps
        {enemies} away|].

        For the sake of the {animals} that breed here, {warden} had work stopped for {pause} in {nest_year}[ and
        {boxes} boxes hung up|].
        """,
        """
        animals / enemies: Which animals breed at {the}?
        nest_year: When were the animals first helped?
        warden: Who took care of the {animals}?
        boxes: How many boxes were put up?
        enemies / animals: Which animals must be kept away?
        pause: How long was work stopped for the animals?
        """,
        animals=pick("swifts | peregrine falcons | long-eared bats | kittiwakes", "animals"),
        enemies=pick("martens | rats | cats | crows", "animals"),
        nest_year=year(40, 80),
        warden=PERSON,
        boxes=number(12, 90),
        pause=lasting(3, 9, "weeks"),
    ),
)
