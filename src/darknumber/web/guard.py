"""What stands between the server and everybody who is not its owner.

The server listens on this machine only, but other pages in the same browser can send requests there. So a request is
answered only if it is meant for this address (a name that leads here by another way, as in DNS rebinding, is not), if
it carries the cookie that the token in the address was exchanged for, and, where it changes something, if it comes from
a page of our own and carries the secret of that session's forms.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SAFE = frozenset({"GET", "HEAD"})
SAME = frozenset({"same-origin", "none"})  # what a browser says of requests from our pages, or typed by the user

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
# A report stands by itself: styles of its own, and nothing that could run or load.
REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; sandbox"
HEADERS: Mapping[str, str] = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "no-store",
}


class Guard:
    """Refuses requests that are not for this address or not from our own pages; adds headers to every answer."""

    def __init__(self, app: ASGIApp, *, hosts: frozenset[str]) -> None:
        self.app = app
        self.hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("content-security-policy", POLICY)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refused = self._refused(scope["method"], Headers(scope=scope))
        if refused is not None:
            await refused(scope, receive, guarded)
            return
        await self.app(scope, receive, guarded)

    def _refused(self, method: str, headers: Headers) -> PlainTextResponse | None:
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0].lower() not in self.hosts:
            return PlainTextResponse("This is not an address of darknumber.", status_code=421)
        if method in SAFE:
            return None
        if method != "POST":
            return PlainTextResponse("Method not allowed.", status_code=405)
        if headers.get("origin") != f"http://{hosts[0].lower()}" or headers.get("sec-fetch-site", "none") not in SAME:
            return PlainTextResponse("This request comes from another page.", status_code=403)
        return None


def hosts_of(port: int) -> frozenset[str]:
    """The names under which the server is reached on a port."""
    return frozenset({f"127.0.0.1:{port}", f"localhost:{port}"})
