#!/bin/sh
# phonenumbers: opening hours behind a German number become further digits, and the result
# is "valid".
#
# Expected: words behind a number are cut off or refused; is_valid_number tells a wrong number.
# Happens: three letters or more make the parser take the text for a number spelt in letters.
# "Mo-Fr" is read as 6637. German numbers have no fixed length, so the longer number passes
# the check, and a tel: link is built from it.
# Why it matters: clinics type "030 23125 120 Mo-Fr" into the field for the telephone. The
# link on the handout then dials a number with four digits too many, on a page that says
# "call now".
#
# Seen 2026-11-30 with phonenumbers 9.0.43 (valid, link):
#   030 23125 120 -> True tel:+49-30-23125120
#   030 23125 120 Mo-Fr -> True tel:+49-30-231251206637
#   030 23125 120 oder -> True tel:+49-30-231251206337
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m venv venv
venv/bin/pip install --quiet phonenumbers==9.0.43
venv/bin/python - <<'PY'
import sys
from importlib.metadata import version

import phonenumbers

print("phonenumbers", version("phonenumbers"))


def read(text, country):
    """Whether the library calls the number valid, and the link it writes for it."""
    number = phonenumbers.parse(text, country)
    link = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.RFC3966)
    return phonenumbers.is_valid_number(number), link


texts = (
    ("030 23125 120", "DE"),
    ("030 23125 120 Mo-Fr", "DE"),
    ("030 23125 120 oder", "DE"),
)
seen = {text: read(text, country) for text, country in texts}
expected = {"030 23125 120": (True, "tel:+49-30-23125120"), "030 23125 120 Mo-Fr": (True, "tel:+49-30-231251206637"), "030 23125 120 oder": (True, "tel:+49-30-231251206337")}
print(seen)
sys.exit(seen != expected)
PY
