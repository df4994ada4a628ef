"""What each column of a table is: the time axis, a sequence's name, a true latent or an observation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lds_gui.files.csv_table import SEQUENCE_NAMES
from lds_gui.files.time_axis import is_date, is_part_of_time, is_time_name

_LATENT = re.compile(r"latent z(\d{1,9})", re.ASCII)


@dataclass(frozen=True)
class Columns:
    """The columns' names, all different, and their roles by index; `notes` says what is not an observation, and why."""

    names: tuple[str, ...]
    unnamed: frozenset[int]
    sequence: int | None
    time: tuple[int, ...]
    latents: tuple[int, ...]
    observed: tuple[int, ...]
    notes: tuple[str, ...]

    @property
    def time_name(self) -> str | None:
        """What the time axis is called; None without one."""
        return " ".join(self.names[j] for j in self.time) or None


def assign_roles(header: tuple[str, ...] | None, first_rows: Sequence[list[str]]) -> Columns:
    """Decide from the header and, for a time axis, from the cells of the first rows.

    Without a header the columns are x1, x2, ..., and only dates make a time axis.
    """
    given = header if header is not None else tuple(f"x{j + 1}" for j in range(len(first_rows[0])))
    names, notes = _distinct(given)
    if header is None:
        notes.append("There is no row of names: the first row is read as data.")
    unnamed = frozenset(j for j, name in enumerate(given) if not name)
    sequence = 0 if names[0].lower() in SEQUENCE_NAMES else None
    if sequence is not None:
        notes.append(f"Column '{names[0]}' tells the sequences apart; it is not an observation.")
    start = 0 if sequence is None else 1
    cells = [row[start].strip() for row in first_rows if len(row) > start]
    dated = any(cells) and all(is_date(cell) for cell in cells if cell)
    named = header is not None and start < len(header) and is_time_name(header[start])
    time: tuple[int, ...] = ()
    if tuple(unnamed) == (start,) and len(names) > start + 1:
        names[start], time = "index", (start,)
        notes.append(f"Column {start + 1} has no name and is used as the time axis, not as an observation.")
    elif dated or named:
        names[start] = names[start] if header is not None else "time"
        time = _time_run(names, start)
        notes += [f"Column '{names[j]}' is used as the time axis, not as an observation." for j in time]
    numbered = [(int(match[1]), j) for j, name in enumerate(names) if (match := _LATENT.fullmatch(name))]
    latents = tuple(j for _, j in sorted(numbered))
    if latents:
        listed = ", ".join(f"'{names[j]}'" for j in latents)
        notes.append(f"The columns {listed} are the true latents, not observations.")
    observed = tuple(j for j in range(len(names)) if j not in {sequence, *time, *latents})
    return Columns(tuple(names), unnamed, sequence, time, latents, observed, tuple(notes))


def _time_run(names: list[str], start: int) -> tuple[int, ...]:
    """Return the time axis' columns: one, or a year with the quarter, month, ... that follow it."""
    stop = start + 1
    while names[start].lower() == "year" and stop < len(names) and is_part_of_time(names[stop]):
        stop += 1
    return tuple(range(start, stop))


def _distinct(header: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Return names that are all different, with a note for each that had to be changed."""
    names: list[str] = []
    notes: list[str] = []
    for j, given in enumerate(header):
        name, copy = given or f"column {j + 1}", 2
        while name in names:
            name, copy = f"{given or f'column {j + 1}'} ({copy})", copy + 1
        if given and name != given:
            notes.append(f"Column {j + 1} has the name of an earlier one, '{given}', and is called '{name}'.")
        names.append(name)
    return names, notes
