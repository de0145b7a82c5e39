"""An issuer of OpenID Connect on this machine: it gives a code once, to who can prove to have asked for it."""

import base64
import hashlib
import json
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

KEY_BYTES = 32


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Issuer:
    """What it says of whoever signs in is `says`; `address` is its `iss`."""

    def __init__(self, says):
        self.says, self.codes = says, {}
        self.key = ec.generate_private_key(ec.SECP256R1())
        own = self

        class Answers(BaseHTTPRequestHandler):
            def do_GET(self):
                own.answer(self, {"/.well-known/openid-configuration": own.document, "/keys": own.keys, "/.well-known/jwks.json": own.keys}[self.path]())

            def do_POST(self):
                asked = self.rfile.read(int(self.headers["content-length"])).decode()
                own.answer(self, own.redeem(dict(urllib.parse.parse_qsl(asked))))

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @staticmethod
    def answer(request, told):
        body = json.dumps(told or {"error": "invalid_grant"}).encode()
        request.send_response(200 if told else 400)
        request.send_header("content-type", "application/json")
        request.send_header("content-length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    def document(self):
        at = self.address
        return {"issuer": at, "authorization_endpoint": f"{at}/authorize", "token_endpoint": f"{at}/token", "jwks_uri": f"{at}/keys"}

    def keys(self):
        numbers = self.key.public_key().public_numbers()
        x, y = (encoded(number.to_bytes(KEY_BYTES, "big")) for number in (numbers.x, numbers.y))
        return {"keys": [{"kty": "EC", "crv": "P-256", "kid": "k", "x": x, "y": y}]}

    def signs_in(self, asked):
        """Is the person whom a browser brings here; returns the address that the browser is sent back to."""
        query = urllib.parse.urlsplit(asked).query
        fields = dict(urllib.parse.parse_qsl(query))
        code = encoded(hashlib.sha256(query.encode()).digest())
        self.codes[code] = fields
        return fields["redirect_uri"] + "?" + urllib.parse.urlencode({"code": code, "state": fields["state"]})

    def redeem(self, form):
        asked = self.codes.pop(form.get("code"), None)
        proof = encoded(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if asked is None or proof != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
            return None
        now = int(time.time())
        claims = {"iss": self.address, "aud": asked["client_id"], "sub": "s-1", "exp": now + 300, "nonce": asked["nonce"]} | self.says
        return {"id_token": self.sign(claims), "token_type": "Bearer"}

    def sign(self, claims):
        """Returns a token that says this."""
        message = ".".join(encoded(json.dumps(part).encode()) for part in ({"alg": "ES256", "kid": "k"}, claims))
        numbers = decode_dss_signature(self.key.sign(message.encode(), ec.ECDSA(hashes.SHA256())))
        signature = b"".join(number.to_bytes(KEY_BYTES, "big") for number in numbers)
        return f"{message}.{encoded(signature)}"
