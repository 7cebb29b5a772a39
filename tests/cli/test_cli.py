"""The command line as its users meet it: real files in, words and exit codes out."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from darknumber.cli import chosen_language, main
from darknumber.cli.reading import Reading, read_table
from darknumber.data.examples import example
from darknumber.data.read import read_counts
from darknumber.errors import InputError
from darknumber.inference.estimate import estimate
from darknumber.inference.store import load

DONE, WRONG_OPTION, BAD_DATA, NO_FINITE_ESTIMATE, FAULT, STOPPED = 0, 2, 3, 4, 70, 130
WIDTH = 80
MESSY = (
    "\ufeffPolitie;Marechaussee;Zorg;Jaar;Geslacht;Aantal\r\n"
    '1;0;0;2018;v;"120"\r\n0;1;0;2018;v;60\r\n0;0;1;2018;m;80\r\n1;1;0;2018;v;12\r\n1;0;1;2018;v;15\r\n'
    "0;1;1;2018;m;7\r\n1;1;1;2018;v;2\r\n1;0;0;2019;m;100\r\n0;1;0;2019;v;50\r\n0;0;1;2019;v;90\r\n"
    "1;1;0;2019;m;9\r\n1;0;1;2019;v;20\r\n0;1;1;2019;v;6\r\n\r\n"
)
FAST = ["--interval", "bootstrap(replicates=40)", "--seed", "1"]


@pytest.fixture
def counts(tmp_path: Path) -> Path:
    path = tmp_path / "telling.csv"
    path.write_bytes(MESSY.encode("utf-8"))
    return path


def call(*arguments: str) -> int:
    """Run a command in this process; its exit code."""
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert isinstance(stop.value.code, int)
    return stop.value.code


def test_estimate_of_an_example_says_number_interval_and_assumption(capsys):
    assert call("estimate", "kosovo-1999", *FAST) == DONE
    said = capsys.readouterr().out
    assert "4,400" in said  # registered
    assert "13,000" in said  # the best of all models by AIC, 12,741, rounded by its interval
    assert "95% interval" in said
    assert "Assumes" in said
    assert max(map(len, said.splitlines())) <= WIDTH


def test_a_messy_dutch_file_in_dutch(counts, capsys):
    assert call("estimate", str(counts), "--by", "Jaar", "--by", "Jaar,Geslacht", "--lang", "nl", *FAST) == DONE
    said = capsys.readouterr().out
    for text in ("geregistreerd", "571", "95%-interval", "2018", "2019", "Aannames"):
        assert text in said
    assert max(map(len, said.splitlines())) <= WIDTH


def test_an_infinite_dark_figure_has_its_own_exit_code(capsys):
    assert call("estimate", "artificial-3", *FAST) == NO_FINITE_ESTIMATE
    said = capsys.readouterr().out
    assert "no upper limit" in said
    assert "inf" not in said.split()


def test_json_gives_what_python_gives(capsys):
    assert call("estimate", "uk-2013-5", "--json", "--by", "", *FAST) == DONE
    found = json.loads(capsys.readouterr().out)
    expected = estimate(example("uk-2013-5"), interval="bootstrap(replicates=40)", seed=1).columns()
    assert found["total"]["estimate"] == pytest.approx(expected["estimate"])
    assert found["total"]["lower"] == pytest.approx(expected["lower"])
    assert found["seed"] == 1
    assert found["model"] == "best(criterion=aic, max_order=4)"


def test_json_has_null_where_there_is_no_number(capsys):
    assert call("estimate", "artificial-3", "--json", *FAST) == NO_FINITE_ESTIMATE
    found = json.loads(capsys.readouterr().out)
    assert found["total"]["estimate"] == [None]
    assert found["total"]["verdict"] == ["infinite"]


def test_estimates_are_kept_and_reported(counts, tmp_path, capsys):
    kept, page = tmp_path / "study.dn", tmp_path / "report.html"
    assert call("estimate", str(counts), "--out", str(kept), *FAST) == DONE
    assert load(kept).observed.sum() == 571
    assert call("report", str(kept), "--out", str(page), "--lang", "nl") == DONE
    assert 'lang="nl"' in page.read_text(encoding="utf-8")
    capsys.readouterr()


def test_the_ending_says_how_a_report_is_written_and_the_template_what_it_is(counts, tmp_path, capsys):
    kept = tmp_path / "study.dn"
    assert call("estimate", str(counts), "--out", str(kept), *FAST) == DONE
    for name, start in (("report.pdf", b"%PDF"), ("report.docx", b"PK")):
        assert call("report", str(kept), "--no-panel", "--out", str(tmp_path / name)) == DONE
        assert (tmp_path / name).read_bytes().startswith(start)
    for template, language in (("letter", "en"), ("letter-nl", "nl"), ("letter-en", "en")):
        page = tmp_path / f"{template}.html"
        assert call("report", str(kept), "--template", template, "--out", str(page)) == DONE
        text = page.read_text(encoding="utf-8")
        assert f'lang="{language}"' in text
        assert 'class="letter"' in text
    capsys.readouterr()
    assert call("report", str(kept), "--out", str(tmp_path / "report.odt")) == BAD_DATA
    assert ".docx" in capsys.readouterr().err


def test_a_model_with_a_posterior_gives_its_interval_by_itself(by_sex, tmp_path, capsys):
    kept = tmp_path / "answer.dn"
    options = ["--model", "stratified(bayes-threshold(draws=400), by=(year, sex))", "--seed", "1", "--lang", "nl"]
    assert call("estimate", str(by_sex), *options, "--by", "sex", "--out", str(kept)) == DONE
    said = capsys.readouterr().out
    assert "95%-geloofwaardigheidsinterval" in said
    assert "betrouwbaarheid" not in said
    assert max(map(len, said.splitlines())) <= WIDTH
    assert load(kept).interval.name == "posterior"
    assert call("estimate", "korea", "--model", "independence", "--interval", "posterior") == WRONG_OPTION
    assert "has none" in capsys.readouterr().err


def test_check_lists_sizes_and_overlaps(counts, capsys):
    assert call("check", str(counts)) == DONE
    said = capsys.readouterr().out
    assert "Marechaussee" in said
    assert "571" in said
    assert max(map(len, said.splitlines())) <= WIDTH


def test_a_table_of_counts_stays_one_where_its_lists_are_named(tmp_path, capsys):
    assert call("examples", "uk-2013-5") == DONE
    path = tmp_path / "uk.csv"
    path.write_text(capsys.readouterr().out)
    table = read_table(Reading(source=str(path), lists="LA,NG,PFNCA,GO,GP"))
    assert table.count.sum() == example("uk-2013-5").count.sum() == 2744


def test_rows_on_people_are_seen_and_can_be_said_to_be(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("id,police,border,year,sex\n" + "".join(f"{i + 100},1,{i % 2},2018,v\n" for i in range(80)))
    plain = Reading(source=str(path), lists="police,border", covariates="year,sex")
    assert read_table(plain).count.tolist() == [40, 40]
    few = tmp_path / "few.csv"
    few.write_text("id,A,B,age\np1,1,0,30\np2,0,1,31\np3,1,1,44\n")
    with pytest.raises(InputError):
        read_table(Reading(source=str(few), lists="A,B"))
    assert read_table(Reading(source=str(few), lists="A,B", rows="people")).count.sum() == 3
    assert read_table(Reading(source=str(few), lists="A,B", rows="counts")).count.sum() == 105


def test_a_list_that_was_not_kept_is_a_structural_zero(tmp_path, capsys):
    path = tmp_path / "kept.csv"
    rows = [(1, 0, 0, 2018, 60), (0, 1, 0, 2018, 50), (1, 1, 0, 2018, 10)]
    rows += [(1, 0, 0, 2019, 60), (0, 1, 0, 2019, 50), (1, 1, 0, 2019, 10), (0, 0, 1, 2019, 30), (1, 0, 1, 2019, 9)]
    path.write_text("A,B,C,year,count\n" + "\n".join(",".join(map(str, row)) for row in rows))
    fixed = ["--model", "independence", "--json", "--by", "year", *FAST]
    assert call("estimate", str(path), "--not-kept", "C:year=2018", *fixed) == DONE
    kept = json.loads(capsys.readouterr().out)
    assert call("estimate", str(path), *fixed) == DONE
    zero = json.loads(capsys.readouterr().out)
    assert kept["by"][0]["estimate"] == pytest.approx([457.0405, 496.0405])
    assert zero["by"][0]["estimate"] == pytest.approx([409.9274, 543.1537])
    assert call("estimate", str(path), "--not-kept", "C:year=2019", *fixed) == BAD_DATA
    assert call("estimate", str(path), "--not-kept", "C", *fixed) == WRONG_OPTION


def test_an_example_can_be_printed_and_read_back(tmp_path, capsys):
    assert call("examples", "korea") == DONE
    path = tmp_path / "korea.csv"
    path.write_text(capsys.readouterr().out)
    assert read_counts(path).count.tolist() == example("korea").count.tolist()


def test_examples_and_models_are_listed(capsys):
    assert call("examples") == DONE
    said = capsys.readouterr().out
    assert "netherlands-2010-2015" in said
    assert max(map(len, said.splitlines())) <= WIDTH
    assert call("models") == DONE
    assert "stepwise" in capsys.readouterr().out
    assert call("models", "stepwise") == DONE
    said = capsys.readouterr().out
    assert "criterion" in said
    assert max(map(len, said.splitlines())) <= WIDTH


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["estimate", "nothing.csv"], BAD_DATA, "nothing.csv"),
        (["estimate", "uk-2013-5", "--model", "stepwize"], WRONG_OPTION, "stepwise"),
        (["estimate", "uk-2013-5", "--model", "stepwise(criterion=bix)"], WRONG_OPTION, "bic"),
        (["estimate", "uk-2013-5", "--model", "log-linear('LA:XX')"], WRONG_OPTION, "XX"),
        (["estimate", "uk-2013-5", "--model", "lincoln-petersen"], WRONG_OPTION, "two lists"),
        (["estimate", "uk-2013-5", "--interval", "profile"], WRONG_OPTION, "bootstrap"),
        (["estimate", "uk-2013-5", "--by", "year"], BAD_DATA, "year"),
        (["estimate", "uk-2013-5", "--level", "95"], WRONG_OPTION, "0.95"),
        (["estimate", "uk-2013-5", "--nope"], WRONG_OPTION, "--nope"),
        (["models", "nope"], WRONG_OPTION, "stepwise"),
        (["report", "nothing.dn"], BAD_DATA, "nothing.dn"),
        (["frobnicate"], WRONG_OPTION, "frobnicate"),
        (["check", "uk-2013-5", "--covariates", "foo", "--year", "bar"], WRONG_OPTION, "--covariates and --year"),
        (["check", "uk-2013-5", "--count", "bar"], WRONG_OPTION, "--count"),
        (["check", "counts.csv", "--year", "year"], WRONG_OPTION, "--year"),
        (["check", "counts.csv", "--id", "A", "--count", "B"], WRONG_OPTION, "--count"),
        (
            ["check", "counts.csv", "--lists", "A,B", "--rows", "people", "--on-conflict", "lowest"],
            WRONG_OPTION,
            "--id",
        ),
    ],
)
def test_what_is_wrong_is_said_without_a_traceback(arguments, code, said, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert call(*arguments) == code
    shown = capsys.readouterr()
    assert said in shown.err
    assert "Traceback" not in shown.err
    assert shown.out == ""


def test_a_place_that_cannot_be_written_is_told_before_the_work(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("darknumber.inference.estimate.estimate", None)  # not to be reached
    monkeypatch.setattr("darknumber.run.demo.run_study", None)
    (tmp_path / "file").touch()
    for arguments in (
        ["estimate", "uk-2013-5", "--out", "no/x.dn"],
        ["report", "nothing.dn", "--out", "file/x.html"],
        ["demo", "--out", "file"],
    ):
        assert call(*arguments) == BAD_DATA
        assert "Traceback" not in capsys.readouterr().err


def test_limits_that_do_not_add_up_are_told_before_the_work(tmp_path, monkeypatch, capsys):
    rows = [(1, 0, 0, 60), (0, 1, 0, 50), (1, 1, 0, 10), (0, 0, 1, 30), (1, 0, 1, 9), (0, 1, 1, 12)]
    text = "".join(f"{a},{b},{c},{s},{y},{n}\n" for y in (2018, 2019) for s in "vm" for a, b, c, n in rows)
    path = tmp_path / "both.csv"
    path.write_text("A,B,C,sex,year,count\n" + text)
    fixed = ["estimate", str(path), "--model", "stratified(independence, by=(sex, year))", "--interval", "profile"]
    assert call(*fixed, "--by", "year,sex", "--json") == DONE
    found = json.loads(capsys.readouterr().out)
    assert found["total"] is None
    assert found["strata"]["lower"] == found["by"][0]["lower"]
    monkeypatch.setattr("darknumber.inference.estimate.estimate", None)  # not to be reached
    for more in (["--json"], []):
        assert call(*fixed, "--by", "year", *more) == WRONG_OPTION
        assert "profile" in capsys.readouterr().err


@pytest.fixture
def by_sex(tmp_path: Path) -> Path:
    """Counts by year and sex, the sex of some not recorded."""
    rows = [(1, 0, 0, 60), (0, 1, 0, 50), (1, 1, 0, 10), (0, 0, 1, 30), (1, 0, 1, 9), (0, 1, 1, 12)]
    text = "".join(f"{a},{b},{c},{s},{y},{n}\n" for y in (2018, 2019) for s in ("v", "m", "") for a, b, c, n in rows)
    path = tmp_path / "sex.csv"
    path.write_text("A,B,C,sex,year,count\n" + text)
    return path


def test_people_without_a_value_can_be_shared_out(by_sex, capsys):
    fixed = ["estimate", str(by_sex), "--model", "independence", "--by", "sex", *FAST]
    assert call(*fixed) == DONE
    assert "not recorded" in capsys.readouterr().out.partition("Registered and estimated")[2]
    assert call(*fixed, "--not-recorded", "allocate", "--lang", "en") == DONE
    table = capsys.readouterr().out.partition("Registered and estimated")[2]
    assert "not recorded" not in table
    assert re.search("^m +25[67] ", table, re.MULTILINE)  # a year has 513 people; half of them is 256.5
    assert call(*fixed, "--not-recorded", "allocate", "--json") == DONE
    found = json.loads(capsys.readouterr().out)
    assert found["by"][0]["sex"] == ["m", "v"]
    assert found["by"][0]["observed"] == pytest.approx([513, 513])


def test_annual_means_over_chosen_years(by_sex, capsys):
    fixed = ["estimate", str(by_sex), "--model", "independence", "--by", "year", *FAST]
    assert call(*fixed, "--years", "2019", "--json") == DONE
    found = json.loads(capsys.readouterr().out)
    assert found["mean"]["estimate"] == pytest.approx(found["by"][0]["estimate"][1:])
    assert call(*fixed, "--years", "2018,2019") == DONE
    assert "2018" in capsys.readouterr().out
    for wrong, code in ((["--years", "2017"], BAD_DATA), (["--years", "2019", "--interval", "profile"], WRONG_OPTION)):
        assert call(*fixed, *wrong) == code
        assert capsys.readouterr().out == ""
    assert call("estimate", "uk-2013-5", "--years", "2013") == BAD_DATA


def test_a_fault_of_ours_shows_no_text_of_the_error(monkeypatch, capsys):
    secret = "Jansen, 1990-01-01"

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(secret)

    monkeypatch.setattr("darknumber.data.reading.example", broken)
    assert call("estimate", "uk-2013-5") == FAULT
    shown = capsys.readouterr()
    assert secret not in shown.err + shown.out
    assert "RuntimeError" in shown.err


def test_the_language_is_found_before_anything_else():
    assert chosen_language(["estimate", "x", "--lang", "nl"]) == ("nl", ["estimate", "x"])
    assert chosen_language(["--lang=nl", "--help"]) == ("nl", ["--help"])
    assert chosen_language(["--help"])[0] == "en"
    assert chosen_language(["check", "--", "--lang", "nl"]) == ("en", ["check", "--", "--lang", "nl"])
    assert chosen_language(["check", "--lang"]) == ("", ["check"])


@pytest.mark.parametrize("arguments", [["--lang", "xx", "models"], ["models", "--lang=de"], ["models", "--lang"]])
def test_a_language_we_do_not_speak_is_told(arguments, capsys):
    assert call(*arguments) == WRONG_OPTION
    shown = capsys.readouterr()
    assert "en and nl" in shown.err
    assert shown.out == ""


def test_a_language_of_the_environment_that_we_do_not_speak_is_told(monkeypatch, capsys):
    monkeypatch.setenv("DARKNUMBER_LANG", "xx")
    assert call("models") == WRONG_OPTION
    assert "DARKNUMBER_LANG" in capsys.readouterr().err
    assert call("models", "--lang", "nl") == DONE


def test_help_speaks_dutch():
    command = Path(sys.executable).with_name("darknumber")
    environment = {**os.environ, "DARKNUMBER_LANG": "nl"}
    said = subprocess.run([command, "estimate", "--help"], env=environment, capture_output=True, text=True, check=True)
    assert "Niveau van het interval" in said.stdout


def test_an_interrupt_stops_at_once_and_leaves_nothing(tmp_path):
    command = Path(sys.executable).with_name("darknumber")
    out = tmp_path / "kept.dn"
    arguments = ["estimate", "register", "--seed", "1", "--out", str(out)]
    work = subprocess.Popen([command, *arguments], stderr=subprocess.PIPE, stdout=subprocess.PIPE, cwd=tmp_path)
    time.sleep(8)  # well into a run of minutes
    assert work.poll() is None
    work.send_signal(signal.SIGINT)
    _, said = work.communicate(timeout=20)
    assert work.returncode == STOPPED
    assert b"Traceback" not in said
    assert list(tmp_path.iterdir()) == []


def test_the_file_that_is_read_is_not_written_over(counts, tmp_path, capsys):
    before = counts.read_bytes()
    assert call("estimate", str(counts), "--out", str(counts), *FAST) == BAD_DATA
    assert counts.read_bytes() == before
    kept = tmp_path / "kept.dn"
    assert call("estimate", str(counts), "--out", str(kept), *FAST) == DONE
    assert call("report", str(kept), "--out", str(kept)) == BAD_DATA
    assert load(kept).observed.sum() == 571
    capsys.readouterr()
