"""Study files: what is read, and what is refused with its line."""

from __future__ import annotations

import datetime
from dataclasses import fields, is_dataclass
from typing import get_args

import pytest

from darknumber.errors import InputError, ModelError
from darknumber.run.study import LetterOf, Said, Study
from darknumber.run.study_file import hints_of, meaning, read_study
from darknumber.words import use_language

WHOLE = """\
[study]
title = {en = "The dark number", nl = "Het donkere getal"}
languages = ["nl", "en"]
published = 2021-11-29

[data]
source = "people.csv"

[lists.police]
label = "the force"
not_kept = {year = ["2018", 2019]}

[publication]
unstable = 8

[[beside]]
country = "NLD"

[[beside]]
file = "truth.csv"
"""


def written(tmp_path, text, name="study.toml"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_whole_file(tmp_path):
    file = read_study(written(tmp_path, WHOLE))
    study = file.study
    assert study.study.languages == ("nl", "en")
    assert study.study.published == datetime.date(2021, 11, 29)
    assert study.lists["police"].not_kept == {"year": ("2018", "2019")}
    assert study.publication.unstable == 8.0
    assert [each.file for each in study.beside] == ["", "truth.csv"]
    assert file.folder == tmp_path.resolve()


def test_texts_are_in_the_language_in_use(tmp_path):
    study = read_study(written(tmp_path, WHOLE)).study
    assert str(study.study.title) == "The dark number"
    with use_language("nl"):
        assert str(study.study.title) == "Het donkere getal"
        assert str(study.lists["police"].label) == "the force"
    assert str(Said(nl="alleen")) == "alleen"
    assert not Said()


@pytest.mark.parametrize(
    ("text", "line", "where", "code"),
    [
        ('[study]\ntitel = "x"\n[data]\nsource = "a"\n', 2, "study.titel", "study_unknown_key_near"),
        ('[data]\nsource = "a"\n\n[pubblication]\nfloor = 1\n', 4, "pubblication", "study_unknown_key_near"),
        ('[data]\nsource = "a"\nzzzz = 1\n', 3, "data.zzzz", "study_unknown_key"),
        ('[data]\nrows = "counts"\n', 1, "data", "study_key_needed"),
        ('[study]\nlanguages = ["nl",\n  "fr"]\n[data]\nsource = "a"\n', 2, "study.languages[2]", "study_choice"),
        ('[data]\nsource = "a"\n[study]\nseed = "one"\n', 4, "study.seed", "study_kind_int"),
        ('[data]\nsource = "a"\n[study]\nseed = true\n', 4, "study.seed", "study_kind_int"),
        ('[data]\nsource = "a"\n[model]\nlevel = "95%"\n', 4, "model.level", "study_kind_float"),
        ('[data]\nsource = "a"\nsynthetic = "yes"\n', 3, "data.synthetic", "study_kind_bool"),
        ('[data]\nsource = "a"\nextracted = "1 June"\n', 3, "data.extracted", "study_kind_date"),
        ('[data]\nsource = "a"\nextracted = 2020-06-01T10:00:00\n', 3, "data.extracted", "study_kind_date"),
        ('[data]\nsource = ["a"]\n', 2, "data.source", "study_kind_str"),
        ('[data]\nsource = "a"\n[tables]\ngroups = ["year"]\n', 4, "tables.groups[1]", "study_not_list"),
        ('[data]\nsource = "a"\n[lists]\npolice = "x"\n', 4, "lists.police", "study_not_table"),
        ('data = "a"\n', 1, "data", "study_not_table"),
        ('[data]\nsource = "a"\n[[beside]]\n[[beside]]\nfiles = "x"\n', 5, "beside[2].files", "study_unknown_key_near"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path, text, line, where, code):
    with pytest.raises(InputError) as refused:
        read_study(written(tmp_path, text))
    values = refused.value.values
    assert (values["line"], values["where"]) == (line, where)
    assert refused.value.__cause__.code == code
    for language in ("en", "nl"):
        with use_language(language):
            assert f"study.toml, {'regel' if language == 'nl' else 'line'} {line}, {where}: " in str(refused.value)


def test_a_file_that_is_no_toml_names_the_line(tmp_path):
    with pytest.raises(InputError) as refused:
        read_study(written(tmp_path, '[data]\nsource = "a"\nrows = people\n'))
    assert refused.value.code == "study_no_toml"
    assert (refused.value.values["line"], refused.value.values["text"]) == (3, "rows = people")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_files_from_office_editors(tmp_path, encoding):
    path = tmp_path / "study.toml"
    path.write_bytes('[study]\r\ntitle = "Café"\r\n[data]\r\nsource = "a"\r\n'.encode(encoding))
    assert read_study(path).study.study.title.en == "Café"


def test_errors_found_later_get_the_line_too(tmp_path):
    file = read_study(written(tmp_path, WHOLE))
    with pytest.raises(InputError) as refused, file.at("publication", "unstable"):
        raise ModelError("no_draws", interval="profile")
    assert (refused.value.values["line"], refused.value.values["where"]) == (14, "publication.unstable")


def tables(kind=Study, key=()):
    """Every table of a study file with its class, as named in the catalogue."""
    for item in fields(kind):
        hint = hints_of(kind)[item.name]
        found = [option for option in (hint, *get_args(hint)) if is_dataclass(option)]
        if item.name == "letter":
            found = [LetterOf]
        for each in found:
            if each is not Said:
                yield (*key, item.name), each


@pytest.mark.parametrize("language", ["en", "nl"])
def test_every_key_is_explained(language):
    with use_language(language):
        for key, kind in tables():
            assert meaning(*key)
            for item in fields(kind):
                assert meaning(*key, item.name)
