#!/bin/sh
# ics: reading and writing a weekly appointment moves it by an hour when the clocks change.
#
# Expected: a calendar that is read and written again keeps a series at 18:00 local time: the
# start stays bound to its time zone, or the rule is changed along with it.
# Happens: ics turns DTSTART into UTC and drops the zone, and keeps RRULE as it was. "Weekly
# from 16:00 UTC" is 18:00 in Berlin in October and 17:00 from the end of summer time on.
# icalendar keeps start, zone and rule.
# Why it matters: a plan of exercise sessions or physiotherapy goes through such a step once,
# and every session after the last Sunday of October stands at the wrong hour.
#
# Seen 2026-11-30 with ics 0.7.3, icalendar 7.3.2, python-dateutil 2.9.0.post0 (Berlin time):
#   ics: 20 Oct 18:00, 27 Oct 17:00, 3 Nov 17:00; icalendar: 18:00 on each
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m venv venv
venv/bin/pip install --quiet ics==0.7.3 icalendar==7.3.2 python-dateutil==2.9.0.post0 tzdata==2026.3
venv/bin/python - <<'PY'
import sys
from importlib.metadata import version
from zoneinfo import ZoneInfo

import icalendar
import ics
from dateutil.rrule import rrulestr

names = ("ics", "icalendar", "python-dateutil")
print(*(f"{name} {version(name)}" for name in names), sep=", ")
berlin = ZoneInfo("Europe/Berlin")
zone = (
    "BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\n"
    "BEGIN:STANDARD\r\nDTSTART:19961027T030000\r\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\n"
    "TZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\n"
    "BEGIN:DAYLIGHT\r\nDTSTART:19810329T020000\r\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\r\n"
    "TZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n"
)
source = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example//plan//EN\r\n"
    + zone
    + "BEGIN:VEVENT\r\nUID:1@example.org\r\nDTSTAMP:20261001T000000Z\r\nSUMMARY:Exercises\r\n"
    "DTSTART;TZID=Europe/Berlin:20261020T180000\r\nDTEND;TZID=Europe/Berlin:20261020T183000\r\n"
    "RRULE:FREQ=WEEKLY;COUNT=3\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


def sessions(text):
    """The times of the series on a clock in Berlin."""
    event = icalendar.Calendar.from_ical(text).walk("VEVENT")[0]
    rule = event["RRULE"].to_ical().decode()
    times = rrulestr(rule, dtstart=event.decoded("DTSTART"))
    return [f"{time.astimezone(berlin):%m-%d %H:%M}" for time in times]


seen = {
    "as made": sessions(source),
    "through ics": sessions(ics.Calendar(source).serialize()),
    "through icalendar": sessions(icalendar.Calendar.from_ical(source).to_ical().decode()),
}
steady = ["10-20 18:00", "10-27 18:00", "11-03 18:00"]
expected = {"as made": steady, "through ics": ["10-20 18:00", "10-27 17:00", "11-03 17:00"], "through icalendar": steady}
print(seen)
sys.exit(seen != expected)
PY
