#!/bin/sh
# python-tcxparser: a TCX file with two runs gives the distance of the last and the time of
# the first.
#
# Expected: a file may hold several Activity elements; the library reads one of them or adds
# them up, the same way for every figure.
# Happens: each property looks at the file in its own way. Duration comes from the first run,
# distance from the last, the list of times from both, and the pace is worked out from the
# mixture.
# Why it matters: an export of a week puts several runs into one file. A runner who did 3 km in
# 10 min and then 1.5 km in 5 min is told a pace of 6:40 a kilometre, twice the true 3:20; the
# figures look plausible one by one.
#
# Seen 2026-11-30 with python-tcxparser 2.4.0 (m, s, pace, points):
#   first alone 3000 600 03:20 11; second alone 1500 300 03:20 6; both 1500 600 06:40 17
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m venv venv
venv/bin/pip install --quiet python-tcxparser==2.4.0
venv/bin/python - <<'PY'
import sys
from importlib.metadata import version

from tcxparser import TCXParser

print("python-tcxparser", version("python-tcxparser"))


def activity(day, minutes):
    """A run of 300 m a minute on this day of March."""
    points = "".join(
        f"<Trackpoint><Time>2026-03-{day:02}T07:{n:02}:00Z</Time>"
        f"<Position><LatitudeDegrees>{51 + n / 370:.5f}</LatitudeDegrees>"
        "<LongitudeDegrees>0.1</LongitudeDegrees></Position>"
        f"<DistanceMeters>{300 * n}</DistanceMeters></Trackpoint>"
        for n in range(minutes + 1)
    )
    start = f"2026-03-{day:02}T07:00:00Z"
    return (
        f'<Activity Sport="Running"><Id>{start}</Id><Lap StartTime="{start}">'
        f"<TotalTimeSeconds>{60 * minutes}</TotalTimeSeconds>"
        f"<DistanceMeters>{300 * minutes}</DistanceMeters><Calories>0</Calories>"
        "<Intensity>Active</Intensity><TriggerMethod>Manual</TriggerMethod>"
        f"<Track>{points}</Track></Lap></Activity>"
    )


def read(*activities):
    """Distance, duration, pace and number of points of a file with these activities."""
    with open("runs.tcx", "w") as out:
        out.write(
            '<?xml version="1.0" encoding="UTF-8"?>\n<TrainingCenterDatabase xmlns='
            '"http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2">'
            f"<Activities>{''.join(activities)}</Activities></TrainingCenterDatabase>"
        )
    run = TCXParser("runs.tcx")
    return run.distance, run.duration, run.pace, len(run.time_values())


first, second = activity(1, 10), activity(3, 5)
seen = {"first": read(first), "second": read(second), "both": read(first, second)}
expected = {"first": (3000, 600, "03:20", 11), "second": (1500, 300, "03:20", 6), "both": (1500, 600, "06:40", 17)}
print(seen)
sys.exit(seen != expected)
PY
