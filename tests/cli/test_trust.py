"""The commands about whether a number can be trusted."""

from __future__ import annotations

import inspect
import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

import darknumber
from darknumber.cli import main, trust
from darknumber.cli.reading import Reading, dates_of
from darknumber.data.examples import example
from darknumber.data.read import read_records
from darknumber.errors import ModelError
from darknumber.inference.estimate import estimate
from darknumber.inference.store import save
from darknumber.studies.check import check
from darknumber.studies.omit import omit
from darknumber.studies.sensitivity import sensitivity
from darknumber.studies.trajectory import trajectory
from darknumber.words import LANGUAGES

DONE, WRONG_OPTION, BAD_DATA, NO_FINITE_ESTIMATE = 0, 2, 3, 4
WIDTH = 80
FAST = ["--interval", "bootstrap(replicates=40)"]
# What a command has of its own, and what Python has instead: data come in as options, an answer as a model and an
# interval; a function cannot be typed.
OWN = {
    "check": (set(), {"data"}),
    "omit": (set(), {"data", "progress"}),
    "validate": (set(), {"data", "progress"}),
    "trajectory": (set(), {"data", "progress"}),
    "diagnose": ({"model", "interval"}, {"answer", "progress"}),
    "sensitivity": ({"model", "interval", "level", "out"}, {"estimates", "progress"}),
}
SETTINGS = ("seed", "level", "replicates", "repeats", "thin", "xi", "grid_to", "threshold")
COMMANDS = {
    "check": ["check", "korea"],
    "omit": ["omit", "korea", *FAST],
    "validate": ["validate", "korea"],
    "trajectory": ["trajectory", "korea", "--repeats", "4", "--fractions", "0.5,0.8"],
    "diagnose": ["diagnose", "korea", *FAST, "--replicates", "20"],
    "sensitivity": ["sensitivity", "korea", *FAST, "--threshold", "300", "--grid-to", "3"],
}
PEOPLE = """police,care,shelter,police_date,care_date,referred_by
1,1,0,2020-01-01,2020-01-05,police
1,0,0,2020-01-01,,
0,1,0,,2020-03-05,
1,1,1,2020-02-01,2020-01-05,
0,0,1,,,
1,0,1,2020-02-01,,
1,0,0,2020-02-01,,
0,1,1,,2020-02-02,
"""


def call(*arguments: str) -> int:
    """Run a command in this process; its exit code."""
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert isinstance(stop.value.code, int)
    return stop.value.code


def strict(text: str) -> dict[str, Any]:
    """JSON as the standard has it: without infinities and without what is not a number."""

    def refuse(name: str) -> None:
        raise ValueError(name)

    found = json.loads(text, parse_constant=refuse)
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("name", OWN)
def test_the_command_takes_what_python_takes(name):
    taken = set(inspect.signature(getattr(trust, name)).parameters) - {item.name for item in fields(Reading)}
    known = set(inspect.signature(getattr(darknumber, name)).parameters)
    assert (taken - known - {"as_json"}, known - taken) == OWN[name]


@pytest.mark.parametrize("name", OWN)
def test_numbers_have_the_same_defaults_in_both(name):
    command, python = (inspect.signature(getattr(home, name)).parameters for home in (trust, darknumber))
    numbers = {key for key in SETTINGS if key in command and key in python}
    assert {key: command[key].default for key in numbers} == {key: python[key].default for key in numbers}


def test_diagnose_gives_machines_its_verdicts_and_its_fit(capsys):
    assert call(*COMMANDS["diagnose"], "--json") == DONE
    found = strict(capsys.readouterr().out)
    assert found["status"]["verdict"] == "estimable"
    assert sum(found["status"]["listed"].values()) == pytest.approx(1.0)
    assert found["status"]["models"] > 0
    assert 0 < found["fit"]["p_value"] <= 1
    assert call(*COMMANDS["diagnose"]) == DONE
    assert found["status"]["sentence"] in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", COMMANDS)
def test_what_is_printed_fits(name, language, capsys):
    assert call(*COMMANDS[name], "--lang", language) == DONE
    said = capsys.readouterr().out
    assert max(map(len, said.splitlines())) <= WIDTH
    assert "nan" not in said.split()
    assert ("korea, 3 lists" in said) == (language == "en")


@pytest.mark.parametrize("name", COMMANDS)
def test_json_is_a_tidy_table_with_findings(name, capsys):
    assert call(*COMMANDS[name], "--json") == DONE
    found = strict(capsys.readouterr().out)
    assert found["data"] == "korea"
    assert len({len(values) for values in found["rows"].values()}) == 1
    assert all(finding["sentence"] for finding in found["findings"])


def test_the_command_gives_what_python_gives(capsys):
    table = example("korea")
    for arguments, expected in (
        (["omit", "korea", "--seed", "2"], omit(table, seed=2)),
        (["check", "korea"], check(table)),
        (
            ["trajectory", "korea", "--repeats", "4", "--fractions", ".5,.8", "--thin", "people"],
            trajectory(table, repeats=4, fractions=(0.5, 0.8), thin="people"),
        ),
        (
            ["sensitivity", "korea", *FAST, "--xi", "1.5", "--grid-to", "3", "--odds", "0.5,2", "--missed", "0,.03"],
            sensitivity(estimate(table, None, FAST[1]), xi=1.5, grid_to=3.0, odds=(0.5, 2.0), missed=(0.0, 0.03)),
        ),
    ):
        assert call(*arguments) == DONE
        assert capsys.readouterr().out == f"{expected}\n"


def test_sensitivity_makes_a_page_of_its_pictures(tmp_path, capsys):
    page = tmp_path / "new" / "page.html"
    asked = ["sensitivity", "kosovo-1999", "--model", "log-linear(EXH:ABA)", *FAST, "--threshold", "12000"]
    assert call(*asked, "--out", str(page)) == DONE
    alone = capsys.readouterr()
    assert "page.html" in alone.err
    text = page.read_text(encoding="utf-8")
    titles = ("With one assumption off at a time", "If the dependence among the unseen", "If one pair of lists")
    assert [f"<figcaption><b>{title}" in text for title in titles] == [True] * 3
    assert call(*asked) == DONE
    assert capsys.readouterr().out == alone.out


def test_a_page_never_takes_the_place_of_its_data(tmp_path, capsys):
    path = tmp_path / "counts.csv"
    path.write_text("a,b,c,count\n1,0,0,30\n0,1,0,20\n0,0,1,25\n1,1,0,8\n1,0,1,9\n0,1,1,7\n1,1,1,3\n")
    assert call("sensitivity", str(path), *FAST, "--out", str(path)) != DONE
    assert path.read_text().startswith("a,b,c")


NO_LIMIT = ["--model", "log-linear(terms='A:B')"]  # of artificial-3, whose third list shares nobody


@pytest.mark.parametrize(
    "asked",
    [
        ["check"],
        ["check", "--json"],
        ["omit", *NO_LIMIT],
        ["trajectory", *NO_LIMIT, "--repeats", "3", "--fractions", "0.5"],
        ["diagnose", *NO_LIMIT, *FAST, "--replicates", "20"],
        ["sensitivity", *NO_LIMIT, *FAST],
    ],
    ids=lambda asked: "-".join(asked[:2]),
)
def test_without_any_finite_answer_the_code_says_so(asked, capsys):
    command, *options = asked
    assert call(command, "artificial-3", *options) == NO_FINITE_ESTIMATE
    assert capsys.readouterr().out


def test_where_no_hidden_list_can_be_estimated_the_code_says_so(tmp_path, capsys):
    path = tmp_path / "counts.csv"
    path.write_text("a,b,c,count\n1,0,0,30\n0,1,0,20\n0,0,1,9\n1,1,0,7\n1,0,1,2\n")
    assert call("validate", str(path), "--model", "independence", *FAST) == NO_FINITE_ESTIMATE
    assert capsys.readouterr().out


def test_check_is_about_the_model_that_is_named(capsys):
    assert call("check", "korea", "--model", "heterogeneity") == DONE
    said = capsys.readouterr().out
    assert said == f"{check(example('korea'), 'heterogeneity')}\n"
    assert "all those on exactly two lists" in said
    assert call("check", "korea", "--model", "bets") == WRONG_OPTION
    assert "bets" in capsys.readouterr().err


def test_all_that_check_knows_is_there_for_machines(capsys):
    assert call("check", "korea", "--model", "best", "--json") == DONE
    found = strict(capsys.readouterr().out)
    whole = check(example("korea"), "best")
    assert (found["model"], found["terms"], found["verdict"]) == ("best", "b:c + c:d", whole.verdict.answer)
    assert found["by_number_of_lists"] == [51, 60, 12]
    known = found["information"]
    assert known["coverage"] == whole.information.coverage
    assert known["independent"] == whole.information.independent
    assert (known["recaptures"], round(known["expected_recaptures"], 1)) == (72, 68.0)
    assert (found["rests"]["people"], found["rests"]["kind"], found["rests"]["lists"]) == (6, "exactly", ["b", "d"])
    assert found["rests"]["smallest"][0] == {"lists": ["c", "d"], "people": 12}
    assert [len(found["pairs"][name]) for name in ("overlap", "expected", "odds_ratio", "lower", "upper")] == [3] * 5
    assert found["breakdowns"] == {name: [] for name in whole.breakdown_columns()}


def test_check_reads_dates_and_referrals(tmp_path, capsys):
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE)
    dates = {"police": "police_date", "care": "care_date"}
    asked = ["check", str(path), "--lists", "police,care,shelter", "--referrals", "referred_by"]
    asked += ["--dates", ",".join(f"{name}={column}" for name, column in dates.items())]
    assert call(*asked) == NO_FINITE_ESTIMATE  # so few people
    records = read_records(path, lists=("police", "care", "shelter"), dates=dates, referrals="referred_by")
    said = capsys.readouterr().out
    assert said == f"{check(records)}\n"
    assert "Which list people came to first" in said
    assert "was referred by police" in said
    assert call(*asked, "--json") == NO_FINITE_ESTIMATE
    order = strict(capsys.readouterr().out)["order"]
    assert order["dated"][0] == 2


def test_dates_stand_in_one_column_where_each_row_is_a_list(tmp_path, capsys):
    path = tmp_path / "long.csv"
    rows = [
        ("x", "police", "2020-01-01"),
        ("x", "care", "2020-01-05"),
        ("y", "police", "2020-01-01"),
        ("z", "care", ""),
    ]
    path.write_text("who,list,date\n" + "".join(",".join(row) + "\n" for row in rows))
    asked = ["check", str(path), "--id", "who", "--list-column", "list", "--dates", "date"]
    assert call(*asked) == NO_FINITE_ESTIMATE
    assert "police – care" in " ".join(capsys.readouterr().out.split()).replace("care – police", "police – care")


def test_other_commands_count_people_with_dates_too(tmp_path, capsys):
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE)
    asked = [str(path), "--lists", "police,care,shelter", "--dates", "police=police_date", "--referrals", "referred_by"]
    for command in ("omit", "trajectory"):
        assert call(command, *asked, "--model", "independence") == DONE
        assert "people.csv, 3 lists" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", None), ("date", "date"), ("a=x, b = y", {"a": "x", "b": "y"})],
)
def test_columns_with_dates(text, expected):
    assert dates_of(text) == expected


@pytest.mark.parametrize("text", ["a=x,b", "a=", "=x"])
def test_columns_with_dates_that_cannot_be_read(text):
    with pytest.raises(ModelError) as refused:
        dates_of(text)
    assert refused.value.code == "bad_dates"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["check", "korea", "--dates", "date"], WRONG_OPTION, "--dates"),
        (["check", "people.csv", "--lists", "police,care", "--dates", "police=nothing"], BAD_DATA, "nothing"),
        (
            ["check", "people.csv", "--lists", "police,care", "--dates", "police=police_date", "--not-kept", "a:b=c"],
            WRONG_OPTION,
            "--not-kept",
        ),
        (["trajectory", "korea", "--fractions", "half"], WRONG_OPTION, "--fractions"),
        (["sensitivity", "korea", "--odds", "1"], WRONG_OPTION, "two numbers"),
        (["sensitivity", "korea", *FAST, "--threshold", "3"], BAD_DATA, "threshold"),
        (["omit", "korea", "--model", "stepwize"], WRONG_OPTION, "stepwize"),
    ],
)
def test_what_is_wrong_is_said_without_a_traceback(arguments, code, said, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("people.csv").write_text(PEOPLE)
    assert call(*arguments) == code
    shown = capsys.readouterr()
    assert said in shown.err
    assert "Traceback" not in shown.err
    assert shown.out == ""


def test_the_report_has_the_panel_unless_told_otherwise(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    save(estimate(example("korea"), None, FAST[1], seed=1), "korea.dn")
    assert call("report", "korea.dn", "--out", "with.html", "--threshold", "400") == DONE
    page = Path("with.html").read_text(encoding="utf-8")
    assert "Can this number be trusted?" in page
    assert "--threshold 400" in page
    assert call("report", "korea.dn", "--out", "without.html", "--no-panel") == DONE
    page = Path("without.html").read_text(encoding="utf-8")
    assert "Can this number be trusted?" not in page
    assert "--no-panel" in page
    capsys.readouterr()


def test_a_report_of_part_of_the_people_says_why_it_has_no_panel(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    rows = [(1, 0, 60), (0, 1, 50), (1, 1, 10)]
    text = "".join(f"{a},{b},{year},{n}\n" for year in (2018, 2019) for a, b, n in rows)
    Path("lists.csv").write_text("A,B,year,count\n" + text)
    answer = estimate(darknumber.read_counts("lists.csv"), "independence", FAST[1], seed=1)
    save(answer.select(year="2019"), "part.dn")
    assert call("report", "part.dn", "--out", "part.html") == DONE
    assert "A panel needs the whole answer, not a part of it." in " ".join(capsys.readouterr().err.split())
    assert Path("part.html").exists()
    assert call("report", "part.dn", "--out", "part.html", "--threshold", "9000") == BAD_DATA


def test_referred_entries_are_dropped(tmp_path, capsys):
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE)
    asked = [str(path), "--lists", "police,care,shelter", "--referrals", "referred_by", "--drop-referred", "recorded"]
    assert call("estimate", *asked, "--model", "independence", "--interval", "lognormal") in (DONE, NO_FINITE_ESTIMATE)
    said = " ".join(capsys.readouterr().out.split())
    assert "One person is counted on fewer lists than they were on" in said
    assert "without the referral they would not have come there" in said
    assert call("check", *asked) == NO_FINITE_ESTIMATE
    assert "Dropped from care, after police: one person." in " ".join(capsys.readouterr().out.split())
