"""The application: from a request to the page that answers it, in the language of the session."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from importlib import import_module
from importlib.resources import files
from urllib.parse import parse_qs

from anyio.to_thread import run_sync
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from darknumber.errors import DarknumberError, debugging
from darknumber.web import uploads
from darknumber.web.guard import Guard
from darknumber.web.jobs import Job, Jobs
from darknumber.web.routes import FORMS, PAGES, UPLOADS, Answer, answer_of
from darknumber.web.sessions import FullUp, Session, Sessions
from darknumber.web.visit import SEE_OTHER, UNPROCESSABLE, TooMany, Visit, environment, page, progress_of
from darknumber.words import LANGUAGES, language, say, use_language

AGAIN = 3  # times that a page is made at most
MOST_FIELDS = 5000  # of a form
LARGEST_FORM = 1024**2  # bytes of a form without files
NEWS = 0.2  # seconds between two looks at what changed, for a page that follows work
BLOCKS = "blocks.css"
STATIC: Mapping[str, str] = {
    "app.css": "text/css",
    "app.js": "text/javascript",
    "closer.js": "text/javascript",
    "vega.js": "text/javascript",
    "htmx.min.js": "text/javascript",
}


class Server:
    """What all requests share: sessions, work, and how a browser is told from another."""

    def __init__(self, sessions: Sessions, jobs: Jobs, *, cookie: str, begin: Callable[[Session], None]) -> None:
        self.sessions, self.jobs, self.cookie = sessions, jobs, cookie
        self._begin = begin  # what a new session starts with
        self.static: dict[str, bytes] = {}

    def application(self, hosts: frozenset[str], *, largest: int = uploads.LARGEST) -> ASGIApp:
        """The application, with everything that protects it."""
        routes = [Route("/static/{name}", self._static), Route("/events", self._inside(self._events))]
        routes += [Route(path, self._inside(self._paged(place))) for path, place in PAGES.items()]
        routes += [Route("/report/files/{key}", self._inside(self._paged("report:file")))]
        routes += [Route(path, self._inside(self._formed(place)), methods=["POST"]) for path, place in FORMS.items()]
        routes += [
            Route(path, self._inside(self._uploaded(place, largest)), methods=["POST"])
            for path, place in UPLOADS.items()
        ]
        return Guard(Starlette(routes=routes, exception_handlers={404: self._missing}), hosts=hosts)

    def _inside(
        self, answer: Callable[[Request, Session], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        """Only with the cookie; a browser that comes with the token gets one."""

        async def guarded(request: Request) -> Response:
            for old in self.sessions.idle():
                self.jobs.forget(old.owner)
                self.sessions.wipe(old)
            session = self.sessions.find(request.cookies.get(self.cookie, ""))
            token = request.query_params.get("token", "")
            if token and request.url.path == "/" and self.sessions.opens(token):
                return self._let_in(request, session)
            if session is None:
                with use_language(_preferred(request)):
                    return _alone("locked.html", HTTPStatus.FORBIDDEN)
            with use_language(session.language):
                return await answer(request, session)

        return guarded

    def _let_in(self, request: Request, session: Session | None) -> Response:
        with use_language(_preferred(request)):
            try:
                session = session or self.sessions.new(language())
            except FullUp:
                return _alone("full.html", HTTPStatus.SERVICE_UNAVAILABLE)
            response: Response = RedirectResponse("/", status_code=SEE_OTHER)
            if session.study is None:
                try:
                    self._begin(session)
                except DarknumberError as error:  # what was named on the command line cannot be opened
                    response = _told(Visit(session=session, jobs=self.jobs, path="/"), error)
        response.set_cookie(self.cookie, session.key, httponly=True, samesite="strict", path="/")
        return response

    def _paged(self, place: str) -> Callable[[Request, Session], Awaitable[Response]]:
        async def answer(request: Request, session: Session) -> Response:
            query = {**dict(request.query_params), **request.path_params}
            visit = Visit(session=session, jobs=self.jobs, path=request.url.path, query=query)
            return await run_sync(_answered, visit, place)

        return answer

    def _formed(self, place: str) -> Callable[[Request, Session], Awaitable[Response]]:
        async def answer(request: Request, session: Session) -> Response:
            body = bytearray()
            try:
                async for chunk in request.stream():
                    body += chunk
                    if len(body) > LARGEST_FORM:
                        return _plain("large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            except ClientDisconnect:
                return PlainTextResponse("", status_code=HTTPStatus.BAD_REQUEST)
            try:
                several = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
            except ValueError:
                return _plain("large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            form = {name: values[-1] for name, values in several.items()}
            if not session.trusts(form.get("csrf", "")):
                return _plain("form", HTTPStatus.FORBIDDEN)
            visit = Visit(session=session, jobs=self.jobs, path=request.url.path, form=form, several=several)
            return await run_sync(_answered, visit, place)

        return answer

    def _uploaded(self, place: str, largest: int) -> Callable[[Request, Session], Awaitable[Response]]:
        async def answer(request: Request, session: Session) -> Response:
            visit = Visit(session=session, jobs=self.jobs, path=request.url.path)
            kind = request.headers.get("content-type", "")
            try:
                found = await uploads.receive(request.stream(), kind, session.folder, session.trusts, largest=largest)
            except uploads.Refused:
                return _plain("upload", HTTPStatus.BAD_REQUEST)
            except ClientDisconnect:
                return PlainTextResponse("", status_code=HTTPStatus.BAD_REQUEST)
            except DarknumberError as error:
                return await run_sync(_told, visit, error)
            visit = Visit(session=session, jobs=self.jobs, path=request.url.path, form=found.fields, files=found.files)
            return await run_sync(_answered, visit, place)

        return answer

    async def _events(self, request: Request, session: Session) -> Response:
        """What the work of a session does, as it goes on."""

        async def lines() -> AsyncIterator[str]:
            sent, version = "", -1
            while not self.jobs.closed and not await request.is_disconnected():
                session.seen = time.monotonic()  # who watches work is there
                if self.jobs.version != version:
                    version = self.jobs.version
                    with use_language(session.language):
                        news = json.dumps([news_of(job, self.jobs) for job in self.jobs.of(session.owner)])
                    if news != sent:
                        sent = news
                        yield f"data: {news}\n\n"
                await asyncio.sleep(NEWS)

        return StreamingResponse(lines(), media_type="text/event-stream")

    async def _static(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in (*STATIC, BLOCKS):
            return PlainTextResponse("", status_code=HTTPStatus.NOT_FOUND)
        if name not in self.static:
            self.static[name] = await run_sync(_static, name)
        return Response(
            self.static[name], media_type=STATIC.get(name, "text/css"), headers={"cache-control": "no-cache"}
        )

    async def _missing(self, request: Request, _: Exception) -> Response:
        session = self.sessions.find(request.cookies.get(self.cookie, ""))
        with use_language(session.language if session else _preferred(request)):
            return _alone("missing.html", HTTPStatus.NOT_FOUND)


def _static(name: str) -> bytes:
    """A file that every page uses; the style of tables and figures is that of reports."""
    if name == "vega.js":  # what draws pictures that can be pointed at; it comes with what draws all others
        bundle: Callable[[], str] = import_module("vl_convert").javascript_bundle
        return bundle().encode()
    if name == BLOCKS:
        return files("darknumber.views").joinpath("templates", name).read_bytes()
    return files("darknumber.web").joinpath("static", name).read_bytes()


def news_of(job: Job, jobs: Jobs) -> dict[str, object]:
    """What a page that follows work is told of one piece of it."""
    return {"number": job.number, "name": job.name, "state": job.state, **progress_of(job, jobs)}


def _answered(visit: Visit, place: str) -> Response:
    try:
        answer: Answer = answer_of(place)
        for _ in range(AGAIN):
            before = _states(visit)
            made = answer(visit)
            if visit.form or visit.files or _states(visit) == before:
                break  # else work ended while the page was made: it would show neither that work nor what came of it
        return made
    except DarknumberError as error:
        return _told(visit, error)
    except TooMany:
        return page(visit, "trouble.html", status=HTTPStatus.TOO_MANY_REQUESTS, trouble=(say("web.too_many"), "", ""))
    except Exception as error:
        if debugging():
            raise
        trouble = (say("web.fault"), type(error).__name__, say("web.job.again"))
        with suppress(Exception):
            return page(visit, "trouble.html", status=HTTPStatus.INTERNAL_SERVER_ERROR, trouble=trouble)
        return PlainTextResponse(" ".join(trouble), status_code=HTTPStatus.INTERNAL_SERVER_ERROR)


def _states(visit: Visit) -> dict[int, str]:
    """How all work of a session stands."""
    return {job.number: job.state for job in visit.jobs.of(visit.session.owner)}


def _told(visit: Visit, error: DarknumberError) -> Response:
    return page(visit, "trouble.html", status=UNPROCESSABLE, trouble=error.told)


def _plain(why: str, status: int) -> Response:
    """A refusal that no page of ours leads to."""
    return PlainTextResponse(say(f"web.refused.{why}"), status_code=status)


def _alone(template: str, status: int) -> Response:
    """A page for somebody who has no session."""
    return HTMLResponse(environment().get_template(template).render(language=language()), status_code=status)


def _preferred(request: Request) -> str:
    """The language that was asked for when the server was started, else the first of ours that the browser names."""
    if language() != LANGUAGES[0]:
        return language()
    for part in request.headers.get("accept-language", "").split(","):
        code = part.split(";")[0].strip().lower()[:2]
        if code in LANGUAGES:
            return code
    return LANGUAGES[0]
