"""The built-in study from reports: the straight line from what offices send to the report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from darknumber.data.drawn import DrawnTables
from darknumber.data.targets import folder_for
from darknumber.inference.bootstrap import Progress
from darknumber.register.linkage.drawn import DRAWS
from darknumber.register.reading.intake import intake
from darknumber.register.reading.reports import read_reports
from darknumber.register.screening.screen import screen
from darknumber.register.synthetic.office_form import write_office_reports
from darknumber.register.synthetic.synthetic_reports import synthetic_reports
from darknumber.run.demo import STUDIES, filled, section_text, toml_list, truth_section
from darknumber.run.folder import check_target
from darknumber.run.make import Finished, run_study
from darknumber.run.pages import options_of, plan
from darknumber.studies.kinds import Study
from darknumber.views.labels import About
from darknumber.views.linkage_text import linked_text
from darknumber.views.terminal import answer
from darknumber.words import LANGUAGES, language, say

FILE, TEMPLATE = "study-reports.toml", "demo_study_reports.toml"
GROUPS: tuple[tuple[str, ...], ...] = (("form", "crossing"), ("sex",), ("age",))


def run_demo_from_reports(
    folder: Path,
    *,
    reports: int | None = None,
    draws: int = DRAWS,
    replicates: int = 100,
    seed: int = 1,
    workers: int | None = None,
    studies: Sequence[Study] = STUDIES,
    progress: Progress | None = None,
) -> tuple[Finished, str]:
    """Write reports as an office would, with the mapping that reads them and a study file, and run it.

    Parameters
    ----------
    folder
        Made if need be; what the demo wrote there before is replaced.
    reports
        About how many; by default as many as the register has.
    draws
        Of who is who.
    replicates
        Of the bootstrap, shared out over the draws of who is who.
    seed, workers, progress
        As in `estimate`.
    studies
        Those that the report holds on whether the number can be trusted.

    Returns
    -------
    tuple
        The study as it was run, and what the terminal shows: what came in, what it points to, the answer, and the truth
        beside it.

    Raises
    ------
    InputError
        The folder cannot be made or written in.
    """
    folder = folder_for(folder)
    check_target(folder / f"{Path(FILE).stem}-run", make_folders=True)
    folder.mkdir(parents=True, exist_ok=True)
    if progress is not None:
        progress(0, 1, "reports")
    (source,), mapping = write_office_reports(synthetic_reports(reports, seed=seed), folder)
    settings = {
        "LANGUAGES": toml_list([language(), *(code for code in LANGUAGES if code != language())]),
        "SEED": str(seed),
        "DRAWS": str(draws),
        "REPLICATES": str(replicates),
        "STUDIES": toml_list(studies),
        "SOURCE": source.name,
        "MAPPING": mapping.name,
    }
    (folder / FILE).write_text(filled(TEMPLATE, settings), encoding="utf-8", newline="\n")
    came_in = read_reports(source, mapping)
    seen = [str(intake(came_in)), str(screen(came_in))]
    finished = run_study(folder / FILE, workers=workers, progress=progress)
    main, counts = finished.answers.main, finished.prepared.counts
    assert isinstance(counts, DrawnTables)
    planned = plan(finished.file, finished.prepared, finished.answers)
    about = About(population="victims", place=say("demo.place"))
    blocks = [*seen, linked_text(counts), answer(main, by=[("year",), *GROUPS], about=about)]
    sections = options_of(finished.file, finished.answers, planned).sections
    for section in (*sections, *([truth_section(main)] if reports is None else [])):
        blocks += section_text(section)
    return finished, "\n\n".join(blocks)
