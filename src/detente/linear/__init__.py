"""Exact linear algebra and linear programs: what the solvers are built from."""
