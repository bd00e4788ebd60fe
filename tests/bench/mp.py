#!/usr/bin/env python3
"""mp - the work of mp.c in Python's multiprocessing, and the table of both.

Usage: mp.py PATH-OF-MP [SECONDS]: runs both, one after the other, and prints rates.
SPDX-License-Identifier: Apache-2.0
"""

import multiprocessing
import subprocess
import sys
import time

SECONDS = float(sys.argv[2]) if len(sys.argv) > 2 else 0.5


def measure(work):
    rounds = 16
    while True:
        start = time.monotonic()
        work(rounds)
        took = time.monotonic() - start
        if took >= SECONDS / 2:
            return rounds / took
        rounds *= 2


def nothing():
    pass


def empty(_):
    pass


def same(item):
    return item


def processes(method):
    context = multiprocessing.get_context(method)

    def work(rounds):
        for _ in range(rounds):
            process = context.Process(target=nothing)
            process.start()
            process.join()

    return work


def put_all(queue, count):
    for item in range(count):
        queue.put(item)


def get_all(queue, count):
    for _ in range(count):
        queue.get()


def traffic(writers, readers):
    def work(rounds):
        queue = multiprocessing.Queue()
        all_of_them = [
            multiprocessing.Process(target=put_all, args=(queue, rounds // writers))
            for _ in range(writers)
        ] + [
            multiprocessing.Process(target=get_all, args=(queue, rounds // readers))
            for _ in range(readers)
        ]
        for process in all_of_them:
            process.start()
        for process in all_of_them:
            process.join()

    return work


def echo(connection):
    while data := connection.recv_bytes():
        connection.send_bytes(data)


def round_trips(rounds):
    here, there = multiprocessing.Pipe()
    process = multiprocessing.Process(target=echo, args=(there,))
    process.start()
    for _ in range(rounds):
        here.send_bytes(b"x" * 64)
        here.recv_bytes()
    here.send_bytes(b"")
    process.join()


def main():
    rates = {}
    for method in ("fork", "spawn", "forkserver"):
        rates["process_" + method] = measure(processes(method))
    rates["queue_1x1"] = measure(traffic(1, 1))
    rates["queue_4x4"] = measure(traffic(4, 4))
    rates["pipe"] = measure(round_trips)
    with multiprocessing.Pool(2) as pool:
        rates["pool_map_1"] = measure(lambda n: pool.map(empty, range(n), chunksize=1))
        rates["pool_map"] = measure(lambda n: pool.map(empty, range(n)))
        rates["pool_map_echo"] = measure(lambda n: pool.map(same, range(n)))
        rates["pool_apply"] = measure(lambda n: [pool.apply(empty, (i,)) for i in range(n)])
    ours = {}
    for line in subprocess.run(
        [sys.argv[1], str(SECONDS)], check=True, capture_output=True, text=True
    ).stdout.splitlines():
        name, rate = line.split()
        ours[name] = float(rate)
    floors = {"process_fork": "floor_process", "queue_1x1": "floor_queue_1x1", "pipe": "floor_pipe"}
    print(f"{'a second':20} {'python3':>12} {'mp':>12} {'x python3':>10} {'floor':>12} {'x floor':>8}")
    for name, rate in rates.items():
        floor = ours.get(floors.get(name, ""), 0)
        beside = f"{floor:12.0f} {ours[name] / floor:8.2f}" if floor else ""
        print(f"{name:20} {rate:12.0f} {ours[name]:12.0f} {ours[name] / rate:10.1f} {beside}")


if __name__ == "__main__":
    main()
