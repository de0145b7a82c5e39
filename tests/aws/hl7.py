"""Messages of HL7 v2 as they are taken on AWS: behind an HTTP API with an authorizer, from a queue, in files, by the rights of each function."""

import base64
import hashlib
import json
import time
import urllib.error
import urllib.request

import rooms
from dropped import apply_boundaries_that_were_dropped
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from issuer import Issuer, encoded
from permissions import Role
from rig import BUCKETS
from rooms import until

STACK = "carelake-dev-hl7"
AUDIENCE = "senders"
RAW, CURATED, REJECTS = BUCKETS["raw"], BUCKETS["curated"], BUCKETS["rejects"]
MARKER = "PLANTEDNAME"


def message(control_id, patient="7", version="2.5"):
    return (f"MSH|^~\\&|SND|FAC|RCV|X|20240101||ADT^A01|{control_id}|P|{version}\rEVN||20240101\r"
            f"PID|1||{patient}^^^HOSP^MR||{MARKER}^A\rPV1|1|I\r").encode()


class RsaIssuer(Issuer):
    """An issuer whose tokens the authorizer of an HTTP API takes: it knows RSA only."""

    rsa = rsa.generate_private_key(65_537, 2_048)

    def keys(self):
        numbers = self.rsa.public_key().public_numbers()
        n, e = (encoded(number.to_bytes((number.bit_length() + 7) // 8, "big")) for number in (numbers.n, numbers.e))
        return {"keys": [{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "k", "n": n, "e": e}]}

    def sign(self, claims):
        message = ".".join(encoded(json.dumps(part).encode()) for part in ({"alg": "RS256", "kid": "k"}, claims))
        return f"{message}.{encoded(self.rsa.sign(message.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


class Endpoint:
    """The one address of the room."""

    def __init__(self, rig, issuer):
        [api] = [one["ApiId"] for one in rig.client("apigatewayv2").get_apis()["Items"] if one["Name"] == STACK]
        self.at, self.issuer = f"{rig.plain_endpoint}/_aws/execute-api/{api}/$default", issuer

    def token(self, scope, **claims):
        now = int(time.time())
        return self.issuer.sign({"iss": self.issuer.address, "aud": AUDIENCE, "sub": "lab", "exp": now + 300, "scope": scope} | claims)

    def ask(self, path, token, body=None, kind="x-application/hl7-v2+er7"):
        headers = {"Content-Type": kind} | ({} if token is None else {"Authorization": f"Bearer {token}"})
        try:
            answer = urllib.request.urlopen(urllib.request.Request(self.at + path, data=body, headers=headers), timeout=60)
        except urllib.error.HTTPError as refused:
            answer = refused
        return answer.status, answer.read().decode()

    def post(self, sent, token=None):
        return self.ask("/hl7v2/er7", token or self.token("hl7/write"), sent)


def deployed(rig, issuer):
    configured = {"hl7": {"signs_up": False, "issuer": {"issuer": issuer.address, "audiences": [AUDIENCE]}}}
    rooms.cdk(rig, STACK, configured, {}, "deploy", "--require-approval", "never")
    rig.look()
    apply_boundaries_that_were_dropped(rig, STACK)
    functions = rig.client("lambda")
    for name in ("hl7-receive", "hl7-query"):
        name = f"carelake-dev-{name}"
        variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        # What the deployment tells where it makes a pool; here the issuer is that of the test.
        told = {"CARELAKE_HL7_ISSUER": issuer.address, "CARELAKE_HL7_AUDIENCE": AUDIENCE}
        functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables | told})
    return Endpoint(rig, issuer)


def messages_are_answered(rig, endpoint, check):
    sent = message("A1")
    status, answer = endpoint.post(sent)
    check("a message is stored", (status, 200), ("MSA|AA|A1" in answer, True))
    check("and again it was there", ("MSA|AA|A1" in endpoint.post(sent)[1], True))
    check("another with its control id is refused", (endpoint.post(message("A1", "8"))[0], 409))
    check("one of no version is in the error zone", (endpoint.post(message("A2", version="9"))[0], 400))
    for what, token, wanted in (
        ("nobody", "", 401), ("a token that is over", endpoint.token("hl7/write", exp=int(time.time()) - 600), 401),
        ("a token for others", endpoint.token("hl7/write", aud="others"), 401), ("who may only look up", endpoint.token("hl7/read"), 403),
    ):
        check(f"{what} is not let in", (endpoint.ask("/hl7v2/er7", token or None, sent)[0], wanted))
    read = endpoint.token("hl7/read")
    status, found = endpoint.ask("/hl7v2/patients/search", read, json.dumps({"local_id": "HOSP#MR#7"}).encode(), "application/json")
    check("its patient is found", (status, 200))
    status, listed = endpoint.ask(f"/hl7v2/patients/{json.loads(found)['uuid']}/messages", read)
    check("with its messages", (status, 200), (len(json.loads(listed)["messages"]), 1))
    check("who may only send looks nothing up", (endpoint.ask("/hl7v2/errors", endpoint.token("hl7/write"))[0], 403))
    identity = hashlib.sha256(sent).hexdigest()
    check("it lies as it was received", (any(identity in key for key in rig.objects("raw", "raw/hl7v2/")), True))
    check("and as JSON", (any(identity in key for key in rig.objects("curated", "staging/hl7v2/")), True))


def batches_and_files_are_taken(rig, check):
    queue = rig.client("sqs").get_queue_url(QueueName="carelake-dev-hl7-stream")["QueueUrl"]
    for body in (message("Q1").decode(), json.dumps({"msg": base64.b64encode(message("Q2")).decode()}), "no message"):
        rig.client("sqs").send_message(QueueUrl=queue, MessageBody=body)
    staged = lambda sent: any(hashlib.sha256(sent).hexdigest() in key for key in rig.objects("curated", "staging/hl7v2/"))
    until("messages of the queue", lambda: staged(message("Q1")) and staged(message("Q2")))
    until("what is no message", lambda: any("error/hl7v2/" in key for key in rig.objects("rejects", "error/hl7v2/")))
    rig.client("s3").put_object(Bucket=RAW, Key="hl7/drop/night.hl7", Body=message("F1") + message("F2"))
    until("messages of a file", lambda: staged(message("F1")) and staged(message("F2")))
    check("batches and files are taken", (staged(message("F2")), True))


def its_roles_reach_their_zones(rig, check):
    takes = Role(rig, "hl7-receive")
    takes.may("keep a message", takes.put(RAW, "raw/hl7v2/received=2026-11-01/x.er7"))
    takes.may("write its JSON", takes.put(CURATED, "staging/hl7v2/received=2026-11-01/x.json"))
    takes.may("refuse one", takes.put(REJECTS, "error/hl7v2/received=2026-11-01/x.er7"))
    takes.may_not("write what another room has", takes.put(CURATED, "clinicians/_current.json"))
    takes.ledger_is(True, "PutItem", "ROWS#hl7#index/x")
    takes.ledger_is(False, "PutItem", "ROWS#intake#feeds")
    asks = Role(rig, "hl7-query")
    asks.may("read JSON", asks.get(CURATED, "staging/hl7v2/received=2026-11-01/x.json"))
    asks.may_not("keep a message", asks.put(RAW, "raw/hl7v2/received=2026-11-01/y.er7"))
    asks.ledger_is(True, "PutItem", "ROWS#audit#hl7")
    check("its roles reach their zones and no others", (takes.tried + asks.tried > 8, True))


def messages_are_taken(rig, check):
    endpoint = deployed(rig, RsaIssuer({}))
    messages_are_answered(rig, endpoint, check)
    batches_and_files_are_taken(rig, check)
    its_roles_reach_their_zones(rig, check)
    rooms.cdk(rig, STACK, {"hl7": {"signs_up": False}}, {}, "destroy", "--force")
    rig.look()
