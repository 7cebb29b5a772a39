"""How reports are linked: settings, each a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from darknumber.errors import InputError
from darknumber.register.linkage.comparisons import COMPARISONS
from darknumber.register.linkage.linkage_model import LinkageModel

Key = Literal["own", "shared"]

# Pairs less likely than this are taken for two people: together they hold a few thousandths of the expected links.
FLOOR = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Probabilistic:
    """Weigh how reports agree and differ (Fellegi and Sunter 1969), with Splink.

    Parameters
    ----------
    compare
        What is compared, by name (`darknumber.register.linkage.comparisons`); empty for everything there are columns
        for.
    key
        Whether ``person_key`` is an organisation's ``own`` number, which says nothing of another organisation's, or
        ``shared`` by all of them.
    model
        A model that was fitted before; None to fit one to these reports.
    floor
        Pairs with a smaller probability are taken for two people.
    """

    compare: tuple[str, ...] = ()
    key: Key = "own"
    model: LinkageModel | None = None
    floor: float = FLOOR

    def __post_init__(self) -> None:
        known = tuple(each.name for each in COMPARISONS)
        for name in self.compare:
            if name not in known:
                raise InputError("unknown_comparison", name=name, known=known)
        if not 0 < self.floor < 1:
            raise InputError("bad_floor", floor=self.floor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """One person where some rule holds: all columns of a rule are recorded and the same.

    Parameters
    ----------
    rules
        Columns of the cleaned forms, for each rule.
    """

    rules: tuple[tuple[str, ...], ...] = (
        ("given", "surname", "birth_date"),
        ("surname", "initial", "birth_date", "sex"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Exact:
    """One person where one column is the same, such as a number that all organisations share."""

    column: str = "person_key"


Method = Probabilistic | Rules | Exact
METHODS: dict[str, Method] = {"probabilistic": Probabilistic(), "rules": Rules(), "exact": Exact()}


def name_of(method: Method) -> str:
    """The name of a method, whatever its settings."""
    return next(name for name, each in METHODS.items() if type(each) is type(method))


def method_of(text: str) -> Method:
    """A method by its name, with its own settings.

    Raises
    ------
    InputError
        No method is called so.
    """
    if text not in METHODS:
        raise InputError("unknown_method", name=text, known=tuple(METHODS))
    return METHODS[text]
