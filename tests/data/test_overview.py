"""What is in the columns of a file, without a value that only one person has."""

from __future__ import annotations

import pytest

from darknumber.data.overview import SEVERAL, overview
from darknumber.errors import InputError


def written(folder, text: str):
    path = folder / "people.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_columns_with_roles_values_and_gaps(tmp_path):
    rows = [
        f"{n},{'ja' if n % 2 else 'nee'},{'ja' if n % 3 else 'nee'},{('man', 'vrouw', '')[n % 3]}" for n in range(60)
    ]
    found = overview(written(tmp_path, "\n".join(["nummer,politie,opvang,sekse", *rows])))
    assert found.looked == 60
    assert found.whole
    assert [(each.heading, each.role) for each in found.columns] == [
        ("nummer", "id"),
        ("politie", "list"),
        ("opvang", "list"),
        ("sekse", "covariate"),
    ]
    sex = found.columns[3]
    assert (sex.different, sex.values, sex.rare) == (2, ("man", "vrouw"), 0)
    assert sex.empty == pytest.approx(1 / 3)


def test_values_of_few_rows_are_not_named(tmp_path):
    names = ["Aafje", "Bouke", "Cor"]
    rows = [f"1,0,{name}" for name in names] + ["1,1,other"] * SEVERAL + ["0,1,other"]
    found = overview(written(tmp_path, "\n".join(["a,b,naam", *rows])))
    column = found.columns[2]
    assert column.values == ("other",)
    assert column.rare == len(names)
    assert not [name for name in names if name in str(found.columns)]


def test_values_of_an_id_are_never_named(tmp_path):
    rows = [f"{n % 50},{n % 2},{n % 3 % 2}" for n in range(300)]
    found = overview(written(tmp_path, "\n".join(["client_id,a,b", *rows])))
    assert found.columns[0].role == "id"
    assert found.columns[0].values == ()


def test_a_file_without_rows_is_refused(tmp_path):
    with pytest.raises(InputError) as caught:
        overview(written(tmp_path, "a,b,n\n"))
    assert caught.value.code == "no_rows"
