#!/bin/sh
# gpxpy: a pause in which the position does not change counts neither as moving nor as stopped.
#
# Expected: moving time and stopped time of a track with a time at each point add up to its
# duration; a watch that stands still for 5 minutes was stopped for 300 s.
# Happens: a step with a distance of exactly 0 is left out of both sums. The same pause with a
# shift of one metre counts as 300 s stopped; with 400 m walked while the watch was paused it
# counts as moving.
# Why it matters: watches pause by themselves and go on at the same place. Whoever takes
# "stopped time" for the rests of a run, or subtracts it from the duration, finds that a runner
# who rests five minutes in the middle ran without a rest.
#
# Seen 2026-11-30 with gpxpy 1.6.2, two runs of 10 min with 5 min between (moving, stopped,
# duration in s):
#   no shift 1200 0 1500; 1 m 1200 300 1500; 400 m 1500 0 1500
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m venv venv
venv/bin/pip install --quiet gpxpy==1.6.2
venv/bin/python - <<'PY'
import sys
from datetime import datetime, timedelta
from importlib.metadata import version

import gpxpy

print("gpxpy", version("gpxpy"))


def read(shift):
    """Moving time, stopped time and duration in seconds, with this shift in metres."""
    places = [(second, 3 * second) for second in range(601)]
    places += [(900 + second, 1800 + shift + 3 * second) for second in range(601)]
    points = "".join(
        f'<trkpt lat="{51 + metres / 111195:.7f}" lon="0.1"><ele>20</ele><time>'
        f"{datetime(2026, 3, 1, 7) + timedelta(seconds=second):%Y-%m-%dT%H:%M:%SZ}</time></trkpt>"
        for second, metres in places
    )
    track = gpxpy.parse(
        '<gpx version="1.1" creator="example" xmlns="http://www.topografix.com/GPX/1/1">'
        f"<trk><trkseg>{points}</trkseg></trk></gpx>"
    )
    moving = track.get_moving_data()
    return round(moving.moving_time), round(moving.stopped_time), round(track.get_duration())


seen = {shift: read(shift) for shift in (0, 1, 400)}
expected = {0: (1200, 0, 1500), 1: (1200, 300, 1500), 400: (1500, 0, 1500)}
print(seen)
sys.exit(seen != expected)
PY
