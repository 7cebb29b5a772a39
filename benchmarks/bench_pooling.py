"""``python -m benchmarks.bench_pooling``: partial pooling on the synthetic registers, of which the truth is known."""

from __future__ import annotations

from functools import partial

from benchmarks.runner import Case, seconds
from darknumber.data.table import CaptureTable
from darknumber.models import PartialPooling
from darknumber.register.small import small_register
from darknumber.register.synthesise import synthesise

PROMISED = 10.0  # CPU seconds for 80 strata of 6 lists: *seconds*, the issue says


def national() -> CaptureTable:
    """The national register by year, sex, age and nationality: 80 strata, 6 lists."""
    return synthesise(seed=1).true_form_table.pool(["form", "crossing"])


def main() -> None:
    """Measure every case and print it."""
    tables = {"24 strata, 4 lists": small_register(seed=1).table, "80 strata, 6 lists": national()}
    models = {"": PartialPooling(), ", no own effects": PartialPooling(own_effects=False)}
    for what, table in tables.items():
        for how, model in models.items():
            case = Case(name=what + how, prepare=partial(partial, model.fit, table, seed=1))
            took = seconds(case)
            kept = "kept" if took <= PROMISED else "broken"
            print(f"{case.name}: {took:.2f} s of {PROMISED:.0f} promised ({kept})", flush=True)


if __name__ == "__main__":
    main()
