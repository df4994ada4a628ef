"""Expected sufficient statistics: all that the M-step and the ELBO need to know of a posterior, in fixed size.

The model is three regressions: z_1 on the constant 1 (coefficient μ₀), z_t on z_{t-1} (A), x_t on z_t (B). Each is kept
as the second moments of its *residuals about the reference parameters*, those under which the posterior was computed.
In exact arithmetic they say the same as S, S₀₀, S₁₀, S_xz, S_xx; in float64 they keep the digits that
Sxx − Sxz Bᵀ − … loses when the data are large and the noise is small.

Sources: docs/MATHEMATICS.md, section 3; Ghahramani and Hinton (1996).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lds_gui.lds.arrays import Array
from lds_gui.lds.data import Dataset
from lds_gui.lds.gaussians.gaussian import entropy
from lds_gui.lds.linalg import solve_psd_right, solved, symmetrised
from lds_gui.lds.missing import Mask, Rows, patterns
from lds_gui.lds.params import LDSParams
from tests.twin.smoother import Posterior


@dataclass(frozen=True, eq=False)
class Regression:
    """A Gaussian regression of y on z with `count` rows, about a reference coefficient C: r = y − C z.

    rr = Σ E[r rᵀ] (d, d), rz = Σ E[r zᵀ] (d, k), zz = Σ E[z zᵀ] (k, k).
    """

    count: int
    rr: Array
    rz: Array
    zz: Array

    def best_change(self) -> Array:
        """The change D of the coefficient that leaves the least, D = rz zz⁻¹; zero in directions that z never took."""
        return solve_psd_right(self.rz, self.zz)

    def scatter(self, change: Array) -> Array:
        """Σ E[(r − D z)(r − D z)ᵀ] for the coefficient C + D: what the covariance is estimated from."""
        cross = change @ self.rz.T
        return symmetrised(self.rr - cross - cross.T + change @ self.zz @ change.T)


@dataclass(frozen=True, eq=False)
class Statistics:
    """What all sequences say together under q, about the parameters `reference` that made q.

    `initial` has a row per sequence, `transition` one per step in time, `emission` one per row with an observed entry.
    `information_gain` (nats): how much lower the entropy of q(z) is than that of p(z); `missing_entropy` (nats): the
    entropy of the missing entries of partly observed rows given z, which are latent too.
    """

    reference: LDSParams
    initial: Regression
    transition: Regression
    emission: Regression
    information_gain: float
    missing_entropy: float


def expected_statistics(dataset: Dataset, posteriors: Sequence[Posterior], params: LDSParams) -> Statistics:
    """The statistics of `dataset` under q = the `posteriors`, one per sequence, computed with `params`.

    Rows without an observed entry are left out of `emission`; missing entries of the others enter with their mean and
    covariance given z_t and the observed part. Source: docs/MATHEMATICS.md, section 3, last paragraph.
    """
    n, m = params.latent_dim, params.obs_dim
    initial = [_initial(posterior) for posterior in posteriors]
    transition = [_transition(posterior) for posterior in posteriors]
    emission = [Regression(0, np.zeros((m, m)), np.zeros((m, n)), np.zeros((n, n)))]
    missing_entropy = 0.0
    for x, posterior in zip(dataset.sequences, posteriors, strict=True):
        for observed, rows in patterns(x):
            if observed.any():
                regression, left = _emission(x[rows], observed, posterior, rows, params)
                emission.append(regression)
                missing_entropy += len(rows) * entropy(left)
    return Statistics(
        reference=params,
        initial=_total(initial),
        transition=_total(transition),
        emission=_total(emission),
        information_gain=float(np.sum([posterior.information_gains.sum() for posterior in posteriors])),
        missing_entropy=missing_entropy,
    )


def _total(parts: Sequence[Regression]) -> Regression:
    return Regression(
        count=sum(part.count for part in parts),
        rr=np.sum([part.rr for part in parts], axis=0),
        rz=np.sum([part.rz for part in parts], axis=0),
        zz=np.sum([part.zz for part in parts], axis=0),
    )


def _initial(posterior: Posterior) -> Regression:
    mean = posterior.noise_means[0]
    return Regression(1, np.outer(mean, mean) + posterior.noise_covs[0], mean[:, None], np.ones((1, 1)))


def _transition(posterior: Posterior) -> Regression:
    noise, before = posterior.noise_means[1:], posterior.smoothed_means[:-1]
    return Regression(
        count=len(noise),
        rr=noise.T @ noise + posterior.noise_covs[1:].sum(axis=0),
        rz=noise.T @ before + posterior.noise_cross_covs.sum(axis=0),
        zz=before.T @ before + posterior.smoothed_covs[:-1].sum(axis=0),
    )


def _conditional(params: LDSParams, observed: Mask) -> tuple[Array, Array]:
    """The regression of the missing entries of η on the observed ones: gain G = Γ_mo Γ_oo⁻¹, and what it leaves."""
    Gamma = params.Gamma
    among = Gamma[np.ix_(observed, observed)]
    across = Gamma[np.ix_(~observed, observed)]
    gain = solved(among, across.T).T
    return gain, symmetrised(Gamma[np.ix_(~observed, ~observed)] - gain @ across.T)


def _emission(
    x: Array, observed: Mask, posterior: Posterior, rows: Rows, params: LDSParams
) -> tuple[Regression, Array]:
    """Rows of one pattern, and Ω. With e = x − B z: e_o as observed, and e_m = G e_o + N(0, Ω)."""
    means = posterior.smoothed_means[rows]
    cov = posterior.smoothed_covs[rows].sum(axis=0)
    gain, left = _conditional(params, observed)
    spread = np.zeros((params.obs_dim, int(observed.sum())))  # e = spread · e_o
    spread[observed] = np.eye(spread.shape[1])
    spread[~observed] = gain
    seen = params.B[observed]
    errors = (x[:, observed] - means @ seen.T) @ spread.T
    slope = -spread @ seen  # of e in z
    rr = errors.T @ errors + slope @ cov @ slope.T
    rr[np.ix_(~observed, ~observed)] += len(rows) * left
    return Regression(len(rows), rr, errors.T @ means + slope @ cov, means.T @ means + cov), left
