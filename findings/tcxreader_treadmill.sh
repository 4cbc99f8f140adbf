#!/bin/sh
# tcxreader: a treadmill run keeps its distance and loses its time and every heartbeat.
#
# Expected: Position is optional in a TCX trackpoint; indoors there is none, and time, heart
# rate and distance of the points are read all the same.
# Happens: points without a position are dropped by default. The distance comes from the lap,
# so the run has 3,000 m, no points, no start, and a duration of 0 s. The option
# `only_gps=False` reads the points and with them the time.
# Why it matters: people with back pain are sent to the treadmill. Their runs come in with a
# distance and no minutes, so a pace of 0 or a division by zero, and the week's time is short.
#
# Seen 2026-11-30 with tcxreader 0.4.11 (points, m, s):
#   outdoors 11 3000.0 600.0; treadmill 0 3000.0 0; treadmill, only_gps=False 11 3000.0 600.0
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m venv venv
venv/bin/pip install --quiet tcxreader==0.4.11
venv/bin/python - <<'PY'
import sys
from importlib.metadata import version

from tcxreader.tcxreader import TCXReader

print("tcxreader", version("tcxreader"))


def write(path, outdoors):
    """A run of ten minutes and 3 km with a heart rate, with or without positions."""
    points = ""
    for n in range(11):
        position = (
            f"<Position><LatitudeDegrees>{51 + n / 370:.5f}</LatitudeDegrees>"
            "<LongitudeDegrees>0.1</LongitudeDegrees></Position>"
        )
        points += (
            f"<Trackpoint><Time>2026-03-01T07:{n:02}:00Z</Time>{position if outdoors else ''}"
            f"<DistanceMeters>{300 * n}</DistanceMeters>"
            f"<HeartRateBpm><Value>{120 + n}</Value></HeartRateBpm></Trackpoint>"
        )
    start = "2026-03-01T07:00:00Z"
    with open(path, "w") as out:
        out.write(
            '<?xml version="1.0" encoding="UTF-8"?>\n<TrainingCenterDatabase xmlns='
            '"http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2"><Activities>'
            f'<Activity Sport="Running"><Id>{start}</Id><Lap StartTime="{start}">'
            "<TotalTimeSeconds>600</TotalTimeSeconds><DistanceMeters>3000</DistanceMeters>"
            "<Calories>0</Calories><Intensity>Active</Intensity>"
            f"<TriggerMethod>Manual</TriggerMethod><Track>{points}</Track></Lap></Activity>"
            "</Activities></TrainingCenterDatabase>"
        )


def read(path, **options):
    """Number of points, distance in metres and duration in seconds."""
    run = TCXReader().read(path, **options)
    return len(run.trackpoints), run.distance, run.duration


write("outdoors.tcx", True)
write("treadmill.tcx", False)
seen = {
    "outdoors": read("outdoors.tcx"),
    "treadmill": read("treadmill.tcx"),
    "only_gps=False": read("treadmill.tcx", only_gps=False),
}
expected = {"outdoors": (11, 3000.0, 600.0), "treadmill": (0, 3000.0, 0), "only_gps=False": (11, 3000.0, 600.0)}
print(seen)
sys.exit(seen != expected)
PY
