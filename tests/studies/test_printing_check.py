"""What a check says: the verdict first, whom the estimate rests on, and who came to which list first."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from darknumber.data.examples import example
from darknumber.data.read import read_records
from darknumber.data.table import CaptureTable
from darknumber.register.small import small_register
from darknumber.studies.check import check
from darknumber.studies.printing_check import describe_check, rests_in_words, rests_sentence, shown_pairs
from darknumber.studies.rests import Overlap, Rests
from darknumber.words import LANGUAGES, use_language

FIRST_LINES = {
    "en": {
        "yes": "Yes: these lists can say how many people are on none of them.",
        "caution": "Only with great caution can these lists say how many people are on none of them.",
        "no": "No: these lists cannot say how many people are on none of them.",
    },
    "nl": {
        "yes": "Ja: deze lijsten kunnen zeggen hoeveel mensen op geen enkele lijst staan.",
        "caution": "Met grote voorzichtigheid is te zeggen hoeveel mensen op geen lijst staan.",
        "no": "Nee: deze lijsten kunnen niet zeggen hoeveel mensen op geen enkele lijst staan.",
    },
}
TABLES = {
    "yes": {1: 80, 2: 70, 4: 60, 3: 150, 5: 140, 6: 130, 7: 300},
    "caution": {1: 80, 2: 70, 4: 60, 3: 15, 5: 14, 6: 13, 7: 3},
    "no": {1: 8, 2: 7, 4: 6, 3: 1},
}


def table_of(counts: dict[int, int], lists: str = "ABC", **more) -> CaptureTable:
    return CaptureTable.build(tuple(lists), list(counts), list(counts.values()), **more)


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("answer", list(TABLES))
def test_the_first_line_is_the_verdict(answer, code):
    with use_language(code):
        first, second, *_ = str(check(table_of(TABLES[answer]))).splitlines()
    assert first == FIRST_LINES[code][answer]
    assert second == ""


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("width", [60, 80, 100])
def test_no_line_is_too_long(code, width):
    with use_language(code):
        for table in (small_register().table, example("korea"), table_of(TABLES["no"])):
            assert max(map(len, describe_check(check(table), width=width).splitlines())) <= width


@pytest.mark.parametrize(
    ("rests", "sentence"),
    [
        (
            Rests(people=7, kind="exactly", lists=("A", "B"), combinations=(), smallest=()),
            "The estimate rests on 7 people: those on A and B and on no other list.",
        ),
        (
            Rests(people=1, kind="overlap", lists=("A", "B"), combinations=(), smallest=()),
            "The estimate rests on one person: the one on both A and B.",
        ),
        (
            Rests(people=7, kind="overlap", lists=("A", "B", "C"), combinations=(), smallest=()),
            "The estimate rests on 7 people: those on all of A, B, and C.",
        ),
        (
            Rests(people=1200, kind="several", lists=(), combinations=(), smallest=()),
            "The estimate rests on 1,200 people: all those on two or more lists.",
        ),
        (
            Rests(
                people=5,
                kind="combinations",
                lists=(),
                combinations=(Overlap(lists=("A", "C"), people=4), Overlap(lists=("A", "D"), people=1)),
                smallest=(),
            ),
            "The estimate rests on 5 people: those on A + C and A + D and on no other list.",
        ),
        (
            Rests(
                people=10,
                kind="combinations",
                lists=(),
                combinations=tuple(Overlap(lists=("A", name), people=2) for name in "BCDEF"),
                smallest=(),
            ),
            "The estimate rests on 10 people in 5 combinations of lists, most of them on A + B, A + C, and A + D.",
        ),
    ],
)
def test_whom_the_estimate_rests_on(rests, sentence):
    assert rests_in_words(rests) == sentence


def test_who_came_first_is_a_table():
    frame = pl.DataFrame(
        {
            "police": [1] * 20 + [1, 0] * 20,
            "care": [1] * 20 + [0, 1] * 20,
            "p": ["2020-01-01"] * 15 + ["2020-01-09"] * 5 + ["2020-01-01"] * 40,
            "c": ["2020-01-03"] * 20 + ["2020-01-01"] * 40,
        }
    )
    records = read_records(frame, lists=["police", "care"], dates={"police": "p", "care": "c"})
    text = str(check(records))
    assert "police – care" in text
    row = next(line for line in text.splitlines() if "police – care" in line)
    assert row.split()[-4:] == ["20", "15", "5", "0"]
    assert "Which list people came to first" not in str(check(read_records(frame, lists=["police", "care"])))


def test_levels_of_a_group_stay_together():
    with use_language("nl"):
        text = " ".join(str(check(example("register"))).split())
    assert "Niet naar jaar, leeftijd: 2010 / minderjarig, 2011 / minderjarig en 2012 / minderjarig." in text


def test_two_lists_cannot_show_dependence():
    text = " ".join(str(check(table_of({1: 30, 2: 20, 3: 10}, "AB"))).split())
    assert "that takes a third list to look from" in text
    assert "odds ratio" not in text


def many_lists() -> CaptureTable:
    """Seven lists: A and B go together, C and D avoid each other."""
    generator = np.random.default_rng(1)
    on = generator.random((3000, 7)) < 0.15
    on[on[:, 0] & (generator.random(3000) < 0.5), 1] = True
    on[on[:, 2] & (generator.random(3000) < 0.9), 3] = False
    counts = np.bincount(on @ (1 << np.arange(7)), minlength=128)
    counts[0] = 0
    return table_of({place: int(n) for place, n in enumerate(counts) if n}, "ABCDEFG")


def test_each_pair_of_few_lists_has_a_row():
    checked = check(example("korea"))
    lines = [line.split() for line in str(checked).splitlines()]
    assert ["c", "–", "d", "12", "29.5", "0.19", "0.04", "-", "0.88", "*"] in lines
    assert ["b", "–", "d", "18", "32.0", "no", "limit", "0.18", "or", "more"] in lines
    assert sum("–" in line for line in lines) == 3
    said = " ".join(str(checked).split())
    assert "b and c go together most surely; c and d avoid each other most surely." in said


def test_of_many_lists_only_pairs_that_stand_out_have_a_row():
    checked = check(many_lists())
    assert [pair.lists for pair in shown_pairs(checked)] == [("A", "B"), ("C", "D")]
    said = str(checked)
    assert [line.split()[:4] for line in said.splitlines() if " – " in line] == [
        ["A", "–", "B", "281"],
        ["C", "–", "D", "5"],
    ]
    assert "The other 19 pairs do not stand out." in said
    assert "People on both of two lists:\n" in said


def test_the_sentence_on_whom_it_rests_names_the_model():
    table = example("uk-2013-5")
    for model, named in (
        ("average", "the best of the models that are averaged (AIC: "),
        ("stepwise", "the model found step by step by BIC ("),
        ("log-linear(terms='LA:NG')", "the log-linear model (LA:NG)"),
        ("poisson-tail", "the model with pairs added by their unlikely overlaps ("),
        ("corrected", "the log-linear model corrected for small numbers (lists independent)"),
        ("heterogeneity", "the model “log-linear model with differences between people (Chao's lower bound)”"),
    ):
        sentence = rests_sentence(check(table, model))
        assert f"Without them, {named}" in sentence
        assert sentence.endswith("would set no upper limit.")
    assert rests_sentence(check(table, "bayes-threshold(draws=400)")) == ""
    assert "Looked at with the model “Bayesian" in " ".join(str(check(table, "bayes-threshold(draws=400)")).split())


def test_few_people_can_be_told_as_few():
    checked = check(table_of({1: 30, 2: 20, 3: 4}, "AB"), "lincoln-petersen")
    assert rests_sentence(checked, people="fewer than 5") == (
        "The estimate rests on fewer than 5 people. "
        "Without them, the model of two independent lists would set no upper limit."
    )
    assert rests_sentence(checked).startswith("The estimate rests on 4 people: those on A and B")


def test_a_model_by_level_says_of_which_level():
    sentence = rests_sentence(check(small_register().table, "stratified(model=independence(), by=(year))"))
    assert sentence.split(", for ")[1].startswith("20")


def test_of_many_terms_those_of_lists_are_named():
    terms = [f"{a}:{b}" for a in ("police", "shelters") for b in ("year", "sex", "form")]
    terms += ["police:coordinators", "police:shelters", "coordinators:shelters"]
    sentence = rests_sentence(check(small_register().table, f"log-linear(terms='{' + '.join(terms)}')"))
    assert "(police:care coordinators + " in sentence
    assert "and one more term)" in sentence


def test_nobody_on_two_lists_is_said_once():
    text = " ".join(str(check(table_of({1: 30, 2: 20, 4: 10}))).split())
    assert text.count("Nobody is on more than one list") == 1
