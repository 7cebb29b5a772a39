"""What a coroutine gives, asked for from a test that awaits nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Given = TypeVar("Given")


def awaited(work: Coroutine[Any, Any, Given]) -> Given:
    """Run in a thread of its own: a browser that an earlier test opened keeps a loop running in this one."""
    with ThreadPoolExecutor(1) as alone:
        return alone.submit(asyncio.run, work).result()
