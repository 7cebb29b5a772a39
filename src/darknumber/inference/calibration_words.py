"""What a calibration says: the nominal level, in how many models it covers, and how the worst of them does."""

from __future__ import annotations

from darknumber.inference.calibrate import CARRIED, Calibration
from darknumber.words import say


def calibration_in_words(found: Calibration) -> tuple[str, ...]:
    """How calibrated limits were made, and how often they hold the true number where they were not fitted to it."""
    count = len(found.terms)
    names = [terms or say("calibrated.main_effects") for terms in found.terms]
    word = "short" if not found.attained else "sampled" if found.carrying > count else "attained"
    made = say(
        f"calibrated.{word}",
        n=count,
        nominal=found.nominal,
        level=found.level,
        carrying=found.carrying,
        carried=CARRIED,
        populations=found.populations,
        terms=names[0],
    )
    worst = found.worst
    share, points = float(found.held_out[worst]), 100 * float(found.error[worst])
    if count == 1:
        return (made, say("calibrated.fresh", populations=found.populations, share=share, points=points))
    return (made, say("calibrated.worst", terms=names[worst], share=share, points=points))
