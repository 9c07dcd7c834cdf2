#!/usr/bin/env python3
"""Writes a log of a made-up engine that runs one of three programs.

    engine.py PROGRAM LOG [--seed N] [--bug] [--crash]

A clock and the addresses of the heap differ from run to run, by the seed: that is the noise that no two runs are without. `--bug`: the third file
that the program reads can't be opened, and what is read from it is missing. `--crash`: the engine dies, and its log ends in the middle of a line.
"""
import argparse
import json
import random

FILES = {"boot": 6, "install": 40, "game": 12}  # that each program reads
CANT_OPEN = 0xC0000022  # STATUS_ACCESS_DENIED


class Log:
    def __init__(self, path):
        self.file = open(path, "w", encoding="utf-8")
        self.write({"kind": "schema_version", "schema_version": 1})
        self.counts = {}

    def write(self, value):
        self.file.write(json.dumps(value) + "\n")

    def event(self, tid, kind, name, **payload):
        index = self.counts.get(tid, 0)
        self.counts[tid] = index + 1
        self.write({"kind": kind, "tid": tid, "tid_event_idx": index, "payload": {"name": name, **payload}})

    def call(self, tid, name, result, **arguments):
        self.event(tid, "kernel.call", name, args=arguments)
        self.event(tid, "kernel.return", name, return_value=result)


def run_program(log, program, noise, has_bug):
    clock, heap = noise.randrange(1000, 2000), noise.randrange(1, 1000) << 16
    for number in range(FILES[program]):
        clock += noise.randrange(1, 20)
        is_denied = has_bug and number == 2
        log.call(4, "NtGetTickCount", clock)
        log.call(4, "RtlAllocateHeap", heap + number * 512, a0=512)
        log.call(4, "NtOpenFile", CANT_OPEN if is_denied else 0, a0=f"{program}/{number}.dat")
        if not is_denied:
            log.call(4, "NtReadFile", 512, a0=number)
            log.call(4, "NtClose", 0, a0=number)
        log.call(8, "NtWaitForSingleObject", 0, a0=number)
        log.call(8, "NtSetEvent", 0, a0=number)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", choices=FILES)
    parser.add_argument("log")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--bug", action="store_true")
    parser.add_argument("--crash", action="store_true")
    given = parser.parse_args()
    log = Log(given.log)
    run_program(log, given.program, random.Random(f"{given.program} {given.seed}"), given.bug)
    if given.crash:
        log.file.write('{"kind": "kernel.ca')
    log.file.close()


if __name__ == "__main__":
    main()
