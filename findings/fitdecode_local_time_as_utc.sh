#!/bin/sh
# fitdecode: the runner's own clock time comes back as a time in UTC.
#
# Expected: activity.local_timestamp is a wall clock reading without a zone. The method that
# converts it says in its own text that the result "IS NOT timezone-aware", so it should be
# naive, and mixing it with the UTC times of the same message should be an error.
# Happens: it is an aware datetime in UTC. Compared with the other times it is silently ahead
# by the runner's offset, and astimezone() shifts it a second time.
# Why it matters: a run at 00:30 on Tuesday in Berlin is written as 23:30 UTC on Monday. Whoever
# turns every aware time into local time, as is good practice, puts local_timestamp at 01:30;
# late runs change their day, and with it their week.
#
# Seen 2026-11-30 with fitdecode 0.11.0:
#   timestamp 2026-11-02 23:30:00+00:00, local_timestamp 2026-11-03 00:30:00+00:00, in Berlin 01:30
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m venv venv
venv/bin/pip install --quiet fitdecode==0.11.0
venv/bin/python - <<'PY'
import struct
import sys
from datetime import datetime, timedelta, timezone
from importlib.metadata import version

import fitdecode
from fitdecode.processors import DefaultDataProcessor

print("fitdecode", version("fitdecode"))


def crc(data):
    """CRC-16 with the reflected polynomial 0xA001, start 0."""
    value = 0
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)
    return struct.pack("<H", value)


def definition(local, message, fields):
    """A definition message: fields as (number, size in bytes, base type)."""
    head = struct.pack("<BBBHB", 0x40 | local, 0, 0, message, len(fields))
    return head + b"".join(bytes(field) for field in fields)


utc = datetime(2026, 11, 2, 23, 30, tzinfo=timezone.utc)
berlin = timezone(timedelta(hours=1))  # as on that day
seconds = int((utc - datetime(1989, 12, 31, tzinfo=timezone.utc)).total_seconds())
body = definition(0, 34, [(253, 4, 0x86), (5, 4, 0x86)])
body += struct.pack("<BII", 0, seconds, seconds + 3600)
head = struct.pack("<BBHI4s", 14, 0x10, 2132, len(body), b".FIT")
data = head + crc(head) + body
data += crc(data)

with fitdecode.FitReader(data) as reader:
    (activity,) = (f for f in reader if isinstance(f, fitdecode.FitDataMessage))
local = activity.get_value("local_timestamp")
seen = {
    "timestamp": str(activity.get_value("timestamp")),
    "local_timestamp": str(local),
    "in Berlin": f"{local.astimezone(berlin):%H:%M}",
    "said to be naive": "IS NOT" in DefaultDataProcessor.process_type_local_date_time.__doc__,
}
expected = {"timestamp": "2026-11-02 23:30:00+00:00", "local_timestamp": "2026-11-03 00:30:00+00:00", "in Berlin": "01:30", "said to be naive": True}
print(seen)
sys.exit(seen != expected)
PY
