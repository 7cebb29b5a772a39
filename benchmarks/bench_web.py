"""How quick the pages are: at the start, while nothing is done, and while twenty people fit models at once.

    python -m benchmarks.bench_web

prints a table for `docs/web.md`. Times are on the machine at hand; nothing else should run beside it.
"""

from __future__ import annotations

import http.cookiejar
import re
import statistics
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Mapping
from pathlib import Path

EXAMPLE = "uk-2013-5"
STARTS, ROUNDS, PEOPLE = 5, 3, 20
PAGES = ("/", "/data", "/check", "/estimate", "/explore", "/compare", "/report", "/simulate", "/reports")
MEGABYTE = 1024  # /proc counts in kilobytes
FIT = {"model": "best", "interval": "bootstrap", "level": "95", "seed": "1"}


class Person:
    """A browser without a screen."""

    def __init__(self, address: str) -> None:
        self.home = address.partition("/?")[0]
        jar = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        text = self.get(address)
        found = re.search(r'name="csrf" value="([^"]+)"', text)
        assert found is not None
        self.csrf = found[1]

    def get(self, path: str) -> str:
        address = path if path.startswith("http") else self.home + path
        with self._opener.open(address, timeout=60) as answer:
            return str(answer.read().decode())

    def post(self, path: str, form: Mapping[str, str]) -> str:
        body = urllib.parse.urlencode({"csrf": self.csrf, **form}).encode()
        request = urllib.request.Request(self.home + path, body, {"Origin": self.home})
        with self._opener.open(request, timeout=60) as answer:
            return str(answer.read().decode())

    def wait(self, path: str, text: str) -> float:
        """How long until a page says something."""
        started = time.perf_counter()
        while text not in self.get(path):
            time.sleep(0.2)
        return time.perf_counter() - started


def start(*named: str) -> tuple[subprocess.Popen[str], str, float]:
    """A server, its address, and the seconds to its first page."""
    began = time.perf_counter()
    command = [str(Path(sys.executable).with_name("darknumber")), "serve", *named, "--no-open"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    address = next(found[0] for line in process.stdout if (found := re.search(r"http://\S+", line)))
    Person(address)
    return process, address, time.perf_counter() - began


def stop(process: subprocess.Popen[str]) -> None:
    process.send_signal(2)
    process.wait(30)


def memory_of(process: int) -> int:
    """Megabytes that a process and those it started hold."""
    found = 0
    for entry in Path("/proc").glob("[0-9]*/status"):
        try:
            text = entry.read_text()
        except OSError:
            continue
        parent = re.search(r"PPid:\s+(\d+)", text)
        held = re.search(r"VmRSS:\s+(\d+)", text)
        if held and (entry.parent.name == str(process) or (parent and int(parent[1]) == process)):
            found += int(held[1])
    return found // MEGABYTE


def pages(person: Person, seconds: list[float]) -> None:
    for path in PAGES:
        began = time.perf_counter()
        person.get(path)
        seconds.append(time.perf_counter() - began)


def main() -> None:
    """Measure, and print."""
    firsts: dict[tuple[str, ...], list[float]] = {(): [], (EXAMPLE,): []}
    for _ in range(STARTS):
        for named, seconds in firsts.items():
            process, _, first_page = start(*named)
            seconds.append(first_page)
            stop(process)
    process, address, _ = start(EXAMPLE)
    first = Person(address)
    first.wait("/data", 'id="found"')
    first.wait("/check", 'id="verdict"')
    first.post("/estimate", {**FIT, "interval.of": "bootstrap", "interval.replicates": "20"})
    first.wait("/estimate", 'id="finding"')
    quiet: list[float] = []
    for _ in range(ROUNDS):
        pages(first, quiet)
    people = [Person(address) for _ in range(PEOPLE)]
    for person in people:
        person.wait("/data", 'id="found"')
    busy: list[float] = []
    peak = 0
    began = time.perf_counter()
    for person in people:
        person.post("/estimate", {**FIT, "interval.of": "bootstrap", "interval.replicates": "1000"})
    waiting = set(people)
    done: list[float] = []

    def watch() -> None:
        nonlocal peak
        while waiting:
            peak = max(peak, memory_of(process.pid))
            time.sleep(0.5)

    watcher = threading.Thread(target=watch)
    watcher.start()
    while waiting:
        pages(first, busy)
        for person in list(waiting):
            if 'id="finding"' in person.get("/estimate"):
                waiting.discard(person)
                done.append(time.perf_counter() - began)
    watcher.join()
    stop(process)
    print("| what | measured |\n| --- | ---: |")
    plain, named_one = (statistics.median(seconds) for seconds in firsts.values())
    print(f"| from the command to the first page, median of {STARTS} | {plain:.2f} s |")
    print(f"| the same with an example named | {named_one:.2f} s |")
    print(f"| a page, median (slowest) of {len(quiet)} | {_ms(quiet)} |")
    print(f"| a page while {PEOPLE} people fit 1,000 replicates, median (slowest) of {len(busy)} | {_ms(busy)} |")
    print(f"| first and last of these {PEOPLE} answers | {done[0]:.0f} s, {done[-1]:.0f} s |")
    print(f"| memory of all processes at its peak | {peak:,} MB |")


def _ms(seconds: list[float]) -> str:
    return f"{1000 * statistics.median(seconds):.0f} ms ({1000 * max(seconds):.0f} ms)"


if __name__ == "__main__":
    main()
