"""Conflicts: states, who can move where and what each side prefers; read from files and written.

What would hold in one is judged in `detente.stability.graph`.
"""
