"""Subgame perfection piece by piece: cutting, solving, combining."""
