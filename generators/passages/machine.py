"""Machines: how they were invented, how they sold.

How to run: not alone; articles.py uses INVENTION and MARKET. What comes out: facts.
"""

from generators.passages.grammar import (
    PERSON,
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

INVENTION = (
    fact(
        "inventor",
        "machine",
        """
        {the} was invented in {invented} by {inventor}, a {trade} in {home}[, who wanted to {wanted}|]. [The first
        model was made of {model}.|]

        {inventor}, a {trade}, built {the} in {invented} in a {workshop}[ in {home}|] in order to {wanted}. [The first
        model was made of {model}.|]
        """,
        """
        invented: When was {the} invented?
        inventor: Who invented {the}?
        trade: What was the occupation of {inventor~}?
        home: In which town was {the} invented?
        wanted: What did {inventor~} want to achieve?
        model: Of what was the first model made?
        workshop: In what kind of room was {the} built?
        """,
        lead=True,
        invented=year(0, 0),
        inventor=PERSON,
        trade=TRADE,
        home=TOWN,
        wanted=pick(
            """
            spare a sister's eyes | win a wager | save on wages | replace a lazy assistant | impress a
            father-in-law
            """,
            "aim",
        ),
        model=pick("cigar boxes | pear wood | sheet tin | umbrella ribs | clock parts", "material"),
        workshop=pick("wash house | rented cellar | hayloft | sacristy", "room"),
    ),
    fact(
        "parts",
        "machine",
        """
        It has {parts} moving parts and weighs {heavy}; it is driven by {drive}[, and a {signal} sounds when something
        jams|].

        Driven by {drive}, {the} weighs {heavy}[ and consists of {parts} moving parts|]. The {signal} that sounds when
        something jams was added by {adder} in {added}.
        """,
        """
        parts: How many moving parts does {the} have?
        heavy: What is the weight of {the}?
        drive: What keeps {the} going?
        signal: What gives warning when something jams?
        adder: Who added the warning device?
        added: When was the warning device added?
        """,
        parts=number(140, 2900),
        heavy=number(31, 940, unit="kilograms"),
        drive=pick("a treadle | a falling weight | a water wheel | a hand crank | a small steam engine", "drive"),
        signal=pick("bell | whistle | rattle | gong", "signal"),
        adder=PERSON,
        added=year(3, 25),
    ),
    fact(
        "speed",
        "machine",
        """
        With {the} one person could do the work of {workers_m}; a test in {test_town} in {tested} lasted {test_long}[
        and was watched by {witness}|].

        {witness} watched a test of {the} in {test_town}[ in {tested}|], in which it did within {test_long} what had
        taken {workers_m} people a week.
        """,
        """
        workers_m: How many people did {the} replace?
        test_town: Where was {the} tested?
        tested: When was {the} tested?
        test_long: How long did the test last?
        witness: Who was present at the test?
        """,
        workers_m=number(13, 60),
        test_town=TOWN,
        tested=year(1, 6),
        test_long=lasting(3, 11, "hours"),
        witness=PERSON,
    ),
    fact(
        "failures",
        "machine",
        """
        The first {failed} attempts failed, because <whyfailed:{cause}>. Only when {helper_m} suggested {remedy}[ in
        {remedied}|] did it work.

        {helper_m}, {relation}, solved the last problem by suggesting {remedy}[ in {remedied}|]; until then every
        attempt had failed because <whyfailed:{cause}>.
        """,
        """
        failed: How many attempts were unsuccessful?
        whyfailed: Why were the early attempts unsuccessful?
        helper_m: Who had the idea that made {the} work?
        remedy: What was suggested as a remedy?
        remedied: When was the last problem solved?
        relation: How was {helper_m~} connected with the inventor?
        """,
        failed=number(13, 90),
        cause=pick(
            """
            the thread kept breaking | the springs were too weak | damp made the wood swell | the cogs wore out
            in a day
            """,
            "reason",
        ),
        helper_m=PERSON,
        remedy=pick("goose fat | a leather belt | a second wheel | hardened steel | a cork brake", "remedy"),
        remedied=year(-3, -1),
        relation=pick(
            """
            a cousin of the inventor | a tenant | a lodger | a former rival | the village teacher
            """,
            "relation",
        ),
    ),
    fact(
        "patent",
        "machine",
        """
        The patent was granted in {patent_year} after {patent_wait}; {copyist} had applied for one for a similar
        machine {earlier_by} before[, but had forgotten {forgot}|].

        {copyist} claimed to have built {the} first[, and took the case to court in {patent_court}|]. Since
        {copyist.he} had forgotten {forgot}, the patent went to the inventor in {patent_year}.
        """,
        """
        patent_year: When was the patent granted?
        patent_wait: How long did the inventor wait for the patent?
        copyist: Who also claimed the invention?
        earlier_by: How much earlier had the rival applied?
        forgot: What had the rival forgotten?
        patent_court: In which town was the patent fought over in court?
        """,
        patent_year=year(2, 8),
        patent_wait=lasting(13, 40, "months"),
        copyist=PERSON,
        earlier_by=lasting(2, 12, "days"),
        forgot=pick("the signature | the drawings | the fee | the date", "omission"),
        patent_court=TOWN,
    ),
    fact(
        "accident",
        "machine",
        """
        In {accident} {the} injured {injured}, a {job_m}, who lost {lost_m}[; a guard of {guard} was fitted
        afterwards|]. [The damages were {damages_m}.|]

        {injured}, a {job_m}, lost {lost_m} to {the} in {accident}[ and was paid {damages_m}|]. After that {safety_by}
        had a guard of {guard} fitted.
        """,
        """
        accident: When did an accident happen?
        injured: Who was hurt by {the}?
        job_m: What was the job of {injured~}?
        lost_m: What did {injured~} lose?
        guard: Of what was the guard made?
        damages_m: How much was paid to {injured~}?
        safety_by: Who had a guard fitted?
        """,
        accident=year(4, 40),
        injured=PERSON,
        safety_by=PERSON,
        job_m=pick("apprentice | travelling salesman | cleaner | journalist", "job"),
        lost_m=pick("a fingertip | a beard | a wedding ring | two teeth", "loss"),
        guard=pick("wire mesh | brass | thick glass | leather", "material"),
        damages_m=money(20, 900, 10),
    ),
    fact(
        "demonstration",
        "machine",
        """
        Shown at the fair of {fair_town} in {fair}, {the} won {fair_prize}, although the jury under {jury_m} {remark}.

        {jury_m}, head of the jury at the fair of {fair_town}, gave {the} {fair_prize}[ in {fair}|]. [About
        {onlookers} onlookers had come.|] [The jury, however, {remark}.|]
        """,
        """
        fair_town: At the fair of which town was {the} shown?
        fair: When was {the} shown at a fair?
        fair_prize: What did {the} win at the fair?
        jury_m: Who was at the head of the jury?
        remark: What reservation did the jury have?
        onlookers: How many people watched at the fair?
        """,
        fair_town=TOWN,
        fair=year(2, 15),
        fair_prize=pick("a gold medal | a second prize | a diploma | a laurel wreath", "prize"),
        jury_m=PERSON,
        remark=pick("complained about the noise | called it ugly | found it too dear | doubted its use", "remark"),
        onlookers=number(300, 8000, 100),
    ),
)

MARKET = (
    fact(
        "sales",
        "machine",
        """
        The first {the_kind} was sold in {first_sale} to {buyer} for {sale_price}; by {sales_by} {sold_m} had been
        sold.

        {buyer} bought the first specimen of {the} in {first_sale}[ and paid {sale_price} for it|]. [By {sales_by}
        there were {sold_m} in use.|]
        """,
        """
        first_sale: When was the first specimen sold?
        buyer: Who was the first to buy {the}?
        sale_price: How much did the first specimen cost?
        sales_by: By which year is the later number of specimens given?
        sold_m: How many specimens had been sold later on?
        """,
        first_sale=year(2, 9),
        buyer=PERSON,
        sale_price=money(60, 900, 10),
        sales_by=year(15, 40),
        sold_m=number(1100, 38000, 100),
        the_kind=pick("specimen | finished piece", "kind"),
    ),
    fact(
        "makers",
        "machine",
        """
        {the} was made in {made_in} by {staff_m} workers under {works_head}; a second works, in {second_works}, was
        added in {works_year}[ because <whyworks:{cause}>|].

        In {works_year} {works_head} moved production of {the} from {made_in} to {second_works}, because
        <whyworks:{cause}>. [Of the {staff_m} workers, half went along.|]
        """,
        """
        made_in: Where was {the} made at first?
        second_works: In which other town was {the} made later?
        staff_m: How many workers were employed in making {the}?
        works_head: Who was at the head of production?
        works_year: When did production begin in another town?
        whyworks: Why did production go to another town?
        """,
        made_in=TOWN,
        second_works=TOWN,
        staff_m=number(34, 870),
        works_head=PERSON,
        works_year=year(8, 40),
        cause=pick(
            """
            wages were lower there | the river froze every winter | iron could be had nearby | the town offered
            free land
            """,
            "reason",
        ),
    ),
    fact(
        "advert",
        "machine",
        """
        The slogan "{slogan}" was thought up by {copywriter} in {slogan_year}[ for a fee of {slogan_fee}|]; posters
        showed {poster}.

        {copywriter} was paid {slogan_fee} for the slogan "{slogan}"[ in {slogan_year}|]. [The posters, by
        {poster_by}, showed {poster}.|]
        """,
        """
        slogan: With which words was {the} advertised?
        copywriter: Who thought up the slogan?
        slogan_year: When was the slogan first used?
        slogan_fee: How much was the slogan worth to the makers?
        poster: What could be seen on the posters?
        poster_by: Who made the posters?
        """,
        slogan=pick("It never sighs | Ask your neighbour | Home by five | Better than an uncle", "slogan"),
        copywriter=PERSON,
        poster_by=PERSON,
        slogan_year=year(8, 45),
        slogan_fee=money(5, 90, 5),
        poster=pick("a yawning lion | a dancing clerk | a bride with a wrench | three monks", "motif"),
    ),
    fact(
        "protest",
        "machine",
        """
        In {riot} workers who feared for their jobs threw {thrown} of the machines into the {into}; {ringleader} was
        sent to prison for {prison}[, and {spared} let go|].

        {ringleader} led the workers who threw {thrown} of the machines into the {into} in {riot}. [The sentence was
        {prison} in prison.|] [{advocate}, who defended them, {advocate_did}.|]
        """,
        """
        riot: When did workers destroy machines?
        thrown: How many machines were thrown away?
        into: Where did the machines end up?
        ringleader: Who was at the head of the protest?
        prison: How long was the prison sentence?
        advocate: Who defended the workers?
        advocate_did: What is told of {advocate~} as the workers' lawyer?
        """,
        riot=year(5, 40),
        thrown=count(4, 12),
        into=pick("canal | harbour | lime pit | quarry lake", "water"),
        ringleader=PERSON,
        advocate=PERSON,
        spared=pick("nineteen others were | two boys were | all the women were", "others"),
        prison=lasting(5, 20, "months"),
        advocate_did=pick("took no fee | spoke in verse | fainted in court | later became a minister", "deed"),
    ),
    fact(
        "decline",
        "machine",
        """
        Production of {the} ended in {ended}, because <whyended:{cause}>. The last one left the works with
        {farewell_m}[, tied on by {tied_by}|].

        {last_head} ended production of {the} in {ended}[ after <whyended:{cause}>|]. [The last one left the works
        with {farewell_m}.|] About {left_over} were still in use in {still}.
        """,
        """
        ended: When did production of {the} come to an end?
        whyended: Why did production of {the} come to an end?
        farewell_m: With what did the last specimen leave the works?
        tied_by: Who decorated the last specimen?
        last_head: Who decided to end production?
        left_over: How many specimens were still in use later?
        still: For which later year is the number of specimens in use known?
        """,
        ended=year(40, 70),
        still=later("ended", 5, 30),
        cause=pick(
            """
            fewer and fewer people could mend it | a rival offered a lighter one | the steel was no longer made
            """,
            "reason",
        ),
        farewell_m=pick("a black ribbon | a wreath of fir | a bottle of ink | a poem", "decoration"),
        tied_by=PERSON,
        last_head=PERSON,
        left_over=number(110, 980, 10),
    ),
    fact(
        "survivors",
        "machine",
        """
        Only {survive} specimens survive; one was found in {found_where} in {found_year} by {found_by}, who had taken
        it for {mistaken}.

        {found_by} discovered one of the {survive} surviving specimens of {the}[ in {found_year}|] in {found_where}[
        and sold it for {resold}|]. {repairer} got it to work.
        """,
        """
        survive: How many specimens of {the} still exist?
        found_where: In what place was an old specimen discovered?
        found_year: When was an old specimen discovered?
        found_by: Who discovered an old specimen?
        mistaken: What was the old specimen mistaken for?
        resold: For how much was the old specimen sold?
        repairer: Who repaired the old specimen?
        """,
        survive=count(3, 12),
        found_where=pick("a henhouse | a theatre cellar | a flooded mine | a bishop's attic", "place"),
        found_year=year(75, 120),
        found_by=PERSON,
        repairer=PERSON,
        mistaken=pick("a mangle | a harmonium | a cheese press | an altar", "object"),
        resold=money(1000, 60000, 500),
    ),
    fact(
        "course",
        "machine",
        """
        Courses in the use of {the} are held every {course_day} in {course_town}, by {instructor}; they last
        {course_long}[ and cost {course_fee}|].

        {instructor} teaches the use of {the} in {course_town}[ every {course_day}|]. [The course lasts
        {course_long}.|] It was attended by {pupils} people in {course_year}.
        """,
        """
        course_day: On what day of the week can one learn to use {the}?
        course_town: Where can one learn to use {the}?
        instructor: Who teaches how to use {the}?
        course_long: How long is the course?
        course_fee: What does the course cost?
        pupils: How many people attended the course?
        course_year: For what year is the number of people on the course known?
        """,
        course_day=WEEKDAY,
        course_town=TOWN,
        instructor=PERSON,
        course_long=lasting(3, 12, "weeks"),
        course_fee=money(30, 400, 10),
        pupils=number(14, 96),
        course_year=year(90, 120),
    ),
)
