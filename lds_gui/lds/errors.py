"""What can go wrong in the mathematics, said in one sentence with the figure."""


class ParameterError(ValueError):
    """A value that cannot be what it is meant to be.

    `field` is the name in code (`"Sigma"`, `"n_steps"`), so that a window can show the sentence at the right cell;
    `message`, which is also `str(error)`, uses the names on screen (Σ, Γ, μ₀).
    """

    def __init__(self, field: str, message: str) -> None:
        """Keep both, with `message` as the text."""
        super().__init__(message)
        self.field = field
        self.message = message

    def __reduce__(self) -> tuple[type["ParameterError"], tuple[str, str]]:
        """Travel between processes with both arguments."""
        return type(self), (self.field, self.message)


class NumericalError(ArithmeticError):
    """Valid input led to a number that float64 cannot hold; `quantity` says which."""

    def __init__(self, quantity: str, message: str) -> None:
        """Keep both, with `message` as the text."""
        super().__init__(message)
        self.quantity = quantity
        self.message = message

    def __reduce__(self) -> tuple[type["NumericalError"], tuple[str | int, ...]]:
        """Travel between processes with all arguments."""
        return type(self), (self.quantity, self.message)


class EMFault(NumericalError):  # noqa: N818 - a breakdown of the run, not of its input
    """EM cannot go on: what broke down (`quantity`), in which `iteration`, and in words why."""

    def __init__(self, quantity: str, iteration: int, message: str) -> None:
        """Keep all three, with `message` as the text."""
        super().__init__(quantity, message)
        self.iteration = iteration

    def __reduce__(self) -> tuple[type["NumericalError"], tuple[str | int, ...]]:
        """Travel between processes with all arguments."""
        return type(self), (self.quantity, self.iteration, self.message)
