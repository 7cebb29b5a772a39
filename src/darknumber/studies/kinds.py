"""The studies of whether an answer can be trusted, by name; who only names them need not fetch what does them."""

from __future__ import annotations

from typing import Literal, get_args

Study = Literal["check", "diagnose", "omit", "validate", "trajectory", "records", "sensitivity"]
STUDIES: tuple[Study, ...] = get_args(Study)
