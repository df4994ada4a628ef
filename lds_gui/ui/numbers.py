"""Numbers between the screen and float64: shown short, copied in full, read without `eval`."""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable
from typing import Any

MINUS = "\N{MINUS SIGN}"


def short(value: float, digits: int = 3) -> str:
    """Write a number as a cell shows it: 3 significant digits, true minus sign, no trailing zeros."""
    return _with_minus(f"{value:.{digits}g}")


def readout(value: float, *, fixed: bool = False) -> str:
    """Write a number as a read-out shows it: 12 significant digits, true minus sign; `fixed` keeps trailing zeros."""
    return _with_minus(f"{value:#.12g}" if fixed else f"{value:.12g}")


def full(value: float) -> str:
    """Write a number so that reading it back gives the very same float64, in plain ASCII."""
    mantissa, e, exponent = repr(float(value)).removesuffix(".0").partition("e")
    return f"{mantissa}e{int(exponent)}" if e else mantissa


def signed(value: float, digits: int = 4) -> str:
    """Write a number with its sign and a fixed number of decimals; one that is not defined, in words."""
    if math.isnan(value):
        return "undefined"
    return _with_minus(f"{value:+.{digits}f}")


def grouped(number: int) -> str:
    """Write a whole number with its thousands set apart."""
    return f"{number:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def rounded(count: int) -> int:
    """Round an estimated count to the two digits that an estimate has."""
    return count if count < 10 else int(float(f"{count:.2g}"))


def subscript(number: int) -> str:
    """Write a number in subscript figures."""
    return "".join("₀₁₂₃₄₅₆₇₈₉"[int(figure)] for figure in str(number))


def _with_minus(text: str) -> str:
    text = text.replace("inf", "∞")
    mantissa, e, exponent = text.partition("e")
    if e:
        text = f"{mantissa}e{int(exponent)}"
    return "0" if text == "-0" else text.replace("-", MINUS)


class NumberError(ValueError):
    """A text that is not a number, with the sentence that says why and what would be right."""


_BINARY: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
_UNARY: dict[type[ast.unaryop], Callable[[float], float]] = {ast.UAdd: operator.pos, ast.USub: operator.neg}
_FUNCTIONS: dict[str, Callable[[float], float]] = {
    name: getattr(math, name) for name in ("sqrt", "exp", "log", "sin", "cos", "tan")
}
_CONSTANTS = {"pi": math.pi, "e": math.e}
_MAX_LENGTH = 200
_LIKE_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2},\d{3}")
_PRODUCT = re.compile(r"(?<=[\d.])\s*(?=pi\b|(?:sqrt|exp|log|sin|cos|tan)\()", re.ASCII)  # whose sign is left out
_FOREIGN = re.compile(r"_|\b0[xXoObB]", re.ASCII)  # Python's own ways of writing a number


def parse_number(text: str) -> float:
    """Read a number as people write it: `0.5`, `0,5`, `−3`, `5e-3`, `1/3`, `2pi/12`, `sqrt(2)`.

    A formula may begin with = as in a spreadsheet. The comma is a decimal sign. Thousands are not grouped: `1,000.5` is
    refused, and so is `1,000`, which could be one or a thousand. The result is finite. Raises NumberError with a
    sentence that quotes the text.
    """
    quoted = f"“{text.strip()}”"
    cleaned = text.strip().removeprefix("=").strip().replace(MINUS, "-").replace("^", "**").replace("π", "pi")
    if not cleaned:
        raise NumberError("The cell is empty; a number is needed, such as 0.5 or 1/3")
    if len(cleaned) > _MAX_LENGTH:
        raise NumberError(f"The entry has {len(cleaned)} characters; a number or a formula has {_MAX_LENGTH} at most")
    if "," in cleaned:
        if "." in cleaned or cleaned.count(",") > 1:
            raise NumberError(f"{quoted} mixes or repeats decimal signs; write 1000.5 without grouping thousands")
        if _LIKE_THOUSANDS.fullmatch(cleaned):
            raise NumberError(f"{quoted} could have a decimal comma or grouped thousands; write 1.234 or 1234")
        cleaned = cleaned.replace(",", ".")
    if _FOREIGN.search(cleaned):
        raise NumberError(f"{quoted} is not a number; write it as 0.5, 5e-3, 1/3 or sqrt(2)")
    cleaned = _PRODUCT.sub("*", cleaned)
    try:
        value = _evaluate(ast.parse(cleaned, mode="eval").body)
    except ZeroDivisionError:
        raise NumberError(f"{quoted} divides by zero; a finite number is needed") from None
    except (ValueError, SyntaxError, TypeError, OverflowError, RecursionError, MemoryError):
        raise NumberError(f"{quoted} is not a number; write it as 0.5, 5e-3, 1/3 or sqrt(2)") from None
    if not math.isfinite(value):
        raise NumberError(f"{quoted} is not finite; a finite number is needed")
    return value


def _evaluate(node: Any) -> float:
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return float(value)
        case ast.Name(id=name) if name in _CONSTANTS:
            return _CONSTANTS[name]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            result = _BINARY[type(op)](_evaluate(left), _evaluate(right))
            return float(result)  # a root of a negative number is complex: TypeError
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _UNARY:
            return _UNARY[type(op)](_evaluate(operand))
        case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]) if name in _FUNCTIONS:
            return _FUNCTIONS[name](_evaluate(argument))
        case _:
            raise ValueError
