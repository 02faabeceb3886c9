"""What is true of the guesthouse in every dialogue: rooms and rates, hours, prices, places near by, what mends what.

How to run: not alone; the topics use it. What comes out: tables. Amounts are in euros, walks in minutes.
"""

from dataclasses import dataclass

from generators.reviews.grammar import words

HOUSE = "Fennick House"
DESK = "Robin"
VISITORS = words(
    "Mia, Tom, Anna, Omar, Lena, Felix, Nadia, Jonas, Priya, Hugo, Clara, Dario, Ines, Victor, Wanda, Theo, Yara, "
    "Samuel, Greta, Paul"
)
SURNAMES = words(
    "Halloran, Brandt, Okoye, Lindholm, Petrov, Castell, Moreau, Whitlock, Tanaka, Keane, Varga, Osborne, Rinaldi, "
    "Sorensen, Delgado, Fairley, Novak, Burrows, Mehta, Quist, Albrecht, Yilmaz, Thorpe, Ivers"
)
WEEK = words("Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday")
WEEKEND = ("Saturday", "Sunday")
MONTHS = words("January, February, March, April, May, June, July, August, September, October, November, December")
NUMBERS = words("zero, one, two, three, four, five, six, seven, eight, nine")

PARKING = 6  # a night
DOG = 8  # a night
BREAKFAST = 9  # a person and day
LATE = 15  # for a checkout at one instead of eleven
FREE_DAYS = 3  # before arrival a booking can be cancelled without cost
HOURS = {True: "eight to eleven", False: "seven to ten"}  # of breakfast, by whether it is a weekend
PASSWORD = "lantern"  # of the Wi-Fi, and the number of the room right after it


@dataclass(frozen=True)
class Kind:
    """One kind of room."""

    rate: int  # a night
    rooms: tuple[int, int]  # first and last number
    sleeps: int
    party: str  # whom Robin offers it to
    floor: str
    way: str  # from the desk
    view: str
    bath: str
    dogs: bool
    instead: str  # the kind that is offered where all are taken, "": never all taken


KINDS = {
    "single": Kind(
        60,
        (1, 4),
        1,
        "one person",
        "on the ground floor",
        "through the glass door on the left",
        "the courtyard",
        "a shower",
        True,
        "twin",
    ),
    "twin": Kind(
        80,
        (5, 9),
        2,
        "two people in separate beds",
        "on the first floor",
        "up the stairs and to the right",
        "the street",
        "a shower",
        True,
        "double",
    ),
    "double": Kind(
        90,
        (10, 15),
        2,
        "two people",
        "on the second floor",
        "up in the lift and to the left",
        "the harbour",
        "a bathtub",
        False,
        "twin",
    ),
    "family": Kind(
        130,
        (16, 19),
        4,
        "four people",
        "in the garden wing",
        "out of the back door and across the lawn",
        "the garden",
        "a bathtub and a shower",
        True,
        "",
    ),
    "attic": Kind(
        110,
        (20, 22),
        3,
        "three people",
        "under the roof",
        "up in the lift and then up the last few steps",
        "the lighthouse",
        "a shower",
        False,
        "family",
    ),
}
PARTIES = {  # how a visitor says who will come
    "single": ("just for me", "for one person", "for me alone"),
    "twin": ("for two friends in separate beds", "for two people with separate beds"),
    "double": ("for two people", "for two of us", "for a couple"),
    "family": ("for four people", "for two adults and two children", "for four of us"),
    "attic": ("for three people", "for three of us", "for two adults and a child"),
}
DISHES = {  # of the evening, with what those have who do not eat it
    "Monday": ("mushroom risotto", ""),
    "Tuesday": ("fish soup", "leek tart"),
    "Wednesday": ("lamb stew", "stuffed peppers"),
    "Thursday": ("onion pie", ""),
    "Friday": ("baked cod", "leek tart"),
    "Saturday": ("roast chicken", "stuffed peppers"),
    "Sunday": ("pumpkin curry", ""),
}


@dataclass(frozen=True)
class Place:
    """Somewhere to go."""

    minutes: int  # on foot
    price: int  # a person, 0: free
    closed: str  # weekday, "": always open
    best: str  # when to be there


PLACES = {
    "lighthouse": Place(40, 5, "Monday", "an hour before sunset"),
    "clock museum": Place(15, 7, "Tuesday", "at noon, when all the clocks strike"),
    "kite beach": Place(25, 0, "", "at low tide"),
    "old library": Place(10, 0, "Sunday", "right after it opens at nine"),
    "bath house": Place(20, 12, "Wednesday", "in the early evening"),
    "rock pool": Place(30, 0, "", "before eight in the morning"),
    "harbour wall": Place(5, 0, "", "when the boats come in at six"),
    "salt marsh": Place(35, 0, "", "at dawn"),
    "walled garden": Place(18, 4, "Thursday", "in the late afternoon"),
    "chapel": Place(8, 3, "Saturday", "at seven, when the choir sings"),
}
WEATHER = {  # weather -> (where Robin sends people, what to take along, what visitors say of it)
    "rain": (
        "clock museum",
        "an umbrella",
        ("it's pouring", "it hasn't stopped raining", "the rain is coming down hard"),
    ),
    "sunshine": ("lighthouse", "a sun hat", ("the sun is out", "there isn't a cloud in the sky", "it's so sunny")),
    "wind": ("kite beach", "a windproof jacket", ("it's so windy", "the wind is howling", "it's blowing a gale")),
    "fog": ("old library", "a torch", ("it's so foggy", "the fog is thick", "one can't see a thing in this fog")),
    "snow": ("bath house", "warm boots", ("it's snowing", "there's so much snow", "everything is white with snow")),
    "heat": ("rock pool", "a bottle of water", ("it's so hot", "the heat is terrible", "it's hot already")),
}
HOBBIES = {  # what a visitor likes -> where Robin sends them
    "painting": "harbour wall",
    "watching birds": "salt marsh",
    "taking photographs": "lighthouse",
    "flying kites": "kite beach",
    "reading": "old library",
    "swimming": "rock pool",
    "singing": "chapel",
    "gardening": "walled garden",
    "repairing clocks": "clock museum",
    "sketching boats": "harbour wall",
}


@dataclass(frozen=True)
class Step:
    """Something to try: as an order, as done, and where the thing is that it needs."""

    do: str
    did: str
    where: str


@dataclass(frozen=True)
class Fault:
    """A thing that fails, what to try in this order, and who comes if nothing helps."""

    bad: tuple[str, ...]  # what the thing does wrong
    works: str
    steps: tuple[Step, Step, Step]
    who: str
    meanwhile: str


@dataclass(frozen=True)
class Helper:
    """Somebody who mends things."""

    he: str
    soon: str
    stay: bool  # the visitor has to be in the room
    trade: str


HELPERS = {
    "Bruno": Helper("he", "within half an hour", False, "heat and water"),
    "Tess": Helper("she", "within ten minutes", True, "anything electric"),
    "Ivo": Helper("he", "within twenty minutes", False, "doors, locks and windows"),
}
FAULTS = {
    "radiator": Fault(
        ("stays cold", "gives no heat", "won't get warm"),
        "is warm again",
        (
            Step("turn the knob to five", "turned the knob to five", "at the lower left end, near the floor"),
            Step("press the white pin", "pressed the white pin", "under the cap of the knob"),
            Step("open the small valve for a minute", "opened the small valve", "at the top right, behind the curtain"),
        ),
        "Bruno",
        "there are two thick blankets in the wardrobe",
    ),
    "shower": Fault(
        ("only runs cold", "gives no hot water", "stays icy"),
        "runs hot again",
        (
            Step("open the hot tap fully for a minute", "opened the hot tap fully", "on the left, with the red dot"),
            Step("pull out the blue knob", "pulled out the blue knob", "in the middle of the mixer"),
            Step(
                "turn the red lever upwards", "turned the red lever upwards", "under the basin, behind the small door"
            ),
        ),
        "Bruno",
        "you can use the bathroom at the end of the corridor",
    ),
    "television": Fault(
        ("stays black", "shows no picture", "won't turn on"),
        "shows a picture again",
        (
            Step("push the plug in firmly", "pushed the plug in", "behind the chest of drawers"),
            Step("hold the power button for ten seconds", "held the power button", "on the back, at the bottom right"),
            Step("switch the source to number two", "switched the source to number two", "on the grey remote control"),
        ),
        "Tess",
        "there is a large screen in the reading room",
    ),
    "bedside lamp": Fault(
        ("flickers", "stays dark", "won't light up"),
        "lights up again",
        (
            Step("press the switch by the door", "pressed the switch by the door", "on the left of the door frame"),
            Step("screw the bulb in tightly", "screwed the bulb in", "under the paper shade"),
            Step("move the plug to the other socket", "moved the plug to the other socket", "behind the headboard"),
        ),
        "Tess",
        "there is a reading light on the desk",
    ),
    "kettle": Fault(
        ("won't boil", "stays cold", "turns itself off"),
        "boils again",
        (
            Step("fill it above the line", "filled it above the line", "on the inside, next to the spout"),
            Step("press the reset button", "pressed the reset button", "on the underside of the base"),
            Step("clean the contacts with a dry cloth", "cleaned the contacts", "in the middle of the base"),
        ),
        "Tess",
        "we have hot tea for you in the kitchen",
    ),
    "coffee machine": Fault(
        ("only blinks", "makes no coffee", "blinks red"),
        "makes coffee again",
        (
            Step("fill the tank to the top", "filled the tank", "at the back, under the lid"),
            Step("empty the tray", "emptied the tray", "at the front, under the grid"),
            Step("hold both buttons for five seconds", "held both buttons", "on the top, to the left of the lid"),
        ),
        "Tess",
        "there is fresh coffee in the garden room",
    ),
    "door lock": Fault(
        ("won't open", "only blinks red", "ignores my card"),
        "opens again",
        (
            Step("wipe the black stripe of the card", "wiped the black stripe", "on the back of the card"),
            Step(
                "hold the card with the arrow down", "held the card with the arrow down", "on its front, in the corner"
            ),
            Step("press the handle upwards", "pressed the handle upwards", "right below the card slot"),
        ),
        "Ivo",
        "you can sit in the reading room",
    ),
    "safe": Fault(
        ("won't open", "only beeps", "stays locked"),
        "opens again",
        (
            Step("press the star before the code", "pressed the star before the code", "at the lower left of the keys"),
            Step("lean on the door and turn the wheel", "leaned on the door and turned the wheel", "under the keys"),
            Step("change the two batteries", "changed the batteries", "behind the small plate, with spare ones beside"),
        ),
        "Ivo",
        "we can keep your valuables here at the desk",
    ),
    "window": Fault(
        ("won't shut", "rattles all the time", "lets the wind in"),
        "shuts tightly again",
        (
            Step("lift the handle and push", "lifted the handle and pushed", "in the middle of the frame"),
            Step("turn the brass screw to the right", "turned the brass screw", "at the upper hinge"),
            Step("slide the wooden bolt across", "slid the wooden bolt across", "along the sill, under the paint"),
        ),
        "Ivo",
        "you can pull the heavy curtain across",
    ),
    "Wi-Fi": Fault(
        ("keeps dropping", "won't connect", "loads nothing"),
        "works again",
        (
            Step("remove the network and join it anew", "removed the network and joined it anew", "in your settings"),
            Step("restart the white box", "restarted the white box", "on the shelf above the door"),
            Step(
                "switch to the network Fennick Five", "switched to Fennick Five", "at the end of the list of networks"
            ),
        ),
        "Tess",
        "the connection in the reading room is good",
    ),
}
