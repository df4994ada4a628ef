"""Telling a time axis from an observation, and whether its steps are equally spaced."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

_PARTS = frozenset({"quarter", "month", "week", "day", "hour", "minute", "second"})
_WORDS = _PARTS | {"t", "time", "date", "datetime", "timestamp", "year", "decimal", "period", "index", "step"}
_CLOCK = r"([T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?"
_DATE = re.compile(
    rf"(\d{{4}}[-/]\d{{1,2}}([-/]\d{{1,2}})?|\d{{1,2}}[./]\d{{1,2}}[./]\d{{4}}){_CLOCK}|\d{{4}}[- ]?[QM]\d{{1,2}}",
    re.ASCII | re.IGNORECASE,
)
_MONTH = re.compile(r"(\d{4})(?:[-/]|[- ]?M)(\d{1,2})", re.ASCII | re.IGNORECASE)
_QUARTER = re.compile(r"(\d{4})[- ]?Q([1-4])", re.ASCII | re.IGNORECASE)
_WIDEST = 1.5  # a step longer than this times the median step is a gap; months of 28 to 31 days are none


def is_time_name(header: str) -> bool:
    """Whether a column with this header is a time axis: `t`, `Year`, `decimal_year`, ..."""
    words = re.split(r"[\s_]+", header.strip().lower())
    return all(word in _WORDS for word in words)


def is_part_of_time(header: str) -> bool:
    """Whether a column with this header continues a time axis that begins with the year: `quarter`, `month`, ..."""
    return header.strip().lower() in _PARTS


def is_date(cell: str) -> bool:
    """Whether the cell is a date: 1958-03, 1958-03-29, 29.03.1958, 1959Q2, with a clock time or without."""
    return _DATE.fullmatch(cell.strip()) is not None


def _position(label: str) -> float:
    """Return where a label lies on an axis of its own unit; NaN where that is unknown."""
    if match := _MONTH.fullmatch(label):
        return 12.0 * int(match[1]) + int(match[2])
    if match := _QUARTER.fullmatch(label):
        return 4.0 * int(match[1]) + int(match[2])
    try:
        return float(date.fromisoformat(label).toordinal()) if is_date(label) else float(label)
    except ValueError:
        return np.nan


def _positions(labels: Sequence[str]) -> NDArray[np.float64]:
    """Return where the labels lie; no more of them than up to the first that is unknown."""
    try:
        return np.fromiter(map(float, labels), dtype=np.float64, count=len(labels))
    except ValueError:
        positions: list[float] = []
        for label in labels:
            positions.append(_position(label.strip()))
            if np.isnan(positions[-1]):
                break
        return np.array(positions)


def spacing_notes(labels: Sequence[str]) -> list[str]:
    """Return a sentence if the time axis jumps or goes back, since the model takes every row for one equal step."""
    positions = _positions(labels)
    if len(positions) < 3 or not np.isfinite(positions).all():
        return []
    steps = np.diff(positions)
    backward, gaps = np.flatnonzero(steps <= 0), np.flatnonzero(steps > _WIDEST * np.median(steps))
    if len(backward):
        at = int(backward[0])
        return [f"The time does not rise from '{labels[at]}' to '{labels[at + 1]}'; the file's order is kept."]
    if len(gaps):
        at = int(gaps[0])
        places = "1 place" if len(gaps) == 1 else f"{len(gaps)} places"
        return [
            f"The time jumps in {places}, first from '{labels[at]}' to '{labels[at + 1]}'; the model takes every row "
            "for one equal step, so that missing times need rows of their own, with the time and blank cells."
        ]
    return []
