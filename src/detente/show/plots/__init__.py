"""Pictures, for where people look rather than read; `detente.plot` has one function for each kind.

Every picture is a matplotlib Figure that draws itself: pyplot and its current figure stay as they
were. All can be told apart in black and white: by marks, line styles and hatching, never by colour
alone.
"""
