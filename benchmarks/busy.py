"""How training keeps its speed while other programs use the processor.

    dvc repro split
    python -m benchmarks.busy                       # about 5 minutes on 2 cores

Trains as stages.finetune does (benchmarks.finetune, contender "ours"), each run a process of its own: alone, beside one
and two processes that never rest, and beside six light ones that work 2 ms of every 20. Each of them once as Tare runs
(pipeline_lib.SPIN_COUNT) and once with the waiting of OpenMP as it comes, under which a thread that waits for another
keeps its core for itself. The table has tokens/s and its share of the speed alone as OpenMP comes; the last line on
stdout is the same as JSON. Run it on an idle machine.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.finetune import contend
from pipeline_lib import SPIN_COUNT
from pipeline_lib.cli.command import run

BUSY = "while True: pass"
LIGHT = """
import time
while True:
    until = time.perf_counter() + 0.002
    while time.perf_counter() < until:
        pass
    time.sleep(0.018)
"""
BESIDE = {"alone": (), "one busy": (BUSY,), "two busy": (BUSY,) * 2, "six light": (LIGHT,) * 6}
WAITING = {"as OpenMP comes": "300000", "Tare": SPIN_COUNT}  # 300000 is libgomp's own where OMP_WAIT_POLICY is not set


def main(argv: list[str] | None = None) -> None:
    """Run each way of waiting beside each kind of company, and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("data/split"), help="folder with train.jsonl (%(default)s)")
    parser.add_argument("--model", default="smollm2-135m-instruct", help="name, folder or Hub id (%(default)s)")
    parser.add_argument("--steps", type=int, default=6, help="optimizer steps of a run, the first two untimed")
    args = parser.parse_args(argv)
    args.rows, args.batch = 64, 8
    speeds: dict[str, dict[str, float]] = {}
    for company, programs in BESIDE.items():
        for waiting, count in WAITING.items():
            with beside(programs):
                found: dict[str, Any] = contend("ours", args, GOMP_SPINCOUNT=count)
            speeds.setdefault(company, {})[waiting] = found["tokens_per_second"]
    whole = speeds["alone"]["as OpenMP comes"]
    print(f"{'tokens/s':<12}" + "".join(f"{waiting:>24}" for waiting in WAITING))
    for company, found in speeds.items():
        print(f"{company:<12}" + "".join(f"{speed:>17.0f} ({speed / whole:>4.0%})" for speed in found.values()))
    print(json.dumps(speeds), flush=True)


@contextmanager
def beside(programs: tuple[str, ...]) -> Iterator[None]:
    """Run Python `programs` meanwhile."""
    started = [subprocess.Popen([sys.executable, "-c", program]) for program in programs]
    try:
        yield
    finally:
        for process in started:
            process.kill()
            process.wait()


if __name__ == "__main__":
    run(main)
