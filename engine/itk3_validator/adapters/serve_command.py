"""
`itk3 serve`: judge messages over HTTP.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from itk3_validator import CallInvalid
from itk3_validator.adapters.extras import need
from itk3_validator.adapters.options import BATCH_OPTIONS, OPTIONS, SERVICE_OPTIONS, add_options
from itk3_validator.adapters.settings import settings_from, values_from
from itk3_validator.adapters.status import DONE
from itk3_validator.adapters.validators import validator_of
from itk3_validator.value import replace

if TYPE_CHECKING:
    from itk3_validator.adapters.service.serving import Make

_EPILOG = """\
A message is posted to /validate; /openapi.json tells the rest, docs/service.md how to run it.

SIGTERM finishes what was accepted and stops, SIGHUP loads the packs anew.

exit status:
  0    it was told to stop, and has finished
  2    the rules, the settings or the command are wrong; nothing was served
"""
# These say what is judged or written, which is for whoever asks to say.
_NOT_SERVED: Final = frozenset(
    {
        *("request", "format", "waivers", "baseline", "fail-on", "verbose", "colour", "source-names"),
        *("message-column", "name-column", "max-entries", "max-ratio", "stream"),
    }
)
# A file of settings may serve other commands too; what would change verdicts is not passed over in silence.
_NOT_LEFT_OUT: Final = ("waivers", "baseline", "request")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """
    The arguments of `itk3 serve`.
    """
    parser.epilog = _EPILOG
    parser.add_argument(
        "--config", metavar="FILE", help="settings by the names of these options; the command line wins"
    )
    add_options(parser, SERVICE_OPTIONS)
    add_options(parser, BATCH_OPTIONS)
    add_options(parser, (each for each in OPTIONS if each.name not in _NOT_SERVED))


def run(arguments: argparse.Namespace) -> int:
    """
    Serve until it is told to stop.

    Raises:
        Itk3Error: The command, the settings or the rules are wrong; nothing was served.
    """
    need("service", "fastapi", "uvicorn", "prometheus_client", "python_multipart")
    from itk3_validator.adapters.service.judging import make_judge

    return start(arguments, make_judge)


def start(arguments: argparse.Namespace, make: Make) -> int:
    """
    The same with other work in the processes, which is for tests and measurements.
    """
    from itk3_validator.adapters.service.server import listen, serve
    from itk3_validator.adapters.service.settings import service_settings
    from itk3_validator.adapters.service.watch import Log

    values = values_from(vars(arguments), arguments.config)
    _check(values)
    settings = settings_from(vars(arguments), arguments.config)
    service = service_settings(values)
    validator = validator_of(settings)
    with listen(service) as listening:
        port = listening.getsockname()[1]
        service = replace(service, port=port)
        sys.stderr.write("".join(f"itk3: {each}\n" for each in _told(service, settings)))
        serve(settings, service, validator, listening, Log(sys.stderr, quiet=settings.quiet), make)
    return DONE


def _check(values: Mapping[str, Any]) -> None:
    wrong = [each for each in _NOT_LEFT_OUT if values.get(each)]
    if wrong:
        raise CallInvalid(f"the settings say {' and '.join(wrong)}, which a service has not; take another --config")


def _told(service: Any, settings: Any) -> list[str]:
    """
    Who may ask, and how safe the way is.
    """
    who = "whoever sends a token" if service.tokens else "everybody on this machine, without a token"
    lines = [f"serving {service.url} to {who}"]
    if service.behind_proxy and service.tls_cert is None:
        lines.append("messages come in clear: the proxy in front has to speak TLS (--behind-proxy)")
    if settings.responder is None:
        lines.append("ITK3 responses come from X26 and UNSET; say --responder-ods and --responder-mailbox")
    return lines
