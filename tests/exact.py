"""The joint Gaussian of `oracles` in 80 digits: for models whose condition would leave a dense computation nothing.

Arrays are of `Decimal`; a float becomes the number that it exactly is.
"""

from collections.abc import Mapping
from decimal import Context, Decimal, localcontext
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lds_gui.lds import Dataset, LDSParams

Numbers = NDArray[Any]
CONTEXT = Context(prec=80)
_PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803")
_HALF = Decimal("0.5")


class Model(NamedTuple):
    """The parameters; Sigma0 is None where it is tied to Sigma."""

    A: Numbers
    B: Numbers
    Sigma: Numbers
    Gamma: Numbers
    mu0: Numbers
    Sigma0: Numbers | None


class Moments(NamedTuple):
    """Mean and covariance of (z_1..z_T, x_1..x_T): mean (k,), and cov − gainᵀ gain with gain (number of entries, k)."""

    mean: Numbers
    cov: Numbers
    gain: Numbers
    n: int
    m: int
    n_steps: int

    def z(self, t: int) -> slice:
        return slice(t * self.n, (t + 1) * self.n)

    def x(self, t: int) -> slice:
        start = self.n_steps * self.n
        return slice(start + t * self.m, start + (t + 1) * self.m)

    def block(self, a: slice, b: slice) -> Numbers:
        """Cov[a, b]."""
        return self.cov[a, b] - self.gain[:, a].T @ self.gain[:, b] if len(self.gain) else self.cov[a, b]

    def second(self, a: slice, b: slice) -> Numbers:
        """E[a bᵀ]."""
        return self.block(a, b) + np.outer(self.mean[a], self.mean[b])


class Steps(NamedTuple):
    """The parameters from the start on, as floats, and the log-likelihoods."""

    params: list[dict[str, Any]]
    log_likelihoods: list[float]


def numbers(array: Any) -> Numbers:
    return np.array([Decimal(float(value)) for value in np.ravel(array)], dtype=object).reshape(np.shape(array))


def floats(array: Numbers) -> NDArray[np.float64]:
    """As floats; what 80 digits leave of a zero is one."""
    found = np.asarray(array, dtype=np.float64)
    return np.where(np.abs(found) < 1e-40, 0.0, found)


def exactly(params: LDSParams) -> Model:
    Sigma0 = None if params.Sigma0 is None else numbers(params.Sigma0)
    return Model(*(numbers(value) for value in (params.A, params.B, params.Sigma, params.Gamma, params.mu0)), Sigma0)


def zeros(*shape: int) -> Numbers:
    return np.full(shape, Decimal(0), dtype=object)


def cholesky(matrix: Numbers) -> Numbers:
    lower = zeros(*matrix.shape)
    for j in range(len(matrix)):
        pivot = matrix[j, j] - lower[j, :j] @ lower[j, :j] if j else matrix[j, j]
        lower[j, j] = pivot.sqrt()
        for i in range(j + 1, len(matrix)):
            lower[i, j] = (matrix[i, j] - (lower[i, :j] @ lower[j, :j] if j else 0)) / lower[j, j]
    return lower


def forward(lower: Numbers, right: Numbers) -> Numbers:
    """L⁻¹ · right."""
    out = right.copy()
    for i in range(len(lower)):
        if i:
            out[i] = out[i] - lower[i, :i] @ out[:i]
        out[i] = out[i] / lower[i, i]
    return out


def over(left: Numbers, matrix: Numbers) -> Numbers:
    """left · matrix⁻¹, of a symmetric positive definite matrix."""
    lower = cholesky(matrix)
    inverse = forward(lower, numbers(np.eye(len(matrix))))
    return left @ (inverse.T @ inverse)


def joint(model: Model, n_steps: int) -> Moments:
    n, m = len(model.A), len(model.B)
    means = [model.mu0]
    latent = zeros(n_steps * n, n_steps * n)
    blocks = [slice(t * n, (t + 1) * n) for t in range(n_steps)]
    latent[blocks[0], blocks[0]] = model.Sigma if model.Sigma0 is None else model.Sigma0
    for t in range(1, n_steps):
        means.append(model.A @ means[-1])
        for s in range(t):
            latent[blocks[t], blocks[s]] = model.A @ latent[blocks[t - 1], blocks[s]]
            latent[blocks[s], blocks[t]] = latent[blocks[t], blocks[s]].T
        latent[blocks[t], blocks[t]] = model.A @ latent[blocks[t - 1], blocks[t - 1]] @ model.A.T + model.Sigma
    total = n_steps * (n + m)
    mean, cov = zeros(total), zeros(total, total)
    moments = Moments(mean, cov, zeros(0, total), n, m, n_steps)
    size = n_steps * n
    mean[:size] = np.concatenate(means)
    cov[:size, :size] = latent
    for t in range(n_steps):
        mean[moments.x(t)] = model.B @ means[t]
        cov[moments.x(t), :size] = model.B @ latent[blocks[t]]
        cov[:size, moments.x(t)] = cov[moments.x(t), :size].T
    for t in range(n_steps):
        for s in range(n_steps):
            cov[moments.x(t), moments.x(s)] = cov[moments.x(t), blocks[s]] @ model.B.T
        cov[moments.x(t), moments.x(t)] = cov[moments.x(t), moments.x(t)] + model.Gamma
    return moments


class Given(NamedTuple):
    """The joint Gaussian, one observed entry of x after the other taken in: see `until` and `log_density`."""

    prior: Moments
    lower: Numbers
    white: Numbers
    error: Numbers
    counts: list[int]

    def until(self, n_rows: int) -> Moments:
        """Everything given the observed entries of x_1..x_{n_rows}."""
        known = sum(self.counts[:n_rows])
        if not known:
            return self.prior
        gain = self.white[:known]
        return self.prior._replace(mean=self.prior.mean + self.error[:known] @ gain, gain=gain)

    def log_density(self, n_rows: int) -> Decimal:
        """log p(x_1..x_{n_rows})."""
        known = sum(self.counts[:n_rows])
        total = -_HALF * known * (2 * _PI).ln()
        for error, pivot in zip(self.error[:known], np.diagonal(self.lower)[:known], strict=True):
            total -= _HALF * error * error + pivot.ln()
        return total


def given(model: Model, x: NDArray[np.float64]) -> Given:
    prior, known = joint(model, len(x)), ~np.isnan(x)
    where = prior.n_steps * prior.n + np.flatnonzero(known.ravel())
    counts = known.sum(axis=1).tolist()
    if not len(where):
        return Given(prior, zeros(0, 0), prior.gain, zeros(0), counts)
    error = numbers(x.ravel()[known.ravel()]) - prior.mean[where]
    lower = cholesky(prior.cov[np.ix_(where, where)])
    white = forward(lower, np.concatenate((prior.cov[where], error[:, None]), axis=1))
    return Given(prior, lower, white[:, :-1], white[:, -1], counts)


def posterior(params: LDSParams, x: NDArray[np.float64]) -> dict[str, Any]:
    """The fields of a `Posterior`, and its log-likelihood, as floats."""
    with localcontext(CONTEXT):
        found = given(exactly(params), x)
        steps, last = range(len(x)), found.until(len(x))
        every = [found.until(t) for t in range(len(x) + 1)]
        z = [last.z(t) for t in steps]
        sums = [found.log_density(t) for t in range(len(x) + 1)]
        cross = [last.block(z[t], z[t - 1]) for t in steps[1:]]
        return {
            "filtered_means": floats(np.stack([every[t + 1].mean[z[t]] for t in steps])),
            "filtered_covs": floats(np.stack([every[t + 1].block(z[t], z[t]) for t in steps])),
            "predicted_means": floats(np.stack([every[t].mean[z[t]] for t in steps])),
            "predicted_covs": floats(np.stack([every[t].block(z[t], z[t]) for t in steps])),
            "smoothed_means": floats(np.stack([last.mean[z[t]] for t in steps])),
            "smoothed_covs": floats(np.stack([last.block(z[t], z[t]) for t in steps])),
            "cross_covs": floats(np.array(cross, dtype=object)).reshape(len(x) - 1, last.n, last.n),
            "log_evidences": np.array([float(b - a) for a, b in pairwise(sums)]),
            "log_likelihood": float(sums[-1]),
        }


def em(
    start: LDSParams,
    dataset: Dataset,
    n_iterations: int,
    learn: frozenset[str],
    structure: Mapping[str, str] | None = None,
) -> Steps:
    """The start and so many iterations, by the sums of the textbook."""
    found = Steps([], [])
    with localcontext(CONTEXT):
        model = exactly(start)
        for iteration in range(n_iterations + 1):
            posteriors = [given(model, x) for x in dataset.sequences]
            found.params.append(
                {name: None if value is None else floats(value) for name, value in model._asdict().items()}
            )
            found.log_likelihoods.append(float(sum((q.log_density(len(q.counts)) for q in posteriors), Decimal(0))))
            if iteration < n_iterations:
                moments = [q.until(len(q.counts)) for q in posteriors]
                model = _update(model, dataset, moments, learn, structure or {})
    return found


def _update(
    model: Model, dataset: Dataset, posteriors: list[Moments], learn: frozenset[str], structure: Mapping[str, str]
) -> Model:
    n, m = len(model.A), len(model.B)
    S, S00, S10, S11 = (zeros(n, n) for _ in range(4))
    Sxx, Sxz = zeros(m, m), zeros(m, n)
    n_transitions = n_rows = 0
    for x, q in zip(dataset.sequences, posteriors, strict=True):
        for t in range(len(x)):
            if not np.isnan(x[t]).all():
                n_rows += 1
                S += q.second(q.z(t), q.z(t))
                Sxz += q.second(q.x(t), q.z(t))
                Sxx += q.second(q.x(t), q.x(t))
            if t:
                n_transitions += 1
                S00 += q.second(q.z(t - 1), q.z(t - 1))
                S10 += q.second(q.z(t), q.z(t - 1))
                S11 += q.second(q.z(t), q.z(t))
    A = over(S10, S00) if "A" in learn and n_transitions else model.A
    B = over(Sxz, S) if "B" in learn and n_rows else model.B
    n_sequences = len(posteriors)
    mu0 = sum(q.mean[q.z(0)] for q in posteriors) / n_sequences if "mu0" in learn else model.mu0
    first = sum(q.block(q.z(0), q.z(0)) + np.outer(q.mean[q.z(0)] - mu0, q.mean[q.z(0)] - mu0) for q in posteriors)
    steps = S11 - S10 @ A.T - A @ S10.T + A @ S00 @ A.T
    Sigma, Gamma, Sigma0 = model.Sigma, model.Gamma, model.Sigma0
    if "Gamma" in learn and n_rows:
        Gamma = _restricted((Sxx - Sxz @ B.T - B @ Sxz.T + B @ S @ B.T) / n_rows, structure.get("Gamma"))
    if "Sigma" in learn and Sigma0 is None:
        Sigma = _restricted((first + steps) / (n_sequences + n_transitions), structure.get("Sigma"))
    elif "Sigma" in learn and n_transitions:
        Sigma = _restricted(steps / n_transitions, structure.get("Sigma"))
    if "Sigma0" in learn and Sigma0 is not None:
        Sigma0 = _restricted(first / n_sequences, structure.get("Sigma0"))
    return Model(A, B, Sigma, Gamma, mu0, Sigma0)


def _restricted(cov: Numbers, structure: str | None) -> Numbers:
    diagonal = np.diagonal(cov)
    if structure == "isotropic":
        diagonal = np.full(len(cov), diagonal.sum() / len(cov))
    if structure in ("diagonal", "isotropic"):
        cov = zeros(*cov.shape)
        np.fill_diagonal(cov, diagonal)
    return cov
