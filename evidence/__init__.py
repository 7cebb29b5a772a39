"""Long runs behind the claims in the documentation: too slow for every test run, too important to be hearsay.

One run is one file here with three names. The file ``evidence/coverage.py``, for example, would begin::

    QUESTION = "How often does the 95% interval contain the true number, when the true terms are given?"
    SOURCES = ("src/darknumber/kernels/*.py", "src/darknumber/models/log_linear.py")

    def run(part: Part) -> Result:
        hits = [part(f"registers {first}", partial(hits_among, first)) for first in range(0, 2000, 50)]
        return {"registers": 2000, "coverage": sum(hits) / 2000}

``SOURCES`` are the files whose change makes the answer old, as patterns from the root of the checkout; the file of the
run itself always belongs to them. ``part(name, work)`` calls `work` and keeps its answer, which must be JSON, so that a
run that was stopped goes on where it was; a change in the sources throws the parts away. ``Part`` and ``Result`` come
from `evidence.record`.

``python -m evidence NAME`` runs one and writes ``docs/evidence/NAME.json``: the answer, the hashes of the sources, the
versions and the seconds it took. ``python -m evidence status`` says which answers are older than their sources.
"""
