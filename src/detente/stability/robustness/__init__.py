"""How sure is it? Verdicts over the plausible values of the parameters."""
