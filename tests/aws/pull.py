"""What partners leave on servers of their own: pulled by a function into the bucket, where it arrives and is published like any file."""

import datetime
import json
import pathlib
import tempfile

from intake import PEOPLE, MORE, FEEDS, Intake
from outside import Outside
from partner import PASSWORD, USER, Sftp
from permissions import Role
from proxy import Proxy
from rig import BUCKETS
from sites import Site

STACK = "carelake-dev-intake"
RAW = BUCKETS["raw"]
TOKEN = "t0ken"
# A pull looks two days back: midnight may pass while these tests run.
TODAY = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%d")
ROSTER, PATIENTS = f"ROS_{TODAY}.csv", f"PAT_{TODAY}.csv"
SECRETS = {"acme-token": TOKEN, "bay-password": PASSWORD, "cove-key": None, "other": "nobody's"}


def feeds(site, sftp):
    """Returns three feeds that are fetched: by HTTPS with a token, and by SFTP with a password and with a key."""
    people = FEEDS["acme_people"] | {"time_zone": "UTC"}
    https = {"https": f"{site.base}/out/ROS_{{delivery:%Y%m%d}}.csv", "days": 2, "credential": {"bearer": {"secrets_manager": "acme-token"}}}
    server = {"host": "127.0.0.1", "port": sftp.port, "user": USER, "host_key": [sftp.host_key]}
    by_password = server | {"password": {"secrets_manager": "bay-password"}, "folder": "/bay", "after": "delete"}
    by_key = server | {"key": {"secrets_manager": "cove-key"}, "folder": "/cove", "after": {"move": "/done"}}
    of = lambda partner, path, fetch: people | {"partner": partner, "path": path, "fetch": {"every": "hour"} | fetch}
    return {
        "acme_roster": of("acme", "ROS_{delivery:%Y%m%d}.csv", https),
        "bay_patients": of("bay", "PAT_{delivery:%Y%m%d}.csv", {"sftp": by_password}),
        "cove_patients": of("cove", "PAT_{delivery:%Y%m%d}.csv", {"sftp": by_key}),
    }


class Pull:
    """The function that pulls, deployed, with the servers that it asks."""

    def __init__(self, rig, outside, site, sftp):
        self.rig, self.outside, self.site, self.sftp = rig, outside, site, sftp
        self.intake = Intake(rig, outside.config)
        self.s3 = rig.client("s3")

    def now(self):
        """Pulls; returns what came of each feed."""
        ended = self.outside.run("feeds-pull")
        assert ended["status"] == "SUCCEEDED", ended
        calls = self.rig.client("stepfunctions").get_execution_history(executionArn=ended["executionArn"], maxResults=1000)["events"]
        done = [json.loads(call["taskSucceededEventDetails"]["output"]) for call in calls if call["type"] == "TaskSucceeded"]
        [feeds] = [answer["Payload"]["feeds"] for answer in done if "feeds" in answer.get("Payload", {})]
        return {feed["feed"]: feed.get("error") or ("brought", feed["brought"], feed["unsettled"]) for feed in feeds}

    def landed(self):
        """Returns every version of what landed of the three partners' files."""
        found = [one for name in (ROSTER, PATIENTS) for partner in ("acme", "bay", "cove") for one in self.versions(f"intake/{partner}/{name}")]
        return sorted(found)

    def versions(self, key):
        # A file whose name is taken makes room first, by a marker; what landed before is kept as the version that it is.
        return [(one["Key"], one["VersionId"]) for one in self.s3.list_object_versions(Bucket=RAW, Prefix=key).get("Versions", [])]

    def bytes(self, partner, name):
        return self.s3.get_object(Bucket=RAW, Key=f"intake/{partner}/{name}")["Body"].read()

    def by_way_of(self, endpoint):
        """Has the function reach S3 at another address; without one as before."""
        function, client = "carelake-dev-intake-pull", self.rig.client("lambda")
        variables = client.get_function_configuration(FunctionName=function)["Environment"]["Variables"]
        variables.pop("AWS_ENDPOINT_URL_S3", None)
        more = {"AWS_ENDPOINT_URL_S3": endpoint} if endpoint else {}
        client.update_function_configuration(FunctionName=function, Environment={"Variables": variables | more})


NOTHING = {"acme_roster": ("brought", 0, 0), "bay_patients": ("brought", 0, 0), "cove_patients": ("brought", 0, 0)}
ALL = {"acme_roster": ("brought", 1, 0), "bay_patients": ("brought", 1, 0), "cove_patients": ("brought", 1, 0)}


def what_is_there_comes_and_is_published(pull, check):
    pull.site.files[f"/out/{ROSTER}"] = PEOPLE
    pull.sftp.put(f"bay/{PATIENTS}", PEOPLE)
    pull.sftp.put(f"cove/{PATIENTS}", MORE)
    pull.sftp.put("done/keep", b"")
    known = pull.intake.executions()
    check("files of three servers come", (pull.now(), ALL))
    ended = pull.intake.new(known, 3)
    check("each becomes an execution", ([one["status"] for one in ended], ["SUCCEEDED"] * 3))
    bytes = (pull.bytes("acme", ROSTER), pull.bytes("bay", PATIENTS), pull.bytes("cove", PATIENTS))
    check("of the bytes that were there", (bytes, (PEOPLE, PEOPLE, MORE)))
    rows = {feed: len(pull.intake.served("persons", feed)[1]) for feed in ALL}
    check("and is published", (rows, {"acme_roster": 3, "bay_patients": 3, "cove_patients": 4}))
    check("what is to be deleted there is", (pull.sftp.names("bay"), []))
    check("and what is to be moved", (pull.sftp.names("cove"), []), (pull.sftp.names("done"), sorted([PATIENTS, "keep"])))


def nothing_comes_twice(pull, check):
    before, known = pull.landed(), pull.intake.executions()
    check("a second pull brings nothing", (pull.now(), NOTHING))
    check("no version is new", (pull.landed(), before), (set(pull.intake.executions()), set(known)))
    pull.site.files[f"/out/{ROSTER}"] = MORE
    ran = pull.outside.carelake("intake", "pull", "acme_roster", "--json")
    told = [json.loads(line) for line in ran.stdout.splitlines()]
    check("`intake pull --env` brings what was corrected there", ([(one["feed"], one["brought"], one["error"]) for one in told], [("acme_roster", 1, None)]))
    [ended] = pull.intake.new(known)
    check("as a correction", (ended["status"], "SUCCEEDED"), (len(pull.intake.served("persons", "acme_roster")[1]), 4))


def what_is_still_being_written_stays_there(pull, check):
    pull.sftp.put(f"bay/{PATIENTS}", MORE)
    before = pull.landed()

    def grow():
        pull.sftp.before_reads = lambda: None
        pull.sftp.put(f"bay/{PATIENTS}", MORE + b"005,Diaz,Eva,02/03/2004\n")

    pull.sftp.before_reads = grow
    check("a file that grows while it comes is not taken", (pull.now(), NOTHING | {"bay_patients": ("brought", 0, 1)}))
    check("it stays there, and nothing of it is here", (pull.sftp.names("bay"), [PATIENTS]), (pull.landed(), before))


def what_the_bucket_does_not_take_stays_there(pull, check):
    rig, known = pull.rig, pull.intake.executions()
    before = pull.landed()
    rig.alerts()
    with Proxy(rig.endpoint, rig.folder / "ca.pem", f"bay/{PATIENTS}", faults=99) as proxy:
        pull.by_way_of(proxy.endpoint)
        check("a bucket that takes nothing fails the feed", (pull.now()["bay_patients"], "Storage"))
        check("after some tries", (proxy.fired > 1, True))
        pull.by_way_of(None)
    check("the file stays there", (pull.sftp.names("bay"), [PATIENTS]), (pull.landed(), before))
    [(subject, message)] = rig.alerts()
    check("it is told", ("bay_patients" in subject, True), (PASSWORD in message or TOKEN in message, False))
    check("then it comes and goes away there", (pull.now(), NOTHING | {"bay_patients": ("brought", 1, 0)}), (pull.sftp.names("bay"), []))
    [ended] = pull.intake.new(known)
    check("and is published", (ended["status"], "SUCCEEDED"), (len(pull.intake.served("persons", "bay_patients")[1]), 5))
    check("that the server works again is told", (["bay_patients" in subject for subject, _ in rig.alerts()], [True]))


def a_server_that_is_another_is_told_once(pull, check):
    rig = pull.rig
    rig.client("secretsmanager").put_secret_value(SecretId="acme-token", SecretString="old")
    check("a token that is not accepted fails its feed alone", (pull.now(), NOTHING | {"acme_roster": "Refused"}))
    ran = pull.outside.carelake("intake", "pull", "acme_roster", code=21)
    check("the command tells why, and by its exit code", ("acme_roster: 0 brought" in ran.stdout, True), ("answers 401" in ran.stdout, True))
    refused = pull.outside.carelake("intake", "pull", "acme_rooster", code=10)
    check("a feed that is not there is named", ("acme_roster" in refused.stderr, True))
    check("it is told once", (["acme_roster" in subject for subject, _ in rig.alerts()], [True]))
    rig.client("secretsmanager").put_secret_value(SecretId="acme-token", SecretString=TOKEN)
    check("a token that was changed counts at once", (pull.now(), NOTHING))
    rig.alerts()


def its_role_writes_where_files_land_and_nothing_else(rig, check):
    role = Role(rig, "intake-pull")
    secrets = rig.client("secretsmanager", rig.assume("intake-pull"))
    role.may("write where partners' files land", role.put(RAW, "intake/acme/.probe"))
    role.may_not("write a public file", role.put(RAW, "DAC_NationalDownloadableFile_probe.csv"))
    role.may_not("read a public file", role.get(RAW, "DAC_NationalDownloadableFile.csv"))
    role.may_not("write what is served", role.put(BUCKETS["curated"], "intake/probe"))
    role.may_not("write refused rows", role.put(BUCKETS["rejects"], "intake/probe"))
    role.may_not("replace the configuration", role.put(BUCKETS["curated"], "_carelake/pipeline_config.yaml"))
    role.may_not("tell on-call", lambda: role.sns.publish(TopicArn=rig.topic, Message="probe"))
    for name in ("acme-token", "bay-password", "cove-key"):
        role.may(f"read the secret {name}", lambda name=name: secrets.get_secret_value(SecretId=name))
    role.may_not("read another secret", lambda: secrets.get_secret_value(SecretId="other"))
    role.ledger_is(True, "PutItem", "ROWS#intake#pulled/acme_roster")
    role.ledger_is(False, "PutItem", "PUB#clinicians")
    check("its role writes where files land and nothing else", (role.tried, 13))


def no_secret_is_told(pull, check):
    secrets = (TOKEN, PASSWORD)
    seen = {"logs": "\n".join(pull.rig.logs()), "alerts": json.dumps(pull.rig.told)}
    check("no secret is in a log or a notice", ([where for where, text in seen.items() if any(secret in text for secret in secrets)], []))


def partners_files_are_pulled(rig, sites, check):
    folder = pathlib.Path(tempfile.mkdtemp(dir=rig.folder))
    with Site(tls=rig.folder, token=TOKEN) as site, Sftp(folder) as sftp:
        for name, text in (SECRETS | {"cove-key": sftp.key.export_private_key().decode()}).items():
            rig.client("secretsmanager").create_secret(Name=name, SecretString=text)
        outside = Outside(rig, sites, feeds(site, sftp))
        outside.deploy(STACK)
        pull = Pull(rig, outside, site, sftp)
        what_is_there_comes_and_is_published(pull, check)
        nothing_comes_twice(pull, check)
        what_is_still_being_written_stays_there(pull, check)
        what_the_bucket_does_not_take_stays_there(pull, check)
        a_server_that_is_another_is_told_once(pull, check)
        its_role_writes_where_files_land_and_nothing_else(rig, check)
        no_secret_is_told(pull, check)
