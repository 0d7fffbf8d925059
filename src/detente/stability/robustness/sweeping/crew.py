"""Who does the work: threads of this process, or the workers of a Dask cluster.

Both take parts one after another and hand back whatever is finished first. A part depends on its
number alone, so a worker that dies costs its own part: another makes it again, to the same bits.
"""

from __future__ import annotations

import logging
import pickle
import socket
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, ThreadPoolExecutor, wait
from functools import lru_cache
from itertools import islice
from threading import Event
from typing import Any, Protocol, TypeVar

from detente.errors import NotSupported

Done = TypeVar("Done")
Late = Callable[[], bool]
Work = Callable[..., Any]

ARRIVAL = 10
"""Seconds in which a scheduler must answer and have a worker."""
PATIENCE = 0.1
"""Seconds between two looks at the clock."""
ALONE = 30
"""Seconds without any worker until the work is given up; one that died may be started again."""
AHEAD = 2
"""Parts that each worker has waiting besides the one it is at."""
DEATHS = 10
"""Workers that may die over one part before it is given up."""


class Crew(Protocol):
    """Those who work."""

    def run(self, work: Work, parts: Iterable[int], late: Late) -> Iterator[Any]:
        """What `work` makes of each part, in the order in which they are finished.

        `late` : whether to stop; what is not finished is then dropped
        """


class Threads:
    """So many threads of this process."""

    def __init__(self, count: int) -> None:
        self.count = count

    def run(self, work: Work, parts: Iterable[int], late: Late) -> Iterator[Any]:
        """See `Crew`."""
        waiting, stop = iter(parts), Event()
        pool = ThreadPoolExecutor(self.count)
        try:
            pending: set[Future[Any]] = {
                pool.submit(work, part, stop.is_set) for part in islice(waiting, self.count + 1)
            }
            while pending and not late():
                finished, pending = wait(pending, PATIENCE, FIRST_COMPLETED)
                for future in finished:
                    pending |= {
                        pool.submit(work, part, stop.is_set) for part in islice(waiting, 1)
                    }
                    yield future.result()
        finally:
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)


class Cluster:
    """The workers of a Dask cluster.

    `address` : of its scheduler, as in `tcp://10.0.0.1:8786`, or a cluster object of Dask's
    """

    def __init__(self, address: Any) -> None:
        self.address = address

    def run(self, work: Work, parts: Iterable[int], late: Late) -> Iterator[Any]:
        """See `Crew`."""
        distributed = dask_distributed()
        blob, waiting = pickle.dumps(work), iter(parts)
        client = _client(distributed, self.address)
        pending: set[Any] = set()
        log = logging.getLogger("distributed.client")
        level = log.level
        log.setLevel(logging.CRITICAL)  # that a scheduler is gone is told in one sentence
        try:
            _check_workers(client, self.address)
            window = max(1, sum(client.nthreads().values())) * (1 + AHEAD)
            pending = {_sent(client, blob, part) for part in islice(waiting, window)}
            nobody_since: float | None = None
            while pending and not late():
                finished, pending = _first(client, pending)
                nobody_since = _still_somebody(client, self.address, finished, nobody_since)
                for future in finished:
                    pending |= {_sent(client, blob, part) for part in islice(waiting, 1)}
                    yield _result(future)
                    future.release()
        finally:
            client.cancel(list(pending))
            client.close()
            log.setLevel(level)


def local_processes(count: int) -> Any:
    """A Dask cluster of so many processes on this machine; to be closed by the caller."""
    distributed = dask_distributed()
    import dask

    dask.config.set({"distributed.scheduler.allowed-failures": DEATHS})
    return distributed.LocalCluster(
        n_workers=count, threads_per_worker=1, processes=True, dashboard_address=None,
        silence_logs=logging.CRITICAL,  # that a worker is slow to leave is no news to the user
    )  # fmt: skip


def dask_distributed() -> Any:
    """Dask's `distributed`; NotSupported where it is not installed."""
    try:
        import distributed
    except ImportError:
        raise NotSupported(
            "work on several processes or machines needs Dask, which is not installed. Run: pip "
            "install 'detente[sweeps]'."
        ) from None
    return distributed


def _client(distributed: Any, address: Any) -> Any:
    import dask

    class Client(distributed.Client):  # type: ignore[misc]
        """One that has nothing to take leave of where it has not reached its scheduler."""

        def __del__(self) -> None:
            if self.status == "running":
                super().__del__()

    try:
        _knock(address)
        with dask.config.set({"distributed.comm.timeouts.connect": ARRIVAL}):
            return Client(address, timeout=ARRIVAL, set_as_default=False)
    except Exception as error:
        # Another program that answers there may send anything, a length beyond all memory too.
        why = "what answers is none" if isinstance(error, MemoryError) else error
        raise NotSupported(
            f"no scheduler answers at {address}: {why}. Start one with `dask scheduler`, workers "
            "with `dask worker ADDRESS`, and give its address."
        ) from None


def _knock(address: Any) -> None:
    """Raises OSError or ValueError soon where nobody listens; Dask tries again and again."""
    if not isinstance(address, str) or address.partition("://")[0] in ("ucx", "ws", "wss"):
        return
    from distributed.comm.addressing import get_address_host_port

    host, port = get_address_host_port(address)
    with socket.create_connection((host, port), timeout=ARRIVAL) as line:
        if not address.startswith("tls://") and not line.recv(1):  # a scheduler speaks first
            raise ValueError("what answers is none")


def _check_workers(client: Any, address: Any) -> None:
    """Raises NotSupported where nobody works there, or with another version of detente.

    Those who join later are found out by what they send.
    """
    from detente import __version__ as ours

    def version() -> str | None:  # sent by value: a worker may have no detente at all
        try:
            from detente import __version__
        except ImportError:
            return None
        return __version__

    try:
        client.wait_for_workers(1, timeout=ARRIVAL)
    except TimeoutError:
        raise NotSupported(
            f"the scheduler at {address} has no workers. Start some with `dask worker ADDRESS`."
        ) from None
    for worker, theirs in client.run(version, on_error="ignore").items():
        if theirs != ours:
            has = "no detente" if theirs is None else f"detente {theirs}"
            raise NotSupported(
                f"the worker at {worker} has {has}, and this process {ours}. Install the same "
                "version everywhere."
            )


def _first(client: Any, pending: set[Any]) -> tuple[set[Any], set[Any]]:
    """The parts that are finished, and the others; it does not wait for long."""
    distributed = dask_distributed()
    try:
        with client.as_current():
            finished, left = distributed.wait(pending, PATIENCE, "FIRST_COMPLETED")
    except TimeoutError:
        return set(), pending
    except CancelledError:
        raise NotSupported(
            "the connection to the scheduler was lost. Start it again, and then the same command: "
            "with a folder for draws it goes on where it was."
        ) from None
    return set(finished), set(left)


def _still_somebody(
    client: Any, address: Any, finished: Collection[Any], nobody_since: float | None
) -> float | None:
    """Since when nobody works there; raises NotSupported once that is too long."""
    if finished:
        return None
    try:
        if client.nthreads():
            return None
    except OSError:  # the scheduler is gone, of which the parts on their way will tell
        return nobody_since
    now = time.monotonic()
    if nobody_since is not None and now - nobody_since > ALONE:
        raise NotSupported(
            f"no worker is left at {address}: all have stopped or died, and for {ALONE} seconds "
            "none has come. See their logs, start some again, and then the same command: with a "
            "folder for draws it goes on where it was."
        )
    return now if nobody_since is None else nobody_since


def _sent(client: Any, blob: bytes, part: int) -> Any:
    """A part on its way. The work goes with each: data kept on one worker would die with it."""
    return client.submit(_work_from, blob, part, pure=False)


def _result(future: Any) -> Any:
    distributed = dask_distributed()
    try:
        return future.result()
    except distributed.scheduler.KilledWorker as error:
        raise NotSupported(
            f"several workers died one after another over the same part ({error}). See their logs; "
            "they may have too little memory."
        ) from None
    except ModuleNotFoundError as error:
        raise NotSupported(
            f"a worker lacks what it needs ({error}). Install detente on every worker, in the same "
            "version as here."
        ) from None


@lru_cache(maxsize=2)
def _unpacked(blob: bytes) -> Work:
    work: Work = pickle.loads(blob)
    return work


def _work_from(blob: bytes, part: int) -> Any:
    """What a worker runs; what it works with is unpacked once."""
    return _unpacked(blob)(part)
