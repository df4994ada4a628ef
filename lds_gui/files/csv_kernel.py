"""From the bytes of a table to its numbers, compiled: exactly what `float` gives, or left to it.

Import this module late: numba takes its time.
"""

from __future__ import annotations

from typing import Any, cast

import numba
import numpy as np
from numpy.typing import NDArray

from lds_gui.lds import Array
from lds_gui.lds.kernels.compiled import FLAG, FLOATS, INDICES, INT, ROWS, Indices, compiled

Bytes = NDArray[np.uint8]
Words = NDArray[np.uint64]

UNUSUAL = -1  # a table with quotes, blank rows or ragged ones, which wants the careful reader

_types = cast(Any, numba.types)
_BYTES, _BITS, _WORDS = _types.uint8[::1], _types.uint64[:, ::1], _types.uint64[::1]
_WORD = _types.uint64
_U = np.uint64
_ONE, _HALF_WORD, _LOW = _U(1), _U(32), _U(0xFFFFFFFF)
_TOP, _SIGN = _U(1 << 63), _U(1 << 63)
_NEARLY = _U(2**64 - 2)
_MOST_DIGITS = 19  # what 64 bits hold
_LARGEST_POWER = 290
_EXACT_DIGITS = 15  # a number and a power of ten that float64 holds exactly: one operation rounds once
_EXACT_POWER = 22
_HIDDEN = _U(1 << 53)
_FRACTION = _U((1 << 52) - 1)
_QUOTE, _LF, _CR, _SPACE, _PLUS, _MINUS, _POINT, _COMMA, _ZERO = 34, 10, 13, 32, 43, 45, 46, 44, 48


def powers() -> tuple[Words, Words, Indices]:
    """10^q for q from −290 to 290 as m · 2^e with 2^127 ≤ m < 2^128, cut off: the halves of m, and e."""
    high, low, exponent = list[int](), list[int](), list[int]()
    for q in range(-_LARGEST_POWER, _LARGEST_POWER + 1):
        n = 10 ** abs(q)
        size = n.bit_length()
        if q >= 0:
            m, e = (n << (128 - size) if size <= 128 else n >> (size - 128)), size - 128
        else:
            m, e = (1 << (127 + size)) // n, -(127 + size)
        high.append(m >> 64)
        low.append(m & (2**64 - 1))
        exponent.append(e)
    return np.array(high, np.uint64), np.array(low, np.uint64), np.array(exponent, np.int64)


@compiled(_WORD, _WORD, returns=_WORD)
def _high(a: Any, b: Any) -> Any:
    """The upper 64 bits of a · b."""
    a1, a0, b1, b0 = a >> _HALF_WORD, a & _LOW, b >> _HALF_WORD, b & _LOW
    middle = a1 * b0 + ((a0 * b0) >> _HALF_WORD)
    other = a0 * b1 + (middle & _LOW)
    return a1 * b1 + (middle >> _HALF_WORD) + (other >> _HALF_WORD)


@compiled(_WORD, INT, _WORDS, _WORDS, INDICES, returns=_WORD)
def _rounded(w: Any, q: Any, high: Words, low: Words, exponents: Indices) -> Any:
    """The bits of the float64 nearest to w · 10^q, w > 0; 0 where that takes more than 128 bits to tell.

    The product's upper 128 bits are known to less than 2 units: that decides unless a tie lies in between. After
    D. Lemire (2021), Number parsing at a gigabyte per second, Software: Practice and Experience 51, 1700–1727.
    """
    zeros = 0
    while w < _TOP:
        w = w << _ONE
        zeros += 1
    at = q + _LARGEST_POWER
    top, bottom = _high(w, high[at]), w * high[at]
    added = bottom + _high(w, low[at])
    if added < bottom:
        top = top + _ONE
    shift = _U(11) if top >= _TOP else _U(10)
    mantissa, rest = top >> shift, top & ((_ONE << shift) - _ONE)
    half = _ONE << (shift - _ONE)
    if (rest == half and added == _U(0)) or (rest == half - _ONE and added >= _NEARLY):
        return _U(0)
    exponent = np.int64(shift) + 128 + exponents[at] - zeros + 52 + 1023
    if rest >= half:
        mantissa = mantissa + _ONE
        if mantissa == _HIDDEN:
            mantissa = mantissa >> _ONE
            exponent += 1
    if exponent < 1 or exponent > 2046:
        return _U(0)
    return (mantissa & _FRACTION) | (_U(exponent) << _U(52))


@compiled(
    _BYTES, INT, FLAG, INDICES, _WORDS, _WORDS, INDICES, FLOATS, ROWS, _BITS, INDICES, INDICES, INDICES,
    returns=INT, entry=True,
)  # fmt: skip
def parse(
    text: Bytes,
    delimiter: int,
    comma: bool,
    places: Indices,
    high: Words,
    low: Words,
    exponents: Indices,
    tens: Array,
    values: Array,
    bits: Words,
    spans: Indices,
    doubtful: Indices,
    counts: Indices,
) -> int:
    """Read rows of cells; returns how many there are, or UNUSUAL.

    `places` says for each column where its number goes in a row of `values`, or −1 for a column that is not read, or −2
    for one whose cells' beginnings and ends go to `spans`. `bits` is the memory of `values`. A blank cell is NaN; what
    is no plain number, or cannot be rounded here, goes to `doubtful`: row, column, beginning, end. `counts` tells how
    many of these there are, and whether a decimal point was seen. `tens` holds 10^0 to 10^22.
    """
    n_columns, size = len(places), len(text)
    row = column = n_doubtful = n_spans = n_blank = at = 0
    seen_point = False
    while at < size:
        begin, number, digits, scale = at, _U(0), 0, 0
        is_signed = is_negative = after = is_plain = False
        place = places[column] if column < n_columns else -1
        while at < size and text[at] == _SPACE:
            at += 1
        if at < size and (text[at] == _MINUS or text[at] == _PLUS) and place >= 0:
            is_signed, is_negative = True, text[at] == _MINUS
            at += 1
        first = at
        while at < size and place >= 0:
            sign = text[at]
            if _ZERO <= sign <= _ZERO + 9:
                is_plain = True
                if digits > 0 or sign > _ZERO:
                    digits += 1
                if digits <= _MOST_DIGITS:
                    number = number * _U(10) + _U(sign - _ZERO)
                if after:
                    scale -= 1
            elif sign == (_COMMA if comma else _POINT) and not after:
                after = True
                if not comma:
                    seen_point = True
            else:
                break
            at += 1
        if is_plain and at < size and (text[at] == 69 or text[at] == 101):
            at += 1
            power, n_power, is_down = 0, 0, False
            if at < size and (text[at] == _MINUS or text[at] == _PLUS):
                is_down = text[at] == _MINUS
                at += 1
            while at < size and _ZERO <= text[at] <= _ZERO + 9:
                power = min(10 * power + np.int64(text[at]) - _ZERO, 9999)
                n_power += 1
                at += 1
            is_plain = n_power > 0
            scale += -power if is_down else power
        while at < size and text[at] == _SPACE:
            at += 1
        stop = at
        while at < size and text[at] != delimiter and text[at] != _LF:
            if text[at] == _QUOTE or (text[at] == _CR and not (at + 1 < size and text[at + 1] == _LF)):
                return UNUSUAL
            at += 1
        end = at
        if end > begin and text[end - 1] == _CR and (end == size or text[end] == _LF):
            end -= 1
        is_plain = is_plain and stop == end
        is_blank = not (is_plain or is_signed) and stop >= end and first >= end
        if place >= 0:
            if is_blank:
                values[row, place] = np.nan
            elif is_plain and number == _U(0) and digits == 0:
                bits[row, place] = _U(0)
            elif is_plain and digits <= _EXACT_DIGITS and -_EXACT_POWER <= scale <= _EXACT_POWER:
                value = np.float64(number)
                values[row, place] = value * tens[scale] if scale >= 0 else value / tens[-scale]
            else:
                found = _U(0)
                if is_plain and digits <= _MOST_DIGITS and -_LARGEST_POWER <= scale <= _LARGEST_POWER:
                    found = _rounded(number, scale, high, low, exponents)
                bits[row, place] = found
                if found == _U(0):
                    doubtful[4 * n_doubtful] = row
                    doubtful[4 * n_doubtful + 1] = column
                    doubtful[4 * n_doubtful + 2] = begin
                    doubtful[4 * n_doubtful + 3] = end
                    n_doubtful += 1
            if is_negative and is_plain:
                bits[row, place] = bits[row, place] ^ _SIGN
        elif place == -2:
            spans[2 * n_spans], spans[2 * n_spans + 1] = begin, end
            n_spans += 1
            is_blank = stop >= end
        else:
            is_blank = stop >= end
        n_blank += is_blank
        column += 1
        if at == size or text[at] == _LF:
            if column != n_columns or n_blank == n_columns:
                return UNUSUAL
            row += 1
            column = n_blank = 0
        at += 1
    counts[0], counts[1] = n_doubtful, seen_point
    return row if column == 0 else UNUSUAL
