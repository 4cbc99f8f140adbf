"""The command that starts the form in the browser."""

import ipaddress
import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from backguide.cli_files import InputPath
from backguide.cli_options import LENGTHS, MODES, clinic_option, templates_option
from backguide.cli_talk import say
from backguide.errors import ExitCode, OutputError, system_words

if TYPE_CHECKING:
    from backguide.clinic import Clinic
    from backguide.web.server import Server

PORT: Final = 8347
LAST_PORT: Final = 65535


@click.command(epilog="Example: backguide serve")
@click.option(
    "--mode",
    type=MODES,
    default="self",
    help="self: people at home answer for themselves. clinic: a clinician asks a "
    "patient, sees what was decided, and approves the guide.",
)
@click.option(
    "--port",
    type=click.IntRange(0, LAST_PORT),
    default=PORT,
    show_default=True,
    help="Port on this computer; 0 for any that is free.",
)
@click.option(
    "--address",
    default="127.0.0.1",
    metavar="ADDRESS",
    help="Address of this computer to listen at. Another than 127.0.0.1 lets other "
    "computers in: it needs --certificate and --key, and asks for an access code.",
)
@click.option(
    "--name",
    "names",
    multiple=True,
    metavar="NAME",
    help="A further name by which browsers ask for this computer.",
)
@click.option(
    "--certificate",
    type=InputPath("the certificate"),
    metavar="FILE",
    help="TLS certificate (PEM), with those that it was signed by.",
)
@click.option(
    "--key", type=InputPath("the key"), metavar="FILE", help="Its private key (PEM)."
)
@click.option("--length", type=LENGTHS)
@clinic_option
@templates_option
def serve(
    mode: str,
    port: int,
    address: str,
    names: tuple[str, ...],
    certificate: Path | None,
    key: Path | None,
    length: str | None,
    clinic: "Clinic | None",
    templates: Path | None,
) -> int:
    """Put the questions in the browser, on this computer.

    Open the address that is shown. Answers stay in the memory of this program, and are
    forgotten after 30 minutes without a step, on "Finish", and when you press Ctrl-C.
    Needs pip install "backguide[web]".
    """
    if mode == "clinic" and (clinic is None or not clinic.has_clinician):
        raise click.UsageError(
            "--mode clinic needs to know who the clinician is: write clinician_name "
            "and clinician_role into the clinic file, and give it with --clinic FILE"
        )
    server = _opened(address, port, certificate, key)
    from backguide.guidance.built_in import library_at
    from backguide.web.app import Settings, create_app
    from backguide.web.guard import Gate
    from backguide.web.server import host_names, is_local, new_code
    from backguide.web.sessions import Visits

    visits = Visits(time.monotonic)
    hosts = host_names(address, server.port, names)
    code = "" if is_local(address) else new_code()
    gate = Gate(hosts, is_tls=certificate is not None, code=code)
    app = create_app(
        Settings(
            library=library_at(templates),
            visits=visits,
            gate=gate,
            today=date.today,
            mode=mode,
            length=length or "",
            clinic=clinic,
            tell=say,
        )
    )
    scheme = "https" if gate.is_tls else "http"
    shown = f"[{address}]" if ":" in address else address
    say(f"Open {scheme}://{shown}:{server.port}/ in your browser. Ctrl-C ends it.")
    if code:
        say(f"Access code: {code}")
    server.run(app, visits)
    return ExitCode.DONE


def _opened(
    address: str, port: int, certificate: Path | None, key: Path | None
) -> "Server":
    """Return a server at its port.

    Raises:
        click.UsageError: The address or the certificate cannot be used.
        OutputError: The port cannot be had.
    """
    try:
        from backguide.web.server import CertificateError, Server, Tls, is_local
    except ModuleNotFoundError:
        words = 'the form in the browser needs: pip install "backguide[web]"'
        raise click.UsageError(words) from None
    try:
        is_open = not is_local(address)
        if ipaddress.ip_address(address).is_unspecified:
            raise click.UsageError(
                "--address takes one address of this computer: browsers have to ask "
                "for it by name"
            )
    except ValueError:
        raise click.UsageError(
            "--address takes an address of this computer in numbers, such as "
            "127.0.0.1 or 192.168.1.20"
        ) from None
    if (certificate is None) != (key is None):
        raise click.UsageError("--certificate and --key belong together; give both")
    if is_open and (certificate is None or key is None):
        raise click.UsageError(
            "other computers can reach this address, so it needs TLS: give "
            "--certificate FILE and --key FILE, or leave --address out"
        )
    tls = Tls(str(certificate), str(key)) if certificate and key else None
    try:
        return Server(address, port, tls)
    except CertificateError:
        raise click.UsageError(
            "--certificate and --key cannot be read, or do not fit each other; both "
            "are PEM files, the key without a password"
        ) from None
    except OSError as error:
        raise OutputError(
            f"port {port} of {address} cannot be had: {system_words(error)}. "
            "Give another one with --port, or --port 0 for any"
        ) from None
