"""The grammar of arrows between lists."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darknumber.errors import ModelError
from darknumber.kernels.arrows import format_arrows, parse_arrows


@pytest.mark.parametrize(
    ("text", "arrows"),
    [
        ("", ()),
        ("  ", ()),
        ("A -> B", (("A", "B"),)),
        ("A->B+C->B", (("A", "B"), ("C", "B"))),
        ("A -> B -> C", (("A", "B"), ("B", "C"))),
        ("A -> B + A -> B", (("A", "B"),)),
        ("A -> B + B -> A", (("A", "B"), ("B", "A"))),
        ("`border police` -> care", (("border police", "care"),)),
        ("`A + B` -> `it``s -> odd`", (("A + B", "it`s -> odd"),)),
        ("non-profit -> care:home", (("non-profit", "care:home"),)),
    ],
)
def test_what_arrows_say(text, arrows):
    assert parse_arrows(text) == arrows


@pytest.mark.parametrize(
    "text", ["A", "A ->", "-> A", "A -> B +", "+ A -> B", "A -> B C", "A B -> C", "A -> -> B", "A -> B ->", "`A -> B"]
)
def test_what_cannot_be_read(text):
    with pytest.raises(ModelError) as caught:
        parse_arrows(text)
    assert caught.value.code == "bad_arrows"


def test_no_list_sends_people_to_itself():
    with pytest.raises(ModelError) as caught:
        parse_arrows("A -> B -> B")
    assert caught.value.code == "arrow_to_itself"


NAMES = st.text(st.sampled_from("aB `+->:é"), min_size=1, max_size=6)


@given(st.lists(st.tuples(NAMES, NAMES).filter(lambda pair: pair[0] != pair[1]), unique=True, max_size=4))
@settings(max_examples=200)
def test_arrows_written_are_arrows_read(arrows):
    assert parse_arrows(format_arrows(tuple(arrows))) == tuple(arrows)
