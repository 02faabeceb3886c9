"""An institution in our time: figures, repairs, prizes, plans.

How to run: not alone; articles.py uses FACTS. What comes out: facts.
"""

from generators.passages.grammar import (
    BUILT,
    HOUSES,
    INSTITUTIONS,
    MONTH,
    PERSON,
    TOWN,
    WEEKDAY,
    fact,
    lasting,
    later,
    money,
    number,
    pick,
    recent,
)

FACTS = (
    fact(
        "figures",
        f"{HOUSES} {BUILT} club festival",
        """
        Today {the} has {staff} employees[ and {helpers} volunteers|] and about {guests} {users} a year[, a third of
        whom come from {from_town}|].

        About {guests} {users} a year now come to {the}, whose {staff} employees are helped by {helpers} volunteers[;
        most of these are {mostly}|].

        {the} relies on {staff} paid employees and on {helpers} volunteers, most of them {mostly}[. In {best} there
        was a record of {record} {users}|].
        """,
        """
        staff: How many people are on the payroll of {the}?
        helpers: How many people help without pay?
        guests: How many {users} does {the} have in a year?
        record: How large was the record number of {users}?
        from_town: Where do many of the {users} live?
        mostly: What kind of people help without pay?
        best: When was the record number of {users} reached?
        """,
        staff=number(14, 76),
        helpers=number(80, 340),
        guests=number(21000, 190000, 1000),
        record=number(200000, 480000, 1000),
        from_town=TOWN,
        mostly=pick("pensioners | students | former nurses | schoolchildren | retired engineers", "helpers"),
        best=recent(),
    ),
    fact(
        "renovation",
        INSTITUTIONS,
        """
        Between {begun} and {done} {site} was restored at a cost of {price_r}[ under the direction of {lead_r}|].
        [Behind the panelling {found_r} came to light.|]

        {lead_r} directed the restoration of {site}, which was finished in {done}[ after {closed_r}|]; behind the
        panelling {found_r} came to light.

        When {site} was restored in {begun}, a worker named {worker_r} found {found_r} behind the panelling[, which
        delayed everything by {late_r}|]. [The restoration cost {price_r}.|]
        """,
        """
        begun: In what year did the restoration begin?
        done: In what year was the restoration over?
        price_r: How expensive was the restoration?
        lead_r: Who was in charge of the restoration?
        found_r: What did the restoration bring to light?
        closed_r: How long did the restoration last?
        late_r: By how much was the restoration delayed?
        worker_r: Which worker made a discovery?
        """,
        begun=recent(1986, 2012),
        done=later("begun", 2, 6),
        price_r=money(210000, 4900000, 10000),
        lead_r=PERSON,
        worker_r=PERSON,
        found_r=pick(
            """
            a bricked-up stair | love letters | a wall painting | a child's shoe | a purse of coins
            """,
            "find",
        ),
        closed_r=lasting(3, 28, "months"),
        late_r=lasting(3, 28, "weeks"),
    ),
    fact(
        "award",
        INSTITUTIONS,
        """
        In {award_year} {the} was awarded the {award} for {merit}[; the prize money of {award_money} was spent on
        {spent}|].

        The {award}, which {the} received in {award_year} from the hands of {laudator}, was given for {merit}[. It
        came with {award_money}|].

        {laudator} praised {merit} when {the} was given the {award}[ in {award_year}|]. The {award_money} that went
        with it were spent on {spent}.
        """,
        """
        award_year: When was {the} honoured with a prize?
        award: Which prize did {the} receive?
        merit: For what did {the} get the {award}?
        award_money: How much prize money was there?
        spent: On what was the prize money spent?
        laudator: Who presented or praised {the} at the award?
        """,
        award_year=recent(),
        award=pick("Silver Compass | Blue Ribbon | Golden Thimble | Open Door Prize | Heron Medal", "award"),
        merit=pick(
            """
            its work with refugees | its tours for the deaf | saving a third of its electricity | its school programme
            | its clear signs
            """,
            "merit",
        ),
        award_money=money(5000, 90000, 1000),
        spent=pick("a lift | solar panels | new toilets | a minibus | a playground", "purchase"),
        laudator=PERSON,
    ),
    fact(
        "partner",
        INSTITUTIONS,
        """
        Since {partner_year} {the} has had a partner in {partner_town}; every {partner_month} the two exchange
        {exchange}[, a custom that {arranger} started|].

        {arranger}[, who grew up there,|] arranged a partnership between {the} and the {noun} of {partner_town} in
        {partner_year}. [Every {partner_month} the two exchange {exchange}.|]

        Each {partner_month} {the} sends {exchange} to its partner in {partner_town}, as agreed by {arranger} and
        {counterpart}[ in {partner_year}|].
        """,
        """
        partner_year: Since when has {the} had a partner?
        partner_town: Where is the partner of {the}?
        partner_month: In which month does the exchange take place?
        exchange: What do the partners send to each other?
        arranger: Who brought about the partnership?
        counterpart: With whom did {arranger~} agree on the partnership?
        """,
        partner_year=recent(),
        partner_town=TOWN,
        partner_month=MONTH,
        exchange=pick("two trainees | a chest of photographs | a tree | a barrel of cider | a quilt", "exchange"),
        arranger=PERSON,
        counterpart=PERSON,
    ),
    fact(
        "plan",
        INSTITUTIONS,
        """
        A plan by {planner} to add {addition} by {ready}[, at a price of {plan_cost},|] is opposed by {foes}, who say
        that <whyfoes:{worry}>.

        {foes} have sued against {addition}, which {planner} wants to add to {site}[ by {ready}|], since
        <whyfoes:{worry}>. [The price is put at {plan_cost}.|]

        {planner} presented plans for {addition} at {site} in {shown}[, and {backer} promised {plan_cost}|]. {foes}
        are against it[: they say that <whyfoes:{worry}>|].
        """,
        """
        planner: Who is the author of the plans for {addition}?
        addition: What is to be added?
        ready: By when is {addition} to be ready?
        plan_cost: Which sum of money is mentioned for {addition}?
        foes: Who is against {addition}?
        whyfoes: Why are {foes} against the plan?
        shown: When were the plans for {addition} shown?
        backer: Who promised money for {addition}?
        """,
        planner=PERSON,
        backer=PERSON,
        addition=pick(
            """
            a glass annex | a car park | a rooftop café | a visitor centre | an underground store
            """,
            "addition",
        ),
        ready=recent(2019, 2024),
        shown=recent(2008, 2016),
        plan_cost=money(300000, 7800000, 20000),
        foes=pick(
            """
            local anglers | the neighbours | two parties on the council | bird lovers | the heirs of the builder
            """,
            "group",
        ),
        worry=pick(
            """
            the old lime trees would have to go | the view would be spoilt | the ground is not stable | a playground
            is more urgent
            """,
            "reason",
        ),
    ),
    fact(
        "hours",
        f"{HOUSES} {BUILT} club festival",
        """
        {the} can be visited on every day but {weekday}; adults pay {adult}[, and those under {age_limit} nothing|].

        Guided tours of {the}, which {guide} began to offer in {tours_from}, last {tour}[ and cost {adult}|]. [There
        are none on a {weekday}.|]

        {guide} has shown people around {the} since {tours_from}[; {guide.his} tour lasts {tour}|]. It costs {adult},
        and those under {age_limit} get in free.
        """,
        """
        weekday: On what day of the week can one not look around?
        adult: What do grown-ups have to pay today?
        age_limit: Below what age is there no charge?
        guide: Who leads or first led the tours?
        tour: How long do people spend on the tour?
        tours_from: When were tours first offered?
        """,
        weekday=WEEKDAY,
        adult=money(3, 24),
        age_limit=pick("twelve | fourteen | sixteen | eighteen | twenty", "number"),
        guide=PERSON,
        tour=lasting(40, 95, "minutes"),
        tours_from=recent(),
    ),
    fact(
        "digital",
        INSTITUTIONS,
        """
        Since {online} everything known about {the} can be read online, thanks to {volunteer}, who typed out {pages}
        pages in {typed}[ on a borrowed computer|].

        {volunteer} spent {typed} on a digital archive of {the}, which went online in {online}[ with {pages} pages|].
        It is paid for by {payer}.

        An archive of {pages} pages on {the}, paid for by {payer}, went online in {online}[. {volunteer} had worked on
        it for {typed}|].
        """,
        """
        online: When did the archive become available on the internet?
        volunteer: Who did the work for the digital archive?
        pages: How many pages does the digital archive have?
        typed: How long did the work on the digital archive take?
        payer: Who bears the cost of the digital archive?
        """,
        online=recent(1997),
        volunteer=PERSON,
        pages=number(1100, 19000, 100),
        typed=lasting(2, 9, "years"),
        payer=pick(
            """
            a savings bank | the university | a retired dentist | the brewery | an anonymous donor
            """,
            "payer",
        ),
    ),
    fact(
        "energy",
        INSTITUTIONS,
        """
        Heating cost {before_e} a year until {changed}, when {engineer_e} had {device} installed at {site}; since then
        the bill is {after_e}[, although <whyodd:{odd}>|].

        In {changed} {device}, suggested by {engineer_e}, cut the heating bill of {site} from {before_e} to
        {after_e}[. The idea came from a visit to {model_town}|].

        {engineer_e} had seen {device} in {model_town} and persuaded the {head}, {boss_e}, to try the same at {site}[
        in {changed}|]. The heating bill fell to {after_e}[ from {before_e}|].
        """,
        """
        before_e: How much did heating cost in former times?
        after_e: How high is the heating bill now?
        changed: When was the heating changed?
        device: What made the heating cheaper?
        engineer_e: Who suggested a new way of heating?
        model_town: Which town served as a model for the new heating?
        boss_e: Who was talked into buying {device}?
        """,
        before_e=money(41000, 99000, 500),
        after_e=money(9000, 39000, 500),
        changed=recent(),
        engineer_e=PERSON,
        boss_e=PERSON,
        device=pick("a heat pump | a wood boiler | a layer of cork | a second pane of glass", "device"),
        model_town=TOWN,
        odd=pick("the winters have been harder | there are more rooms | prices have doubled", "reason"),
    ),
)
