"""What a sweep is: which points, drawn how, judged by which question. A part needs no other."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from detente.errors import NotSupported
from detente.game.tree import Game
from detente.stability.robustness.draws.bits import MEANING
from detente.stability.robustness.draws.verdicts import Question
from detente.stability.robustness.sweeping.drawing import Drawing

Floats = NDArray[np.float64]

BITS: Final = 30
"""Binary digits of a coordinate of a point."""
LARGEST_NET: Final = 1 << 16
"""Draws in one net at most; more draws are more nets."""
NETS: Final = 16
"""Nets of a sweep at least: from what they differ by comes the error."""
CELLS: Final = 1 << 23
"""Verdicts in one net at most, so that one fits well into memory."""


class Design(Protocol):
    """Where the points of a unit cube come from, part by part."""

    @property
    def about(self) -> Mapping[str, Any]:
        """What distinguishes it from other designs, as plain data."""

    def points(self, part: int, coordinates: int) -> Floats:
        """float64 (num_coordinates, num_points) of a part, each strictly between 0 and 1."""


@dataclass(frozen=True)
class Nets:
    """Nets of Sobol points (Sobol 1967; Joe and Kuo 2008), each scrambled by itself (Owen 1998).

    `size` : points of a net, a power of two
    """

    seed: int
    size: int

    @property
    def about(self) -> Mapping[str, Any]:
        return {"points": "scrambled Sobol nets", "seed": self.seed, "net": self.size}

    def points(self, part: int, coordinates: int) -> Floats:
        """The points of net number `part`."""
        from scipy.stats import qmc  # type: ignore[import-untyped]

        if coordinates > qmc.Sobol.MAXDIM:
            raise NotSupported(
                f"{coordinates:,} parameters are drawn, and Sobol points have at most "
                f"{qmc.Sobol.MAXDIM:,} coordinates. Name those that matter with --only."
            )
        stream = np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(part,)))
        sobol = qmc.Sobol(coordinates, scramble=True, bits=BITS, rng=stream)
        points = sobol.random_base2(self.size.bit_length() - 1).T
        # In the middle of its cell no point lies on the edge of the cube.
        centred: Floats = np.ascontiguousarray(points) + 0.5**(BITS + 1)
        return centred


@dataclass(frozen=True, eq=False)
class Plan:
    """A design, what its points mean and what is asked of them."""

    question: Question
    drawing: Drawing
    design: Design
    keep_values: bool = True

    def draws(self, part: int) -> Floats:
        """float64 (num_names, num_draws), the draws of a part."""
        return self.drawing.values(self.design.points(part, self.drawing.num_coordinates))

    @cached_property
    def about(self) -> dict[str, Any]:
        """Inputs, settings and versions as plain data: what the results follow from."""
        question = self.question
        return {
            "inputs": _inputs(question.talks),
            "settings": {
                **self.design.about,
                "round": question.source.round,
                "bundles": [question.talks.bundles[b].name for b in question.bundles],
                "selected": question.selected,
                "drawn": dict(self.drawing.ways),
                "fixed": {name: str(value) for name, value in question.fixed.items()},
                "values kept": self.keep_values,
            },
            "versions": versions(),
            "bits": dict(MEANING),
        }

    @cached_property
    def key(self) -> str:
        """A digest of `about`: parts with the same key belong together."""
        return digest(self.about)


def digest(data: Any) -> str:
    """SHA-256 of plain data, in hexadecimal digits."""
    text = json.dumps(data, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def versions() -> dict[str, str]:
    """The versions of what the bits of a result may depend on."""
    import scipy  # type: ignore[import-untyped]

    from detente import __version__

    return {
        "detente": __version__,
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "machine": platform.machine(),
    }


def refuse_other_versions(theirs: Mapping[str, str], ours: Mapping[str, str]) -> None:
    """Raises NotSupported where a worker has other versions than this process."""
    found = [
        f"{name} {theirs.get(name, 'none')} and this process {version}"
        for name, version in ours.items()
        if theirs.get(name) != version
    ]
    if found:
        raise NotSupported(
            f"a worker has {'; '.join(found)}: their draws may differ in the last bit. Install the "
            "same versions everywhere."
        )


def net_size(draws: int, bundles: int) -> int:
    """The points of each net for so many draws: a power of two."""
    most = LARGEST_NET
    while most > 1 and most * bundles > CELLS:
        most //= 2
    size = 1
    while size < most and size * NETS < draws:
        size *= 2
    return size


def _inputs(talks: Any) -> dict[str, Any]:
    """All that verdicts follow from, as plain data."""
    if not isinstance(talks, Game):
        found: dict[str, Any] = talks.document.file.model_dump(mode="json", exclude_defaults=True)
        return found
    formulas = talks.formulas
    assert formulas is not None
    return {
        "title": talks.title,
        "players": list(talks.players),
        "bundles": [bundle.name for bundle in talks.bundles],
        "mover": talks.mover.tolist(),
        "children": [list(talks.children_of(v)) for v in range(talks.num_nodes)],
        "infoset": talks.infoset.tolist(),
        "outcome": talks.outcome.tolist(),
        "tags": [[tag.node, tag.bundle, tag.role.name] for tag in talks.tags],
        "payoffs": [[str(e) for e in row] for row in formulas.payoffs],
        "probabilities": [str(e) for e in formulas.probabilities],
        "discounts": [[str(e) for e in row] for row in formulas.discounts],
        "parameters": {name: str(p.value) for name, p in formulas.parameters.items()},
    }
