"""Tables of rates and ratios: what is printed is what the data behind the cells say."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.data.residents import Residents
from darknumber.data.table import Covariate
from darknumber.inference.estimates import Estimates
from darknumber.inference.intervals import Bootstrap
from darknumber.inference.shown import Shown
from darknumber.kernels.verdicts import ESTIMABLE
from darknumber.studies.rates import rates
from darknumber.studies.ratios import yearly_ratios
from darknumber.views.tables_rates import rates_table, ratios_table
from darknumber.views.tables_text import to_text
from darknumber.words import use_language

YEAR = Covariate(name="year", levels=("2018", "2019"), values=(2018.0, 2019.0))
SEX = Covariate(name="sex", levels=("female", "male"))


@pytest.fixture
def estimates() -> Estimates:
    observed = np.array([400.0, 200.0, 600.0, 4.0])
    return Estimates(
        covariates=(YEAR, SEX),
        observed=observed,
        unobserved=observed * 3,
        verdict=np.full(4, ESTIMABLE, dtype=np.int8),
        at_least=observed * 4,
        draws=observed + observed * 3 * np.random.default_rng(1).lognormal(0, 0.2, (199, 4)),
        level=0.95,
        interval=Bootstrap(replicates=199),
        seed=0,
        fits=(),
        unit="person-year",
    )


@pytest.fixture
def residents() -> Residents:
    return Residents(covariates=(YEAR, SEX), people=np.array([8e6, 8.1e6, 8.2e6, 8.3e6]), name="cbs.csv")


def test_a_row_keeps_people_rates_and_ratio_together(estimates, residents):
    table = rates_table(rates(estimates, residents, by=("year", "sex")))
    assert [cell.text for cell in table.rows[0]] == [
        *("2018", "women and girls", "8,000,000", "400", "1,600", "5.0", "20", "15 to 27", "4.0"),
    ]
    assert table.rows[0][5].value == 5.0
    assert table.headings == 2
    assert any("cbs.csv" in note for note in table.notes)


def test_a_small_number_takes_its_rates_along(estimates, residents):
    shown = [Shown(form="exact", value=value) for value in (400.0, 200.0, 600.0)]
    table = rates_table(
        rates(estimates, residents, by=("year", "sex")),
        registered=[*shown, Shown(form="small", value=None, limit=10.0)],
    )
    assert [cell.text for cell in table.rows[3]][3:] == ["<10", "", "<0.12", "", "", ""]
    assert not [cell.value for cell in table.rows[3][3:] if isinstance(cell.value, float) and np.isfinite(cell.value)]


def test_both_ratios_close_the_table_under_their_names(estimates):
    table = ratios_table(yearly_ratios(estimates))
    assert [row[0].text for row in table.rows[-2:]] == ["Mean of the yearly ratios", "Ratio of the sums"]
    assert table.sums == {2, 3}
    secret = [Shown(form="exact", value=600.0), Shown(form="hidden", value=None)]
    assert [row[3].text for row in ratios_table(yearly_ratios(estimates), registered=secret).rows] == [
        "4.0",
        "",
        "",
        "",
    ]


@pytest.mark.parametrize("language", ["en", "nl"])
def test_it_fits_a_terminal(estimates, residents, language):
    with use_language(language):
        for table in (
            rates_table(rates(estimates, residents)),
            rates_table(rates(estimates, residents, by=("sex",))),
            ratios_table(yearly_ratios(estimates)),
        ):
            assert max(map(len, to_text(table).splitlines())) <= 80
