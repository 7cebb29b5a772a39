"""How fast it is, against recorded times of the R packages.

``python -m benchmarks`` measures everything in ``benchmarks/cases.py`` and writes the table into ``docs/speed.md``. The
data file of the R package `mse` is needed (see ``tests/golden/README.md``). Times are CPU seconds of one thread after
the kernels are compiled, the best of a few, because that is what other work on the machine disturbs least.
"""
