from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from darknumber.data.linked import Linked
from darknumber.data.table import Covariate
from darknumber.errors import InputError
from darknumber.inference import bootstrap
from darknumber.inference.bootstrap import observed_law
from darknumber.inference.estimate import answered
from darknumber.inference.intervals import Bootstrap
from darknumber.models import LogLinear, Stepwise
from darknumber.studies.chain import Stand
from darknumber.studies.linked_draws import margin_of, replicate, universe_of
from tests.studies.vintages import drawn


def stands_of(linked: Linked, old="independence", new="independence"):
    fits = [
        answered(linked.table(side), model, Bootstrap(replicates=1), workers=1).fits[0]
        for side, model in (("old", old), ("new", new))
    ]
    return (Stand(side="old", fit=fits[0]), Stand(side="new", fit=fits[1]))


def law_of(linked: Linked, stands):
    margins = [margin_of(linked, stand) for stand in stands]
    return universe_of(linked, stands[0].fit, stands[1].fit, margins), margins


def test_margins_are_the_tables():
    linked = drawn(1, late=0.2)
    for stand in stands_of(linked):
        margin = margin_of(linked, stand)
        assert np.array_equal(margin.counts(linked.count.astype(float)), stand.fit.data.dense())


def test_other_people_are_refused():
    one, other = drawn(1, late=0.2), drawn(2, late=0.2)
    with pytest.raises(InputError) as caught:
        margin_of(other, stands_of(one)[0])
    assert caught.value.code == "linked_differs"


def test_the_same_data_twice_give_the_ordinary_bootstrap():
    """The law is that of each study by itself, and so are the draws, number for number."""
    linked = drawn(3, people=500, years=3)
    table = linked.table("new")
    assert (table.history < 15).all()  # nobody is on all lists, which would take one more random number
    stands = stands_of(linked, "stepwise(criterion=aic, max_order=2)", "stepwise(criterion=aic, max_order=2)")
    universe, margins = law_of(linked, stands)
    fit = stands[1].fit
    own = observed_law(fit.data.dense(), fit.unobserved)
    assert universe.law.population.tolist() == own.population.tolist()
    assert universe.law.seen.tolist() == own.seen.tolist()
    for b in range(5):
        counts = margins[1].counts(universe.people(9, b))
        assert np.array_equal(counts, bootstrap.draw(own, counts.shape, 9, b))
        assert np.array_equal(counts, margins[0].counts(universe.people(9, b)))
    draws = replicate(
        universe,
        stands,
        margins,
        by="year",
        levels=("2010", "2011", "2012"),
        replicates=20,
        seed=9,
        workers=1,
        progress=None,
    )
    alone = answered(table, Stepwise(criterion="aic"), Bootstrap(replicates=20), seed=9, workers=1)
    assert np.array_equal(draws[:, 1, :3], alone.draws)
    assert np.array_equal(draws[:, 0], draws[:, 1])


def test_moments_of_the_law():
    """Means and covariances of the linked cells are those of a multinomial with everyone in it."""
    linked = drawn(4, people=300, years=1, late=0.3)
    universe, _ = law_of(linked, stands_of(linked))
    people = float(universe.law.population[0])
    draws = np.stack([universe.people(5, b) for b in range(4000)])
    count = linked.count.astype(float)
    assert draws.mean(axis=0) == pytest.approx(count, abs=4.5 * np.sqrt(count.max() / 4000))
    found = np.cov(draws.T)
    expected = np.diag(count) - np.outer(count, count) / people
    assert found == pytest.approx(expected, abs=0.12 * count.max())
    assert people >= linked.count.sum()


def test_everyone_is_as_many_as_the_second_study_says():
    linked = drawn(5, late=0.2)
    stands = stands_of(linked)
    universe, _ = law_of(linked, stands)
    assert universe.law.population == pytest.approx(stands[1].fit.estimate, abs=1)


def test_where_the_second_study_has_no_number_that_of_the_first_is_taken():
    linked = drawn(6, people=400, years=1)
    stands = stands_of(linked)
    infinite = LogLinear("A:B + A:C + A:D + B:C + B:D + C:D + A:B:C + A:B:D + A:C:D + B:C:D").fit(linked.table("new"))
    if np.isfinite(infinite.unobserved).all():
        pytest.fail("the model was meant to have no finite answer")
    universe, _ = law_of(linked, (stands[0], Stand(side="new", fit=infinite)))
    assert universe.law.population[0] == pytest.approx(stands[0].fit.estimate[0], abs=1)


def test_levels_that_only_one_extract_has():
    """A year of the old extract only, and one of the new only: each drawn from its own study."""
    both = drawn(7, people=300, years=2)
    columns = both.columns()
    year = np.array([old or new for old, new in zip(columns["old:year"], columns["new:year"], strict=True)])

    def extract(side, kept):
        one = both.extracts[side]
        there = np.isin(year, kept) & one.present
        covariate = Covariate.of("year", kept)
        stratum = np.array([covariate.levels.index(level) if ok else -1 for level, ok in zip(year, there, strict=True)])
        return type(one)(
            lists=one.lists,
            covariates=(covariate,),
            stratum=stratum,
            history=np.where(there, one.history, 0).astype(np.uint32),
        )

    linked = Linked.build({"old": extract("old", ["2010"]), "new": extract("new", ["2011"])}, both.count)
    stands = stands_of(linked)
    universe, margins = law_of(linked, stands)
    size = np.concatenate([stands[1].fit.estimate, stands[0].fit.estimate])
    assert sorted(universe.law.population) == pytest.approx(sorted(size), abs=1)
    people = universe.people(1, 0)
    assert margins[0].counts(people).sum() + margins[1].counts(people).sum() == people.sum()


@pytest.mark.parametrize(("workers", "told"), [(1, False), (2, False), (3, True)])
def test_draws_are_the_same_whatever_the_workers(workers, told):
    linked = drawn(8, people=300, late=0.2)
    stands = stands_of(linked)
    universe, margins = law_of(linked, stands)
    seen = []
    draws = replicate(
        universe,
        stands,
        margins,
        by="year",
        levels=("2010", "2011"),
        replicates=30,
        seed=2,
        workers=workers,
        progress=(lambda *args: seen.append(args)) if told else None,
    )
    again = replicate(
        universe, stands, margins, by="year", levels=("2010", "2011"), replicates=30, seed=2, workers=1, progress=None
    )
    assert np.array_equal(draws, again)
    assert not told or seen[-1] == (30, 30, "revise")


def test_strata_are_those_of_the_covariates_that_both_have():
    """The second study has a covariate more: its levels are put together, and nobody is lost."""
    linked = drawn(9, people=300)
    sex = Covariate.of("sex", ("f", "m"))
    rng = np.random.default_rng(1)
    new = linked.new
    stratum = np.where(new.present, new.stratum * 2 + rng.integers(0, 2, len(new.stratum)), -1)
    finer = type(new)(lists=new.lists, covariates=(*new.covariates, sex), stratum=stratum, history=new.history)
    more = Linked.build({"old": linked.old, "new": finer}, linked.count)
    stands = stands_of(more)
    universe, margins = law_of(more, stands)
    assert len(universe.law.population) == 2
    everyone = stands[1].fit.estimate.reshape(2, 2).sum(axis=1)
    assert universe.law.population == pytest.approx(everyone, abs=1)
    cells = {(g, c) for g, c in product(*map(range, universe.shape))}
    assert len(set(universe.cell.tolist())) == len(more.count) <= len(cells)
    assert margins[1].counts(more.count.astype(float)).sum() == more.count.sum()
