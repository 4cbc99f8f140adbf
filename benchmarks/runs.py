"""How dear is it to read runs? Files of runs beside their library, and a large export.

    python benchmarks/runs.py               # 2,000 FIT files, and 300 MB of Apple Health
    python benchmarks/runs.py --files 100 --megabytes 30

The FIT files are made here, each like an hour's run that is stored every few seconds.
``fitdecode`` alone decodes every message and keeps nothing; ``backguide`` reads the same
files into activities. Both take turns, and the ratio of their CPU times is printed.
"""

import argparse
import resource
import struct
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import fitdecode

from backguide.runs.files import read_runs

EPOCH = datetime(1989, 12, 31, tzinfo=UTC)
TABLE = [0x0000, 0xCC01, 0xD801, 0x1400, 0xF001, 0x3C00, 0x2800, 0xE401,
         0xA001, 0x6C00, 0x7800, 0xB401, 0x5000, 0x9C01, 0x8801, 0x4400]  # fmt: skip


def crc(data: bytes) -> bytes:
    """Return the checksum that ends a FIT file."""
    value = 0
    for byte in data:
        for nibble in (byte & 15, byte >> 4):
            value = value >> 4 ^ TABLE[value & 15] ^ TABLE[nibble]
    return struct.pack("<H", value)


def definition(local: int, number: int, fields: list[tuple[int, int, int]]) -> bytes:
    """Return a definition: fields as number, bytes and base type."""
    head = struct.pack("<BBBHB", 0x40 | local, 0, 0, number, len(fields))
    return head + b"".join(map(bytes, fields))


def run_file(number: int, records: int) -> bytes:
    """Return a FIT file with time, place, height, distance, heart rate and cadence."""
    begin = datetime(2026, 11, 1, 6, tzinfo=UTC) - timedelta(days=number)
    start = int((begin - EPOCH).total_seconds())
    body = definition(0, 0, [(0, 1, 0), (1, 2, 0x84)]) + struct.pack("<BBH", 0, 4, 1)
    kinds = [(253, 4, 0x86), (0, 4, 0x85), (1, 4, 0x85), (78, 4, 0x86), (5, 4, 0x86),
             (73, 4, 0x86), (3, 1, 2), (4, 1, 2), (53, 1, 2)]  # fmt: skip
    body += definition(1, 20, kinds)
    for n in range(records):
        body += struct.pack(
            "<BIiiIIIBBB", 1, start + 4 * n, 600_000_000 + 900 * n, 0, 3000 + n,
            1200 * n, 3000, 150, 84, 64,
        )  # fmt: skip
    sums = [(253, 4, 0x86), (2, 4, 0x86), (7, 4, 0x86), (8, 4, 0x86), (9, 4, 0x86),
            (5, 1, 0)]  # fmt: skip
    body += definition(2, 18, sums)
    lasted = 4 * records
    body += struct.pack(
        "<BIIIIIB", 2, start + lasted, start, lasted * 1000, lasted * 1000,
        1200 * records, 1,
    )  # fmt: skip
    head = struct.pack("<BBHI4s", 14, 0x10, 2132, len(body), b".FIT")
    head += crc(head)
    return head + body + crc(head + body)


def alone(paths: list[Path]) -> None:
    """Decode every message, as the library's own page shows it."""
    for path in paths:
        with fitdecode.FitReader(path) as reader:
            for _ in reader:
                pass


def ours(paths: list[Path]) -> None:
    """Read the same files into activities."""
    found = len(read_runs(paths).activities)
    if found != len(paths):
        raise SystemExit(f"{found} runs in {len(paths)} files")


def measure_fit(folder: Path, count: int, records: int) -> None:
    """Print the CPU time of both, and their ratio."""
    paths = [folder / f"{n}.fit" for n in range(count)]
    for n, path in enumerate(paths):
        path.write_bytes(run_file(n, records))
    spent = {alone: 0.0, ours: 0.0}
    for begin in range(0, count, 100):  # in turns, so that a busy machine slows both
        part = paths[begin : begin + 100]
        for read in (alone, ours) if begin % 200 else (ours, alone):
            before = time.process_time()
            read(part)
            spent[read] += time.process_time() - before
    print(
        f"FIT: {count:,} files of {records} records; fitdecode {spent[alone]:.1f} s, "
        f"backguide {spent[ours]:.1f} s, ratio {spent[ours] / spent[alone]:.3f}"
    )


def write_apple(path: Path, megabytes: int) -> None:
    """Write an export like a real one: nearly all of it is heart beats and steps."""
    stamp = "2026-11-02 07:31:22 +0100"
    dates = f'creationDate="{stamp}" startDate="{stamp}" endDate="{stamp}"'
    record = (
        '<Record type="HKQuantityTypeIdentifierHeartRate" sourceName="Watch" '
        f'sourceVersion="11.1" unit="count/min" {dates} value="150">\n  <MetadataEntry '
        'key="HKMetadataKeyHeartRateMotionContext" value="2"/>\n </Record>\n'
    ).encode()
    workout = (
        '<Workout workoutActivityType="HKWorkoutActivityTypeRunning" duration="30" '
        f'durationUnit="min" {dates}><WorkoutStatistics type="HKQuantityTypeIdentifier'
        'DistanceWalkingRunning" sum="5" unit="km"/></Workout>\n'
    ).encode()
    block = record * (1_000_000 // len(record)) + workout
    with path.open("wb") as file:
        file.write(b'<?xml version="1.0"?>\n<HealthData locale="en_GB">\n')
        for _ in range(megabytes):
            file.write(block)
        file.write(b"</HealthData>\n")


def measure_apple(folder: Path, megabytes: int) -> None:
    """Print time and memory of one export, read in a process of its own."""
    path = folder / "export.xml"
    write_apple(path, megabytes)
    done = subprocess.run(
        [sys.executable, __file__, "--read", str(path)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    print(f"Apple Health: {path.stat().st_size / 1e6:.0f} MB; {done.stdout.strip()}")


def read_one(path: Path) -> None:
    """Read one export and print what it took."""
    before = time.process_time()
    found = read_runs([path])
    spent = time.process_time() - before
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
    print(f"{len(found.activities)} workouts, {spent:.1f} s, at most {peak:.0f} MB")


def main() -> None:
    """Measure both."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--records", type=int, default=900)
    parser.add_argument("--megabytes", type=int, default=300)
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.read is not None:
        read_one(given.read)
        return
    with tempfile.TemporaryDirectory() as name:
        measure_fit(Path(name), given.files, given.records)
        measure_apple(Path(name), given.megabytes)


if __name__ == "__main__":
    main()
