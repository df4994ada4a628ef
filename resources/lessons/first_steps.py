"""First steps: what EM does, in ten lines."""

from itertools import islice

import numpy as np

from lds_gui.files import preset
from lds_gui.lds import EMOptions, Simulation, drawn, em, pca_start, random_start

# Two latents turn around each other. We see three noisy mixtures of them: look at Observations.
model = preset("damped_oscillator").params
simulation = Simulation(n_steps=200, seed=3)
data = drawn(model, simulation)
options = EMOptions()
# EM needs a start. Principal components give one from the data alone.
start = pca_start(data, 2)
# Three iterations: in ELBO, each M-step raises the bound, each E-step closes the gap.
run_1 = list(islice(em(start, data, options), 4))  # iteration 3: log p(x) = -509.72882715548474
# Between the half-steps the gap is open: it is KL(q ‖ p(z | x)), shaded in ELBO.
shown, before = run_1[1], run_1[0]
# Now to the end. It never falls: if it did, EM would stop and say why.
run_2 = list(em(start, data, options))  # iteration 64: log p(x) = -497.4432243758901
# Another start, by chance. Does it reach the same height? Look at Runs.
start = random_start(data, 2, np.random.default_rng(5))
run_3 = list(em(start, data, options))  # iteration 67: log p(x) = -497.443224279888
other = run_2
# The matrices differ, and the fit is the same: latents are known up to a change of basis only.
lens = "linear"
