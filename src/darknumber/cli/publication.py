"""Commands about whole studies: a study file to start from, a study run into a folder, and a folder verified."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from darknumber.cli import options
from darknumber.cli.app import app
from darknumber.cli.output import DIFFERENT, DONE, NO_FINITE_ESTIMATE, progress_bar
from darknumber.words import say

if TYPE_CHECKING:
    from darknumber.run.make import Verdict

PUBLICATION = say("cli.panel.publication")


@app.command(rich_help_panel=PUBLICATION, help=say("cli.help.init"))
def init(
    data: Annotated[str, typer.Argument(help=say("cli.option.source"), show_default=False)],
    *,
    out: Annotated[Path, typer.Option(help=say("cli.option.study_out"), rich_help_panel=options.OUTPUT)] = Path(
        "study.toml"
    ),
    sheet: Annotated[str, typer.Option(help=say("cli.option.sheet"), rich_help_panel=options.OUTPUT)] = "",
) -> int:
    """Write a study file about a file with data."""
    from darknumber.data.targets import place_for
    from darknumber.errors import InputError
    from darknumber.run.starter import starter
    from darknumber.views.writing import write_whole

    target = place_for(out)
    if target.exists():
        raise InputError("study_is_there", name=str(out))
    text = starter(data, folder=target.absolute().parent, sheet=sheet or None)
    write_whole(target, text.encode())
    typer.echo(say("cli.written", path=str(out)))
    typer.echo(say("cli.study_next", path=str(out)))
    return DONE


@app.command("run", rich_help_panel=PUBLICATION, help=say("cli.help.run"))
def run_study(
    study: Annotated[Path, typer.Argument(help=say("cli.option.study"), show_default=False)],
    *,
    out: Annotated[
        Path | None, typer.Option(help=say("cli.option.run_folder"), rich_help_panel=options.OUTPUT, show_default=False)
    ] = None,
    workers: options.Workers = 0,
) -> int:
    """Run a study into a folder."""
    from darknumber.inference.publish import adds_up
    from darknumber.run.make import run_study as run
    from darknumber.views.terminal import answer

    with progress_bar() as bar:
        found = run(study, out, workers=workers or None, progress=bar)
    main = found.answers.main
    typer.echo(answer(main.total() if adds_up(main) else main))
    typer.echo("\n" + say("cli.written", path=str(found.folder)))
    whole = main.total() if adds_up(main) else main
    return DONE if {*whole.columns()["verdict"]} <= {"estimable", "zero"} else NO_FINITE_ESTIMATE


@app.command(rich_help_panel=PUBLICATION, help=say("cli.help.verify"))
def verify(
    folder: Annotated[Path, typer.Argument(help=say("cli.option.verified"), show_default=False)],
    *,
    study: Annotated[
        Path | None, typer.Option(help=say("cli.option.study_place"), rich_help_panel=options.DATA, show_default=False)
    ] = None,
    again: Annotated[bool, typer.Option("--again/--files-only", help=say("cli.option.again"))] = True,
    workers: options.Workers = 0,
    as_json: options.Json = False,
) -> int:
    """Look whether a run folder is as it was made, and comes out the same again."""
    from darknumber.run.make import verify as look

    with progress_bar(quiet=as_json) as bar:
        found = look(folder, study=study, again=again, workers=workers or None, progress=bar)
    typer.echo(json.dumps(_as_json(found), indent=2) if as_json else _as_text(found))
    return DONE if found.equal else DIFFERENT


def _as_json(found: Verdict) -> dict[str, object]:
    return {
        "equal": found.equal,
        "changed": found.changed,
        "missing": found.missing,
        "added": found.added,
        "differs": found.differs,
        "facts": {name: {"was": was, "now": now} for name, (was, now) in found.facts.items()},
    }


def _as_text(found: Verdict) -> str:
    lines = [say(f"verify.{_word(found)}")]
    for kind in ("changed", "missing", "added", "differs"):
        names = getattr(found, kind) or ()
        lines += [say(f"verify.{kind}", n=len(names)), *(f"  {name}" for name in names)] if names else []
    if found.facts:
        lines.append(say("verify.facts"))
        lines += [say("verify.fact", name=name, was=was, now=now) for name, (was, now) in found.facts.items()]
    return "\n".join(lines)


def _word(found: Verdict) -> str:
    if not found.equal:
        return "different"
    return "files_equal" if found.differs is None else "equal"
