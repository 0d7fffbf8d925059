"""Verdicts over two parameters: regions and their boundaries."""
