"""Links on synthetic reports whose true persons are known, each part against a slow way of doing it."""

import logging
from itertools import combinations

import numpy as np
import pyarrow
import pytest

from darknumber.data.engine import fetch, kept
from darknumber.errors import InputError, ModelError
from darknumber.register.linkage.comparing import brought_together, every_nth, hold, patterns_of, these, weighed
from darknumber.register.linkage.comparisons import usable_comparisons
from darknumber.register.linkage.link import link
from darknumber.register.linkage.link_quality import link_quality, waterfall
from darknumber.register.linkage.linkage_model import read_linkage_model
from darknumber.register.linkage.methods import Exact, Probabilistic, Rules
from darknumber.register.linkage.partitions import people_at
from darknumber.register.linkage.patterns import NOT_RECORDED
from darknumber.register.linkage.rules import columns_for, found, strong, usable_rules
from darknumber.register.linkage.weighing import MOST_TOGETHER, missing_pairs, random_pairs
from darknumber.register.names.forms import forms
from darknumber.register.names.letters import with_letters
from darknumber.register.names.turned import names_in_place
from darknumber.register.reading.reports import read_reports
from darknumber.register.synthetic.synthetic_reports import synthetic_reports

REPORTS = 1_500
NOISE = 0.04  # of a share of some hundred pairs: two standard errors


def frame(columns):
    return pyarrow.table(
        {
            name: pyarrow.array([None if each is None else str(each) for each in values])
            for name, values in columns.items()
        }
    )


@pytest.fixture(scope="module")
def made():
    return synthetic_reports(REPORTS, seed=4)


@pytest.fixture(scope="module")
def reports(made):
    return read_reports(frame(made.columns), name="synthetic")


@pytest.fixture(scope="module")
def links(reports):
    return link(reports, seed=1)


@pytest.fixture(scope="module")
def person(made, links):
    return np.asarray(made.person)[links.row - 2]  # the headings are row 1


@pytest.fixture(scope="module")
def some(reports):
    """Cleaned forms of a few hundred reports in Splink's hands, and the same as Python values."""
    few = kept(with_letters(names_in_place(kept(forms(reports.accepted.head(250))))))
    names = few.collect_schema().names()
    comparisons = usable_comparisons(names)
    rules = usable_rules(names, comparisons)
    needed = [name for name in names if name in columns_for(comparisons, rules) and name != "row"]
    held = hold(few.select("row", *needed), comparisons, rules)
    values = fetch(few.select("row", *needed))
    rows = [dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True)]
    return held, sorted(rows, key=lambda row: row["row"])


@pytest.fixture(scope="module")
def fitted(reports, some):
    """A model for these forms, in which numbers of persons are shared."""
    return link(reports, Probabilistic(key="shared"), seed=1).model.matching(some[0].comparisons)


def distance(one, other):
    """Levenshtein's, the slow way."""
    before = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        now = [i]
        for j, b in enumerate(other, 1):
            now.append(min(now[-1] + 1, before[j] + 1, before[j - 1] + (a != b)))
        before = now
    return before[-1]


def same(a, b, name):
    return a[name] is not None and a[name] == b[name]


def slow_level(name, a, b):
    """The code of the level of a pair, in Python; None where one of the two does not say."""
    gone = any(a.get(n) is None or b.get(n) is None for n in (name,)) if name not in ("given", "birth") else False
    crossings = [a["given"] is not None and a["given"] == b["surname"]]
    crossings.append(a["surname"] is not None and a["surname"] == b["given"])
    if name == "given":
        missing = a["given"] is None or b["given"] is None
        if missing and (a["initial"] is None or b["initial"] is None):
            return None
        if same(a, b, "given_full"):
            return "same"
        if same(a, b, "given"):
            return "first"
        if all(crossings):
            return "swapped"
        if same(a, b, "given_sound"):
            return "sounds"
        first = tuple(x["given_full"].split(" ")[0] for x in (a, b)) if not missing else ()
        full = (a["given_full"], b["given_full"])
        near = "other" if missing else spelled((a["given"], b["given"]), first, full)
        if near != "other":
            return near
        if any(crossings):
            return "crossed"
        return "initial" if missing and a["initial"] == b["initial"] else "other"
    if name == "surname":
        if gone or (any(crossings) and a["surname"] != b["surname"]):
            return None
        if same(a, b, "surname"):
            return "same"
        if same(a, b, "surname_sound"):
            return "sounds"
        near = spelled((a["surname"], b["surname"]))
        if near != "other":
            return near
        halves = (a["surname"], b["surname_other"]), (a["surname_other"], b["surname"])
        return "half" if any(x is not None and x == y for x, y in halves) else "other"
    if name == "birth":
        if a["birth_year"] is None or b["birth_year"] is None:
            return None
        year = a["birth_year"] == b["birth_year"]
        whole = a["birth_date"] is not None and b["birth_date"] is not None
        if same(a, b, "birth_date"):
            return "same"
        if same(a, b, "birth_swapped"):
            return "swapped"
        if year and whole and distance(a["birth_date"], b["birth_date"]) == 1:
            return "one_digit"
        if same(a, b, "birth_year_month"):
            return "year_and_month"
        if year:
            return "year" if whole else "year_only"
        return "day_and_month" if same(a, b, "birth_month_day") else "other"
    if name == "time":
        apart = None if a["year"] is None or b["year"] is None else abs(int(a["year"]) - int(b["year"]))
        return None if apart is None else {0: "same", 1: "next"}.get(apart, "other")
    if gone or (name == "own_key" and a["organisation"] != b["organisation"]):
        return None
    return "same" if a[name] == b[name] else "other"


def spelled(*ways):
    """Of several ways to write two names; what is two letters apart in the last of them does not count."""
    if any(distance(*way) == 1 or exchanged(*way) for way in ways):
        return "one_letter"
    near = any(distance(*way) == 2 and min(map(len, way)) > 5 for way in ways[:2])
    return "two_letters" if near else "other"


def exchanged(one, other):
    """Two letters in each other's place, or as good as."""
    return distance(one, other) == 2 and len(one) == len(other) and set(one) == set(other)


def test_the_levels_in_sql_are_those_of_a_slow_comparison(some):
    held, rows = some
    place = {row["row"]: row for row in rows}
    left, right = np.array(list(combinations(sorted(place), 2)), dtype=np.int64).T
    patterns, count = patterns_of(held, these(held, left, right))
    told = {tuple(each): int(n) for each, n in zip(patterns.tolist(), count, strict=True)}
    slow = {}
    for one, other in zip(left.tolist(), right.tolist(), strict=True):
        codes = [slow_level(each.name, place[one], place[other]) for each in held.comparisons]
        key = tuple(
            NOT_RECORDED if code is None else each.place(code)
            for each, code in zip(held.comparisons, codes, strict=True)
        )
        slow[key] = slow.get(key, 0) + 1
    assert told == slow


@pytest.mark.parametrize("least", [0.001, 0.5])
def test_pairs_below_the_floor_stay_in_the_engine_and_no_others(some, fitted, least):
    held, rows = some
    every = np.array(list(combinations([row["row"] for row in rows], 2)))
    pairs = these(held, every[:, 0], every[:, 1])
    whole, part = weighed(held, pairs, fitted), weighed(held, pairs, fitted, least=least)
    assert len(whole.left) == len(every)
    kept_ones = whole.weight >= np.log(least / (1 - least))
    assert 0 < kept_ones.sum() < len(every)
    for name in ("left", "right", "weight", "agreement"):
        assert (getattr(part, name) == getattr(whole, name)[kept_ones]).all()


def test_how_rare_a_shared_value_is_counts_the_reports_that_have_it(some, fitted):
    held, rows = some
    one = {row["row"]: row for row in rows}
    every = np.array(list(combinations(one, 2)))
    found = weighed(held, these(held, every[:, 0], every[:, 1]), fitted)
    names = [each.name for each in held.comparisons]
    shares = {"given": ("given_full", "given"), "surname": ("surname",), "birth": ("birth_date",)}
    shares |= {"citizenship": ("citizenship",), "place": ("place",)}
    for pair in np.random.default_rng(1).choice(len(every), 300, replace=False):
        rarity = 0.0
        for name, columns in shares.items():
            level = found.agreement[pair, names.index(name)]
            if not 0 <= level < len(columns):
                continue
            value = one[found.left[pair]][columns[level]]
            values = [row[columns[level]] for row in rows if row[columns[level]] is not None]
            u = fitted.overall[names.index(name)][level]
            rarity += np.log(max(values.count(value) - 1, 1) / (len(values) + 1 / u) / u)
        assert found.weight[pair] == pytest.approx(fitted.log_odds(found.agreement[[pair]], rarity)[0])


def test_a_pair_is_brought_together_exactly_where_its_levels_say_so(some):
    """What the model takes for unseen must be what no rule finds."""
    held, rows = some
    place = {row["row"]: row for row in rows}
    together = held.api.query_sql(f"SELECT * FROM {brought_together(held).physical_name}").as_pyarrow_table()
    listed = {
        (min(a, b), max(a, b))
        for a, b in zip(*(together.column(f"join_key_{side}").to_pylist() for side in "lr"), strict=True)
    }
    pairs = list(combinations(sorted(place), 2))
    codes = [[slow_level(each.name, place[one], place[other]) for each in held.comparisons] for one, other in pairs]
    patterns = np.array(
        [
            [NOT_RECORDED if c is None else each.place(c) for each, c in zip(held.comparisons, row, strict=True)]
            for row in codes
        ],
        dtype=np.int8,
    )
    finds = found(held.rules, held.comparisons, patterns).any(axis=0)
    assert not (strong(held.comparisons, held.rules, patterns) & ~finds).any()
    by_levels = {pair for pair, holds in zip(pairs, finds, strict=True) if holds}
    assert listed == by_levels
    assert len(listed) > 20


def test_links_are_good_and_say_how_good(links, person):
    quality = link_quality(links, person, thresholds=(0.5,))
    assert quality.precision[0] > 0.98
    assert quality.recall[0] > 0.92
    true = person[links.left] == person[links.right]
    chance = links.probability
    assert chance.sum() == pytest.approx(true.sum(), rel=NOISE)  # as many as the probabilities say


def test_a_report_that_says_too_little_is_unlinkable(links, person):
    alone = links.unlinkable(0.5)
    assert 0.005 < alone.mean() < 0.05  # two in a hundred are made without an identity
    assert not alone[links.left[links.probability > 0.9]].any()


def test_the_same_seed_gives_the_same_links(reports, links):
    again = link(reports, seed=1)
    for one, other in ((links.left, again.left), (links.right, again.right), (links.agreement, again.agreement)):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_allclose(links.weight, again.weight, rtol=1e-9)


def test_within_a_group_every_pair_is_there(links):
    group = people_at(links, 1e-9)
    pairs = set(zip(links.left.tolist(), links.right.tolist(), strict=True))
    sizes = np.bincount(group)
    assert sizes.max() > 2
    for name in np.flatnonzero(sizes > 2):
        assert pairs.issuperset(combinations(np.flatnonzero(group == name).tolist(), 2))


def test_missing_pairs_by_brute_force():
    rng = np.random.default_rng(8)
    for _ in range(30):
        n = int(rng.integers(4, 40))
        pairs = {tuple(sorted(rng.choice(n, 2, replace=False).tolist())) for _ in range(n // 2)}
        left, right = np.array(sorted(pairs)).T
        more_left, more_right, large = missing_pairs(left, right, n)
        group = list(range(n))
        for _ in range(n):
            for a, b in pairs:
                group[a] = group[b] = min(group[a], group[b])
        wanted = {(a, b) for a, b in combinations(range(n), 2) if group[a] == group[b]} - pairs
        assert set(zip(more_left.tolist(), more_right.tolist(), strict=True)) == wanted
        assert not large.any()


def test_large_groups_are_told_and_left_as_they_are():
    chain = np.arange(MOST_TOGETHER + 1)
    left, right, large = missing_pairs(chain, chain + 1, MOST_TOGETHER + 2)
    assert (len(left), len(right)) == (0, 0)
    assert large.all()


def test_random_pairs_are_all_pairs_where_these_are_few():
    left, right = random_pairs(50, 1)
    assert len(set(zip(left.tolist(), right.tolist(), strict=True))) == 50 * 49 // 2
    left, right = random_pairs(100_000, 1)
    assert (left < right).all()
    assert right.max() < 100_000


def test_a_model_can_be_kept_and_used_again(reports, links, tmp_path):
    path = tmp_path / "model.json"
    path.write_text(links.model.to_json(), encoding="utf-8")
    again = link(reports, Probabilistic(model=read_linkage_model(path)), seed=9)
    assert again.model.prior == pytest.approx(links.model.prior, rel=0.03)
    sure = [
        set(zip(x.left[x.weight > 0].tolist(), x.right[x.weight > 0].tolist(), strict=True)) for x in (links, again)
    ]
    assert len(sure[0] ^ sure[1]) <= 2


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"version": 1}', "nonsense"])
def test_what_is_no_model_is_refused(tmp_path, text):
    path = tmp_path / "model.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_linkage_model(path)
    assert caught.value.code == "bad_linkage_model"


def test_a_model_with_a_probability_that_is_none_is_refused(links, tmp_path):
    path = tmp_path / "model.json"
    path.write_text(links.model.to_json().replace('"prior": ', '"prior": 7'), encoding="utf-8")
    with pytest.raises(InputError):
        read_linkage_model(path)


def test_rules_by_brute_force(reports, made):
    rules = (("given", "surname", "birth_date"), ("surname", "initial", "birth_date", "sex"))
    links = link(reports, Rules(rules=rules))
    values = fetch(forms(reports.accepted).select("row", *{name for rule in rules for name in rule}))
    rows = sorted(zip(*values.values(), strict=True), key=lambda row: row[list(values).index("row")])
    told = [dict(zip(values, row, strict=True)) for row in rows]
    label = list(range(len(told)))
    for _ in range(3):
        for rule in rules:
            first = {}
            for place, row in enumerate(told):
                key = tuple(row[name] for name in rule)
                if None not in key:
                    start = first.setdefault(key, place)
                    label = [label[start] if each == label[place] else each for each in label]
    slow = np.array(label)
    fast = people_at(links, 0.5)
    assert np.array_equal(slow[:, None] == slow[None, :], fast[:, None] == fast[None, :])
    assert links.model is None
    assert np.isinf(links.weight).all()


def test_a_shared_number_links_exactly(made):
    columns = dict(made.columns)
    columns["person_key"] = [None if place % 10 == 0 else f"k{each}" for place, each in enumerate(made.person)]
    links = link(read_reports(frame(columns)), Exact())
    person = np.asarray(made.person)[links.row - 2]
    told = links.best == np.inf
    assert told.mean() == pytest.approx(0.9, abs=0.01)
    label = people_at(links, 0.5)[told]
    assert len(np.unique(label)) == len(np.unique(person[told]))


def test_a_waterfall_adds_up(links):
    for pair in (0, len(links.left) // 2, len(links.left) - 1):
        told = waterfall(links, pair)
        assert told.prior + sum(bits for _, _, bits in told.steps) + told.rarity == pytest.approx(told.total)
        assert told.total == pytest.approx(links.weight[pair] / np.log(2))


def test_expected_quality_is_near_what_labels_say(links, person):
    expected = link_quality(links, thresholds=(0.5, 0.9))
    counted = link_quality(links, person, thresholds=(0.5, 0.9))
    assert not expected.labelled
    assert counted.labelled
    np.testing.assert_allclose(expected.precision, counted.precision, atol=NOISE)
    np.testing.assert_allclose(expected.recall, counted.recall, atol=2 * NOISE)  # it cannot know of lost identities


def test_names_that_were_exchanged_are_put_back(reports):
    cleaned = kept(forms(reports.accepted))
    before, after = (fetch(each.sort("row").select("given", "surname")) for each in (cleaned, names_in_place(cleaned)))
    turned = [
        place for place, (one, other) in enumerate(zip(before["given"], after["given"], strict=True)) if one != other
    ]
    assert 0 < len(turned) < 40  # one in a hundred is written so, and most names are too rare here to tell
    for place in turned:
        assert (before["given"][place], before["surname"][place]) == (after["surname"][place], after["given"][place])


def test_nothing_is_said_of_anybody(reports, links, made, caplog, capfd):
    with caplog.at_level(logging.DEBUG):
        link(reports, seed=2)
        text = f"{links!r}{links}{links.model.to_json()}{links.findings}{waterfall(links, 0)}"
    out, err = capfd.readouterr()
    text += out + err + caplog.text
    names = {name.casefold() for name in made.columns["surname"] if name is not None and len(name) > 5}
    assert not [name for name in names if name in text.casefold()]


def test_what_an_engine_says_does_not_ride_along(some):
    held, _ = some
    with pytest.raises(InputError) as caught:
        weighed(held, held.table, None)
    assert caught.value.code == "engine_failed"
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


BARE = {"organisation": ["a", "b"], "report_date": ["2019-01-01"] * 2}
ONE = {name: each[:1] for name, each in BARE.items()}
ONE |= {"given_name": ["c"], "surname": ["b"], "birth_date": ["1990-02-03"]}


@pytest.mark.parametrize(
    ("columns", "method", "code"),
    [
        (BARE, "probabilistic", "nothing_to_link"),
        (ONE, "probabilistic", "too_few_reports"),
        (BARE | {"surname": ["b", "c"]}, Rules(rules=(("nonsense",),)), "no_column_to_link"),
        (BARE, "guessing", "unknown_method"),
    ],
)
def test_what_cannot_be_linked_is_refused(columns, method, code):
    with pytest.raises(InputError) as caught:
        link(read_reports(frame(columns)), method)
    assert caught.value.code == code


def test_settings_that_cannot_be_are_refused():
    with pytest.raises(InputError):
        Probabilistic(compare=("shoe size",))
    with pytest.raises(InputError):
        Probabilistic(floor=0.0)


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_a_seed_that_is_none_is_refused(reports, seed):
    with pytest.raises(ModelError) as refused:
        link(reports, seed=seed)
    assert refused.value.code == "bad_seed"


def test_one_in_so_many_pairs_is_no_matter_of_the_order_of_the_file(some):
    held, _ = some
    left = np.repeat(np.arange(1, 20_001), 2)
    every_second = these(held, left[:20_000], left[:20_000] + 1)
    for n in (2, 3, 7):
        kept_pairs = every_nth(held, every_second, n).as_pyarrow_table()
        assert len(kept_pairs) == pytest.approx(20_000 / n, rel=0.08)
        even = np.asarray(kept_pairs["join_key_l"]) % 2 == 0
        assert even.mean() == pytest.approx(0.5, abs=0.03)
