"""What every command shares on the screen: errors in three parts, progress with the time left, exit codes."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from darknumber.cli.stopping import ended_by_interrupt
from darknumber.errors import DEBUG_VARIABLE, Cancelled, DarknumberError, InputError, NotEstimable
from darknumber.words import say

DONE, WRONG_OPTION, BAD_DATA, NO_FINITE_ESTIMATE, DIFFERENT, FAULT, STOPPED = 0, 2, 3, 4, 5, 70, 130
LONG = 30.0  # seconds of work from which the user is told beforehand how long it will take
SETTLED, ENOUGH = 2.0, 5  # seconds of work, and pieces, after which that can be told; or after LONG
TIMES = "--times"  # for one list; other commands are asked the same of it, and are about several
_HANGING = " " * 8  # below the text after "  got:  "

errors = Console(stderr=True, highlight=False, soft_wrap=False, emoji=False)


def code_of(error: DarknumberError) -> int:
    """The exit code of an error."""
    if isinstance(error, Cancelled):
        return STOPPED
    if isinstance(error, NotEstimable):
        return NO_FINITE_ESTIMATE
    return BAD_DATA if isinstance(error, InputError) else WRONG_OPTION


def show_error(error: DarknumberError) -> None:
    """What is wrong, what was got, and what to do, on standard error."""
    what, *parts = str(error).splitlines()
    errors.print(Text.assemble((say("cli.error"), "bold red"), " ", what))
    for part in parts:
        hanging = textwrap.fill(part, errors.width, subsequent_indent=_HANGING, break_on_hyphens=False)
        errors.print(hanging, markup=False, soft_wrap=True)


def tell_written(path: Path) -> None:
    """That a file was written; its path is never broken over two lines."""
    errors.print(say("cli.written", path=str(path)), markup=False, soft_wrap=True)


def show_usage_error(error: Exception) -> None:
    """A command or option that does not exist, in the parser's words; a bare command shows its help instead."""
    message = getattr(error, "format_message", lambda: str(error))()
    if message:
        errors.print(f"[bold red]{say('cli.error')}[/bold red] ", end="")
        errors.print(message, markup=False)
        of_one_list = getattr(error, "option_name", "") == TIMES
        errors.print("  " + (say("cli.times_hint") if of_one_list else say("cli.usage_hint")), markup=False)


def show_fault(error: BaseException) -> None:
    """An error that is ours, without its text: that could hold somebody's data."""
    errors.print(say("cli.fault", kind=type(error).__name__, variable=DEBUG_VARIABLE), markup=False)


class Bar:
    """A progress bar that appears by itself, and says beforehand when the work will be long."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet or not errors.is_terminal
        self._started = time.monotonic()
        self._what = ""
        self._told = False
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=errors,
            transient=True,
            disable=self._quiet,
        )
        self._task = self._progress.add_task("", total=None, visible=False)

    def __call__(self, done: int, total: int, what: str) -> None:
        if what != self._what:  # other work, with another pace
            self._what, self._told, self._started = what, False, time.monotonic() if done == 0 else self._started
        spent = time.monotonic() - self._started
        left = spent / max(done, 1) * (total - done)
        settled = spent > (SETTLED if done >= ENOUGH else LONG)
        if not self._told and done > 0 and settled:
            self._told = True
            if left > LONG and not self._quiet:
                minutes = max(round(left / 60), 1)
                self._progress.console.print(say("cli.long", n=minutes), markup=False)
        self._progress.update(
            self._task, completed=done, total=total, description=say(f"cli.progress.{what}"), visible=True
        )

    def end(self) -> None:
        """Leave the screen as it was, and say that the work was stopped."""
        self._progress.stop()
        errors.print(str(Cancelled()), markup=False)

    def __enter__(self) -> Bar:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()


@contextmanager
def progress_bar(*, quiet: bool = False, ends: bool = True) -> Iterator[Bar]:
    """A progress bar for as long as the block lasts.

    Parameters
    ----------
    quiet
        Show nothing.
    ends
        Whether Ctrl-C may end the process where the work does not stop by itself; not where files are being written.
    """
    with Bar(quiet=quiet) as bar, ended_by_interrupt(bar.end, STOPPED) if ends else nullcontext():
        yield bar
