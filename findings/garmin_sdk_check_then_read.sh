#!/bin/sh
# Garmin's FIT SDK: after a passed integrity check the same decoder reads an empty file.
#
# Expected: check_integrity() followed by read() gives the messages; asking first whether a
# file is sound is what one does with files that people bring along.
# Happens: check_integrity() returns True and leaves the stream at its end; read() then
# returns no messages AND no errors. is_fit() before read() does no harm, so the pattern "ask,
# then read" looks right in a first trial.
# Why it matters: a sound run becomes "no run in this file". A week's load is counted too low,
# and the list of errors is empty.
#
# Seen 2026-11-30 with garmin-fit-sdk 21.218.0, a file with 20 records:
#   read: 20; is_fit, read: 20; check_integrity (True), read: 0, errors 0; new decoder: 20
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m venv venv
venv/bin/pip install --quiet garmin-fit-sdk==21.218.0
venv/bin/python - <<'PY'
import struct
import sys
from importlib.metadata import version

from garmin_fit_sdk import Decoder, Stream

print("garmin-fit-sdk", version("garmin-fit-sdk"))


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


start = 1140000000  # seconds since 1989-12-31
body = definition(0, 0, [(0, 1, 0x00), (1, 2, 0x84), (4, 4, 0x86)])
body += struct.pack("<BBHI", 0, 4, 1, start)
body += definition(1, 20, [(253, 4, 0x86), (5, 4, 0x86), (4, 1, 0x02)])
for n in range(20):
    body += struct.pack("<BIIB", 1, start + 10 * n, 3000 * n, 85)
head = struct.pack("<BBHI4s", 14, 0x10, 2132, len(body), b".FIT")
data = head + crc(head) + body
data += crc(data)


def records(*questions, again=False):
    """What each question says, then the number of records and of errors read."""
    decoder = Decoder(Stream.from_byte_array(bytearray(data)))
    said = [getattr(decoder, question)() for question in questions]
    if again:
        decoder = Decoder(Stream.from_byte_array(bytearray(data)))
    messages, errors = decoder.read()
    return said, len(messages.get("record_mesgs", [])), len(errors)


seen = {
    "read": records(),
    "is_fit": records("is_fit"),
    "check_integrity": records("check_integrity"),
    "new decoder": records("check_integrity", again=True),
}
expected = {"read": ([], 20, 0), "is_fit": ([True], 20, 0), "check_integrity": ([True], 0, 0), "new decoder": ([True], 20, 0)}
print(seen)
sys.exit(seen != expected)
PY
