"""Learners named in text: those of scikit-learn only, with settings, and told apart where they cannot be had."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from darknumber.data.individuals import individuals, number_columns
from darknumber.data.read import read_records
from darknumber.errors import ModelError
from darknumber.models import DoublyRobust
from darknumber.models.learners import learned, learner_of
from tests.robust import expit

PEOPLE = 8000
SAME = 1e-5  # of the unseen: both stop at the maximum of nearly the same likelihood, ours without a penalty


class Nearest:
    """A classifier as scikit-learn has them: the shares among the nearest rows."""

    def __init__(self, neighbours=5, weights="uniform"):
        self.neighbours, self.weights = neighbours, weights

    def fit(self, x, y):
        self.x, self.y, self.classes_ = x, y, np.unique(y)
        return self

    def predict_proba(self, x):
        near = np.argsort(((x[:, None] - self.x) ** 2).sum(axis=2), axis=1)[:, : self.neighbours]
        return (self.y[near][:, :, None] == self.classes_).mean(axis=1)


@pytest.fixture
def installed(monkeypatch):
    """A scikit-learn with one classifier."""
    package, module = ModuleType("sklearn"), ModuleType("sklearn.near")
    package.__path__ = []
    package.__spec__ = ModuleSpec("sklearn", None)
    module.Nearest, module.Scaler = Nearest, type("Scaler", (), {})
    monkeypatch.setitem(sys.modules, "sklearn", package)
    monkeypatch.setitem(sys.modules, "sklearn.near", module)


def test_a_learner_with_its_settings(installed):
    found = learner_of("sklearn.near.Nearest", ("neighbours=3", "weights = none"))
    assert (found.neighbours, found.weights) == (3, None)


def test_classes_that_were_not_seen_have_probability_zero():
    x = np.arange(6.0)[:, None]
    learner = Nearest(1)
    shares = learned(learner, x, np.array([0, 0, 2, 2, 2, 0]), x, 3)
    assert shares.tolist() == np.eye(3)[[0, 0, 2, 2, 2, 0]].tolist()
    assert not hasattr(learner, "x")  # a copy has learned


@pytest.mark.parametrize(
    ("text", "settings", "code"),
    [
        ("os.system", (), "unknown_learner"),
        ("forest", (), "unknown_learner"),
        ("sklearn.near.Forest", (), "unknown_learner"),
        ("sklearn.far.Nearest", (), "unknown_learner"),
        ("sklearn.near.Scaler", (), "unknown_learner"),
        ("sklearn.near.Nearest", ("neighbours",), "bad_learner_setting"),
        ("sklearn.near.Nearest", ("height=3",), "bad_learner_setting"),
    ],
)
def test_what_cannot_be_used_is_told(installed, text, settings, code):
    with pytest.raises(ModelError) as caught:
        learner_of(text, settings)
    assert caught.value.code == code
    assert str(caught.value)


def test_scikit_learn_is_named_where_it_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(ModelError) as caught:
        learner_of("sklearn.ensemble.RandomForestClassifier", ())
    assert caught.value.code == "learner_not_installed"


@pytest.fixture(scope="module")
def far_from_the_middle():
    """People whose lists are independent given a number, and who are found easily at both of its ends."""
    rng = np.random.default_rng(1)
    x = rng.normal(3.0, 1.5, PEOPLE)
    chance = expit(-1.5 + 2.2 * (np.abs(x - 3) > 1.2))
    on = rng.random((PEOPLE, 2)) < chance[:, None]
    data = pd.DataFrame({"a": on[:, 0].astype(int), "b": on[:, 1].astype(int), "x": x.round(3)})[on.any(axis=1)]
    records = read_records(data, lists=["a", "b"], covariates=["x"])
    return individuals(records, number_columns(records))


def test_logistic_regression_of_scikit_learn_says_what_ours_does(far_from_the_middle):
    theirs = DoublyRobust(learner="sklearn.linear_model.LogisticRegression", settings=("C=1e8", "tol=1e-8"))
    ours, other = (model.fit_people(far_from_the_middle, seed=1) for model in (DoublyRobust(), theirs))
    assert other.unobserved == pytest.approx(ours.unobserved, rel=SAME)
    assert other.variance == pytest.approx(ours.variance, rel=SAME)


def test_a_forest_finds_what_a_line_cannot(far_from_the_middle):
    settings = ("min_samples_leaf=50", "n_estimators=50", "random_state=0")
    forest = DoublyRobust(learner="sklearn.ensemble.RandomForestClassifier", settings=settings)
    line, found = (model.fit_people(far_from_the_middle, seed=1) for model in (DoublyRobust(), forest))
    assert line.estimate.sum() < 0.8 * PEOPLE
    assert abs(found.estimate.sum() - PEOPLE) < 2 * np.sqrt(found.variance.sum()) < 0.1 * PEOPLE


def test_what_learns_no_probabilities_is_refused():
    with pytest.raises(ModelError) as caught:
        learner_of("sklearn.linear_model.LinearRegression", ())
    assert caught.value.code == "unknown_learner"
