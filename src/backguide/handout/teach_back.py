"""The strip for the clinician: three questions to answer back, and who asked them.

Telling is not knowing. A clinician asks the reader to say the plan in their own
words and ticks what came back, then signs with initials and date.
"""

from backguide.document import HandoutSection, TickStrip
from backguide.handout.inserts import Context

TEACH_BACK = "teach-back"


def teach_back(context: Context) -> HandoutSection | None:
    """Return the strip; None at home, where nobody asks, and on a safety page."""
    is_clinic = context.fact("mode") == "clinic"
    if not is_clinic or context.selection.triage.is_held_back:
        return None
    say = context.say
    strip = TickStrip(
        lead=say("teach_back.lead"),
        questions=tuple(say(f"teach_back.{key}") for key in QUESTIONS),
        prompt=say("teach_back.initials"),
    )
    return HandoutSection(
        id=TEACH_BACK,
        group="diary",
        title=strip.lead,
        blocks=(strip,),
        reason="",
        priority=1,
    )


QUESTIONS = ("week", "stop", "signs")
