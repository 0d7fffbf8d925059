"""Proves or refutes a claimed equilibrium, trusting no solver and sharing no code with one."""

from detente.callable_module import make_callable
from detente.certify.certificate import CONCEPTS, Certificate
from detente.certify.checks import ROUNDING
from detente.certify.judge import HasGame, Series, certify

__all__ = ["CONCEPTS", "ROUNDING", "Certificate", "HasGame", "Series", "certify"]

# The package offers this module's main function under the module's own name.
make_callable(__name__)
