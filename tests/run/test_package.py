"""What a run folder says of its files: read by frictionless and rocrate, and a changed byte is noticed."""

from __future__ import annotations

import datetime
import json

import duckdb
import pytest
from frictionless import validate
from rocrate.rocrate import ROCrate

from darknumber.run.counts import file_hash
from darknumber.run.package import CRATE, PACKAGE, Facts, Resource, write_package
from darknumber.views.open_data import columns_of, write_rows
from darknumber.views.published_rows import published, usual_tables
from darknumber.words import use_language
from tests.views.publication import estimates

TIMED = (datetime.datetime(2026, 11, 22, 6, 0), datetime.datetime(2026, 11, 22, 6, 4))
FACTS = Facts(
    name="example-study",
    title="Example study",
    description="An example.",
    version="0.1.0",
    model="stepwise(criterion=aic)",
    interval="bootstrap(replicates=200)",
    level=0.95,
    seed=1,
    data_name="register.csv",
    data_hash="ab" * 32,
    authors=("A. Author", "B. Writer"),
    publisher="Office",
    licence="CC-BY-4.0",
    published=datetime.date(2026, 11, 22),
    vintage="2026-1",
    options={"unstable": "10"},
)


@pytest.fixture
def made(tmp_path):
    """A folder with two tables, a page and a file of another kind."""
    found = published(usual_tables(estimates(in_2019="open"), [("sex",), ("form",)]))
    (tmp_path / "en").mkdir()
    for name in ("estimates.csv", "estimates.parquet"):
        write_rows(found, tmp_path / name)
    (tmp_path / "en" / "report.html").write_text("<p>page</p>", encoding="utf-8")
    (tmp_path / "draws.dn").write_bytes(b"\x00\x01")
    columns = columns_of(found)
    return tmp_path, [
        Resource(path="estimates.csv", title="Estimates", description="All published numbers.", columns=columns),
        Resource(path="estimates.parquet", title="Estimates", columns=columns),
        Resource(path="en/report.html", title="Report"),
        Resource(path="draws.dn", title=""),
    ]


def told(folder):
    return [json.loads((folder / name).read_text(encoding="utf-8")) for name in (PACKAGE, CRATE)]


def test_the_data_package_is_valid(made):
    folder, resources = made
    path, _ = write_package(folder, resources, FACTS)
    found = validate(str(path))
    assert found.flatten(["rowNumber", "fieldName", "type", "message"]) == []
    assert found.valid
    assert [(task.name, task.type) for task in found.tasks][:2] == [
        ("estimates.csv", "table"),
        ("estimates.parquet", "file"),
    ]


@pytest.mark.parametrize("name", ["estimates.csv", "estimates.parquet", "en/report.html", "draws.dn"])
def test_one_changed_byte_is_noticed(made, name):
    folder, resources = made
    path, _ = write_package(folder, resources, FACTS)
    content = bytearray((folder / name).read_bytes())
    content[-1] ^= 1
    (folder / name).write_bytes(bytes(content))
    found = validate(str(path))
    assert not found.valid
    assert "hash-count" in {kind for task in found.tasks for (kind,) in task.flatten(["type"])}


def test_a_number_that_is_no_number_is_noticed(made):
    folder, resources = made
    text = (folder / "estimates.csv").read_text(encoding="utf-8")
    (folder / "estimates.csv").write_text(text.replace(",ok", ",fine", 1), encoding="utf-8")
    path, _ = write_package(folder, resources, FACTS)  # hashes fit: it is the schema that must refuse
    found = validate(str(path))
    assert {kind for task in found.tasks for (kind,) in task.flatten(["type"])} == {"constraint-error"}


def test_columns_are_those_of_the_files(made):
    folder, resources = made
    write_package(folder, resources, FACTS)
    package, _ = told(folder)
    plain, parquet = (each["schema"]["fields"] for each in package["resources"][:2])
    heading = (folder / "estimates.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
    assert [field["name"] for field in plain] == heading
    kinds = {"string": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE"}
    relation = duckdb.read_parquet(str(folder / "estimates.parquet"))
    assert [(field["name"], kinds[field["type"]]) for field in parquet] == list(
        zip(relation.columns, map(str, relation.types), strict=True)
    )
    assert all(field["description"] for field in plain)


def test_the_crate_can_be_read_and_holds_everything(made):
    folder, resources = made
    write_package(folder, resources, FACTS)
    crate = ROCrate(str(folder))
    assert (crate.version, crate.name, crate.license.id) == (
        "1.1",
        "Example study",
        "https://spdx.org/licenses/CC-BY-4.0",
    )
    assert {each.id for each in crate.data_entities} == {each.path for each in resources}
    assert crate.dereference("estimates.csv")["sha256"] == file_hash(folder / "estimates.csv")
    assert crate.dereference("estimates.csv")["contentSize"] == str((folder / "estimates.csv").stat().st_size)
    assert [each["name"] for each in crate.root_dataset["author"]] == ["A. Author", "B. Writer"]
    run = crate.dereference("#run")
    assert run["instrument"]["softwareVersion"] == "0.1.0"
    values = {each.id: each.get("value") for each in run["object"]}
    assert values["#setting-seed"] == "1"
    assert values["#setting-unstable"] == "10"
    assert crate.dereference("#data")["sha256"] == FACTS.data_hash


def test_every_reference_leads_somewhere(made):
    folder, resources = made
    write_package(folder, resources, FACTS)
    graph = told(folder)[1]["@graph"]
    known = {entity["@id"] for entity in graph}
    assert len(known) == len(graph)

    def references(value):
        if isinstance(value, dict):
            yield value["@id"]
        if isinstance(value, list):
            for each in value:
                yield from references(each)

    wanted = {to for entity in graph for value in entity.values() for to in references(value)}
    assert {to for to in wanted - known if not to.startswith("https://w3id.org/ro/crate/")} == set()


def test_the_same_folder_gives_the_same_bytes_and_no_clock(made):
    folder, resources = made
    first = [path.read_bytes() for path in write_package(folder, resources, FACTS)]
    assert [path.read_bytes() for path in write_package(folder, resources, FACTS)] == first
    assert b"Time" not in first[1]
    timed = Facts(**{name: getattr(FACTS, name) for name in FACTS.__slots__} | {"started": TIMED[0], "ended": TIMED[1]})
    write_package(folder, resources, timed)
    run = next(each for each in told(folder)[1]["@graph"] if each["@id"] == "#run")
    assert (run["startTime"], run["endTime"]) == ("2026-11-22T06:00:00", "2026-11-22T06:04:00")


def test_what_is_not_known_is_not_told(made):
    folder, resources = made
    bare = Facts(
        name="a", title="A", version="1", model="m", interval="i", level=0.9, seed=0, data_name="d", data_hash="00"
    )
    path, _ = write_package(folder, resources, bare)
    package, crate = told(folder)
    assert not {"licenses", "contributors", "created", "version"} & package.keys()
    assert not {"license", "author", "publisher", "datePublished"} & crate["@graph"][1].keys()
    assert validate(str(path)).valid


@pytest.mark.parametrize(
    ("licence", "wanted"),
    [
        ("CC0-1.0", {"name": "CC0-1.0", "path": "https://spdx.org/licenses/CC0-1.0"}),
        ("https://example.org/terms", {"path": "https://example.org/terms"}),
        ("All rights reserved", {"name": "All rights reserved", "title": "All rights reserved"}),
    ],
)
def test_licences(made, licence, wanted):
    folder, resources = made
    facts = Facts(**{name: getattr(FACTS, name) for name in FACTS.__slots__} | {"licence": licence})
    path, _ = write_package(folder, resources, facts)
    assert told(folder)[0]["licenses"] == [wanted]
    assert validate(str(path)).valid


def test_in_dutch(made):
    folder, resources = made
    with use_language("nl"):
        write_package(folder, resources, FACTS)
    graph = {each["@id"]: each for each in told(folder)[1]["@graph"]}
    assert graph["./"]["inLanguage"] == "nl"
    assert graph["#setting-seed"]["name"] == "Seed van de toevalsgetallen"


def test_a_file_that_is_not_there(made):
    folder, resources = made
    with pytest.raises(FileNotFoundError):
        write_package(folder, [*resources, Resource(path="lost.csv", title="Lost")], FACTS)
