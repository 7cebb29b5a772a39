"""One request as a page sees it, and how a page answers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse, RedirectResponse, Response

from darknumber.errors import DarknumberError
from darknumber.web.jobs import Job, Jobs, TooMany
from darknumber.web.sessions import Session
from darknumber.web.workers import Lane, Task
from darknumber.words import LANGUAGES, has, language, say

TIP = "tip"  # as in `darknumber.views.plots`, which takes long to fetch
SEE_OTHER = 303  # after a form: fetch the page, so that going back does not send the form again
UNPROCESSABLE = 422

# The steps from data to report, in the order in which they are taken.
STEPS = ("data", "check", "estimate", "explore", "compare", "report")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request.

    Parameters
    ----------
    session
        Whose it is.
    jobs
        All work.
    path
        The page that was asked for.
    query, form
        What came in the address, and in a form; the last value of each name.
    several
        All values of each name in the form.
    files
        The files that came in, by field.
    """

    session: Session
    jobs: Jobs
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    several: Mapping[str, Sequence[str]] = field(default_factory=dict)
    files: Mapping[str, Sequence[Path]] = field(default_factory=dict)

    def held(self, name: str) -> Any:
        """Something that was found earlier in this session; None where it was not."""
        return self.session.held.get(name)

    def job(self, name: str) -> Job | None:
        """The work that was last asked for under a name."""
        return self.jobs.latest(self.session.owner, name)

    @property
    def uploads(self) -> list[Path]:
        """All files that came in."""
        return [path for paths in self.files.values() for path in paths]

    def first_open(self, *names: str) -> Job | None:
        """The first work under one of these names that waits or goes on."""
        found = (self.job(name) for name in names)
        return next((job for job in found if job is not None and job.open), None)

    def ask(self, name: str, call: str, given: Mapping[str, Any], *, lane: Lane = "slow") -> None:
        """Let something be worked out; when it is done it is held under `name`, if the question is still the same."""
        session, study = self.session, self.session.study
        task = Task(call=call, given=given, language=language())
        self.jobs.ask(session.owner, name, task, lane, lambda found: session.put(study, name, found))


def page(visit: Visit, template: str, *, status: int = 200, **values: object) -> Response:
    """A whole page from a template."""
    text = environment().get_template(template).render(**frame(visit), **values)
    return HTMLResponse(text, status_code=status)


def go(path: str) -> Response:
    """To another page, after a form."""
    return RedirectResponse(path, status_code=SEE_OTHER)


def frame(visit: Visit) -> dict[str, object]:
    """What every page shows around its own content."""
    session = visit.session
    study = session.study
    return {
        "visit": visit,
        "session": session,
        "study": study,
        "language": language(),
        "languages": LANGUAGES,
        "steps": [(step, mark_of(visit, step)) for step in STEPS],
        "here": visit.path.strip("/").split("/")[0],
    }


def mark_of(visit: Visit, step: str) -> str:
    """How a step stands: ``working``, ``done``, ``caution``, ``stop`` or nothing yet."""
    name = {"data": "prepared", "estimate": "answer"}.get(step, step)
    job = visit.job(name)
    if job is not None and job.open:
        return "working"
    found = visit.held(name)
    if found is None:
        return ""
    verdict = getattr(getattr(found, "verdict", None), "answer", "yes")  # of a check
    return {"caution": "caution", "no": "stop"}.get(verdict, "done")


def trouble_of(job: Job | None) -> Sequence[str]:
    """What to say of work that failed: what, got and hint; empty where it did not."""
    if job is None or job.state != "failed":
        return ()
    if isinstance(job.error, DarknumberError):
        return job.error.told
    return (say(f"web.job.{job.error}"), "", say("web.job.again"))


def progress_of(job: Job, jobs: Jobs) -> dict[str, object]:
    """How far work is: a share of 100 where that is known, and a sentence."""
    if job.state == "waiting":
        before = jobs.before(job)
        return {"share": None, "text": say("web.job.waiting", n=before) if before else say("web.job.next")}
    known = bool(job.what) and has(f"cli.progress.{job.what}")
    what = say(f"cli.progress.{job.what}") if known else say("web.job.begun")
    if not job.total:
        return {"share": None, "text": what}
    share = 100 * job.done // job.total
    left = job.seconds / max(job.done, 1) * (job.total - job.done)
    ready = job.done > 0 and job.seconds > 3
    more = say("web.job.left_minutes", n=round(left / 60)) if left > 90 else say("web.job.left_seconds", n=round(left))
    return {"share": share, "text": f"{what} {more}" if ready else what}


@cache
def environment() -> Environment:
    """The templates of all pages."""
    views = PrefixLoader({"views": PackageLoader("darknumber.views")})
    made = Environment(
        loader=ChoiceLoader([PackageLoader("darknumber.web"), views]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {"say": say, "trouble_of": trouble_of, "progress_of": progress_of}
    made.globals |= {name: partial(_drawn, name) for name in ("to_svg", "to_html", "notes_of")}
    made.globals["closer"] = closer
    return made


def closer(figure: Any) -> Markup:
    """What is needed to look at a picture more closely: its specification, where its marks say what they are."""
    spec = json.dumps(figure.spec)
    if f'"{TIP}"' not in spec:
        return Markup("")
    button = Markup('<button class="plain closer" type="button" hidden>{}</button>').format(say("web.closer"))
    return Markup('<template class="spec">{}</template>').format(spec) + button


def _drawn(name: str, *given: Any, **named: Any) -> Any:
    """What templates of blocks call; the code that draws is fetched when there is something to draw."""
    return import_module("darknumber.views.html").TOOLS[name](*given, **named)


__all__ = ["STEPS", "TooMany", "Visit", "environment", "frame", "go", "page", "progress_of", "trouble_of"]
