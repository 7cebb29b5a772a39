"""How reports are linked: the form for it, and what a study says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from darknumber.errors import InputError
from darknumber.register.linkage.drawn import UNLINKABLE
from darknumber.register.linkage.methods import METHODS
from darknumber.run.study import Reported
from darknumber.web.forms import Control, number_of
from darknumber.words import say
from darknumber.words.numbers import level

Form = Mapping[str, str]


def linking_form(asked: Reported, form: Form) -> tuple[Control, ...]:
    """The fields on how reports are linked, as they were last sent; before that as the study says.

    Parameters
    ----------
    asked
        What the study says.
    form
        What was sent; empty before anything was.
    """
    methods = tuple((name, say(f"web.reports.method.{name}")) for name in METHODS)
    keys = (("own", say("web.reports.key.own")), ("shared", say("web.reports.key.shared")))
    rest = tuple((name, say(f"web.reports.unlinkable.{name.replace(' ', '_')}")) for name in UNLINKABLE)
    return (
        Control(
            name="method",
            label=say("web.reports.method_label"),
            value=form.get("method", asked.method),
            choices=methods,
        ),
        Control(
            name="key",
            label=say("web.reports.key_label"),
            help=say("web.reports.key_help"),
            value=form.get("key", asked.key),
            choices=keys,
        ),
        Control(
            name="unlinkable",
            label=say("web.reports.unlinkable_label"),
            help=say("web.reports.unlinkable_help"),
            value=form.get("unlinkable", asked.unlinkable),
            choices=rest,
        ),
        Control(
            name="threshold",
            label=say("web.reports.threshold"),
            help=say("web.reports.threshold_help"),
            value=form.get("threshold", f"{asked.threshold * 100:g}"),
            type="number",
            least=1,
            most=99.9,
            step="any",
        ),
    )


def relinked(asked: Reported, form: Form) -> Reported:
    """What a study says of its reports, linked as a form says.

    Raises
    ------
    InputError
        A threshold that is no probability.
    """
    method, threshold = form.get("method", asked.method), number_of(form.get("threshold", ""), 0.0) / 100
    if not 0 < threshold < 1:
        raise InputError("link_threshold", threshold=threshold)
    return replace(
        asked,
        method=next((each for each in ("rules", "exact") if each == method), "probabilistic"),
        key="shared" if form.get("key", asked.key) == "shared" else "own",
        unlinkable=next((each for each in UNLINKABLE if each == form.get("unlinkable")), "leave out"),
        threshold=round(threshold, 6),
    )


def linking_words(asked: Reported) -> str:
    """How reports are linked, in sentences."""
    how = say(f"web.reports.linked_by.{asked.method}", threshold=level(asked.threshold))
    rest = say(f"web.reports.rest.{asked.unlinkable.replace(' ', '_')}")
    return f"{how} {rest}"
