"""The model of Fellegi and Sunter, fitted to how often reports agree in which ways.

Of two reports about one person each comparison has a level with probability ``m``, of two reports about two people with
probability ``u`` (Fellegi and Sunter, JASA 64, 1969). ``u`` is read off pairs taken at random; ``m`` comes by EM
(Winkler 1988) from pairs that agree in at least two strong ways. Three things are not as usual, because each of them
decides how many people there are:

*   Names go with countries and sexes. Among two people of one country the same surname is several times as common as
    among any two, and taken for independent, such pairs would look like pairs of one person. So ``u`` of a name is one
    for each way in which two people agree on citizenship and sex.
*   Relatives share a surname, and twins a date of birth; people of one circle share names. Their pairs are sorts of
    their own, known by what is still chance in them (`Reason`).
*   Pairs of one person that agree in too little to be compared are to the linkage what unregistered people are to a
    register, and are filled in the same way: how many have each pattern follows from those that are seen (Dempster,
    Laird and Rubin, JRSS B 39, 1977, on truncated data).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from darknumber.register.linkage.patterns import (
    HALF_A_PAIR,
    NOT_RECORDED,
    Array,
    IsFound,
    Patterns,
    Reason,
    Shape,
    grid,
    peaked,
    score,
    score_following,
    shares,
    tallied,
)

TOLERANCE = 1e-6  # largest change of a probability; weights are then exact to far less than a bit
STEPS = 500  # a few dozen do
LIKE_ALL = 10.0  # pairs, by which the u of a name for one way of agreeing on country and sex is drawn to that of all
NEXT_TO_NONE = 1e-300  # so that nothing is divided by nothing
MOST_UNSEEN = 0.9  # share of pairs of one sort that are not compared; beyond it nothing is known of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """Pairs of two people who agree for a reason.

    Parameters
    ----------
    law
        For each comparison ``(levels,)`` probabilities.
    prior
        The probability that two reports taken at random are such a pair.
    """

    law: tuple[Array, ...]
    prior: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """What the reports say of how two reports about one person, and about two people, agree.

    Parameters
    ----------
    m
        For each comparison ``(levels,)`` probabilities of the levels among pairs about one person of which both say
        something.
    u
        Among any two people: for each comparison ``(levels of those it goes with + 1, ..., levels)``, the last place of
        each being where that is not recorded.
    overall
        ``u`` whatever the others are: ``(levels,)``.
    alike
        The sorts of pairs of two people who agree for a reason.
    follows
        As in `Shape`.
    prior
        The probability that two reports taken at random are about one person.
    pairs
        How many pairs of reports are about one person, by this model, compared or not.
    found
        The share of these that some rule brings together.
    steps
        Of EM.
    """

    m: tuple[Array, ...]
    u: tuple[Array, ...]
    overall: tuple[Array, ...]
    alike: tuple[Alike, ...]
    follows: tuple[tuple[int, ...], ...]
    prior: float
    pairs: float
    found: float
    steps: int

    def log_odds(self, patterns: Patterns, rarity: Array | float = 0.0) -> Array:
        """``(P,)`` natural log odds that pairs are about one person.

        Parameters
        ----------
        rarity
            ``(P,)`` what is to be added to the log of u, because what two reports share is rarer or more common than
            what two people usually share.
        """
        one, strangers, alike = self.logs(patterns)
        return np.asarray(one - np.logaddexp(strangers + rarity, alike))

    def logs(self, patterns: Patterns) -> tuple[Array, Array, Array]:
        """``(P,)`` the natural logs of the probabilities of patterns of one person, of strangers and of people alike.

        What was not recorded plays no part in them.
        """
        one = np.log(self.prior) + score(patterns, _logs(self.m))
        rest = 1 - self.prior - sum(each.prior for each in self.alike)
        strangers = np.log(rest) + score_following(patterns, self.u, self.follows)
        alike = np.full(len(patterns), -np.inf)
        for each in self.alike:
            alike = np.logaddexp(alike, np.log(each.prior) + score(patterns, _logs(each.law)))
        return one, strangers, alike


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sort:
    """Pairs of one sort, some of which are not compared.

    Parameters
    ----------
    law
        For each comparison ``(levels,)`` probabilities.
    null
        For each comparison the probability that it is not recorded.
    pairs
        How many there are.
    matters
        As in `Shape`.
    reason
        What makes it this sort.
    """

    law: tuple[Array, ...]
    null: tuple[float, ...]
    pairs: float
    matters: tuple[bool, ...]
    reason: Reason

    def unseen(self, patterns: Patterns) -> Array:
        """``(P,)`` the probabilities of patterns that are not compared, scaled down where they are nearly all.

        Comparisons that play no part in it are left out: among pairs of one sort they are independent of the others.
        """
        places = [place for place, matters in enumerate(self.matters) if matters]
        laws, nulls = [self.law[place] for place in places], [self.null[place] for place in places]
        chance = np.exp(score(patterns[:, places], _logs(laws), nulls=nulls))
        return np.asarray(chance * min(1.0, MOST_UNSEEN / max(chance.sum(), HALF_A_PAIR)))

    def again(self, patterns: Patterns, count: Array, unseen: Patterns, overall: Sequence[Array]) -> _Sort:
        """From how many compared pairs of this sort have each pattern; the others are filled in.

        `overall` is how any two people agree.
        """
        chance = self.unseen(unseen)
        pairs = float(count.sum()) / (1 - float(chance.sum()))
        law, null = [], []
        for place, each in enumerate(self.law):
            tally = tallied(patterns, count, place, len(each))
            if self.matters[place]:
                tally = tally + tallied(unseen, pairs * chance, place, len(each))
            fixed = self.reason.fixed(place, overall)
            law.append(shares(tally[:-1]) if fixed is None else fixed)
            null.append(float(tally[-1] / max(tally.sum(), HALF_A_PAIR)))
        return replace(self, law=tuple(law), null=tuple(null), pairs=max(pairs, HALF_A_PAIR))


def fit_matching(
    patterns: Patterns,
    count: Array,
    random: Patterns,
    random_count: Array,
    *,
    shape: Shape,
    reports: int,
    is_strong: IsFound,
    is_found: IsFound,
) -> Matching:
    """Fit the model.

    Parameters
    ----------
    patterns, count
        ``(P, comparisons)`` level numbers of the pairs that the rules bring together, each pattern once, and how many
        pairs have it.
    random, random_count
        The same of pairs taken at random.
    shape
        What a pattern is made of.
    reports
        How many reports there are.
    is_strong
        Whether pairs with given levels agree in enough to fit the model to; all these are brought together by a rule.
    is_found
        Whether some rule brings together pairs with given levels.
    """
    total = reports * (reports - 1) / 2
    strong = is_strong(patterns)
    patterns, count = patterns[strong], count[strong]
    everything = grid(shape)
    weak = everything[~is_strong(everything)]
    tallies = [tallied(random, random_count, place, size) for place, size in enumerate(shape.levels)]
    null = tuple(float(each[-1] / max(each.sum(), HALF_A_PAIR)) for each in tallies)
    few = max(min(float(reports), float(count.sum())) / 2, HALF_A_PAIR)
    first = tuple(peaked(size, first=True) for size in shape.levels)
    guess = tuple(peaked(size, first=often) for size, often in zip(shape.levels, shape.often, strict=True))
    sorts = [
        _Sort(law=first, null=null, pairs=few, matters=shape.matters, reason=Reason()),
        *(
            _Sort(law=_started(guess, reason), null=null, pairs=few, matters=shape.matters, reason=reason)
            for reason in shape.sorts
        ),
    ]
    share = random_count / max(random_count.sum(), HALF_A_PAIR)
    step = 0
    for step in range(1, STEPS + 1):  # noqa: B007 - told afterwards
        one = sorts[0]
        same = one.pairs / total * np.exp(score(random, _logs(one.law), nulls=one.null))
        u, overall = _among_two(
            random, random_count * np.clip(1 - same / np.maximum(share, NEXT_TO_NONE), 0.0, 1.0), shape
        )
        strangers = max(total - sum(each.pairs for each in sorts), 1.0)
        logs = np.stack(
            [
                *(np.log(each.pairs) + score(patterns, _logs(each.law)) for each in sorts),
                np.log(strangers) + score_following(patterns, u, shape.follows),
            ]
        )
        chance = np.exp(logs - np.logaddexp.reduce(logs))
        before = sorts
        sorts = [each.again(patterns, count * chance[place], weak, overall) for place, each in enumerate(sorts)]
        if _change(before, sorts) < TOLERANCE:
            break
    one, *alike = sorts
    whole = max(total, sum(each.pairs for each in sorts) + 1.0)  # of two reports, who make one pair, as of any others
    return Matching(
        m=one.law,
        u=u,
        overall=overall,
        alike=tuple(Alike(law=each.law, prior=each.pairs / whole) for each in alike),
        follows=shape.follows,
        prior=one.pairs / whole,
        pairs=one.pairs,
        found=1 - float(one.unseen(everything[~is_found(everything)]).sum()),
        steps=step,
    )


def _change(before: Sequence[_Sort], after: Sequence[_Sort]) -> float:
    """The largest change of a probability."""
    pairs = [(a, b) for one, other in zip(before, after, strict=True) for a, b in zip(one.law, other.law, strict=True)]
    return max(float(np.abs(a - b).max()) for a, b in pairs)


def with_prior(known: Matching, patterns: Patterns, count: Array, *, reports: int) -> Matching:
    """A model that was fitted to other reports, with the prior of these.

    Parameters
    ----------
    known
        The model.
    patterns, count
        Of the pairs that the rules bring together, as in `fit_matching`.
    reports
        How many reports there are.
    """
    total = reports * (reports - 1) / 2
    most = (1 - sum(each.prior for each in known.alike)) * total / (total + 1)  # a few reports may all be one person's
    pairs = float(reports)
    made = known
    for step in range(1, STEPS + 1):
        made = replace(known, prior=min(pairs / total, most), pairs=pairs, steps=step)
        expected = float((count * np.exp(-np.logaddexp(0.0, -made.log_odds(patterns)))).sum())
        before, pairs = pairs, max(expected / known.found, HALF_A_PAIR)
        if abs(pairs - before) < TOLERANCE * before:
            break
    return made


def _among_two(patterns: Patterns, count: Array, shape: Shape) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
    """`Matching.u` and `Matching.overall` from pairs about two people."""
    tables, overall = [], []
    for place, others in enumerate(shape.follows):
        size = shape.levels[place]
        law = shares(tallied(patterns, count, place, size)[:-1])
        overall.append(law)
        sizes = (*(shape.levels[other] + 1 for other in others), size)
        known = patterns[:, place] != NOT_RECORDED
        at = tuple(patterns[known, each] for each in (*others, place))
        # -1, not recorded, is the last place of those it goes with
        cell = np.ravel_multi_index(at, sizes, mode="wrap")
        table = np.bincount(cell, weights=count[known], minlength=math.prod(sizes)).reshape(sizes)
        filled = table + LIKE_ALL * law
        tables.append(filled / filled.sum(axis=-1, keepdims=True))
    return tuple(tables), tuple(overall)


def _logs(laws: Sequence[Array]) -> list[Array]:
    return [np.log(each) for each in laws]


def _started(guess: Sequence[Array], reason: Reason) -> tuple[Array, ...]:
    """Where EM starts for a sort of two people: by chance most differ."""
    return tuple(peaked(len(law), first=False) if place in reason.chance else law for place, law in enumerate(guess))
