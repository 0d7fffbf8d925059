"""`python -m detente.cli` is the command `detente`."""

from detente.cli import main

main()
