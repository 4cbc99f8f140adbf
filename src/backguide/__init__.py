"""Turn a runner's profile into a printed guide for their back.

The public names are loaded when they are first used, so that a command that needs
no pages does not load the layout.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from backguide.about import __version__ as __version__

if TYPE_CHECKING:
    from backguide.guidance.library import load_library as load_library
    from backguide.guidance.select import select as select
    from backguide.handout.compose import compose as compose
    from backguide.layout.pdf import lay_out as lay_out
    from backguide.layout.pdf import render_pdf as render_pdf
    from backguide.making import Options as Options
    from backguide.making import make_handout as make_handout
    from backguide.profile.load import load_profile as load_profile

_HOME = {
    "load_library": "backguide.guidance.library",
    "select": "backguide.guidance.select",
    "compose": "backguide.handout.compose",
    "lay_out": "backguide.layout.pdf",
    "render_pdf": "backguide.layout.pdf",
    "Options": "backguide.making",
    "make_handout": "backguide.making",
    "load_profile": "backguide.profile.load",
}

__all__ = ["__version__", *_HOME]


def __getattr__(name: str) -> object:
    """Load a public name from its module."""
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
