"""What the register was meant to look like beside what it looks like."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from darknumber.data.table import NOT_RECORDED
from darknumber.kernels.histories import membership
from darknumber.register.synthesise import BORDER_DEFINITION, ELIGIBLE, Register
from darknumber.register.targets import COVARIATES, LISTS, Target, members, targets


@dataclass(frozen=True, slots=True, kw_only=True)
class Margin:
    """A target and what the register has.

    Parameters
    ----------
    target
        The figure, with its basis and source.
    reached
        The same quantity in the register: people or a share.
    """

    target: Target
    reached: float


def margins(register: Register, *quantities: str) -> tuple[Margin, ...]:
    """The targets of these quantities beside the synthetic register, in the order of ``targets.csv``.

    Registered people are counted with their true form of exploitation, also where it is not recorded. The register must
    be one that `synthesise` made.
    """
    seen = register.true_form_table.dense()
    return tuple(Margin(target=target, reached=_reached(target, register, seen)) for target in targets(*quantities))


def _reached(target: Target, register: Register, seen: NDArray[np.float64]) -> float:
    part, whole = members(target.part, COVARIATES), members(target.whole, COVARIATES)
    registered = seen.sum(axis=1)
    match target.quantity:
        case "population":
            return float(register.truth[whole].sum())
        case "population_share":
            return float(register.truth[part & whole].sum() / register.truth[whole].sum())
        case "registered":
            return float(registered[whole].sum())
        case "registered_share":
            return float(registered[part & whole].sum() / registered[whole].sum())
        case "ascertainment":
            return float(registered[whole].sum() / register.truth[whole].sum())
        case "recording":
            return _recorded_share(register, target.list)
        case "border_definition":
            return _flagged_share(register, target.whole)
    on_lists = seen[:, _on(target.list)].sum(axis=1)
    people = float(on_lists[whole].sum())
    return float(on_lists[part & whole].sum()) / people if target.quantity == "list_share" else people


def _on(names: str) -> NDArray[np.bool_]:
    """``(2**K,)``: whether a history is on each of the lists, written with colons between them."""
    on = membership(np.arange(1 << len(LISTS)), len(LISTS))
    return np.asarray(on[:, [LISTS.index(name) for name in names.split(":")]].all(axis=1))


def _recorded_share(register: Register, name: str) -> float:
    """Among the people on one list only: the share whose form is recorded."""
    people = register.table.dense()[:, 1 << LISTS.index(name)]
    hidden = members(f"form={NOT_RECORDED}", register.table.covariates)
    return float(people[~hidden].sum() / people.sum())


def _flagged_share(register: Register, whole: str) -> float:
    """Among the border police's eligible cases of `whole`, form recorded: the share under art. 273f(1)(3)."""
    covariates = register.flagged.covariates
    people = register.flagged.dense()[:, 1 << LISTS.index("border")]
    eligible = members(f"{whole};{ELIGIBLE}", covariates)
    flagged = members(f"{BORDER_DEFINITION.name}=yes", covariates)
    return float(people[eligible & flagged].sum() / people[eligible].sum())
