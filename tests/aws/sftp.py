"""Partners who send by SFTP and from accounts of their own, as the stacks let them in.

A real client meets a real server, which is made as the template makes it. The server asks no policy and tells nobody of what was
put: the judge of the emulator is asked with the policies of the template, and the event is sent as S3 sends it.
"""

import asyncio
import json
import pathlib
import subprocess
import tempfile

import asyncssh
from ministack.core.iam_evaluator import EvalContext, evaluate, evaluate_resource_policy, parse_policy_document

from rig import BUCKETS, PROJECT, REGION

RAW = BUCKETS["raw"]
OWNER, PARTNER = "000000000000", "210987654321"
KEY_ARN = f"arn:aws:kms:{REGION}:{OWNER}:key/data"
PSEUDO = {"AWS::Partition": "aws", "AWS::Region": REGION, "AWS::AccountId": OWNER, "AWS::URLSuffix": "amazonaws.com"}
BEFORE_S3 = {"kms:viaservice": f"s3.{REGION}.amazonaws.com"}


def templates():
    """Returns the resources of the stacks of an environment with partners: what all rooms share, and the room."""
    with tempfile.TemporaryDirectory() as folder:
        program = ["node", "--import", "tsx", "bin/templates.ts", folder]
        subprocess.run(program, cwd=PROJECT / "cdk", check=True, capture_output=True, text=True)
        return [
            json.loads(pathlib.Path(folder, f"partners-{stack}.template.json").read_text())["Resources"]
            for stack in ("carelake-dev", "carelake-dev-intake")
        ]


def resolved(value, resources):
    """Returns a value of a template as it is when the stack is deployed; a resource is known by its logical name."""
    if isinstance(value, list):
        return [resolved(one, resources) for one in value]
    if not isinstance(value, dict):
        return value
    [name, given] = next(iter(value.items())) if len(value) == 1 else (None, None)
    if name == "Ref":
        return PSEUDO.get(given) or resources[given]["Properties"].get("BucketName", given)
    if name == "Fn::Join":
        return given[0].join(resolved(given[1], resources))
    if name == "Fn::ImportValue":
        return KEY_ARN
    if name == "Fn::GetAtt":
        bucket = resources[given[0]]["Properties"].get("BucketName")
        role = f"arn:aws:iam::{OWNER}:role/{given[0]}"
        return f"arn:aws:s3:::{bucket}" if bucket else role if given[1] == "Arn" else given[0]
    return {key: resolved(one, resources) for key, one in value.items()}


def of_type(resources, kind):
    """Returns the properties of the resources of a kind, by their logical names."""
    return {
        name: resolved(one["Properties"], resources) for name, one in resources.items() if one["Type"] == f"AWS::{kind}"
    }


class Door:
    """The server of the template, on the emulator, with the users of the template and a key for each."""

    def __init__(self, rig, room):
        self.rig, self.port = rig, rig.sftp_port
        self.users = {user["UserName"]: user for user in of_type(room, "Transfer::User").values()}
        self.keys = {name: asyncssh.generate_private_key("ssh-ed25519") for name in self.users}
        [server] = of_type(room, "Transfer::Server").values()
        transfer = rig.client("transfer")
        made = transfer.create_server(**server)["ServerId"]
        for name, user in self.users.items():
            public = self.keys[name].export_public_key().decode()
            transfer.create_user(**{**user, "ServerId": made, "SshPublicKeyBody": public})

    def session(self, work, user, key):
        """Does something as a user; returns what came of it, or the name of the refusal."""
        async def go():
            known = {"username": user, "client_keys": [key], "known_hosts": None, "config": None, "agent_path": None}
            async with asyncssh.connect("127.0.0.1", self.port, **known) as connection:
                async with connection.start_sftp_client() as client:
                    return await work(client)
        try:
            return asyncio.run(asyncio.wait_for(go(), 60))
        except (asyncssh.Error, ConnectionError, OSError) as refusal:
            return type(refusal).__name__

    def put(self, user, path, body, key=None):
        async def work(client):
            async with client.open(path, "wb") as file:
                await file.write(body)
            return "put"
        return self.session(work, user, key or self.keys[user])

    def list(self, user, path):
        async def work(client):
            return sorted(name for name in await client.listdir(path) if name not in (".", ".."))
        return self.session(work, user, self.keys[user])


def a_real_client_is_let_in_by_its_key_and_stays_in_its_folder(door, name, body, check):
    s3 = door.rig.client("s3")
    keys = lambda prefix: [found["Key"] for found in s3.list_objects_v2(Bucket=RAW, Prefix=prefix).get("Contents", [])]
    before = keys("")
    strange = asyncssh.generate_private_key("ssh-ed25519")
    check("a strange key is refused", (door.put("bayview", name, body, strange), "PermissionDenied"))
    check("so is the key of another partner", (door.put("bayview", name, body, door.keys["uh-sftp"]), "PermissionDenied"))
    check("so is a user that is not there", (door.put("nobody", name, body, strange), "PermissionDenied"))
    check("and so is a partner without networks", (door.put("elsewhere", name, body, strange), "PermissionDenied"))
    check("nothing of theirs arrives", (keys(""), before))
    check("a partner puts a file", (door.put("bayview", f"/{name}", body), "put"))
    check("into its own folder", (s3.get_object(Bucket=RAW, Key=f"intake/bayview/{name}")["Body"].read(), body))
    check("whose names it sees", (door.list("bayview", "/"), door.list("bayview", ".")), (name in door.list("bayview", "/"), True))
    for path in ("/..", "/../..", "../../uh/../.."):
        check(f"{path} is its own folder again", (door.list("bayview", path), door.list("bayview", "/")))
    check("a path that climbs ends in it", (door.put("bayview", "/../../intake/uh/x.csv", body), "put"))
    check("and nothing is in another's", (keys("intake/uh/"), []), (keys("intake/bayview/intake/uh/"), ["intake/bayview/intake/uh/x.csv"]))
    s3.delete_object(Bucket=RAW, Key="intake/bayview/intake/uh/x.csv")


class Judge:
    """What policies say of a call: those of a role within its boundary and its session, or that of a bucket."""

    def __init__(self, decide, caller, account):
        self.decide, self.caller, self.account, self.asked = decide, caller, account, 0

    def ask(self, wanted, action, resource, source="192.0.2.7", tls=True, **context):
        self.asked += 1
        call = EvalContext(
            principal_arn=self.caller, principal_type="AssumedRole", principal_account=self.account, action=action,
            resource_arn=resource, region=REGION, source_ip=source, secure_transport=tls,
            service_context={name.replace("__", ":"): value for name, value in context.items()},
        )
        found = self.decide(call)
        assert found == wanted, f"{self.caller}: {action} on {resource} from {source} {context}: {found} instead of {wanted}"


def at(key):
    return f"arn:aws:s3:::{RAW}/{key}"


def by_session(room, user, given=()):
    """Returns the judge of a user's session; `given` is what its role has besides, one day."""
    policies = of_type(room, "IAM::ManagedPolicy")
    [name] = [name for name in policies if name.startswith(f"Sftp{user['UserName'].removesuffix('-sftp')}Policy")]
    own = parse_policy_document(policies[name]["PolicyDocument"])
    boundary, session = [own], [parse_policy_document(user["Policy"])]
    return Judge(lambda call: evaluate(call, [own, *given], boundary, session).decision, user["Role"], OWNER), session


def what_it_may(judge):
    judge.ask("Allow", "s3:PutObject", at("intake/bayview/PAT.csv"))
    judge.ask("Allow", "s3:PutObject", at("intake/bayview/sub/PAT.csv"))
    judge.ask("Allow", "s3:AbortMultipartUpload", at("intake/bayview/PAT.csv"))
    for prefix in ("intake/bayview", "intake/bayview/", "intake/bayview/sub/"):
        judge.ask("Allow", "s3:ListBucket", f"arn:aws:s3:::{RAW}", s3__prefix=prefix)
    for action in ("kms:GenerateDataKey", "kms:Decrypt"):
        judge.ask("Allow", action, KEY_ARN, kms__viaservice=BEFORE_S3["kms:viaservice"])


def what_it_may_not(judge, refused="ImplicitDeny"):
    for action in (
        "s3:GetObject", "s3:GetObjectVersion", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:DeleteObjectTagging",
        "s3:GetObjectAcl", "s3:PutObjectAcl", "s3:PutObjectTagging",
    ):
        judge.ask("Deny", action, at("intake/bayview/PAT.csv"))
    for key in ("intake/uh/PAT.csv", "intake/bayview2/PAT.csv", "intake/bayview", "PAT.csv", "clinicians/PAT.csv"):
        judge.ask(refused, "s3:PutObject", at(key))
    judge.ask(refused, "s3:PutObject", f"arn:aws:s3:::{BUCKETS['curated']}/intake/bayview/PAT.csv")
    for prefix in ("", "intake/", "intake/uh/", "intake/bayview2/"):
        judge.ask(refused, "s3:ListBucket", f"arn:aws:s3:::{RAW}", s3__prefix=prefix)
    judge.ask(refused, "s3:ListBucketVersions", f"arn:aws:s3:::{RAW}")
    judge.ask(refused, "s3:PutBucketPolicy", f"arn:aws:s3:::{RAW}")
    judge.ask(refused, "kms:Decrypt", KEY_ARN)
    judge.ask(refused, "kms:Decrypt", KEY_ARN, kms__viaservice=f"dynamodb.{REGION}.amazonaws.com")
    judge.ask(refused, "dynamodb:GetItem", f"arn:aws:dynamodb:{REGION}:{OWNER}:table/carelake-dev-ledger")


def a_session_puts_and_lists_its_own_and_does_nothing_else(room, door, check):
    user = door.users["bayview"]
    judge, session = by_session(room, user)
    what_it_may(judge)
    what_it_may_not(judge)
    everything = parse_policy_document({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
    mistaken, _ = by_session(room, user, [everything])
    what_it_may_not(mistaken)
    # The session alone, of a role that nothing bounds.
    alone = Judge(lambda call: evaluate(call, [everything], session).decision, user["Role"], OWNER)
    what_it_may(alone)
    what_it_may_not(alone)
    check("a session puts and lists its own and does nothing else", (judge.asked + mistaken.asked + alone.asked > 80, True))


def an_account_puts_its_own_from_its_own_networks(base, check):
    policies = of_type(base, "S3::BucketPolicy").values()
    [policy] = [one["PolicyDocument"] for one in policies if one["Bucket"] == RAW]
    of_account = lambda account: Judge(
        lambda call: evaluate_resource_policy(policy, call).decision, f"arn:aws:iam::{account}:root", account
    )
    judge, stranger = of_account(PARTNER), of_account("109876543210")
    for source in ("192.0.2.1", "192.0.2.255", "2001:db8::1"):
        judge.ask("Allow", "s3:PutObject", at("intake/bayview/PAT.csv"), source)
        judge.ask("Deny", "s3:PutObject", at("intake/uh/PAT.csv"), source)
        judge.ask("Deny", "s3:PutObject", at("intake/bayview2/PAT.csv"), source)
        judge.ask("Deny", "s3:PutObject", at("intake/bayview/PAT.csv"), source, tls=False)
    for source in ("192.0.3.1", "203.0.113.9", "10.0.0.1", "2001:db9::1"):
        judge.ask("ImplicitDeny", "s3:PutObject", at("intake/bayview/PAT.csv"), source)
    for action in ("s3:GetObject", "s3:GetObjectVersion", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObjectAcl"):
        judge.ask("Deny", action, at("intake/bayview/PAT.csv"))
        judge.ask("Deny", action, at("intake/uh/PAT.csv"))
    judge.ask("ImplicitDeny", "s3:ListBucket", f"arn:aws:s3:::{RAW}")
    stranger.ask("ImplicitDeny", "s3:PutObject", at("intake/bayview/PAT.csv"))
    check("an account puts its own from its own networks", (judge.asked + stranger.asked > 25, True))


def partners_are_let_in(rig, name, body, check):
    """Has a partner send a file by SFTP; returns the version of the object that it became."""
    base, room = templates()
    door = Door(rig, room)
    a_real_client_is_let_in_by_its_key_and_stays_in_its_folder(door, name, body, check)
    a_session_puts_and_lists_its_own_and_does_nothing_else(room, door, check)
    an_account_puts_its_own_from_its_own_networks(base, check)
    return rig.client("s3").head_object(Bucket=RAW, Key=f"intake/bayview/{name}").get("VersionId")
