"""Lists of first and last names of about 70 countries, from the package Faker."""

import importlib
import pkgutil
from functools import cache

from pipeline_lib.core.text import folded

LEAST = 3  # letters of a name


@cache
def first_names() -> frozenset[str]:
    """Return first names, folded (core.text.folded); of one of several words ("Maria del Carmen") each word."""
    return _names("first_name")


@cache
def all_names() -> frozenset[str]:
    """Return first and last names, folded."""
    return first_names() | _names("last_name")


def _names(kind: str) -> frozenset[str]:
    import faker.providers.person as person  # imported here: only words.names: drop needs it (1 s)

    found: set[str] = set()
    for country in pkgutil.iter_modules(person.__path__):
        provider = importlib.import_module(f"{person.__name__}.{country.name}").Provider
        for attribute in (each for each in dir(provider) if kind in each):
            values = getattr(provider, attribute)
            if isinstance(values, tuple | list | dict | set | frozenset):
                found.update(part for name in values if isinstance(name, str) for part in folded(name).split())
    return frozenset(name for name in found if len(name) >= LEAST)
