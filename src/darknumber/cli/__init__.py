"""The command line: one thin function per verb, in the language the reader chose.

Exit codes: 0 done; 2 the command or an option is wrong; 3 the data cannot be used; 4 done, but what was asked has no
finite answer (the estimate of all data; where there is none of these, not one of those made; for `check`, the verdict
is no); 5 a folder is not as it was made; 70 a fault of darknumber itself; 130 stopped by the user.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from darknumber.cli.output import code_of, show_error
from darknumber.errors import ModelError
from darknumber.words.language import LANGUAGES, use_language

LANGUAGE_OPTION = "--lang"
LANGUAGE_VARIABLE = "DARKNUMBER_LANG"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; the language is settled first, because even ``--help`` speaks it."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    language, rest = chosen_language(given)
    if language not in LANGUAGES:
        show_error(error := ModelError("unknown_language", name=language or LANGUAGE_OPTION, known=LANGUAGES))
        sys.exit(code_of(error))
    with use_language(language):
        # the commands word their help as they are defined
        from darknumber.cli import (  # noqa: F401
            definitions,
            figures,
            lab,
            links,
            pseudonyms,
            publication,
            rates,
            reports,
            screening,
            serving,
            trust,
            vintages,
        )
        from darknumber.cli.app import run

        sys.exit(run(rest))


def chosen_language(arguments: Sequence[str]) -> tuple[str, list[str]]:
    """The language asked for, and the arguments without it: ``--lang``, else ``DARKNUMBER_LANG``, else English.

    It may be one that is not spoken here, or empty where ``--lang`` comes last. What follows ``--`` is left alone.
    """
    language = os.environ.get(LANGUAGE_VARIABLE) or LANGUAGES[0]
    rest: list[str] = []
    waiting = False
    for place, argument in enumerate(arguments):
        if waiting:
            language, waiting = argument, False
        elif argument == "--":
            rest += arguments[place:]
            break
        elif argument == LANGUAGE_OPTION:
            language, waiting = "", True
        elif argument.startswith(f"{LANGUAGE_OPTION}="):
            language = argument.partition("=")[2]
        else:
            rest.append(argument)
    return language, rest
