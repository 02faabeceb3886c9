"""People: youth and training, work and old age.

How to run: not alone; articles.py uses YOUTH and CAREER. What comes out: facts. {the} is the person, {he} and {his} are
said of the person.
"""

from generators.passages.grammar import (
    MAN,
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
    three,
    year,
)

YOUTH = (
    fact(
        "birth",
        "person",
        """
        {the} was born in {born_in} in {born_year}, the {nth} child of a {trade}[ and of the singer {mother}|]. [{He}
        died in {died_in} at the age of {aged}.|]

        {the}, {known_as}, was born in {born_year} in {born_in} as the {nth} child of a {trade}[; {his} mother,
        {mother}, sang at the opera|].
        """,
        """
        born_in: Where was {the} born?
        born_year: When was {the} born?
        nth: In what place among the children of the family did {the} come?
        trade: What was the occupation of {the}'s father?
        mother: Who was {the}'s mother?
        died_in: Where did {the} die?
        aged: What age did {the} reach?
        known_as: What is {the} known as?
        """,
        lead=True,
        born_in=TOWN,
        born_year=year(0, 0),
        nth=pick("second | third | fourth | sixth | ninth | youngest", "rank"),
        trade=TRADE,
        mother=WOMAN,
        died_in=TOWN,
        aged=number(71, 98),
        known_as=pick(
            """
            a builder of bridges | a painter of storms | a collector of fairy tales | a student of clouds | a
            composer of marches
            """,
            "fame",
        ),
    ),
    fact(
        "childhood",
        "person",
        """
        After a fire in {fire_year} the family moved to {moved_to}, where {uncle}, an uncle, owned {owned}[ and taught
        the child to {skill}|].

        {uncle}, an uncle who owned {owned} in {moved_to}, took in {the} in {fire_year}[ and taught {him} to
        {skill}|].
        """,
        """
        fire_year: When did {the} go to live with a relative?
        moved_to: Where did {the} live as a child after the move?
        uncle: With which relative did {the} grow up?
        owned: What did {uncle~} own?
        skill: What did {the} learn from the uncle?
        """,
        fire_year=year(4, 8),
        moved_to=TOWN,
        uncle=MAN,
        owned=pick("a circus | a quarry | a printing house | a coaching inn | an orchard", "property"),
        skill=pick("pick locks | ride without a saddle | read maps | play the cello | keep accounts", "skill"),
    ),
    fact(
        "school",
        "person",
        """
        At school, which {the} attended for only {schooled}, {teacher} discovered {his} talent for {talent}[ and lent
        {him} {lent}|].

        {teacher}, who taught at the school, noticed in {noticed_s} that {the} had a gift for {talent}. [{His}
        schooling ended after {schooled}.|]
        """,
        """
        schooled: How long did {the} go to school?
        teacher: Which teacher recognised {the}'s talent?
        talent: What was {the} good at in school?
        lent: What did {teacher~} lend to {the}?
        noticed_s: When was {the}'s gift noticed?
        """,
        schooled=lasting(3, 9, "years"),
        teacher=PERSON,
        talent=pick("geometry | drawing | languages | singing | chess", "talent"),
        lent=pick("a telescope | a paintbox | a dictionary | a violin", "thing"),
        noticed_s=year(9, 13),
    ),
    fact(
        "first job",
        "person",
        """
        In {job_year} {the} began an apprenticeship with {master}, a {trade_m}, in {job_town}; {he} was paid {job_pay}
        a month[ and left after {job_long}|].

        {master} of {job_town} took on {the} as an apprentice[ in {job_year}|], but dismissed {him} after {job_long},
        because <whydismissed:{cause}>.
        """,
        """
        job_year: When did {the} become an apprentice?
        master: To whom was {the} apprenticed?
        job_town: In which town was {the} an apprentice?
        job_pay: How much did {the} earn as an apprentice?
        job_long: For how long was {the} an apprentice?
        whydismissed: Why was {the} dismissed?
        trade_m: What was the trade of {master~}?
        """,
        job_year=year(14, 16),
        master=PERSON,
        trade_m=pick("goldsmith | bell founder | stonemason | lens grinder | instrument maker", "trade"),
        job_town=TOWN,
        job_pay=money(2, 14),
        job_long=lasting(2, 30, "months"),
        cause=pick(
            """
            a mirror had been broken | there were poems among the bills | a customer had complained | work had
            run short
            """,
            "reason",
        ),
    ),
    fact(
        "journey",
        "person",
        """
        From {trip} to {trip_end} {the} travelled through {lands} with {friend}, mostly {by}. [A fever kept them in
        {fever} for {fever_long}.|]

        With {friend}, a friend from {his} youth, {the} set off in {trip} to see {lands}[; they travelled {by}|]. [In
        {fever} a fever held them up for {fever_long}.|]
        """,
        """
        trip: When did {the} set off on a long journey?
        trip_end: When did {the}'s journey end?
        lands: Through which countries did {the} travel?
        friend: Who travelled with {the}?
        by: How did the two travel?
        fever: Where were the two detained by a fever?
        fever_long: How long did the fever hold them up?
        """,
        trip=year(18, 24),
        trip_end=later("trip", 1, 4),
        friend=PERSON,
        lands=three(
            "Kestria | Lavengard | Haldria | the Amber Coast | Rovania | Estmarch | the Sabre Islands", "countries"
        ),
        by=pick("on foot | by hay cart | on mules | by river boat", "means"),
        fever=TOWN,
        fever_long=lasting(3, 12, "weeks"),
    ),
    fact(
        "studies",
        "person",
        """
        {the} studied {subject} in {uni} under {professor}, who thought {him} {thought}[, and took a degree in
        {degree}|]. [{He} paid for it by {paid_by}.|]

        To pay for {his} studies in {uni}, {the} earned money by {paid_by}. {professor}, {his} professor of {subject},
        found {him} {thought}[ and refused {him} the degree in {refused_deg}|].
        """,
        """
        subject: Which subject did {the} study?
        uni: In which town did {the} study?
        professor: Who was {the}'s professor?
        thought: What was the opinion of {professor~} about the student?
        degree: When did {the} take a degree?
        refused_deg: In which year was the degree refused?
        paid_by: How did {the} earn money as a student?
        """,
        subject=pick("botany | law | mathematics | medicine | philosophy", "subject"),
        uni=TOWN,
        professor=PERSON,
        thought=pick("lazy but brilliant | too proud | hopeless | the best in years", "opinion"),
        degree=year(21, 27),
        refused_deg=year(21, 27),
        paid_by=pick(
            """
            sweeping snow | copying scores | playing billiards | carrying trunks | posing for sculptors
            """,
            "work",
        ),
    ),
    fact(
        "illness",
        "person",
        """
        At the age of {ill_age} {the} lost {lost_sense} through {illness}; {doctor_p}, the doctor, advised {advised}[,
        which {he} ignored until {ignored}|].

        {doctor_p}, a doctor in {ill_town}, treated {the} for {illness}[ at the age of {ill_age}|] and advised
        {advised}. [The illness cost {him} {lost_sense}.|]
        """,
        """
        ill_age: How old was {the} when illness struck?
        lost_sense: What did {the} lose through illness?
        illness: From what illness did {the} suffer?
        doctor_p: Who treated {the}?
        advised: What was the doctor's advice?
        ill_town: Where did the doctor work?
        ignored: Until when was the doctor's advice ignored?
        """,
        ill_age=number(15, 29),
        lost_sense=pick("the sense of smell | the hearing of one ear | all hair | the use of a thumb", "loss"),
        illness=pick("scarlet fever | typhoid | measles | diphtheria", "illness"),
        doctor_p=PERSON,
        advised=pick("sea air | cold baths | a diet of carrots | long silence", "advice"),
        ill_town=TOWN,
        ignored=year(28, 34),
    ),
)

CAREER = (
    fact(
        "breakthrough",
        "person",
        """
        {the} became known in {known} through {work_p}, ordered by {client} for {work_fee}[; it took {work_long}|].

        {client} ordered {work_p} from {the} in {known}[ and paid {work_fee}|]. It took {work_long} and was
        {received}.
        """,
        """
        known: In which year did {the} become known?
        work_p: With what did {the} become known?
        client: Who gave {the} an important order?
        work_fee: How much was {the} paid for {work_p}?
        work_long: How long did {the} work on {work_p}?
        received: How was {work_p} received?
        """,
        known=year(27, 36),
        work_p=pick(
            """
            an atlas of clouds | a hymn for two choirs | a folding bridge | a picture of a drowning horse
            """,
            "work",
        ),
        client=PERSON,
        work_fee=money(90, 4800, 10),
        work_long=lasting(5, 34, "months"),
        received=pick("laughed at | banned at once | praised in three papers | copied everywhere", "reception"),
    ),
    fact(
        "marriage",
        "person",
        """
        In {married} {the} married {spouse}, a {spouse_job} from {spouse_town}[; they had {children} children|]. [The
        wedding lasted {wedding}.|]

        {spouse}, a {spouse_job} whom {the} had met in {met_in}, became {his} {wed} in {married}. [They had {children}
        children.|]
        """,
        """
        married: When did {the} marry?
        spouse: Whom did {the} marry?
        spouse_job: What did {spouse~} do for a living?
        spouse_town: Where did the person whom {the} married come from?
        children: How many children did the couple have?
        wedding: How long did the wedding last?
        met_in: In what place did {the} get to know {spouse~}?
        """,
        married=year(24, 38),
        spouse=PERSON,
        spouse_job=pick("dancer | midwife | mapmaker | puppeteer | bookseller", "trade"),
        spouse_town=TOWN,
        children=count(2, 9),
        wedding=lasting(2, 6, "days"),
        met_in=pick("a hospital | a law court | a lift | a queue for bread", "place"),
        wed=pick("partner for life | partner in marriage", "wed"),
    ),
    fact(
        "rival",
        "person",
        """
        {His} bitterest rival was {rival_p}, who accused {him} in {accused} of having {crime}. [A commission sat for
        {sat} and found nothing.|]

        In {accused} {rival_p} said in public that {the} had {crime}[; a commission under {chair} sat for {sat} before
        it declared {him} innocent|].
        """,
        """
        rival_p: Who was {the}'s greatest rival?
        accused: When was {the} accused?
        crime: Of what was {the} accused?
        sat: How long did the inquiry last?
        chair: Who led the inquiry?
        """,
        rival_p=PERSON,
        chair=PERSON,
        accused=year(34, 50),
        crime=pick(
            """
            copied a pupil's work | bribed a judge | invented figures | sold the same piece twice
            """,
            "crime",
        ),
        sat=lasting(3, 12, "months"),
    ),
    fact(
        "pupils",
        "person",
        """
        From {taught_from} on {the} taught in {taught_in}; of {pupils_p} pupils the most gifted was {pupil_p}, who
        later {pupil_did}.

        {pupil_p}, the most gifted of {the}'s {pupils_p} pupils in {taught_in}, {pupil_did}[ after {leaving} had left
        in anger|]. [{He} had begun to teach in {taught_from}.|]
        """,
        """
        taught_from: When did {the} begin to teach?
        taught_in: In which town did {the} teach?
        pupils_p: How many pupils did {the} have?
        pupil_p: Who was {the}'s most gifted pupil?
        pupil_did: What did {pupil_p~} do later?
        leaving: Who left in anger?
        """,
        taught_from=year(35, 50),
        taught_in=TOWN,
        pupils_p=number(21, 190),
        pupil_p=PERSON,
        leaving=PERSON,
        pupil_did=pick(
            """
            took over the workshop | wrote an opera | went into politics | opened a school of dance
            """,
            "deed",
        ),
    ),
    fact(
        "house",
        "person",
        """
        In {house_year} {the} bought {house} near {house_town} for {house_price} and filled it with {filled}[;
        {housekeeper} kept house there for {kept_house}|].

        {housekeeper} kept house for {the} for {kept_house}[ in {house} near {house_town}|], dusting {filled}. [The
        place had been bought in {house_year} for {house_price}.|]
        """,
        """
        house_year: When did {the} buy a home?
        house: What kind of home did {the} buy?
        house_town: Near which town did {the} live?
        house_price: How much did {the} pay for the home?
        filled: What did {the} collect at home?
        housekeeper: Who kept house for {the}?
        kept_house: For how long did the housekeeper serve {the}?
        """,
        house_year=year(38, 58),
        house=pick("a disused windmill | a fort | a vicarage | a houseboat", "house"),
        house_town=TOWN,
        house_price=money(1100, 28000, 100),
        filled=pick("stuffed fish | four hundred clocks | seashells | death masks", "collection"),
        housekeeper=PERSON,
        kept_house=lasting(13, 36, "years"),
    ),
    fact(
        "honour",
        "person",
        """
        {the} refused {honour} in {refused} because <whyrefused:{cause}>, and instead asked {giver_p} for {instead}.

        When {giver_p} offered {honour}[ in {refused}|], {the} declined on the ground that <whyrefused:{cause}>[; {he}
        asked for {instead} instead|].
        """,
        """
        honour: Which honour did {the} decline?
        refused: When did {the} decline an honour?
        whyrefused: Why did {the} decline the honour?
        giver_p: Who offered {the} an honour?
        instead: What did {the} ask for instead of the honour?
        """,
        honour=pick("a knighthood | the Order of the Swan | a professorship | the freedom of the city", "honour"),
        refused=year(44, 62),
        cause=pick(
            """
            ribbons do not keep warm | a rival had got it first | the fee was too high | titles attract
            relatives
            """,
            "reason",
        ),
        giver_p=PERSON,
        instead=pick(
            """
            a load of coal | a new pump for the village | a pardon for a friend | a railway pass
            """,
            "wish",
        ),
    ),
    fact(
        "legacy",
        "person",
        """
        {the} left {estate} to {heir}[, and {his} papers, {boxes} boxes in all, to {papers_to}, where they may not be
        opened before {opened_p}|].

        {heir} inherited {estate} from {the}, while {papers_to} received {boxes} boxes of papers[, first opened in
        {first_open} by {opener}|].
        """,
        """
        estate: How much money did {the} leave?
        heir: Who was {the}'s heir?
        boxes: How many boxes of papers did {the} leave?
        papers_to: Who got {the}'s papers?
        opened_p: Before which year may the papers not be opened?
        first_open: In which year were the papers opened?
        opener: Who first opened the papers?
        """,
        estate=money(2100, 98000, 100),
        heir=PERSON,
        opener=PERSON,
        boxes=number(14, 130),
        papers_to=pick("the state archive | a monastery | a niece | the academy of sciences", "recipient"),
        opened_p=year(100, 150),
        first_open=year(85, 99),
    ),
)
