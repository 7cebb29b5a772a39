"""Given names and surnames that were written in each other's place, put back by what most reports do."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw

# How many times as usual the names must be the other way round. A pair of rare names that are both used as either is
# left as it is.
MORE_USUAL = 10.0
NEVER_SEEN = 0.5  # reports, for a name that was never seen in a place
PAIRS = (
    ("given", "surname"),
    ("given_full", "surname_full"),
    ("given_sound", "surname_sound"),
    ("given_soundex", "surname_soundex"),
    ("given_grams", "surname_grams"),
)


def names_in_place(forms: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """The cleaned forms with names that stand in each other's place exchanged.

    Only for text: pseudonyms of a given name and of a surname cannot be compared, and are left as they are. Prefixes
    and second surnames stay where they are.
    """
    columns = forms.collect_schema().names()
    if "given_grams" not in columns or "surname_grams" not in columns:
        return forms
    held = forms
    for name in ("given", "surname"):
        for place in ("given", "surname"):
            usual = forms.filter(~nw.col(place).is_null()).group_by(place).agg(nw.len().alias(f"{name}_as_{place}"))
            usual = usual.rename({place: f"{name}_key"})
            held = held.join(usual, left_on=name, right_on=f"{name}_key", how="left")
    seen = {
        (name, place): nw.col(f"{name}_as_{place}").cast(nw.Float64).fill_null(NEVER_SEEN)
        for name in ("given", "surname")
        for place in ("given", "surname")
    }
    turned = seen["given", "surname"] * seen["surname", "given"]
    straight = seen["given", "given"] * seen["surname", "surname"]
    wrong = ~nw.col("given").is_null() & ~nw.col("surname").is_null() & (turned > MORE_USUAL * straight)
    made = []
    for one, other in PAIRS:
        if one in columns and other in columns:
            made.append(nw.when(wrong).then(nw.col(other)).otherwise(nw.col(one)).alias(one))
            made.append(nw.when(wrong).then(nw.col(one)).otherwise(nw.col(other)).alias(other))
    if "initial" in columns:
        letter = nw.col("surname").str.slice(0, 1)
        made.append(nw.when(wrong).then(letter).otherwise(nw.col("initial")).alias("initial"))
    return held.with_columns(*made).select(*columns)
