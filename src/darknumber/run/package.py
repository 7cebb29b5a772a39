"""What a run folder says of its files, for machines: a data package and an RO-Crate.

Data Package version 1, which can be checked without a network; RO-Crate 1.1, which every reader of crates knows.
Neither holds a time that was not given, so that the same study gives the same bytes.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from darknumber.run.counts import file_hash
from darknumber.views.open_data import DataColumn, plain_cell
from darknumber.words import language, say

PACKAGE, CRATE = "datapackage.json", "ro-crate-metadata.json"
_CRATE = "https://w3id.org/ro/crate/1.1"  # the name of the version, not a place to fetch
_SPDX = "https://spdx.org/licenses/"
MEDIA_TYPES: Mapping[str, str] = {
    ".csv": "text/csv",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".html": "text/html",
    ".json": "application/json",
    ".parquet": "application/vnd.apache.parquet",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".toml": "application/toml",
    ".txt": "text/plain",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".xml": "application/xml",
}
_ANY = "application/octet-stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A file of the folder.

    Parameters
    ----------
    path
        From the folder, with forward slashes.
    title, description
        What it is, in the language of the study.
    media_type
        By default told from the ending.
    columns
        Of a table of data; see `darknumber.views.open_data.columns_of`.
    """

    path: str
    title: str
    description: str = ""
    media_type: str = ""
    columns: tuple[DataColumn, ...] = ()

    @property
    def kind(self) -> str:
        """The media type."""
        return self.media_type or MEDIA_TYPES.get(PurePosixPath(self.path).suffix.lower(), _ANY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of the study.

    Parameters
    ----------
    name
        For machines: small letters, digits, hyphens.
    title, description
        For people.
    authors, publisher, licence
        Who made it, who publishes it, and on what terms: an SPDX name (``CC-BY-4.0``), an address, or a phrase.
    published
        The date of publication, where there is one.
    version
        Of darknumber.
    model, interval, level, seed
        How the estimates were made.
    data_name, data_hash
        What the data are called, and the SHA-256 of their file; empty where that is not told.
    vintage
        Which round of the study it is.
    options
        Whatever else must be set to repeat it, by name.
    started, ended
        When it was run, where that is to be told.
    """

    name: str
    title: str
    version: str
    model: str
    interval: str
    level: float
    seed: int
    data_name: str
    data_hash: str
    description: str = ""
    authors: tuple[str, ...] = ()
    publisher: str = ""
    licence: str = ""
    published: datetime.date | None = None
    vintage: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    started: datetime.datetime | None = None
    ended: datetime.datetime | None = None


def write_package(folder: Path, resources: Sequence[Resource], facts: Facts) -> tuple[Path, Path]:
    """Write `PACKAGE` and `CRATE` into a folder that holds the resources.

    Parameters
    ----------
    folder
        Where the files are.
    resources
        Those that are told of, in order.
    facts
        The study.

    Raises
    ------
    OSError
        A resource is not there.
    """
    found = []
    for name, told in ((PACKAGE, data_package(folder, resources, facts)), (CRATE, ro_crate(folder, resources, facts))):
        path = folder / name
        path.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
        found.append(path)
    return found[0], found[1]


def data_package(folder: Path, resources: Iterable[Resource], facts: Facts) -> dict[str, Any]:
    """The descriptor of a data package: every file with its size, its hash and, for tables, its columns."""
    people = [{"title": author, "role": "author"} for author in facts.authors]
    people += [{"title": facts.publisher, "role": "publisher"}] if facts.publisher else []
    return _filled(
        {
            "profile": "data-package",
            "name": facts.name,
            "title": facts.title,
            "description": facts.description,
            "version": facts.vintage,
            "created": f"{facts.published.isoformat()}T00:00:00Z" if facts.published else "",
            "contributors": people,
            "licenses": _licences(facts.licence),
            "sources": [{"title": facts.data_name}],
            "darknumber": {name: value for name, _, value in _settings(facts)},
            "resources": [_resource(folder, each) for each in resources],
        }
    )


def ro_crate(folder: Path, resources: Sequence[Resource], facts: Facts) -> dict[str, Any]:
    """The metadata of an RO-Crate: the files, who made them, and with what program and settings from what data."""
    licence, licences = _licence(facts.licence)
    authors = [{"@id": f"#author-{place}", "@type": "Person", "name": name} for place, name in _numbered(facts.authors)]
    publishers = [{"@id": "#publisher", "@type": "Organization", "name": facts.publisher}] if facts.publisher else []
    settings = [
        {"@id": f"#setting-{name}", "@type": "PropertyValue", "name": label, "value": value}
        for name, label, value in _settings(facts)
    ]
    files = [_file(folder, each) for each in resources]
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": facts.title,
        "description": facts.description or facts.title,
        "datePublished": facts.published.isoformat() if facts.published else "",
        "version": facts.vintage,
        "inLanguage": language(),
        "license": licence,
        "author": _references(authors),
        "publisher": _references(publishers)[0] if publishers else "",
        "hasPart": _references(files),
        "mentions": [{"@id": "#run"}],
    }
    run = {
        "@id": "#run",
        "@type": "CreateAction",
        "name": say("opendata.crate.run"),
        "instrument": {"@id": "#darknumber"},
        "object": [{"@id": "#data"}, *_references(settings)],
        "result": _references(files),
        "startTime": facts.started.isoformat() if facts.started else "",
        "endTime": facts.ended.isoformat() if facts.ended else "",
    }
    program = {
        "@id": "#darknumber",
        "@type": "SoftwareApplication",
        "name": "darknumber",
        "softwareVersion": facts.version,
    }
    data = {
        "@id": "#data",
        "@type": "CreativeWork",
        "name": facts.data_name,
        "description": say("opendata.crate.data"),
        "sha256": facts.data_hash,
    }
    descriptor = {
        "@id": CRATE,
        "@type": "CreativeWork",
        "conformsTo": {"@id": _CRATE},
        "about": {"@id": "./"},
    }
    graph = [descriptor, root, *files, *authors, *publishers, *licences, run, program, data, *settings]
    # version 1.1 has no word of its own for a hash
    context = [f"{_CRATE}/context", {"sha256": "https://schema.org/sha256"}]
    return {"@context": context, "@graph": [_filled(entity) for entity in graph]}


def _resource(folder: Path, resource: Resource) -> dict[str, Any]:
    path = folder / resource.path
    name, suffix = PurePosixPath(resource.path).stem, PurePosixPath(resource.path).suffix.lower()
    table = bool(resource.columns)
    told: dict[str, Any] = {
        "name": _resource_name(resource.path),
        "path": resource.path,
        "title": resource.title or name,
        "description": resource.description,
        "profile": "tabular-data-resource" if table and suffix == ".csv" else "data-resource",
        # a table that frictionless takes apart loses its hash, and a sheet for people is no table to it
        "type": "file" if suffix == ".xlsx" or (table and suffix != ".csv") else "",
        "format": suffix.removeprefix("."),
        "mediatype": resource.kind,
        "encoding": "utf-8" if suffix in (".csv", ".json", ".toml", ".xml", ".html", ".svg", ".txt") else "",
        "bytes": path.stat().st_size,
        "hash": f"sha256:{file_hash(path)}",
    }
    if table:
        told["schema"] = {
            "fields": [_field(column, plain=suffix == ".csv") for column in resource.columns],
            "missingValues": [""],
        }
    return _filled(told)


def _field(column: DataColumn, *, plain: bool) -> dict[str, Any]:
    """A column as Table Schema has it; in CSV its words are as they stand there."""
    limits: dict[str, Any] = {"required": True} if column.required else {}
    if column.values:
        limits["enum"] = [plain_cell(value) if plain else value for value in column.values]
    return _filled(
        {
            "name": plain_cell(column.name) if plain else column.name,
            "type": column.kind,
            "title": column.title,
            "description": column.description,
            "constraints": limits,
        }
    )


def _file(folder: Path, resource: Resource) -> dict[str, Any]:
    path = folder / resource.path
    return {
        "@id": resource.path,
        "@type": "File",
        "name": resource.title or resource.path,
        "description": resource.description,
        "encodingFormat": resource.kind,
        "contentSize": str(path.stat().st_size),
        "sha256": file_hash(path),
    }


def _settings(facts: Facts) -> list[tuple[str, str, str]]:
    """What must be set to repeat the study: a name for machines, one for people, and the value."""
    own = {
        "version": facts.version,
        "model": facts.model,
        "interval": facts.interval,
        "level": plain_cell(facts.level),
        "seed": str(facts.seed),
        "data_sha256": facts.data_hash,
    }
    told = [(name, say(f"opendata.setting.{name}"), value) for name, value in own.items() if value]
    return told + [(name, name, value) for name, value in facts.options.items() if name not in own]


def _licences(licence: str) -> list[dict[str, str]]:
    if not licence:
        return []
    if "://" in licence:
        return [{"path": licence}]
    return [{"name": licence, "path": _SPDX + licence}] if _is_spdx(licence) else [{"name": licence, "title": licence}]


def _licence(licence: str) -> tuple[Any, list[dict[str, str]]]:
    """A reference to the licence, and what is said of it."""
    if not licence:
        return "", []
    address = licence if "://" in licence else _SPDX + licence if _is_spdx(licence) else "#licence"
    return {"@id": address}, [{"@id": address, "@type": "CreativeWork", "name": licence}]


def _is_spdx(licence: str) -> bool:
    """Whether a licence is named as the SPDX list names them: one word, such as ``CC-BY-4.0``."""
    return not any(letter.isspace() for letter in licence)


def _resource_name(path: str) -> str:
    """The path as a name that Data Package allows."""
    return "".join(
        letter if letter.isascii() and (letter.isalnum() or letter in "._-") else "-" for letter in path.lower()
    )


def _numbered(names: Iterable[str]) -> Iterable[tuple[int, str]]:
    return enumerate(names, start=1)


def _references(entities: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    return [{"@id": str(entity["@id"])} for entity in entities]


def _filled(told: Mapping[str, Any]) -> dict[str, Any]:
    """The same without what is empty."""
    return {name: value for name, value in told.items() if value not in ("", [], {}, None)}
