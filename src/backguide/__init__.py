"""Turn a runner's profile into a printed guide for their back.

The public names are listed in ``__all__`` and told in ``docs/api.md``; they follow
semantic versioning. They are loaded when they are first used, so that a command that
needs no pages does not load the layout.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from backguide.about import __version__ as __version__

if TYPE_CHECKING:
    from backguide.api import Guide as Guide
    from backguide.api import check_profile as check_profile
    from backguide.api import load_content as load_content
    from backguide.api import make_handout as make_handout
    from backguide.clinic import ClinicError as ClinicError
    from backguide.errors import BackguideError as BackguideError
    from backguide.errors import ContentError as ContentError
    from backguide.errors import LayoutError as LayoutError
    from backguide.errors import LogoError as LogoError
    from backguide.errors import OptionError as OptionError
    from backguide.errors import Problem as Problem
    from backguide.errors import ProfileError as ProfileError
    from backguide.errors import VerificationError as VerificationError
    from backguide.profile.facts import schema as profile_schema

    __all__ = [
        "BackguideError",
        "ClinicError",
        "ContentError",
        "Guide",
        "LayoutError",
        "LogoError",
        "OptionError",
        "Problem",
        "ProfileError",
        "VerificationError",
        "__version__",
        "check_profile",
        "load_content",
        "make_handout",
        "profile_schema",
    ]

_HOME = {
    "Guide": ("backguide.api", "Guide"),
    "check_profile": ("backguide.api", "check_profile"),
    "load_content": ("backguide.api", "load_content"),
    "make_handout": ("backguide.api", "make_handout"),
    "profile_schema": ("backguide.profile.facts", "schema"),
    "ClinicError": ("backguide.clinic", "ClinicError"),
    **{
        name: ("backguide.errors", name)
        for name in (
            "BackguideError",
            "ContentError",
            "LayoutError",
            "LogoError",
            "OptionError",
            "Problem",
            "ProfileError",
            "VerificationError",
        )
    },
}

if not TYPE_CHECKING:
    __all__ = ["__version__", *_HOME]


def __getattr__(name: str) -> object:
    """Load a public name from its module."""
    if name in _HOME:
        module, own = _HOME[name]
        return getattr(import_module(module), own)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
