"""Verdicts along one parameter: where they change."""
