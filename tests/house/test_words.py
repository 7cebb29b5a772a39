"""Every sentence exists in both languages, has all it needs, and is said somewhere."""

from __future__ import annotations

import ast
import re
import string
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import pytest

from darknumber.words import LANGUAGES, catalogue

ERRORS = frozenset({"DarknumberError", "InputError", "ModelError", "NotEstimable", "Cancelled"})
PARTS = frozenset({"what", "got", "hint"})
OTHER_LANGUAGES = [code for code in LANGUAGES if code != "en"]


# These put keys together for whoever calls them; what is said is read off their callers.
PASSES_ON = frozenset({"errors.py", "findings.py", "words/catalogue.py"})
# What is added to the name of a law or a model where nothing is: the setting is the usual one.
NOTHING_ADDED = {
    "laws.ones.plain",
    "title.first.same",
    "title.lists.own",
    "title.margin.free",
    "title.prior.unit-information",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """One place in the code that says a sentence."""

    place: str
    pattern: str | None  # of the keys it can say; None: not to be read off
    values: frozenset[str] | None  # what it hands over; None: not to be read off

    def keys(self, code: str) -> tuple[str, ...]:
        return matching(self.pattern, code) if self.pattern else ()


@cache  # sentences by the thousand, each held against all keys
def matching(pattern: str, code: str) -> tuple[str, ...]:
    """The keys of a language that a pattern can be."""
    known, holds = catalogue.keys(code), re.compile(pattern).fullmatch
    whole = re.sub(r"\\(.)", r"\1", pattern)
    if re.escape(whole) == pattern:
        return (whole,) if whole in known else ()
    return tuple(key for key in known if holds(key))


def forms(sentence: str | dict[str, str]) -> list[str]:
    return [sentence] if isinstance(sentence, str) else list(sentence.values())


def fields(sentence: str | dict[str, str]) -> set[tuple[str, str]]:
    """The placeholders of a sentence, each with its style."""
    pieces = [piece for form in forms(sentence) for piece in string.Formatter().parse(form)]
    return {(re.split(r"[.\[]", name)[0], style or "") for _, name, style, _ in pieces if name is not None}


def names(sentence: str | dict[str, str]) -> set[str]:
    found = {name for name, _ in fields(sentence)}
    return found if isinstance(sentence, str) else found | {"n"}


def pages(package, code: str) -> dict[str, dict[str, object]]:
    folder = package / "words" / code
    return {path.name: tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.toml"))}


def flat(node: dict[str, object], prefix: str = "") -> Iterator[str]:
    for name, value in node.items():
        if isinstance(value, dict) and set(value) != {"one", "other"}:
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name


def pattern_of(node: ast.expr, names: Mapping[str, str] | None = None) -> str | None:
    """The strings an expression can be, as a pattern; None when not even its beginning can be read off.

    `names` says what variables can be.
    """
    pattern = _pattern(node, names or {})
    return pattern if re.match(r"\(*[a-z]", pattern) else None


def _pattern(node: ast.expr, names: Mapping[str, str]) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.escape(node.value)
    if isinstance(node, ast.Name):
        return names.get(node.id, ".+")
    if isinstance(node, ast.FormattedValue):
        return _pattern(node.value, names)
    if isinstance(node, ast.IfExp):
        return f"({_pattern(node.body, names)}|{_pattern(node.orelse, names)})"
    if isinstance(node, ast.JoinedStr):
        return "".join(_pattern(part, names) for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _pattern(node.left, names) + _pattern(node.right, names)
    return ".+"


def variables(function: ast.AST) -> dict[str, str]:
    """What the variables of a function can be, where every assignment to them can be read off."""
    values: dict[str, set[str | None]] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            values.setdefault(node.targets[0].id, set()).add(pattern_of(node.value))
    return {name: f"({'|'.join(sorted(filter(None, each)))})" for name, each in values.items() if None not in each}


def calls(tree: ast.Module) -> Iterator[tuple[ast.Call, dict[str, str]]]:
    """Every call, with what the variables around it can be."""

    def within(node: ast.AST, names: dict[str, str]) -> Iterator[tuple[ast.Call, dict[str, str]]]:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names = names | variables(node)
        if isinstance(node, ast.Call):
            yield node, names
        for child in ast.iter_child_nodes(node):
            yield from within(child, names)

    yield from within(tree, {})


def called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def keywords(node: ast.Call) -> frozenset[str] | None:
    given = [keyword.arg for keyword in node.keywords]
    return None if None in given else frozenset(name for name in given if name)


def given_in_dict(node: ast.expr | None) -> frozenset[str] | None:
    if node is None:
        return frozenset()
    if isinstance(node, ast.Dict) and all(isinstance(key, ast.Constant) for key in node.keys):
        return frozenset(key.value for key in node.keys)  # type: ignore[union-attr]
    if isinstance(node, ast.Call) and called(node) == "dict" and not node.args:
        return keywords(node)
    return None


def carriers(sources) -> dict[str, list[ast.expr]]:
    """Functions that make an error from the `code` their caller gives first, and the codes they make of it."""
    found: dict[str, list[ast.expr]] = {}
    for source in sources:
        for function in ast.walk(source.tree):
            if isinstance(function, ast.FunctionDef) and [arg.arg for arg in function.args.args][:1] == ["code"]:
                made = [node.args[0] for node in ast.walk(function) if makes_error(node) and node.args]
                if made:
                    found[function.name] = made
    return found


def told_by_trouble(sources) -> tuple[list[Saying], set[int]]:
    """The codes that functions called ``..._trouble`` return, and the errors made of them where they are called."""
    found: list[Saying] = []
    told: set[int] = set()
    for source in sources:
        for function in ast.walk(source.tree):
            if not isinstance(function, ast.FunctionDef):
                continue
            if function.name.endswith("_trouble"):
                returned = [node for node in ast.walk(function) if isinstance(node, ast.Return) and node.value]
                patterns = [pattern_of(node.value) for node in returned if node.value]
                place = f"{source.place}:{function.lineno}"
                found += [error_said(place, pattern, None) for pattern in patterns if pattern]
            elif any(isinstance(node, ast.Call) and called(node).endswith("_trouble") for node in ast.walk(function)):
                told |= {id(node) for node in ast.walk(function) if makes_error(node)}
    return found, told


def makes_error(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and called(node) in ERRORS


def error_said(place: str, pattern: str | None, values: frozenset[str] | None) -> Saying:
    whole = pattern and rf"error\.({pattern})\.({'|'.join(sorted(PARTS))})"
    return Saying(place=place, pattern=whole, values=values)


def finding_said(node: ast.Call, place: str, variable: Mapping[str, str]) -> Saying:
    given = {keyword.arg: keyword.value for keyword in node.keywords}
    pattern = pattern_of(given["code"], variable) if "code" in given else None
    values = given_in_dict(given.get("values"))
    whole = pattern and rf"finding\.({pattern})"
    return Saying(place=place, pattern=whole, values=values | {"where"} if values is not None else None)


@pytest.fixture(scope="module")
def sayings(sources) -> list[Saying]:
    """Everywhere an error is raised, a finding made or a sentence said."""
    carry = carriers(sources)
    carried = {id(made) for several in carry.values() for made in several}
    found, told = told_by_trouble(sources)
    for source in sources:
        if source.place in PASSES_ON:
            continue
        for node, variable in calls(source.tree):
            place = f"{source.place}:{node.lineno}"
            if called(node) in carry and node.args:
                code = pattern_of(node.args[0], variable)
                patterns = [pattern_of(made, {"code": code}) for made in carry[called(node)]] if code else []
                found.append(error_said(place, "|".join(filter(None, patterns)) or None, None))
            elif makes_error(node) and not (node.args and id(node.args[0]) in carried):
                pattern = pattern_of(node.args[0], variable) if node.args else "cancelled"
                if pattern is None and id(node) in told:
                    continue
                found.append(error_said(place, pattern, keywords(node)))
            elif called(node) == "Finding":
                found.append(finding_said(node, place, variable))
            elif called(node) == "say" and node.args and (pattern := pattern_of(node.args[0], variable)):
                found.append(Saying(place=place, pattern=pattern, values=keywords(node)))
    return found


@pytest.mark.parametrize("code", OTHER_LANGUAGES)
def test_languages_have_the_same_sentences(code):
    assert catalogue.keys(code).keys() == catalogue.keys("en").keys()


@pytest.mark.parametrize("code", OTHER_LANGUAGES)
def test_languages_name_the_same_values(code):
    other = catalogue.keys(code)
    different = {
        key: (fields(sentence), fields(other[key]))
        for key, sentence in catalogue.keys("en").items()
        if key in other and fields(sentence) != fields(other[key])
    }
    assert different == {}


@pytest.mark.parametrize("code", OTHER_LANGUAGES)
def test_pages_are_the_same_pages(package, code):
    english, other = pages(package, "en"), pages(package, code)
    assert {name: set(flat(page)) for name, page in other.items()} == {
        name: set(flat(page)) for name, page in english.items()
    }


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_sentence_stands_on_two_pages(package, code):
    seen: dict[str, str] = {}
    twice = {}
    for name, page in pages(package, code).items():
        for key in flat(page):
            if key in seen:
                twice[key] = (seen[key], name)
            seen[key] = name
    assert twice == {}


@pytest.mark.parametrize("code", LANGUAGES)
def test_styles_are_known(code):
    known = catalogue.keys(code)
    places = {key.rpartition(".")[0] for key in known if "." in key.rpartition(".")[0]}
    unknown = {
        key: style
        for key, sentence in known.items()
        for _, style in fields(sentence)
        if style and style not in catalogue._STYLES and style not in places
    }
    assert unknown == {}


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_sentence_is_empty(code):
    found = {key for key, value in catalogue.keys(code).items() if not all(form.strip() for form in forms(value))}
    assert found == NOTHING_ADDED


@pytest.mark.parametrize("code", OTHER_LANGUAGES)
def test_sentences_are_translated(code):
    words_that_cannot_be_chance = 4
    same = [
        key
        for key, sentence in catalogue.keys("en").items()
        if sentence == catalogue.keys(code).get(key)
        and any(
            len(re.findall(r"(?<![{:])\b[a-z]{2,}\b(?![}:])", form)) >= words_that_cannot_be_chance
            for form in forms(sentence)
        )
    ]
    assert same == []


def test_every_error_says_what_and_nothing_unknown():
    codes: dict[str, set[str]] = {}
    for key in catalogue.keys("en"):
        if key.startswith("error."):
            code, _, part = key.removeprefix("error.").rpartition(".")
            codes.setdefault(code, set()).add(part)
    assert {code: parts for code, parts in codes.items() if "what" not in parts or not parts <= PARTS} == {}


def test_codes_can_be_read_off(sayings):
    # A code that is put together at run time, without so much as a beginning, has sentences nobody can check.
    assert [saying.place for saying in sayings if saying.pattern is None] == []


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_code_in_use_has_its_sentences(sayings, code):
    assert [(saying.place, saying.pattern) for saying in sayings if saying.pattern and not saying.keys(code)] == []


def test_every_sentence_gets_its_values(sayings):
    known = catalogue.keys("en")
    wanting = [
        (saying.place, key, lacking)
        for saying in sayings
        if saying.values is not None and saying.pattern and ".+" not in saying.pattern  # one sentence, not a family
        for key in saying.keys("en")
        if (lacking := names(known[key]) - saying.values)
    ]
    assert wanting == []


def test_every_sentence_is_said(sources, sayings, package):
    """No sentence outlives the code that said it."""
    known = catalogue.keys("en")
    said = {key for saying in sayings for key in saying.keys("en")}
    said |= {key for key in known if key.startswith("error.cancelled.")}  # raised by the user's own callback
    places = {style for sentence in known.values() for _, style in fields(sentence)}
    said |= {key for key in known if key.rpartition(".")[0] in places}  # a word that another sentence looks up
    for source in sources:
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Constant) and node.value in known:
                said.add(str(node.value))
            elif isinstance(node, ast.JoinedStr) and source.place not in PASSES_ON:
                said |= set(Saying(place="", pattern=pattern_of(node), values=None).keys("en"))
    for path in package.rglob("templates/*"):
        quoted = re.findall(r"[\"']([a-z_]+\.[a-z_.]*)[\"']", path.read_text(encoding="utf-8"))
        # say("verdict." ~ name) says every sentence that begins so.
        said |= {
            key for key in known for text in quoted if key == text or (text.endswith(".") and key.startswith(text))
        }
    assert sorted(known.keys() - said) == []
