"""
The service under load, beside the same service with nothing but lxml's parse in its processes.

    python -m benchmarks.service            # writes service.json, from which the page is made
    python -m benchmarks.service --memory   # 100,000 requests, and what the processes hold meanwhile
"""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from multiprocessing import get_context
from pathlib import Path
from threading import Thread

from benchmarks.messages import messages
from benchmarks.record import SERVICE, made_on

ROUNDS = 7
CLIENTS = (1, 2, 8)
REQUESTS = 200
KIND = "small"
FORMATS = ("operation-outcome", "json")
_OURS, _FLOOR = ("itk3_validator", "serve"), ("benchmarks.service_floor",)


@contextmanager
def serving(*command: str) -> Iterator[tuple[int, int]]:
    """
    A service that runs: its process id and port.
    """
    options = ("--port", "0", "--pack", "gpcm-sd-oc", "--concurrency", "64", "--quiet")
    process = subprocess.Popen([sys.executable, "-m", *command, *options], stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        found = re.search(r":(\d+) to", process.stderr.readline())
        assert found is not None
        port = int(found[1])
        _wait_for(port)
        yield process.pid, port
    finally:
        process.terminate()
        process.wait()
        process.stderr.close()


def _wait_for(port: int) -> None:
    while True:
        try:
            connection = HTTPConnection("127.0.0.1", port)
            connection.request("GET", "/health/ready")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.05)
        else:
            connection.close()
            return


def load(port: int, path: str, clients: int, requests: int, start: int) -> tuple[float, list[float]]:
    """
    So many requests by so many callers, each on a connection of its own: seconds in all, and of each request.
    """
    bodies = [each.data for each in messages(KIND, min(requests, 300), start=start)]
    taken: list[float] = []

    def call(first: int) -> None:
        connection = HTTPConnection("127.0.0.1", port)
        for number in range(first, requests, clients):
            began = time.perf_counter()
            connection.request("POST", path, bodies[number % len(bodies)], {"Content-Type": "application/fhir+xml"})
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200, answer.status
            taken.append(time.perf_counter() - began)
        connection.close()

    threads = [Thread(target=call, args=(first,)) for first in range(clients)]
    began = time.perf_counter()
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return time.perf_counter() - began, taken


def measure() -> dict[str, object]:
    """
    What the page shows: ratios of rounds that alternate, and the figures of this machine.
    """
    rows = []
    with (
        serving(*_OURS) as (_, ours),
        serving(*_FLOOR) as (_, floor),
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool,
    ):
        for form in FORMATS:
            path = f"/validate?fact=recipient=primary&format={form}"
            for clients in CLIENTS:
                rounds = []
                for number in range(-1, ROUNDS):
                    pair = [pool.submit(load, port, path, clients, REQUESTS, 0).result() for port in (ours, floor)]
                    if number >= 0:
                        rounds.append(pair)
                rows.append(_row(form, clients, rounds))
                print(*rows[-1], sep=" | ", flush=True)
    made = made_on()
    about = (
        f"`itk3 serve --pack gpcm-sd-oc`, messages of 9 KB, over loopback; beside the same service whose processes"
        f" merely parse the message with lxml. {ROUNDS} rounds of {REQUESTS} requests, in turn; median ratios with"
        f" quartiles."
        f" Callers are threads of one Python process on the same {made['cores']} cores, with a load of"
        f" {made['load']:.0f} at the end. A JSON report of such a message has 70 KB."
    )
    heads = ["format", "clients", "requests a second", "their ratio", "p50", "p50, ratio", "p99", "p99, ratio"]
    return {"about": about, "heads": heads, "rows": rows}


def _row(form: str, clients: int, rounds: list[list[tuple[float, list[float]]]]) -> list[str]:
    rates = [[len(taken) / seconds for seconds, taken in pair] for pair in rounds]
    cells = [form, str(clients), f"{statistics.median(pair[0] for pair in rates):,.0f}", _ratio(rates)]
    for share in (50, 99):
        times = [[_percentile(taken, share) for _, taken in pair] for pair in rounds]
        cells += [f"{statistics.median(pair[0] for pair in times) * 1000:.1f} ms", _ratio(times)]
    return cells


def _ratio(pairs: list[list[float]]) -> str:
    low, middle, high = statistics.quantiles([ours / floor for ours, floor in pairs], n=4)
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"


def _percentile(taken: list[float], share: int) -> float:
    return sorted(taken)[min(len(taken) * share // 100, len(taken) - 1)]


def memory(requests: int = 100_000) -> None:
    """
    Print what the service and its processes hold, in MB, while they answer.
    """
    step = requests // 10
    with serving(*_OURS) as (process, port), ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        for number in range(11):
            print(number * step, *(f"{each:.1f}" for each in _resident(process)), flush=True)
            if number < 10:
                path = "/validate?fact=recipient=primary&format=operation-outcome"
                pool.submit(load, port, path, 4, step, 300 * number).result()


def _resident(process: int) -> list[float]:
    """
    Megabytes of the service, and of each process that judges.
    """
    found = [_megabytes(process)]
    for server in _children(process):
        found += [_megabytes(each) for each in _children(server)]
    return found


def _children(process: int) -> list[int]:
    texts = [each.read_text(encoding="ascii") for each in Path(f"/proc/{process}/task").glob("*/children")]
    return sorted(int(each) for text in texts for each in text.split())


def _megabytes(process: int) -> float:
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text(encoding="utf-8"))
    return int(found[1]) / 1000 if found else 0.0


if __name__ == "__main__":
    if "--memory" in sys.argv:
        memory()
    else:
        SERVICE.write_text(json.dumps(measure(), indent=1) + "\n", encoding="utf-8")
