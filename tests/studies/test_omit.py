"""The answer without a list, or with two lists merged."""

from __future__ import annotations

import math

import numpy as np
import pytest

from darknumber.data.examples import example
from darknumber.data.reshape import merged_lists, without_list
from darknumber.data.table import CaptureTable, Covariate
from darknumber.errors import Cancelled, InputError, ModelError
from darknumber.inference.estimate import estimate
from darknumber.models import Average, Best, Chapman, Independence, LogLinear, Stepwise, Stratified
from darknumber.studies.asking import relisted
from darknumber.studies.findings_omit import EXPLODES, SENSITIVE, moved
from darknumber.studies.omit import Omission, Variant, omit
from darknumber.words import LANGUAGES, use_language

WIDTH = 80
ALL_TWO_WAY = LogLinear("(I + K + O + P + R + Z)^2")


@pytest.fixture(scope="module")
def dutch() -> Omission:
    return omit(example("netherlands-2010-2015"), ALL_TWO_WAY, workers=2)


def by_list(found: Omission) -> dict[str, Variant]:
    return {row.lists[0]: row for row in found.without}


def codes(found: Omission) -> set[str]:
    return {finding.code for finding in found.findings}


def independent(*, kept: np.ndarray | None = None) -> CaptureTable:
    """Three lists and two levels of sex, with counts that are exactly independent: 1,000 women and 2,000 men."""
    chance, histories = (0.5, 0.4, 0.2), range(1, 8)
    counts = [
        round(people * math.prod(p if history >> j & 1 else 1 - p for j, p in enumerate(chance)))
        for people in (1000, 2000)
        for history in histories
    ]
    return CaptureTable.build(
        ("A", "B", "C"),
        [*histories, *histories],
        counts,
        covariates=[Covariate(name="sex", levels=("f", "m"))],
        levels=[np.repeat([0, 1], 7)],
        operating=kept,
        unit="person-year",
    )


def test_the_published_table_of_omissions(dutch):
    assert dutch.everything.estimate == pytest.approx(47_683, abs=1)
    rows = by_list(dutch)
    four = [rows[name].estimate for name in "IKOR"]
    assert min(four) == pytest.approx(32_000, rel=0.01)
    assert max(four) == pytest.approx(82_000, rel=0.01)
    assert rows["Z"].estimate == pytest.approx(354_000, rel=0.01)
    assert rows["P"].estimate == pytest.approx(rows["P"].observed, abs=1)  # collapses to who is on some other list
    assert dutch.most is rows["P"]
    assert dutch.range == (rows["P"].estimate, rows["Z"].estimate)


def test_what_is_said_of_it(dutch):
    assert [f.where for f in dutch.findings if f.code == "omit_collapses"] == ["P"]
    assert [f.where for f in dutch.findings if f.code == "omit_explodes"] == ["Z"]
    (moved,) = [f for f in dutch.findings if f.code == "omit_sensitive"]
    assert moved.values["names"] == ("O",)
    assert "The answer hangs on single lists: without P 3,770, without Z 354,000" in " ".join(str(dutch).split())


def test_each_variant_is_the_answer_to_that_table():
    table = example("kosovo-1999")
    found = omit(table, "best", workers=1)
    for row in found.without:
        alone = estimate(without_list(table, row.lists[0]), "best", "bootstrap(replicates=1)")
        assert row.estimate == pytest.approx(float(alone.estimate[0]))
        assert row.factor == pytest.approx(row.estimate / found.everything.estimate)
        assert row.observed == int(alone.observed[0])
    assert [row.lists for row in found.merged][:2] == [("EXH", "ABA"), ("EXH", "OSCE")]
    for row in found.merged:
        alone = estimate(merged_lists(table, *row.lists), "best", "bootstrap(replicates=1)")
        assert row.estimate == pytest.approx(float(alone.estimate[0]))
        assert row.observed == 4400


def test_exactly_independent_lists_give_the_same_without_any():
    found = omit(independent(), Independence())
    for row in found.variants:  # two independent lists merged are independent of the third
        assert row.estimate == pytest.approx(3000, rel=1e-6)
    assert codes(found) == {"omit_two_left"}
    assert found.movers == ()
    assert "No single list decides the answer" in str(found)
    assert "victim-years" in str(found)


def test_two_lists_left_are_lincoln_petersen():
    rows = by_list(omit(example("korea"), "log-linear(b:c)"))
    y = dict(zip(example("korea").history.tolist(), example("korea").count.tolist(), strict=True))
    n_c = sum(count for history, count in y.items() if history & 2)
    n_d = sum(count for history, count in y.items() if history & 4)
    both = sum(count for history, count in y.items() if history & 6 == 6)
    assert rows["b"].estimate == pytest.approx(n_c * n_d / both)


def test_a_term_of_all_lists_that_are_left_goes_and_is_told():
    found = omit(example("korea"), "log-linear(b:c)")
    assert by_list(found)["d"].dropped == ("b:c",)
    assert by_list(found)["b"].dropped == ()
    assert [f.where for f in found.findings if f.code == "without_drops_terms"] == ["d"]


@pytest.mark.parametrize(
    ("text", "renamed", "lists", "expected", "gone"),
    [
        ("A:B:C", {"C": None}, ("A", "B", "D"), "A:B", ()),
        ("A:B + C:year", {"A": None}, ("B", "C"), "B + C:year", ()),
        ("A:B + B:D", {"A": "A+B", "B": "A+B"}, ("A+B", "C", "D"), "`A+B` + `A+B`:D", ()),
        ("A:B:poly(year, 2)", {"C": None}, ("A", "B"), "A:poly(year, 2) + B:poly(year, 2)", ("A:B:poly(year, 2)",)),
        ("A", {"A": None}, ("B", "C"), "B", ()),
        ("", {"A": None}, ("B", "C"), "", ()),
    ],
)
def test_terms_for_other_lists(text, renamed, lists, expected, gone):
    model, dropped = relisted(LogLinear(text), renamed, lists)
    assert isinstance(model, LogLinear)
    assert model.terms.replace("`", "") == expected.replace("`", "")
    assert dropped == gone


def test_models_inside_models_and_scopes_are_told_too():
    inside = Stratified(Stepwise(scope="A:B + A:C"), by=("sex",))
    model, _ = relisted(inside, {"C": None}, ("A", "B", "D"))
    assert model == Stratified(Stepwise(scope="A + A:B"), by=("sex",))
    assert relisted(Average(), {"C": None}, ("A", "B")) == (Average(), ())


def test_lists_not_kept_somewhere():
    whole = independent()
    history = np.where(whole.stratum == 0, whole.history & 3, whole.history)
    seen = history > 0
    table = CaptureTable.build(
        whole.lists,
        history[seen],
        whole.count[seen],
        covariates=whole.covariates,
        levels=[whole.stratum[seen]],
        operating=np.array([[True, True, False], [True, True, True]]),
    )
    found = omit(table, "independence")
    for row in found.without:  # the chances are the same for women and men, so one list is enough for women
        assert row.estimate == pytest.approx(3000, rel=1e-6)
    assert {"merged_kept_apart", "omit_two_left"} <= codes(found)
    assert "omit_bares" not in codes(found)


def test_strata_that_lose_their_only_list_are_told():
    kept = np.array([[True, False, False], [True, True, True]])
    table = CaptureTable.build(
        ("A", "B", "C"),
        [1, 1, 2, 3, 4, 5, 6, 7],
        [50, 40, 30, 20, 30, 10, 9, 5],
        covariates=[Covariate(name="sex", levels=("f", "m"))],
        levels=[np.array([0, 1, 1, 1, 1, 1, 1, 1])],
        operating=kept,
    )
    found = omit(table, "independence")
    (bare,) = [finding for finding in found.findings if finding.code == "omit_bares"]
    assert bare.where == "A"
    assert bare.values["n"] == 1
    assert by_list(found)["A"].observed == 104


def test_infinite_and_unknown_answers_are_said_and_never_numbers():
    # without C nobody is on both A and B, so nothing bounds the dark figure
    table = CaptureTable.build(("A", "B", "C"), [1, 2, 4, 5, 6, 7], [30, 40, 50, 8, 9, 0])
    found = omit(table, "independence")
    row = by_list(found)["C"]
    assert math.isinf(row.estimate)
    assert found.most is row
    assert "omit_no_limit" in codes(found)
    assert "without it no upper limit" in " ".join(str(found).split())
    assert found.columns()["verdict"][3] == "infinite"


def test_without_a_headline_nothing_is_compared():
    table = CaptureTable.build(("A", "B", "C"), [1, 2, 4], [30, 40, 50])
    found = omit(table, "independence")
    assert all(math.isnan(row.factor) for row in found.variants)
    assert "omit_no_headline" in codes(found)
    assert "omit_sensitive" not in codes(found)
    assert str(found)


def test_intervals_only_where_asked_for():
    table = example("korea")
    bare = omit(table, "independence")
    assert "lower" not in bare.columns()
    assert "no interval of their own" in " ".join(str(bare).split())
    found = omit(table, "independence", "bootstrap(replicates=40)", seed=3)
    alone = estimate(without_list(table, "c"), "independence", "bootstrap(replicates=40)", seed=3)
    columns = found.columns()
    assert (columns["lower"][2], columns["upper"][2]) == tuple(alone.limits[0])
    assert columns["estimate"] == bare.columns()["estimate"]
    assert "95% interval" in str(found)
    assert omit(independent(), "independence", "profile").everything.answer is not None


def test_a_model_that_cannot_take_the_lists_that_are_left_is_told():
    found = omit(example("kosovo-1999"), "heterogeneity(form=darroch, lists=own)")
    assert found.everything.failure is None
    table = CaptureTable.build(("A", "B", "C"), [1, 2, 3, 4, 5, 6, 7], [60, 50, 10, 30, 9, 12, 5])
    found = omit(table, "behaviour(correction=rivest-levesque)")
    assert all(row.failure is not None for row in found.without)
    assert "omit_failed" in codes(found)
    assert found.without[0].failure.what in " ".join(str(found).split())
    assert math.isnan(found.without[0].estimate)


def test_a_model_that_cannot_take_all_lists_is_an_error():
    with pytest.raises(ModelError) as caught:
        omit(example("korea"), Chapman())
    assert caught.value.code == "needs_two_lists"


def test_two_lists_are_too_few():
    with pytest.raises(InputError) as caught:
        omit(CaptureTable.build(("A", "B"), [1, 2, 3], [5, 6, 7]))
    assert caught.value.code == "too_few_lists_to_omit"
    assert caught.value.hint


@pytest.mark.parametrize("settings", [{"workers": 0}, {"level": 1.0}, {"seed": -1}])
def test_settings_are_checked(settings):
    with pytest.raises(ModelError):
        omit(example("korea"), **settings)


def test_workers_do_not_matter():
    table = example("uk-2013-5")
    assert omit(table, workers=1).columns() == omit(table, workers=3).columns()


def test_progress_and_stop():
    seen: list[tuple[int, int, str]] = []
    omit(example("korea"), "independence", progress=lambda *what: seen.append(what))
    assert seen[-1] == (7, 7, "omit")
    seen.clear()
    omit(example("korea"), "independence", "bootstrap(replicates=5)", workers=1, progress=lambda *w: seen.append(w))
    assert seen[-1] == (35, 35, "replicates")

    def stop(*_: object) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        omit(example("korea"), "independence", progress=stop)


@pytest.mark.parametrize("language", LANGUAGES)
def test_print_fits_the_width(dutch, language):
    with use_language(language):
        text = str(dutch)
    assert max(map(len, text.splitlines())) <= WIDTH
    assert ("zonder" in text) == (language == "nl")


def test_frame_has_a_row_for_each_variant(dutch):
    frame = dutch.to_frame("polars")
    assert len(frame) == 1 + 6 + 15
    assert frame["kind"].to_list()[:2] == ["all", "without"]


def test_thresholds_are_in_order():
    assert 1 < SENSITIVE < EXPLODES


def test_what_another_model_would_move_as_far_is_told():
    table = example("uk-2013-5")
    found = omit(table, "best(criterion=aic, max_order=4)")
    near = Best(criterion="aic", max_order=4).fit(table).candidates
    estimates = 2744 + near.unobserved[near.near]
    assert found.everything.near == (estimates.min(), estimates.max())
    told = next(finding for finding in found.findings if finding.code == "omit_within")
    for row in found.without:
        inside = estimates.min() <= row.estimate <= estimates.max()
        assert (row.lists[0] in told.values["names"]) is bool(moved(row) and inside)
    assert told.values["low"] == 2_744
    assert told.values["high"] == 34_100  # three digits, as all that has no interval of its own
    assert "it may be the model that changes" in " ".join(str(found).split())


def test_without_a_listed_set_nothing_is_told_of_it():
    found = omit(example("uk-2013-5"), "log-linear('LA:NG')")
    assert found.everything.near is None
    assert not [finding for finding in found.findings if finding.code.startswith("omit_within")]


def test_a_set_without_an_upper_limit_is_told_as_one():
    found = omit(example("korea"), "best(criterion=aic)")
    assert found.everything.near[1] == math.inf
    assert "omit_within_open" in {finding.code for finding in found.findings}
