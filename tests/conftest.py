"""What every test may use: the content, small profiles, a fixed day, no network."""

import os
import sys
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

import own_servers
from backguide.guidance.library import Library, load_library
from backguide.resources import templates_root
from strategies import FIXED_DAY, minimal_profile

RawProfile = dict[str, Any]

# The same examples in every run and on every machine: a red run can be repeated.
settings.register_profile(
    "backguide",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("backguide")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write what the program says now into tests/data, then read the diff",
    )
    parser.addoption(
        "--update-pictures",
        action="store_true",
        help="write how pages look now into tests/data/pictures, then look at each",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files of slow tests, so that none runs alone at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))


# --- no network ---------------------------------------------------------------

_NETWORK_EVENTS = frozenset(
    {
        "socket.bind",
        "socket.connect",
        "socket.getaddrinfo",
        "socket.gethostbyaddr",
        "socket.gethostbyname",
        "socket.getnameinfo",
        "socket.sendmsg",
        "socket.sendto",
        "urllib.Request",
        "http.client.connect",
        "ftplib.connect",
        "smtplib.connect",
    }
)


def _refuse_network(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in _NETWORK_EVENTS:
        return
    # A local socket has a path for an address; worker processes talk through it.
    if event in ("socket.bind", "socket.connect") and isinstance(
        arguments[1], str | bytes
    ):
        return
    if own_servers.PORTS and _is_own(event, arguments):
        return
    raise RuntimeError(f"a test may not use the network: {event}")


def _is_own(event: str, arguments: tuple[Any, ...]) -> bool:
    """Tell whether a test talks to a server that it started itself."""
    if event == "socket.connect":
        return arguments[1] in {("127.0.0.1", port) for port in own_servers.PORTS}
    if event in ("socket.getaddrinfo", "http.client.connect"):
        place = arguments[:2] if event == "socket.getaddrinfo" else arguments[1:]
        return place in {("127.0.0.1", port) for port in own_servers.PORTS}
    return False


# An audit hook can never be taken off again, so it holds for the whole run.
sys.addaudithook(_refuse_network)


@pytest.fixture(autouse=True)
def _same_umask() -> Iterator[None]:
    """Undo what the command line does to the process that it runs in."""
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)


@pytest.fixture(autouse=True, scope="session")
def _own_configuration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the clinic file of whoever runs the tests out of them."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("configuration")
        patch.setenv("XDG_CONFIG_HOME", str(folder))
        patch.setenv("APPDATA", str(folder))
        yield


# --- what tests are made of ---------------------------------------------------


@pytest.fixture(scope="session")
def library() -> Library:
    """The built-in content, parsed once."""
    return load_library(templates_root())


@pytest.fixture
def fixed_day() -> date:
    """The day on which every test takes place."""
    return FIXED_DAY


@pytest.fixture
def make_profile() -> Callable[..., RawProfile]:
    """Return a valid raw profile with the given facts, by dotted path.

    ``make_profile(**{"symptoms.nrs_now": 7})``; the value ``...`` removes a field.
    """
    return minimal_profile
