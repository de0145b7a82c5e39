"""A mail server on a free port: prints the port, then each message as JSON.

    python tests/support/mailbox.py SECURITY FOLDER

SECURITY is `none`, or `starttls` or `tls`, with which nobody may send who has not logged in as carelake. FOLDER gets the
certificates: ca.pem is the authority.
"""

import json
import pathlib
import socket
import ssl
import sys
import time

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "aws"))
from certificates import write_certificates  # noqa: E402


class Keep:
    async def handle_DATA(self, server, session, envelope):
        text = envelope.content.decode("utf-8", "replace")
        print(json.dumps({"from": envelope.mail_from, "to": envelope.rcpt_tos, "text": text}), flush=True)
        return "250 taken"


def log_in(server, session, envelope, mechanism, data):
    return AuthResult(success=(data.login, data.password) == (b"carelake", b"open sesame"), handled=False)


def secured(security, folder):
    write_certificates(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "leaf.pem", folder / "leaf.key")
    login = {"authenticator": log_in, "auth_required": True}
    if security == "tls":
        # The connection is encrypted before the server knows of it.
        return {"ssl_context": context, "auth_require_tls": False, **login}
    return {"tls_context": context, "require_starttls": True, **login}


def main(security, folder):
    options = {} if security == "none" else secured(security, folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    Controller(Keep(), hostname="127.0.0.1", port=port, ready_timeout=60, **options).start()
    print(port, flush=True)
    time.sleep(120)


main(sys.argv[1], pathlib.Path(sys.argv[2]))
