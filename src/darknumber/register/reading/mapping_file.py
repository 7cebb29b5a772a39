"""Mapping files (TOML): read with the line of what is wrong in them, and written with an explanation of every part."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from darknumber.data.encoding import encoding_of, open_text
from darknumber.data.files import existing
from darknumber.data.names import no_such
from darknumber.data.toml_text import Key, bare, line_of, quoted, spelled, tree_of
from darknumber.errors import DarknumberError, InputError
from darknumber.register.reading.mapping import Mapping as Described
from darknumber.register.reading.mapping import Origin, canonical_code, check_field
from darknumber.register.reading.schema import Field, field_of, fields, is_pseudonym
from darknumber.register.reading.written_dates import ORDERS
from darknumber.words import has, say

WIDTH = 100  # characters of a comment line
MOST_CODES = 12  # a longer list of codes is not printed: it is in the documentation

# The keys of a part of the file, and the fields of an origin that they fill.
_KEYS: Mapping[str, str] = {
    "column": "column",
    "constant": "constant",
    "codes": "codes",
    "dates": "dates",
    "separator": "separator",
    "yes_no": "members",
}
_EXAMPLES = {"citizenship": "NLD", "legal_basis": "273f.1"}  # where the first code is not one that readers know
_TABLES = frozenset({"codes", "yes_no"})


def read_mapping(path: str | Path) -> Described:
    """The mapping in a file.

    Each part is called after a canonical field and says where that comes from: ``sex = "Geslacht"``, or a table with
    the keys ``column``, ``constant``, ``codes``, ``dates``, ``separator`` and ``yes_no``.

    Raises
    ------
    InputError
        No such file, no TOML, a field, key or code that is not known, or a value that cannot be used; with the line.
    """
    place = existing(Path(path))
    with open_text(place, encoding_of(place)) as file:
        text = file.read().replace("\r\n", "\n")
    return mapping_of(text, place.name)


def mapping_of(text: str, name: str) -> Described:
    """The mapping that a text says; `name` is what errors call its file."""
    tree, line, _ = tree_of(text)
    if tree is None:  # what stands there is not shown: it may be a file of reports, given by mistake
        raise InputError("mapping_no_toml", file=name, line=line)
    origins = {}
    for field, value in tree.items():
        try:
            check_field(field)
            origins[field] = _origin(field, value, (name, text))
        except InputError as error:
            if error.code == "in_mapping":
                raise
            _refuse((name, text), (field,), error)
    return Described(fields=origins)


def _origin(field: str, value: Any, file: tuple[str, str]) -> Origin:
    if isinstance(value, str):
        value = {"column": value}
    if not isinstance(value, dict):
        raise InputError("mapping_not_table")
    found: dict[str, Any] = {}
    for key, part in value.items():
        if key not in _KEYS:
            _refuse(file, (field, key), no_such("mapping_unknown_key", key, tuple(_KEYS)))
        if key in _TABLES:
            found[_KEYS[key]] = _codes(field, key, part, file)
        elif not isinstance(part, str) or not part.strip():
            _refuse(file, (field, key), InputError("mapping_not_text"))
        else:
            found[_KEYS[key]] = part if key == "separator" else part.strip()
    try:
        return Origin(**found).checked(field)
    except InputError as error:
        _refuse(file, (field,), error)


def _codes(field: str, key: str, part: Any, file: tuple[str, str]) -> dict[str, str]:
    if not isinstance(part, dict):
        _refuse(file, (field, key), InputError("mapping_not_codes"))
    for written, code in part.items():
        if not isinstance(code, str):
            _refuse(file, (field, key, written), InputError("mapping_not_text"))
        try:
            canonical_code(field_of(field), code)
        except InputError as error:
            _refuse(file, (field, key, written), error)
    return dict(part)


def _refuse(file: tuple[str, str], key: Key, error: DarknumberError) -> NoReturn:
    """The same error, with the file, the line and the key."""
    name, text = file
    raise InputError(
        "in_mapping",
        file=name,
        line=line_of(text, key),
        where=spelled(key),
        what=error.what,
        found=error.got,
        advice=error.hint,
    ) from None


def mapping_text(mapping: Described, headings: Sequence[str], name: str) -> str:
    """A mapping as a file, explained in the language in use; `mapping_of` reads it back.

    Parameters
    ----------
    headings
        Those of the file it is for; the ones that are not used are named.
    name
        What that file is called.
    """
    unused = mapping.unused(headings)
    parts = [_comment(say("intake.mapping.top", name=name)), _comment(say("intake.mapping.how"))]
    if unused:
        listed = "\n".join(_listed(quoted(heading)) for heading in unused)
        parts.append(_comment(say("intake.mapping.unused", n=len(unused))) + "\n" + listed)
    parts += ["\n".join(_part(field_of(field), origin)) for field, origin in mapping.fields.items()]
    missing = [field for field in fields() if field not in mapping.fields and not is_pseudonym(field)]
    if missing:
        listed = "\n".join(_listed(f"{field}: {meaning(field)}") for field in missing)
        parts.append(_comment(say("intake.mapping.missing")) + "\n" + listed)
    return "\n\n".join(parts) + "\n"


def _part(about: Field, origin: Origin) -> Iterator[str]:
    yield _comment(meaning(about.name))
    yield f"[{about.name}]"
    if origin.column:
        yield f"column = {quoted(origin.column)}"
    if origin.constant:
        yield f"constant = {quoted(origin.constant)}"
    if about.kind in ("date", "year"):
        yield f"dates = {quoted(origin.dates)}  # {say('intake.mapping.dates', choices=', '.join(map(quoted, ORDERS)))}"
    if about.kind == "set" and (origin.column or origin.constant):
        yield f"separator = {quoted(origin.separator)}  # {say('intake.mapping.separator')}"
    if about.codes:
        yield from _known(about)
    if origin.codes:
        yield f"[{about.name}.codes]"
        yield from (f"{bare(written)} = {quoted(code)}" for written, code in origin.codes.items())
    elif about.codes and not origin.members:
        yield _comment(say("intake.mapping.codes"))
        yield f"# [{about.name}.codes]"
        yield f'# "..." = {quoted(_EXAMPLES.get(about.name) or next(iter(about.codes)))}'
    if origin.members:
        yield _comment(say("intake.mapping.yes_no"))
        yield f"[{about.name}.yes_no]"
        yield from (f"{bare(heading)} = {quoted(code)}" for heading, code in origin.members.items())


def meaning(name: str) -> str:
    """What a field is about, in the language in use."""
    return say("intake.pseudonym") if is_pseudonym(name) else say(f"intake.field.{name}")


def _known(about: Field) -> Iterator[str]:
    """The codes of a field, each with the words for it."""
    if len(about.codes) > MOST_CODES:
        key = f"intake.mapping.many.{about.name}"
        yield _comment(say(key) if has(key) else say("intake.mapping.many.other"))
        return
    yield _comment(say("intake.mapping.known"))
    for code, texts in about.codes.items():
        yield _listed(", ".join([code, *texts[:MOST_CODES]]))


def _comment(text: str) -> str:
    return textwrap.fill(text, WIDTH, initial_indent="# ", subsequent_indent="# ", break_long_words=False)


def _listed(text: str) -> str:
    return textwrap.fill(text, WIDTH, initial_indent="#   ", subsequent_indent="#     ", break_long_words=False)
