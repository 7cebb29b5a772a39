"""Seeds of random numbers."""

from __future__ import annotations

from darknumber.errors import ModelError

MAX_SEED = 2**64 - 1  # half of the key of the random streams


def check_seed(seed: int) -> None:
    """Refuse what is no whole number from 0 to `MAX_SEED`.

    Raises
    ------
    ModelError
        What it was.
    """
    if not isinstance(seed, int) or not 0 <= seed <= MAX_SEED:
        raise ModelError("bad_seed", seed=seed)
