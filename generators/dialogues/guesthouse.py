"""Read what is true of the guesthouse in every dialogue: rooms and rates, hours, prices, places, what mends what."""

from dataclasses import dataclass
from typing import TypeVar

from generators.engine import read

T = TypeVar("T")
Texts = tuple[str, ...]


@dataclass(frozen=True)
class Room:
    """One kind of room."""

    rate: int  # euros a night
    numbers: tuple[int, int]  # first and last
    sleeps: int
    offered_to: str  # whom Robin offers it to
    party: Texts  # how a visitor says who will come
    floor: str
    way: str  # from the desk
    view: str
    bath: str
    dogs: bool
    instead: str = ""  # the kind that is offered where all are taken, "": never all taken


@dataclass(frozen=True)
class Place:
    """Somewhere to go."""

    minutes: int  # on foot
    best: str  # when to be there
    price: int = 0  # euros a person, 0: free
    closed: str = ""  # weekday, "": always open


@dataclass(frozen=True)
class Weather:
    """What it is like outside."""

    place: str  # where Robin sends people
    item: str  # what to take along
    said: Texts  # what visitors say of it


@dataclass(frozen=True)
class Fault:
    """A thing that fails, what to try in this order, and who comes if nothing helps."""

    bad: Texts  # what the thing does wrong
    works: str
    steps: tuple[Texts, ...]  # each as an order, as done, and where the thing is that it needs
    who: str
    meanwhile: str


@dataclass(frozen=True)
class Repairer:
    """Somebody who mends things."""

    he: str
    him: str
    soon: str
    guest_stays: bool  # the visitor has to be in the room
    trade: str


def _all(kind: str, record: type[T]) -> dict[str, T]:
    """Return the entries of a kind by their names."""
    return {one.name: one.build(record) for one in _entries if one.kind == kind}


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
ROOMS = _all("room", Room)
PLACES = _all("place", Place)
WEATHER = _all("weather", Weather)
REPAIRERS = _all("repairer", Repairer)
FAULTS = _all("fault", Fault)
for _one in _entries:
    _one.close()
