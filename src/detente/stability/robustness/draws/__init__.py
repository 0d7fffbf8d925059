"""Verdicts at many draws of the parameters, each exact."""
