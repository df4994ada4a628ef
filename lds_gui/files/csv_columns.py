"""What each column of a table is: the time axis, a sequence's name, a true latent or an observation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lds_gui.files.csv_table import SEQUENCE_NAMES
from lds_gui.files.options import Role
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
    ignored: tuple[int, ...]
    notes: tuple[str, ...]

    @property
    def time_name(self) -> str | None:
        """What the time axis is called; None without one."""
        return " ".join(self.names[j] for j in self.time) or None

    @property
    def roles(self) -> tuple[Role, ...]:
        """One for each column."""
        roles = dict.fromkeys(range(len(self.names)), Role.OBSERVED) | dict.fromkeys(self.time, Role.TIME)
        roles |= dict.fromkeys(self.latents, Role.LATENT) | dict.fromkeys(self.ignored, Role.IGNORED)
        return tuple((roles | ({} if self.sequence is None else {self.sequence: Role.SEQUENCE})).values())


def given_roles(header: tuple[str, ...] | None, roles: Sequence[Role]) -> Columns:
    """Take the roles that somebody has chosen."""
    names, notes, unnamed = _named(header, len(roles))
    chosen = {role: tuple(j for j, other in enumerate(roles) if other is role) for role in Role}
    time, sequence = chosen[Role.TIME], next(iter(chosen[Role.SEQUENCE]), None)
    if header is None and len(time) == 1:
        names[time[0]] = "time"
    if sequence is not None:
        notes.append(_sequence_note(names[sequence]))
    if len(time) == 1 and time[0] in unnamed:
        names[time[0]] = "index" if "index" not in names else names[time[0]]
    notes += _time_notes(names, time)
    latents = _by_number(names, chosen[Role.LATENT])
    notes += _latent_notes(names, latents)
    if chosen[Role.IGNORED]:
        listed = ", ".join(f"'{names[j]}'" for j in chosen[Role.IGNORED])
        notes.append(f"Left out as chosen: {listed}.")
    return Columns(
        tuple(names), unnamed, sequence, time, latents, chosen[Role.OBSERVED], chosen[Role.IGNORED], tuple(notes)
    )


def assign_roles(header: tuple[str, ...] | None, first_rows: Sequence[list[str]]) -> Columns:
    """Decide from the header and, for a time axis, from the cells of the first rows.

    Without a header the columns are x1, x2, ..., and only dates make a time axis.
    """
    names, notes, unnamed = _named(header, len(first_rows[0]) if first_rows else 0)
    sequence = 0 if names[0].lower() in SEQUENCE_NAMES else None
    if sequence is not None:
        notes.append(_sequence_note(names[0]))
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
        notes += _time_notes(names, time)
    latents = _by_number(names, [j for j, name in enumerate(names) if _LATENT.fullmatch(name)])
    notes += _latent_notes(names, latents)
    observed = tuple(j for j in range(len(names)) if j not in {sequence, *time, *latents})
    return Columns(tuple(names), unnamed, sequence, time, latents, observed, (), tuple(notes))


def _time_run(names: list[str], start: int) -> tuple[int, ...]:
    """Return the time axis' columns: one, or a year with the quarter, month, ... that follow it."""
    stop = start + 1
    while names[start].lower() == "year" and stop < len(names) and is_part_of_time(names[stop]):
        stop += 1
    return tuple(range(start, stop))


def _named(header: tuple[str, ...] | None, n_columns: int) -> tuple[list[str], list[str], frozenset[int]]:
    """Return the columns' names, all different, what is to be said about them, and which have none in the file."""
    given = header if header is not None else tuple(f"x{j + 1}" for j in range(n_columns))
    names, notes = _distinct(given)
    if header is None:
        notes.append("There is no row of names: the first row is read as data.")
    return names, notes, frozenset(j for j, name in enumerate(given) if not name)


def _by_number(names: Sequence[str], columns: Sequence[int]) -> tuple[int, ...]:
    """Return the latents in the order of their numbers where they all have one, else in the file's."""
    numbers = [(int(match[1]), j) for j in columns if (match := _LATENT.fullmatch(names[j]))]
    return tuple(j for _, j in sorted(numbers)) if len(numbers) == len(columns) else tuple(columns)


def _sequence_note(name: str) -> str:
    return f"Column '{name}' tells the sequences apart; it is not an observation."


def _time_notes(names: Sequence[str], time: Sequence[int]) -> list[str]:
    return [f"Column '{names[j]}' is used as the time axis, not as an observation." for j in time]


def _latent_notes(names: Sequence[str], latents: Sequence[int]) -> list[str]:
    listed = ", ".join(f"'{names[j]}'" for j in latents)
    return [f"The columns {listed} are the true latents, not observations."] if latents else []


def _distinct(header: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Return names that are all different, with a note for each that had to be changed."""
    names: list[str] = []
    notes: list[str] = []
    taken: set[str] = set()
    copies: dict[str, int] = {}  # of each name, so that a thousand equal ones take no longer than unlike ones
    for j, given in enumerate(header):
        plain = given or f"column {j + 1}"
        name = plain
        while name in taken:
            copies[plain] = copies.get(plain, 1) + 1
            name = f"{plain} ({copies[plain]})"
        taken.add(name)
        if given and name != given:
            notes.append(f"Column {j + 1} has the name of an earlier one, '{given}', and is called '{name}'.")
        names.append(name)
    return names, notes
