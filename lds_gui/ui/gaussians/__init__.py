"""The tab *Gaussians*: two Gaussians and the divergence between them."""
