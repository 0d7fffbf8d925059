"""Numbers and certificates as plain data for JSON: exact numbers as strings, others as numbers."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from detente.certify import Certificate


def number(value: Fraction | int | float | None) -> str | float | None:
    """An exact number as its text, another as it is.

    >>> number(Fraction(3, 7)), number(0.5), number(None)
    ('3/7', 0.5, None)
    """
    if value is None or isinstance(value, float):
        return value
    return float(value) if isinstance(value, np.floating) else str(value)


def plain_data(value: Any) -> Any:
    """Nested mappings and lists with every Fraction as its text.

    >>> plain_data({"sum": [Fraction(1, 2), 3]})
    {'sum': ['1/2', 3]}
    """
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain_data(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_data(item) for item in value]
    return value


def certificate_data(certificate: Certificate | None) -> dict[str, Any] | None:
    """A certificate as every command prints it; why it is not proved, where it is not."""
    if certificate is None:
        return None
    data: dict[str, Any] = {
        "concept": certificate.concept,
        "verdict": certificate.verdict,
        "max_regret": number(certificate.max_regret),
        "margin": number(certificate.margin),
        "unique": certificate.unique,
        "arithmetic": certificate.arithmetic,
    }
    if certificate.verdict != "proved":
        data["where"] = certificate.where
        data["reason"] = certificate.reason
    return data
