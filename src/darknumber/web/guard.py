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

from darknumber.words import say

SAFE = frozenset({"GET", "HEAD"})
SAME = frozenset({"same-origin", "none"})  # what a browser says of requests from our pages, or typed by the user
OPENED = ("navigate", "document")  # mode and destination of a page that is opened, and not drawn into another

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
    "referrer-policy": "same-origin",  # with none at all a browser would not say where a form comes from
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
            elif scope["type"] == "websocket":
                await send({"type": "websocket.close"})
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
            return PlainTextResponse(say("web.refused.host"), status_code=421)
        if method not in SAFE and method != "POST":
            return PlainTextResponse(say("web.refused.method"), status_code=405)
        ours = headers.get("sec-fetch-site", "none") in SAME
        if method in SAFE:
            # A link elsewhere may lead here. What another page draws or asks for by itself may not: our cookie goes
            # along with it where that page is on this machine too, on another port.
            ours = ours or (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")) == OPENED
        else:
            ours = ours and headers.getlist("origin") == [f"http://{hosts[0].lower()}"]
        return None if ours else PlainTextResponse(say("web.refused.other"), status_code=403)


def hosts_of(port: int) -> frozenset[str]:
    """The names under which the server is reached on a port."""
    return frozenset({f"127.0.0.1:{port}", f"localhost:{port}"})
