"""No sentence for people stands outside ``words/``."""

from __future__ import annotations

import ast
import re

import pytest

# Four words in a row is speech; three can still be a name such as "not recorded here".
SPEECH = re.compile(r"(?:[A-Za-z][A-Za-z'-]+[ ,:]+){3,}[A-Za-z]")
# Begins as a sentence and ends as one, or is long enough to be nothing else.
SENTENCE = re.compile(r"^[A-Z][a-z]+(?:[ ,:;][^\n]*){3,}[.!?]$")
SPOKEN = frozenset(
    {"print", "echo", "secho", "warn", "write_line", "fail", "BadParameter", "ClickException", "UsageError"}
)
# A model's `source` cites a paper; citations are the same in every language.
CITATIONS = frozenset({"source", "SOURCE"})


def text_of(node: ast.AST) -> list[str]:
    return [each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str)]


def docstrings(tree: ast.AST) -> set[int]:
    """The identity of strings that stand alone as a statement: docstrings and notes under attributes."""
    alone = [node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)]
    return {id(value) for value in alone if isinstance(value, ast.Constant)}


def spoken(tree: ast.AST) -> list[str]:
    """Speech handed to an exception or printed."""
    found = []
    for node in ast.walk(tree):
        name = ""
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if isinstance(node, ast.Raise) or name in SPOKEN:
            found += [text for text in text_of(node) if SPEECH.search(text)]
    return found


def sentences(tree: ast.AST) -> list[str]:
    """Whole sentences anywhere in the code, docstrings and citations aside."""
    aside = docstrings(tree)
    for node in ast.walk(tree):
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        if any(isinstance(target, ast.Name) and target.id in CITATIONS for target in targets):
            aside |= {id(each) for each in ast.walk(node)}
    constants = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return [node.value for node in constants if id(node) not in aside and SENTENCE.match(node.value)]


def is_for_the_type_checker(test: ast.expr) -> bool:
    """Whether a condition only narrows a type."""
    if isinstance(test, ast.Compare):
        return isinstance(test.ops[0], ast.Is | ast.IsNot)
    return isinstance(test, ast.Call) and isinstance(test.func, ast.Name) and test.func.id == "isinstance"


def test_nothing_is_said_in_passing(sources):
    assert {source.place: said for source in sources if source.room != "words" and (said := spoken(source.tree))} == {}


def test_no_sentence_stands_outside_words(sources):
    assert {
        source.place: said for source in sources if source.room != "words" and (said := sentences(source.tree))
    } == {}


def test_nothing_is_asserted_at_the_user(sources):
    # A bare `assert x is not None` tells the type checker what is known; any other assertion is an error in disguise.
    disguised = []
    for source in sources:
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Assert) and (node.msg or not is_for_the_type_checker(node.test)):
                disguised.append(f"{source.place}:{node.lineno}")
    assert disguised == []


@pytest.mark.parametrize(
    "code",
    ["raise ValueError('the table has too many lists')", "print(f'now we fit all {n} models again')"],
)
def test_speech_is_seen(code):
    assert spoken(ast.parse(code))


def test_a_sentence_is_seen_and_a_docstring_is_not():
    code = 'def f():\n    """Fit all the models at once."""\n    return "This model could not be fitted here."'
    assert sentences(ast.parse(code)) == ["This model could not be fitted here."]
