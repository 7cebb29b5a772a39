"""Who gets an answer: a browser at our address with our cookie and, where something is changed, from our own pages."""

from __future__ import annotations

import inspect
import socket
import time
from html.parser import HTMLParser

import httpx
import pytest

from darknumber.web.guard import HEADERS, POLICY, Guard, hosts_of
from darknumber.web.routes import FORMS, PAGES, UPLOADS
from darknumber.web.serve import Running
from tests.awaited import awaited
from tests.web.conftest import Browser, asked, speak, statuses

LOCKED = "This page is locked"
ELSEWHERE = ("https://evil.example", "null", "")
OTHER_NAMES = (
    *("evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "127.0.0.1.:{port}", "[::1]:{port}", "a b"),
    *("localhost.evil.example:{port}", "localhost:{port}@evil.example", "0.0.0.0:{port}", "127.1:{port}"),
)
LEADING_AWAY = (
    *("https://evil.example", "//evil.example", "/\\evil.example", "/data\r\nset-cookie: a=b", "javascript:alert(1)"),
    *("/report/study.toml/../..", "%2f%2fevil.example", "/settings"),
)
SHOWN = ("/", "/data", "/check", "/estimate", "/explore", "/compare", "/report")


@pytest.fixture(scope="module")
def worked(running):
    """Somebody with an example that was looked at."""
    opened = Browser(running.address, running)
    opened.open()
    opened.example()
    opened.ready("/check")
    yield opened
    opened.close()


def test_it_listens_on_this_machine_only(running):
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.2", running.port), timeout=1)
    assert running._socket.getsockname() == ("127.0.0.1", running.port)
    assert "host" not in inspect.signature(Running.__init__).parameters


def test_without_the_cookie_nothing_is_answered(running, browser):
    stranger = httpx.Client(base_url=browser.origin, headers={"origin": browser.origin}, trust_env=False, verify=False)
    for path in (*PAGES, "/events", "/report/files/0", "/report/files/all"):
        answer = stranger.get(path)
        assert (answer.status_code, LOCKED in answer.text) == (403, True), path
    for path in (*FORMS, *UPLOADS):
        assert stranger.post(path, data={"csrf": browser.csrf}).status_code == 403, path
    stranger.cookies.set(f"darknumber-{browser.port}", "x" * 43)
    assert stranger.get("/data").status_code == 403
    assert "set-cookie" not in stranger.get("/data").headers


def test_the_token_is_exchanged_for_a_cookie_that_pages_cannot_read(running, browser):
    stranger = httpx.Client(base_url=browser.origin, trust_env=False, verify=False)
    for path, token in (("/", "x"), ("/", running.token[:-1]), ("/", ""), ("/data", running.token), ("/", "é")):
        answer = stranger.get(path, params={"token": token})
        assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)
    answer = stranger.get("/", params={"token": running.token})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    name, *attributes = answer.headers["set-cookie"].split("; ")
    assert name.startswith(f"darknumber-{running.port}=")
    assert sorted(each.casefold() for each in attributes) == ["httponly", "path=/", "samesite=strict"]
    assert running.token not in name
    assert len(running.token) >= 43  # 32 random bytes


@pytest.mark.parametrize("host", OTHER_NAMES)
def test_a_name_that_leads_here_by_another_way_is_refused(browser, host):
    name = host.format(port=browser.port)
    assert statuses(speak(browser, *asked(browser, host=name))) in ([421], [400])
    answer = browser.http.post("/settings", data={"csrf": browser.csrf, "language": "nl"},
                               headers={"host": name, "origin": f"http://{name}"})  # fmt: skip
    assert answer.status_code in (400, 421)
    assert browser.session.language == "en"


def test_both_of_our_own_names_are_answered(browser):
    for name in hosts_of(browser.port) | {f"LOCALHOST:{browser.port}"}:
        assert statuses(speak(browser, *asked(browser, host=name))) == [200]


def test_no_host_or_two_of_them_are_refused(browser):
    good = f"host: {browser.host}:{browser.port}"
    for hosts in ((), (good, "host: evil.example"), ("host: evil.example", good)):
        heard = speak(browser, "GET / HTTP/1.1", *hosts, *asked(browser, host="")[1:])
        assert statuses(heard) == [400]
    assert statuses(speak(browser, "GET / HTTP/1.0", *asked(browser, host="")[1:])) == [421]


@pytest.mark.parametrize("path", [*FORMS, *UPLOADS])
def test_what_another_page_sends_is_refused(browser, path):
    with_secret = {"csrf": browser.csrf, "language": "nl", "name": "uk-2013-5"}
    near = ("http://127.0.0.1:1", "http://localhost:{port}", "https://127.0.0.1:{port}", "http://127.0.0.1:{port}.evil")
    for origin in (*ELSEWHERE, *near):
        answer = browser.http.post(path, data=with_secret, headers={"origin": origin.format(port=browser.port)})
        assert answer.status_code == 403, origin
    assert browser.http.post(path, data=with_secret).status_code == 403  # says nothing of where it is from
    for site in ("cross-site", "same-site"):
        headers = {"origin": browser.origin, "sec-fetch-site": site}
        assert browser.http.post(path, data=with_secret, headers=headers).status_code == 403
    assert (browser.session.language, browser.session.study) == ("en", None)
    assert browser.running.jobs.of(browser.session.owner) == ()


def test_two_origins_are_refused(browser):
    body = f"csrf={browser.csrf}&language=nl".encode()
    lines = asked(browser, **{"content-type": "application/x-www-form-urlencoded", "content-length": str(len(body))})
    both = [f"origin: {browser.origin}", "origin: https://evil.example"]
    for origins in (both, both[::-1]):
        heard = speak(browser, "POST /settings HTTP/1.1", *lines[1:], *origins, body=body)
        assert statuses(heard) == [403]
    assert statuses(speak(browser, "POST /settings HTTP/1.1", *lines[1:], both[0], body=body)) == [303]


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_page_may_link_here_but_not_draw_us_or_ask_in_our_name(browser, site):
    def got(path: str, mode: str, target: str) -> int:
        headers = {"sec-fetch-site": site, "sec-fetch-mode": mode, "sec-fetch-dest": target}
        return browser.get(path, headers=headers).status_code

    assert got("/data", "navigate", "document") == 200
    drawn = (("navigate", "iframe"), ("navigate", "embed"), ("no-cors", "image"), ("no-cors", "script"))
    for mode, target in (*drawn, ("cors", "empty"), ("no-cors", "empty")):
        for path in ("/data", "/check", "/report/study.toml", "/static/app.js"):
            assert got(path, mode, target) == 403, (mode, target, path)


@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"])
def test_other_ways_of_asking_are_refused(browser, method):
    for path in ("/", "/settings", "/static/app.js"):
        answer = browser.http.request(method, path, headers={"origin": "https://evil.example"})
        assert answer.status_code in (400, 405)
        assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_a_form_is_sent_and_a_page_is_fetched_never_the_other_way_round(browser):
    for path in (*FORMS, *UPLOADS):
        if path not in PAGES:
            assert browser.get(path).status_code == 405, path
    for path in PAGES:
        if path not in FORMS:
            assert browser.post(path).status_code == 405, path
    answer = browser.http.head("/data")
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize("path", FORMS)
def test_a_form_without_the_secret_of_its_session_is_refused(browser, other, path):
    for secret in ("", "x", browser.csrf[:-1], other.csrf, browser.cookie):
        answer = browser.post(path, {"csrf": secret, "language": "nl", "name": "uk-2013-5"})
        assert answer.status_code == 403
    nothing = browser.http.post(path, data={"language": "nl"}, headers={"origin": browser.origin})
    assert nothing.status_code == 403
    assert (browser.session.language, browser.session.study) == ("en", None)


def test_every_answer_says_what_a_browser_may_do_with_it(worked):
    answers = [worked.get(path) for path in (*SHOWN, "/events-not", "/static/app.js", "/static/none", "/upload")]
    answers += [worked.post("/settings", {"csrf": "x"}), worked.post("/settings"), worked.raw(b"")]
    answers += [worked.get("/", headers={"host": "evil.example"}), worked.http.put("/")]
    assert {answer.status_code for answer in answers} == {200, 400, 403, 404, 405, 421}
    for answer in answers:
        for name, value in {**HEADERS, "content-security-policy": POLICY}.items():
            if name != "cache-control" or "/static/" not in str(answer.url):
                assert answer.headers[name] == value, (answer.url, name)
        assert "server" not in answer.headers
    assert "unsafe" not in POLICY
    assert "default-src 'none'" in POLICY


class Scripts(HTMLParser):
    """Everything in a page that would run, but for files of ours."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "script" and not str(given.get("src", "")).startswith("/static/"):
            self.found.append(tag)
        self.found += [f"{tag} {name}" for name in given if name.startswith(("on", "hx-on"))]
        self.found += [f"{tag} {value}" for value in given.values() if str(value).strip().startswith("javascript:")]
        self.found += [tag] if tag in ("iframe", "object", "embed", "base", "style") else []


@pytest.mark.parametrize("path", SHOWN)
def test_no_page_holds_a_script_of_its_own(worked, path):
    page = worked.ready(path)
    reader = Scripts()
    reader.feed(page.text)
    assert page.status_code == 200
    assert reader.found == []


def test_a_line_to_the_server_does_not_become_another_protocol(browser):
    upgrade = {"upgrade": "websocket", "sec-websocket-version": "13", "sec-websocket-key": "x" * 22 + "=="}
    lines = [*asked(browser, **upgrade)[:-1], "connection: upgrade"]
    with socket.create_connection((browser.host, browser.port), timeout=10) as line:
        line.sendall("\r\n".join([*lines, "", ""]).encode())
        assert b" 101 " not in line.recv(100)


def test_where_the_server_can_speak_websockets_they_are_closed():
    said = []

    async def send(message) -> None:
        said.append(message["type"])

    awaited(Guard(None, hosts=frozenset())({"type": "websocket"}, None, send))  # type: ignore[arg-type]
    assert said == ["websocket.close"]


def test_a_request_hidden_in_another_is_judged_by_itself(browser):
    hidden = b"POST /settings HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 0\r\n\r\n"
    both = asked(browser, **{"transfer-encoding": "chunked", "content-length": "4"})
    heard = speak(browser, *both, body=b"0\r\n\r\n" + hidden)
    assert set(statuses(heard)) <= {200, 400, 421}
    keep = [line for line in asked(browser) if not line.startswith("connection")]
    after = statuses(
        speak(browser, *keep, body=hidden.replace(b"Content-Length", b"Connection: close\r\nContent-Length"))
    )
    assert after == [200, 421]
    for odd in ({"content-length": "+4"}, {"content-length": "4, 5"}, {"transfer-encoding": "gzip, chunked"}):
        assert statuses(speak(browser, *asked(browser, **odd), body=b"abcd")) in ([400], [501])
    assert statuses(speak(browser, asked(browser)[0], " folded: x", *asked(browser)[1:])) == [400]


def test_what_a_proxy_would_say_changes_nothing(browser):
    told = {"x-forwarded-host": "evil.example", "x-forwarded-proto": "https", "x-forwarded-for": "10.0.0.1",
            "forwarded": "host=evil.example", "x-original-url": "/report/files/all"}  # fmt: skip
    answer = browser.http.get("/data/", headers=told, follow_redirects=False)
    assert "evil" not in answer.headers.get("location", "") + answer.text
    assert browser.get("/", headers=told).status_code == 200


@pytest.mark.parametrize("back", LEADING_AWAY)
def test_a_form_leads_to_our_own_pages_only(browser, back):
    for path in ("/settings", "/job/cancel"):
        form = {"csrf": browser.csrf, "back": back, "number": "1"}
        answer = browser.http.post(path, data=form, headers={"origin": browser.origin}, follow_redirects=False)
        assert answer.headers["location"] in ("/", "/data", "/report")
        assert "a=b" not in str(answer.headers)


def test_lines_that_say_nothing_and_headers_without_end_leave_the_server_as_it_was(browser):
    waiting = [socket.create_connection((browser.host, browser.port)) for _ in range(100)]
    for line in waiting[:50]:
        line.sendall(b"POST /upload HTTP/1.1\r\nhost: ")
    begun = time.monotonic()
    assert browser.get("/").status_code == 200
    assert time.monotonic() - begun < 1
    assert statuses(speak(browser, *asked(browser, filler="x" * 1_000_000))) in ([400], [])
    for line in waiting:
        line.close()
    assert browser.get("/").status_code == 200
