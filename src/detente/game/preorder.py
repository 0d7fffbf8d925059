"""The children of nodes that stand in preorder, from how many each has."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def fill_children(arity: NDArray[np.int32], children: NDArray[np.int32]) -> None:
    """Find the children of the nodes of a complete tree that stand in preorder.

    Reading in preorder keeps a stack of places that await a node. The k-th place that is put at
    some height of the stack is taken by the k-th node that arrives when the stack is that high, so
    two stable sorts by height find all children at once.

    Parameters
    ----------
    arity : int32 (num_nodes,), how many children each node has
    children : int32 (num_nodes - 1,), filled with the children of all nodes, in order

    >>> children = np.zeros(4, dtype=np.int32)
    >>> fill_children(np.array([2, 2, 0, 0, 0], dtype=np.int32), children)
    >>> children.tolist()
    [1, 4, 2, 3]
    """
    height = np.cumsum(arity - 1, dtype=np.int32) + 2 - arity  # before the node, itself included
    below = np.cumsum(arity, dtype=np.int32) - arity
    top = height + arity - 1 + below
    places = np.repeat(top, arity) - np.arange(len(children), dtype=np.int32)
    children[_stable_order(places)] = _stable_order(height[1:]) + 1


def _stable_order(height: NDArray[np.int32]) -> NDArray[np.int64]:
    """Stable sorting by small integers: numpy sorts 16 bits in linear time."""
    low = height.astype(np.uint16)
    order = np.argsort(low, kind="stable")
    if len(height) and int(height.max()) >= 1 << 16:
        high = (height >> 16).astype(np.uint16)
        order = order[np.argsort(high[order], kind="stable")]
    return order
