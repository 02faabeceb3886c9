"""The kinds of article: their titles, their themes and the words that only they have.

How to run: not alone; articles.py uses KINDS. What comes out: sixteen kinds.
"""

from generators.passages.grammar import Kind, options

HOUSE = ("origins", "inside", "troubles", "people", "today", "fame")
TEAM = ("origins", "ways", "troubles", "people", "today", "fame")


def kind(
    name: str,
    titles: str,
    called: str,
    short: str,
    themes: tuple[str, ...],
    born: tuple[int, int] = (1830, 1935),
    **words: str,
) -> Kind:
    """Build a Kind; titles and words list their options with bars."""
    lexicon = {key: options(listed) for key, listed in words.items()}
    return Kind(name, options(titles), called, short, themes, lexicon, born)


KINDS = (
    kind(
        "museum",
        "{place} Museum of {things} | {family} Museum of {things}",
        "the {title}",
        "the museum",
        HOUSE,
        noun="museum",
        things="Bells | Clocks | Keys | Lamps | Kites | Ship Models",
        users="visitors",
        head="director",
        stuff="silver keys | painted lamps | brass dials | glass negatives",
        shell="outer walls",
        top="roof",
        hall="main hall | upper gallery | entrance hall",
        why="""
        the last workshops of the district were being pulled down | foreign dealers were buying up whatever was old
        | the school had no room left for its teaching collection | a flood had ruined the things kept in the town hall
        """,
        novelty="free entry on Sundays | labels in three languages | tours by candlelight | a table for the blind",
        job="attendant | restorer | cashier",
    ),
    kind(
        "library",
        "{family} Library | {place} Seamen's Library | {place} Reading Society",
        "the {title}",
        "the library",
        HOUSE,
        noun="lending library",
        users="readers",
        head="librarian",
        stuff="printed atlases | almanacs | sea charts | prayer books",
        shell="façade",
        top="roof",
        hall="reading room | lecture room | map room",
        why="""
        the nearest bookshop was a day's journey away | apprentices had nowhere to read in the evening
        | the judge's widow wanted to keep his books together | half of the sailors could not read a chart
        """,
        novelty="open shelves | a card catalogue | a bookcase on wheels for the hospital | loans without a fee",
        job="binder | caretaker | cataloguer",
    ),
    kind(
        "observatory",
        "Mount {place} Observatory | {family} Observatory",
        "the {title}",
        "the observatory",
        HOUSE,
        noun="observatory",
        users="visitors",
        head="chief astronomer",
        stuff="photographic plates | eyepieces | chronometers | star charts",
        shell="round tower",
        top="dome",
        hall="meridian room | round hall | library",
        why="""
        ships' clocks had to be set by the stars | smoke had made the old site in the city useless
        | a total eclipse was expected within the decade | the navy wanted better tables of the moon
        """,
        novelty="photography of the sky | signals by telegraph | public evenings at the telescope | double shifts",
        job="night assistant | instrument maker | computer of orbits",
    ),
    kind(
        "theatre",
        "{place} Playhouse | {family} Theatre",
        "the {title}",
        "the theatre",
        HOUSE,
        noun="theatre",
        users="spectators",
        head="manager",
        stuff="costumes | stage swords | wigs | painted masks",
        shell="front",
        top="roof",
        hall="foyer | stage | auditorium",
        why="""
        travelling companies had to play in a barn | the garrison complained about dull winters
        | the opera house had become too dear for ordinary people | a bequest would otherwise have lapsed
        """,
        novelty="matinees for children | gas footlights | numbered seats | plays in dialect",
        job="prompter | wardrobe keeper | stage carpenter",
    ),
    kind(
        "garden",
        "{place} Botanical Garden | {family} Garden",
        "the {title}",
        "the garden",
        HOUSE,
        noun="botanical garden",
        users="visitors",
        head="head gardener",
        stuff="orchids | dwarf pines | seed boxes | rare bulbs",
        shell="gatehouse",
        top="roof",
        hall="palm house | fern house | seed store",
        why="""
        the medical school needed fresh herbs | the sailors' wives had nowhere to walk on Sundays
        | imported plants kept dying in private hands | the old herb beds had been built over
        """,
        novelty="heated beds | a seed exchange with other gardens | a path of scents for the blind | evening concerts",
        job="orchid grower | stoker | seed keeper",
    ),
    kind(
        "bridge",
        "{place} Bridge | {family} Bridge",
        "the {title}",
        "the bridge",
        HOUSE,
        noun="bridge",
        site="the toll house of {the}",
        users="travellers",
        head="bridge master",
        stuff="bronze lamps | copper plates | iron railings | lead letters",
        shell="piers",
        top="railings",
        hall="middle arch | northern ramp | footway",
        why="""
        the ferry had capsized twice in one winter | carts had to make a detour of two days
        | the new sugar mill stood on the far bank | ice closed the ford for months at a time
        """,
        novelty="season tickets | a speed limit for carts | gas lamps on both sides | a separate lane for cattle",
        job="toll collector | painter | lamplighter",
    ),
    kind(
        "lighthouse",
        "{place} Point Lighthouse | {family} Rock Lighthouse",
        "the {title}",
        "the lighthouse",
        HOUSE,
        noun="lighthouse",
        users="guests",
        head="head keeper",
        stuff="brass lamps | glass prisms | signal flags | oil cans",
        shell="tower",
        top="gallery",
        hall="lamp room | stairwell | oil store",
        why="""
        eleven ships had run aground in ten years | the herring fleet came home after dark
        | a mail steamer had been lost with all hands | fishermen lit fires that misled larger ships
        """,
        novelty="a fog bell | weather reports by telegraph | a rota of three watches | a vegetable plot",
        job="lamp cleaner | boatman | assistant keeper",
    ),
    kind(
        "railway",
        "{place} and {far} Railway",
        "the {title}",
        "the railway",
        HOUSE,
        noun="narrow-gauge railway",
        site="the main station of {the}",
        users="passengers",
        head="superintendent",
        stuff="brass lamps | signal bells | copper pipes | ticket punches",
        shell="station buildings",
        top="platform roofs",
        hall="longest tunnel | engine shed | central station",
        why="""
        the slate quarries could not sell their stone | mules took a week to bring the timber down
        | the port was losing its trade to a rival | the spa had guests but no road
        """,
        novelty="third-class carriages | printed timetables | steam heating | return tickets",
        job="stoker | pointsman | guard",
    ),
    kind(
        "club",
        "{place} Football Club | {place} Hockey Club | {place} Handball Club",
        "{title}",
        "the club",
        TEAM,
        born=(1860, 1935),
        noun="sports club",
        site="the clubhouse of {the}",
        users="spectators",
        head="president",
        stuff="trophies | medals | old jerseys | pennants",
        hall="stand",
        why="""
        apprentices wanted something to do on their free afternoon | the older club did not admit workers
        | a doctor had recommended exercise to the millworkers | two street teams were tired of playing each other
        """,
        novelty="evening training | a youth section | a scout for talent | winter training indoors",
        job="groundsman | coach | kit keeper",
    ),
    kind(
        "festival",
        "{place} Lantern Festival | {place} Kite Festival | {place} Storytelling Festival",
        "the {title}",
        "the festival",
        TEAM,
        born=(1860, 1935),
        noun="festival",
        site="the depot of {the}",
        users="guests",
        head="artistic director",
        stuff="lanterns | banners | drums | costumes",
        hall="main tent",
        why="""
        the harvest had been saved from a storm | innkeepers wanted guests after the end of the season
        | two quarrelling parishes were to be reconciled | the old fair had been banned for its noise
        """,
        novelty="a day for children | a competition for beginners | late-night shows | a rule against amplifiers",
        job="stage builder | drummer | programme editor",
    ),
    kind(
        "company",
        "{family} and {family} | {family} Brothers | {place} Lamp Company",
        "{title}",
        "the company",
        TEAM,
        born=(1840, 1935),
        noun="company",
        site="the works of {the}",
        users="customers",
        head="managing director",
        stuff="patterns | copper rods | order books | samples",
        hall="casting hall",
        why="""
        good lamps had to be imported | a mine closure had left many hands without work
        | the local sand was unusually pure | the navy was looking for a reliable supplier
        """,
        novelty="a works canteen | an eight-hour day | a pension fund | pay by the week",
        job="foreman | pattern maker | bookkeeper",
    ),
    kind(
        "river",
        "River {river}",
        "the {title}",
        "the river",
        ("course", "uses", "fame"),
        noun="river",
    ),
    kind(
        "species",
        """
        Lantern thornling | Copper-backed marshpiper | Ashen cragfinch | Collared saltlark | Slate-winged fernwren
        | Hooded reedwhistler | Marbled dunecreeper | Gilded mosswarbler
        """,
        "the {title}",
        "the bird",
        ("looks", "study", "fame"),
        born=(1820, 1910),
        noun="bird",
    ),
    kind(
        "expedition",
        "{family} Expedition",
        "the {title}",
        "the expedition",
        ("start", "journey", "fame"),
        born=(1840, 1930),
        noun="expedition",
    ),
    kind(
        "machine",
        "{family} loom | {family} calculator | {family} printing press | {family} seed drill | {family} tide predictor",
        "the {title}",
        "the machine",
        ("invention", "market", "fame"),
        born=(1840, 1925),
        noun="machine",
    ),
    kind(
        "person",
        "{person}",
        "{title}",
        "{last}",
        ("youth", "career", "fame"),
        born=(1830, 1900),
        noun="person",
    ),
)
