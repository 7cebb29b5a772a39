"""A study run into a folder, made again to the byte, taken up after an interruption, and verified."""

from __future__ import annotations

import csv
import json
import re
import shutil

import pytest
from frictionless import Package
from pypdf import PdfReader
from pysdmx.io import get_datasets
from rocrate.rocrate import ROCrate

from darknumber.errors import Cancelled, InputError
from darknumber.inference.store import load
from darknumber.run.counts import counts_hash
from darknumber.run.folder import MANIFEST, hashes, read_manifest
from darknumber.run.make import run_study, verify
from tests.small_study import STUDY, write_study

FORMATS = ("html", "pdf", "docx")


def test_everything_an_office_needs_is_there(finished):
    folder = finished.folder
    assert folder.name == "study-run"
    for code in ("nl", "en"):
        for name in ("report", "letter"):
            for form in FORMATS:
                assert (folder / code / f"{name}.{form}").stat().st_size > 5_000
        figures = sorted(path.suffix for path in (folder / code / "figures").iterdir())
        tables = sorted(path.suffix for path in (folder / code / "tables").iterdir())
        assert figures.count(".svg") == figures.count(".png") >= 3
        assert tables.count(".csv") == tables.count(".xlsx") >= 8
    for name in ("estimates.csv", "estimates.parquet", "draws.csv", "sdmx.csv", "study.toml", MANIFEST):
        assert (folder / name).is_file()
    assert not list(folder.parent.glob(".*"))  # nothing of the work is left


def test_the_answer_is_kept_for_the_office(finished):
    kept = load(finished.folder / "internal" / "estimates.dn")
    assert kept.draws.tolist() == finished.answers.main.draws.tolist()


def test_the_report_holds_what_the_study_asks_for(finished):
    page = (finished.folder / "en" / "report.html").read_text(encoding="utf-8")
    for text in (
        "A small study",
        "in Nowhere",
        "the force",
        "kind one",
        "domestic sexual exploitation",
        "Within a year nobody leaves.",
        "Everyone reported.",
        "cases at the border",
        "What is known",
        "2018",
        "darknumber run study.toml",
        "Per 100,000 residents",
    ):
        assert text in page
    dutch = (finished.folder / "nl" / "report.html").read_text(encoding="utf-8")
    for text in (
        "Een klein onderzoek",
        "de sterke arm",
        "soort een",
        "Binnen een jaar vertrekt niemand.",
        "in Nergens",
    ):
        assert text in dutch
    assert "the force" not in dutch
    assert "The director" in (finished.folder / "en" / "letter.html").read_text(encoding="utf-8")


def test_the_letter_is_one_page(finished):
    assert len(PdfReader(finished.folder / "nl" / "letter.pdf").pages) == 1


def test_no_small_count_is_in_what_is_published(finished):
    table = finished.prepared.table
    small = {int(count) for count in table.by_number_of_lists if 0 < count < 10}
    with (finished.folder / "estimates.csv").open(encoding="utf-8") as file:
        registered = [row["value"] for row in csv.DictReader(file) if row["measure"] == "registered"]
    values = [float(value) for value in registered if value]
    assert values
    assert not small & {int(value) for value in values}
    assert all(value >= 10 or value == 0 for value in values if value == int(value))


def test_the_same_study_gives_the_same_bytes_but_for_times(finished, tmp_path):
    again = run_study(write_study(tmp_path), workers=2).folder
    assert hashes(again) == hashes(finished.folder)
    one, other = (json.loads((each / MANIFEST).read_text()) for each in (again, finished.folder))
    assert one.pop("times")["seconds"].keys() == other.pop("times")["seconds"].keys()
    assert one == other


def test_the_data_package_and_the_crate_describe_every_published_file(finished):
    published = {name for name in hashes(finished.folder) if not name.startswith("internal/")}
    described = {"datapackage.json", "ro-crate-metadata.json"}
    package = Package(str(finished.folder / "datapackage.json"))
    assert package.validate().valid
    assert {resource.path for resource in package.resources} == published - described
    crate = ROCrate(finished.folder)
    assert {entity.id for entity in crate.data_entities if entity.type == "File"} == published - described
    assert "https://spdx.org/licenses/CC-BY-4.0" in json.dumps(crate.root_dataset.properties())


def test_the_sdmx_data_fit_their_structure(finished):
    (found,) = get_datasets(finished.folder / "sdmx.csv", finished.folder / "sdmx-structure.xml")
    assert len(found.data) > 20
    assert set(found.data["REF_AREA"]) == {"528"}
    assert not found.data["SERIES"].str.contains("DETV").any()


def test_a_folder_as_it_was_made_is_equal(finished):
    found = verify(finished.folder, workers=1)
    assert found.equal
    assert found.differs == ()
    assert not found.facts


@pytest.mark.parametrize("name", ["en/report.pdf", "estimates.csv", "internal/estimates.dn"])
def test_one_changed_byte_is_noticed(finished, tmp_path, name):
    copy = shutil.copytree(finished.folder, tmp_path / "run")
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / name).write_bytes(content)
    found = verify(copy, again=False)
    assert found.changed == (name,)
    assert not found.equal
    assert found.differs is None


def test_what_is_published_tells_no_hash_from_which_a_count_could_be_found_by_trying(finished):
    ours = {name: digest for name, digest in hashes(finished.folder).items() if name.startswith("internal/")}
    secret = [finished.prepared.data_hash, counts_hash(finished.prepared.table), *ours.values()]
    office = (finished.folder / "internal" / MANIFEST).read_text()
    assert all(digest in office for digest in secret)
    for name in [*(hashes(finished.folder).keys() - ours.keys()), MANIFEST]:
        content = (finished.folder / name).read_bytes()
        assert not [digest for digest in secret if digest.encode() in content], name


def test_what_is_published_can_be_verified_without_the_rest(finished, tmp_path):
    copy = shutil.copytree(finished.folder, tmp_path / "run", ignore=shutil.ignore_patterns("internal"))
    found = verify(copy, study=finished.file.path, workers=1)
    assert found.equal
    assert not found.facts
    (copy / "estimates.csv").write_text("x")
    assert verify(copy, again=False).changed == ("estimates.csv",)


def test_files_that_are_gone_or_added_are_noticed(finished, tmp_path):
    copy = shutil.copytree(finished.folder, tmp_path / "run")
    (copy / "draws.csv").unlink()
    (copy / "en" / "more.txt").write_text("x")
    found = verify(copy, again=False)
    assert (found.missing, found.added) == (("draws.csv",), ("en/more.txt",))


def test_other_data_come_out_differently_and_that_is_told(tmp_path):
    text = re.sub(r"languages = .*", 'languages = ["en"]', STUDY).replace("[letter]", "[[beside]]\ncountry = 'NLD'\n")
    text = text.replace('signatory = "The director"\n', "").replace('studies = ["check", "omit"]', "studies = []")
    path = write_study(tmp_path, text)
    folder = run_study(path, workers=1).folder
    counts = (tmp_path / "counts.csv").read_text().splitlines()
    first = counts[1].rsplit(",", 1)
    (tmp_path / "counts.csv").write_text("\n".join([counts[0], f"{first[0]},{int(first[1]) + 40}", *counts[2:]]))
    found = verify(folder, workers=1)
    assert not found.equal
    assert "estimates.csv" in found.differs
    assert set(found.facts) == {"internal.data_sha256", "internal.counts_sha256"}


def test_a_study_file_that_was_changed_in_the_folder_is_refused(finished, tmp_path):
    copy = shutil.copytree(finished.folder, tmp_path / "run")
    (copy / "study.toml").write_text(STUDY + "\n")
    with pytest.raises(InputError) as refused:
        verify(copy)
    assert refused.value.code == "study_file_changed"


def test_an_interrupted_run_goes_on_and_leaves_nothing_half_written(finished, tmp_path):
    path = write_study(tmp_path)

    def stop(done: int, total: int, what: str) -> None:
        if what == "outputs":
            raise Cancelled

    with pytest.raises(Cancelled):
        run_study(path, workers=1, progress=stop)
    assert not (tmp_path / "study-run").exists()
    kept = sorted(file.name.partition("-")[0] for file in (tmp_path / ".study-run.work").iterdir())
    assert kept == ["definition", "estimate"]
    asked = []
    run_study(path, workers=1, progress=lambda done, total, what: asked.append(what))
    assert "estimate" not in asked  # taken up, not made again
    assert hashes(tmp_path / "study-run") == hashes(finished.folder)


def test_answers_of_other_questions_are_not_taken_up(tmp_path):
    path = write_study(tmp_path)

    def stop(done: int, total: int, what: str) -> None:
        if what == "outputs":
            raise Cancelled

    with pytest.raises(Cancelled):
        run_study(path, workers=1, progress=stop)
    path.write_text(STUDY.replace("[model]", "[model]\nlevel = 0.9"))
    asked = []
    run_study(path, workers=1, progress=lambda done, total, what: asked.append(what))
    assert "estimate" in asked


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('police:care")', 'police:car")', "model"),
        ("bootstrap(replicates=20)", "bootstrap(replicate=20)", "model.interval"),
        ('"residents.csv"', '"nobody.csv"', "rates"),
        ("draws = true", "floor = 7", "publication"),
        ('file = "truth.csv"', 'file = "lies.csv"', "beside[1]"),
        ('file = "truth.csv"', 'note = "no figures"', "beside[1]"),
        ('area = "528"', 'area = "N L"', "study.area"),
        ('area = "528"', 'area = "528"\nseed = -1', "study.seed"),
        ("[model]", "[model]\nlevel = 95", "model.level"),
        ("draws = true", 'agency = "no agency!"', "publication.agency"),
        ('studies = ["check", "omit"]', "odds_ratio = -2.0", "trust.odds_ratio"),
    ],
)
def test_what_cannot_be_used_is_told_with_its_place_before_anything_is_estimated(tmp_path, old, new, line):
    assert old in STUDY
    path = write_study(tmp_path, STUDY.replace(old, new, 1))
    asked: list[str] = []
    with pytest.raises(InputError) as refused:
        run_study(path, workers=1, progress=lambda done, total, what: asked.append(what))
    assert not asked or line == "model"
    assert refused.value.values["where"].startswith(line)
    assert not (tmp_path / "study-run").exists()


def test_the_list_of_files_has_no_path_of_a_machine(finished):
    text = (finished.folder / MANIFEST).read_text()
    assert str(finished.folder.parent) not in text
    assert read_manifest(finished.folder).facts["study"]["from"] == "../study.toml"
