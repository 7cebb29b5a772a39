"""Linkage made up by hand: a model, pairs with weights and people, whose numbers can be checked on paper."""

from __future__ import annotations

import math

import numpy as np

from darknumber.register.linkage.link_quality import LinkQuality
from darknumber.register.linkage.link_summary import THRESHOLDS, LinkageSummary, _binned
from darknumber.register.linkage.linkage_model import LinkageModel, ModelComparison, ModelLevel, RulePairs


def level(code: str, m: float, u: float) -> ModelLevel:
    return ModelLevel(code=code, m=m, u=u, alike=(u, u))


def model() -> LinkageModel:
    """Date of birth: the same is 1,000 times as likely of one person; sex: 2 times."""
    return LinkageModel(
        comparisons=(
            ModelComparison(
                name="birth",
                levels=(level("same", 0.8, 0.0008), level("swapped", 0.1, 0.0002), level("other", 0.1, 0.999)),
            ),
            ModelComparison(name="sex", levels=(level("same", 0.98, 0.49), level("other", 0.02, 0.51))),
        ),
        prior=1 / 1001,
        alike=(("namesakes", 1e-6), ("relatives", 1e-6)),
        pairs=500.0,
        found=0.984,
        rules=(
            RulePairs(code="birth_date", pairs=3000, new_pairs=3000),
            RulePairs(code="names", pairs=2000, new_pairs=1203),
            RulePairs(code="swapped", pairs=4, new_pairs=2),
        ),
        reports=1001,
    )


def weights() -> np.ndarray:
    """Sixty pairs that are certain, thirty of two people, and ten in doubt; one at even odds."""
    return np.concatenate(
        [np.full(50, 30.0), np.full(10, np.inf), np.full(30, -20.0), np.linspace(-4.0, 4.1, 9), np.zeros(1)]
    )


def summary(**other: object) -> LinkageSummary:
    """1,001 reports: 700 people have one, 112 two, 23 three and 2 four."""
    weight = weights()
    thresholds = np.array(THRESHOLDS)
    given = {
        "name": "made-up.csv",
        "reports": 1001,
        "threshold": 0.5,
        "model": model(),
        "pairs": _binned(weight),
        "in_doubt": int((np.abs(weight) < math.log(99)).sum()),
        "people": np.array([0, 700, 112, 23, 2]),
        "thresholds": thresholds,
        "unlinkable": 0.01 + 0.02 * thresholds,
        "quality": LinkQuality(
            thresholds=thresholds, precision=0.9 + 0.1 * thresholds, recall=1 - 0.1 * thresholds, labelled=False
        ),
    }
    return LinkageSummary(**(given | other))
