"""Shares of the plausible world in which a bundle holds."""
