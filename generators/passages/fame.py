"""What others have made of a subject of any kind: novels, stamps, films, songs, books, exhibitions.

How to run: not alone; articles.py uses FACTS. What comes out: facts.
"""

from generators.passages.grammar import (
    ALL,
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

FACTS = (
    fact(
        "novel",
        ALL,
        """
        {the} plays a large part in "{novel}", a novel that {writer} published in {novel_year}[; its hero is {hero}|].
        [It was translated into {tongues} languages.|]

        In {novel_year} {writer} wrote about {the} in "{novel}", the story of {hero}[, which sold {copies} copies
        within a year|].

        "{novel}", a novel by {writer}[, translated into {tongues} languages|], tells of {hero} and of {the}. [It sold
        {copies} copies in its first year, {novel_year}.|]
        """,
        """
        writer: Who is the author of "{novel}"?
        novel: Which work of fiction deals with {the}?
        novel: What is the title of the book by {writer~}?
        hero: Who is the main character of "{novel}"?
        novel_year: When did "{novel}" come out?
        tongues: How many translations of "{novel}" are there?
        copies: How often was "{novel}" bought in its first year?
        """,
        writer=PERSON,
        novel=pick(
            """
            The Salt Bride | A Winter of Doors | Seven Lamps for Agatha | The Deaf Clockmaker | Nothing but Herring |
            The Quiet Toll | Letters to a Heron | The Last Dry Year | Uncle Ferdinand's Map | Half a Moon over Harbour
            Street
            """,
            "title",
        ),
        novel_year=year(25, 75),
        hero=pick(
            """
            a runaway bell ringer | a blind cook | a dishonest surveyor | a girl who talks to geese | a retired
            hangman | an unhappy dentist | a left-handed barber | a stubborn midwife
            """,
            "hero",
        ),
        tongues=number(13, 38),
        copies=number(11000, 240000, 1000),
    ),
    fact(
        "stamp",
        ALL,
        """
        The post office honoured {the} in {stamp_year} with a {colour} stamp[ designed by {designer}|], of which
        {printed} were printed[; a faulty sheet later fetched {auction}|].

        A {colour} stamp by {designer}, issued in {stamp_year}, shows {the}[. A sheet printed upside down was sold for
        {auction} in {sale_town}|].

        Collectors pay up to {auction} for a faulty sheet of the {colour} stamp with which {the} was honoured in
        {stamp_year}[; {designer} had designed it|].
        """,
        """
        stamp_year: When was a stamp issued?
        colour: What colour is the stamp?
        designer: Who designed the stamp?
        printed: How many copies of the stamp were made?
        auction: How much has been paid for a faulty sheet?
        sale_town: In which town was a faulty sheet sold?
        """,
        stamp_year=year(35, 85),
        colour=pick("violet | dark green | orange | pale blue | brown | crimson", "colour"),
        designer=PERSON,
        printed=number(200000, 3900000, 50000),
        auction=money(900, 28000, 100),
        sale_town=TOWN,
    ),
    fact(
        "film",
        ALL,
        """
        In {film_year} {filmer} made the film "{film}" about {the}[ with {extras} extras|]. Shooting took {shoot}[,
        since <whyfilm:{hitch}>|].

        {actor_f} played the lead in "{film}", which {filmer} made about {the} in {film_year}[ for only {budget}|].

        "{film}", a film about {the} by {filmer}, was shot within {shoot}[ in {film_year}|]; {actor_f}, in the lead,
        {acted}.
        """,
        """
        film_year: In which year was "{film}" made?
        filmer: Who directed "{film}"?
        film: What is the name of the film about {the}?
        extras: How many extras took part in the film?
        shoot: How long did the shooting last?
        whyfilm: Why did the shooting last so long?
        actor_f: Who had the main role in "{film}"?
        budget: How much money was available for the film?
        acted: What is said about {actor_f~} in the film?
        """,
        film_year=recent(1931, 2021),
        filmer=PERSON,
        actor_f=PERSON,
        film=pick(
            """
            Mud | The Second Lantern | Goodbye, Captain Snow | Low Water | A Ticket to Nowhere | The Ninth Keeper |
            Dust and Brass | Farewell at Five
            """,
            "title",
        ),
        extras=number(110, 2400, 10),
        shoot=lasting(3, 14, "weeks"),
        hitch=pick(
            """
            the leading lady broke a leg | fog hid everything | the sound man resigned | a generator exploded
            """,
            "reason",
        ),
        budget=money(40000, 900000, 10000),
        acted=pick(
            """
            refused to use a double | spoke not a single word | had never acted before | won a prize for it
            """,
            "acting",
        ),
    ),
    fact(
        "song",
        ALL,
        """
        A song about {the}, written by {songwriter} in {song_year}, has {verses} verses[ and is still sung at
        {sung}|].

        At {sung} people still sing a song about {the} that {songwriter} wrote in {song_year}[ on a bet with
        {better}|]. [It has {verses} verses.|]

        {songwriter} lost a bet with {better} and therefore had to write a song about {the}[ in {song_year}|]; it is
        sung at {sung}.
        """,
        """
        songwriter: By whom is the song about {the}?
        song_year: When was the song about {the} written?
        verses: How many verses does the song have?
        sung: On what occasions can the song be heard?
        better: With whom did the songwriter make a bet?
        """,
        songwriter=PERSON,
        better=PERSON,
        song_year=year(10, 90),
        verses=count(3, 12),
        sung=pick(
            """
            weddings | funerals | school outings | harvest suppers | football matches | launchings
            """,
            "occasion",
        ),
    ),
    fact(
        "first book",
        ALL,
        """
        The first book on {the} was written in {book_year} by {historian}, a {trade}[; it has {book_pages} pages|].
        {corrector} corrected it in {corrected}[, showing that <proved:{proof}>|].

        It was {corrector} who showed in {corrected} that <proved:{proof}>. [Until then everybody had trusted the book
        that {historian}, a {trade}, had written about {the} in {book_year}.|]

        {historian} devoted {book_pages} pages to {the}[ in {book_year}|]. They contain one error, noticed by
        {corrector}: {historian.he} did not know that <proved:{proof}>.
        """,
        """
        book_year: When was the earliest book about {the} written?
        historian: Who wrote the earliest book about {the}?
        trade: What was the occupation of {historian~}?
        book_pages: How many pages does the book about {the} have?
        corrector: Who noticed a mistake in the book?
        corrected: In what year was the mistake made known?
        proof: What fact about {the} had been unknown or disputed?
        """,
        historian=PERSON,
        corrector=PERSON,
        trade=TRADE,
        book_year=year(30, 60),
        corrected=later("book_year", 8, 40),
        book_pages=number(110, 790),
        proof=pick(
            """
            a map had been drawn upside down | two dates had been swapped | a witness had never existed | a letter had
            been forged | half of the receipts were missing | the oldest picture was a copy
            """,
            "proof",
        ),
    ),
    fact(
        "exhibition",
        ALL,
        """
        An exhibition on {the}, shown in {shown_town} in {shown_year}, drew {shown_guests} people[ in {shown_for}|].
        [{curator} had put together {objects} objects.|]

        {curator} brought together {objects} objects for an exhibition on {the}[, which was shown in {shown_town} in
        {shown_year}|]; the favourite of the public was {favourite}.

        {shown_town} devoted an exhibition to {the} in {shown_year}, which had to be extended by {extended}[ because
        of the crowds; {shown_guests} people came|]. [{favourite}, lent by {lender_e}, was the favourite.|]
        """,
        """
        shown_town: Where was the exhibition on {the} held?
        shown_year: When was the exhibition on {the} held?
        shown_guests: How many people saw the exhibition?
        shown_for: How long could the exhibition be seen?
        extended: By how much was the exhibition extended?
        curator: Who assembled the exhibition?
        objects: How many objects were exhibited?
        favourite: Which exhibit did the public like best?
        lender_e: Who lent {favourite}?
        """,
        shown_town=TOWN,
        shown_year=year(70, 120),
        shown_guests=number(4100, 88000, 100),
        shown_for=lasting(2, 12, "weeks"),
        extended=lasting(2, 12, "weeks"),
        curator=PERSON,
        lender_e=PERSON,
        objects=number(44, 380),
        favourite=pick(
            """
            a torn boot | a wax head | a tin whistle | a burnt diary | a stuffed owl | a pocket telescope
            """,
            "exhibit",
        ),
    ),
    fact(
        "ship",
        ALL,
        """
        A ferry named after {the} was launched in {ship_town} in {launched}[ and carried {carried_p} passengers|]; it
        sank in {sunk} when {captain} {mistake}.

        Under captain {captain} the ferry that bore the name of {the} ran aground in {sunk}, because {captain.he}
        {mistake}. [It had been launched in {launched} in {ship_town}.|]

        {home_port} was the home port of a ferry named after {the}[, launched in {launched}|]. {captain}, its captain,
        {mistake}, and it sank in {sunk}; all {carried_p} passengers were rescued.
        """,
        """
        ship_town: In which port was the ferry launched?
        home_port: Which was the home port of the ferry?
        launched: When was the ferry launched?
        carried_p: How many passengers were on the ferry?
        sunk: In what year was the ferry wrecked?
        captain: Who was in command of the ferry?
        mistake: What mistake did {captain~} make at sea?
        """,
        ship_town=TOWN,
        home_port=TOWN,
        launched=year(15, 50),
        sunk=later("launched", 4, 40),
        captain=PERSON,
        carried_p=number(64, 480),
        mistake=pick(
            """
            misread a buoy | fell asleep | forgot the tide | mistook a bonfire for a lighthouse | left the helm
            to a cook
            """,
            "mistake",
        ),
    ),
    fact(
        "label",
        ALL,
        """
        When {brewer} of {home} began to sell {goods} under the name of {the} in {label_year}, {claimant} went to
        court; after {court_time} the judges ruled that {ruling}.

        {claimant} failed to stop {brewer}, who had used the name of {the} for {goods}[ since {label_year}|]: the
        judges found that {ruling}. [The case had cost {court_cost}.|]

        In {label_year} {brewer} gave the name of {the} to {goods}[, which sold well in {home}|]. {claimant} sued and
        lost {court_cost}[ after {court_time}|].
        """,
        """
        brewer: Who used the name of {the} for goods?
        home: In which town were the goods at home?
        goods: What was sold under the name of {the}?
        label_year: When were goods first sold under the name?
        claimant: Who objected to the use of the name?
        court_time: How long was the dispute about the name in court?
        ruling: How did the judges decide about the name?
        court_cost: How much did the dispute about the name cost?
        """,
        brewer=PERSON,
        claimant=PERSON,
        home=TOWN,
        goods=pick("a dark beer | a soft cheese | cough drops | a cigar | a marmalade | boot polish", "goods"),
        label_year=year(30, 95),
        court_time=lasting(2, 9, "years"),
        court_cost=money(1100, 29000, 100),
        ruling=pick(
            """
            a name belongs to everybody | nobody could confuse the two | silence means consent | the label had
            to be smaller
            """,
            "ruling",
        ),
    ),
    fact(
        "prize",
        ALL,
        """
        A prize of {prize_sum} for {field}, named after {the}, has been awarded since {prize_since}[; the first went
        to {winner_p} of {winner_town} for {work}|].

        {winner_p} was the first to win the prize for {field} that is named after {the}[ and worth {prize_sum}|];
        {winner_p.he} received it in {prize_since} for {work}.

        The bank of {winner_town} founded a prize for {field} in {prize_since} and named it after {the}. [{winner_p}
        got it twice, for {work} both times.|] [It is worth {prize_sum}.|]
        """,
        """
        prize_sum: How much is the prize worth?
        field: In what field is the prize named after {the} given?
        prize_since: Since when has the prize existed?
        winner_p: Who won the prize named after {the}?
        winner_town: What town is connected with the prize?
        work: For what work did {winner_p~} win?
        """,
        prize_sum=money(1000, 60000, 500),
        field=pick(
            """
            young cooks | translators | nature photographers | amateur historians | inventors under thirty
            """,
            "field",
        ),
        prize_since=year(60, 110),
        winner_p=PERSON,
        winner_town=TOWN,
        work=pick(
            """
            a study of moss | a folding boat | a recipe for quinces | a book of riddles | a film on eels
            """,
            "work",
        ),
    ),
)
