"""Read what is true of the guesthouse in every dialogue: rooms and rates, hours, prices, places, what mends what."""

from dataclasses import dataclass

from generators.engine import Entry, read

Texts = tuple[str, ...]


@dataclass(frozen=True)
class Room:
    """One kind of room."""

    rate: int  # euros a night
    numbers: tuple[int, int]  # first and last
    sleeps: int
    offered: str  # whom Robin offers it to
    party: Texts  # how a visitor says who will come
    floor: str
    way: str  # from the desk
    view: str
    bath: str
    dogs: bool
    instead: str  # the kind that is offered where all are taken, "": never all taken


@dataclass(frozen=True)
class Place:
    """Somewhere to go."""

    minutes: int  # on foot
    price: int  # euros a person, 0: free
    closed: str  # weekday, "": always open
    best: str  # when to be there


@dataclass(frozen=True)
class Fault:
    """A thing that fails, what to try in this order, and who comes if nothing helps."""

    bad: Texts  # what the thing does wrong
    works: str
    steps: tuple[Texts, ...]  # each as an order, as done, and where the thing is that it needs
    who: str
    meanwhile: str


@dataclass(frozen=True)
class Helper:
    """Somebody who mends things."""

    he: str
    him: str
    soon: str
    stay: bool  # the visitor has to be in the room
    trade: str


def _room(one: Entry) -> Room:
    return Room(
        rate=int(one.text("rate")),
        numbers=one.span("numbers"),
        sleeps=int(one.text("sleeps")),
        offered=one.text("offered to"),
        party=one.all("party"),
        floor=one.text("floor"),
        way=one.text("way"),
        view=one.text("view"),
        bath=one.text("bath"),
        dogs=one.text("dogs") == "yes",
        instead=one.text("instead", ""),
    )


def _place(one: Entry) -> Place:
    return Place(int(one.text("minutes")), int(one.text("price", "0")), one.text("closed", ""), one.text("best"))


def _fault(one: Entry) -> Fault:
    steps = tuple(tuple(step.split(" | ")) for step in one.all("steps"))
    return Fault(one.all("bad"), one.text("works"), steps, one.text("who"), one.text("meanwhile"))


def _helper(one: Entry) -> Helper:
    he, him = one.all("pronoun")
    return Helper(he, him, one.text("soon"), one.text("guest stays") == "yes", one.text("trade"))


_entries = read(__file__, "guesthouse")
_house, _lists, _dishes, _hobbies = _entries[:4]
HOUSE, DESK, PASSWORD = _house.text("name"), _house.text("desk"), _house.text("password")
PARKING, DOG, BREAKFAST, LATE, FREE_DAYS = (
    int(_house.text(key)) for key in ("parking", "dog", "breakfast", "late checkout", "free days")
)
HOURS = {True: _house.text("breakfast at weekends"), False: _house.text("breakfast on weekdays")}
VISITORS, SURNAMES, WEEK, WEEKEND, MONTHS, NUMBERS = (
    _lists.all(key) for key in ("visitors", "surnames", "week", "weekend", "months", "numbers")
)
DISHES = _dishes.rest()  # weekday -> the dish, and what those have who do not eat it, if there is something
HOBBIES = {hobby: place for hobby, (place,) in _hobbies.rest().items()}  # -> where Robin sends those who like it
ROOMS = {one.name: _room(one) for one in _entries if one.kind == "room"}
PLACES = {one.name: _place(one) for one in _entries if one.kind == "place"}
WEATHER = {  # -> where Robin sends people, what to take along, what visitors say of it
    one.name: (one.text("place"), one.text("item"), one.all("said")) for one in _entries if one.kind == "weather"
}
HELPERS = {one.name: _helper(one) for one in _entries if one.kind == "helper"}
FAULTS = {one.name: _fault(one) for one in _entries if one.kind == "fault"}
for _one in _entries:
    _one.close()
