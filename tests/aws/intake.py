"""The room of partners' files: an object that arrives is claimed, judged and published, once, whatever is told of it and how often.

The configuration of the environment gets feeds for as long as this takes.
"""

import datetime
import json
import pathlib
import subprocess
import tempfile
import urllib.parse

import duckdb

from dropped import apply_boundaries_that_were_dropped
from permissions import Role
from rig import BUCKETS, DATABASE, PROJECT
from sftp import partners_are_let_in
from toy import rows, until
from views import all_feeds_are_one_table

STACK, CONFIG = "carelake-dev-intake", "_carelake/pipeline_config.yaml"
RAW = BUCKETS["raw"]
FEEDS = {
    "acme_people": {
        "partner": "acme", "path": "PAT_{delivery:%Y%m%d}*.csv", "format": {"type": "csv"}, "time_zone": "America/New_York",
        "delivery": "full",
        "tables": {"persons": {"columns": {
            "patient_id": "MRN", "last_name": "Last", "first_name": "First", "birth_date": {"from": "DOB", "date": "%m/%d/%Y"},
        }}},
    },
    "acme_visits": {
        "partner": "acme", "path": "VIS {delivery:%Y%m%d}+*.csv", "format": {"type": "csv"},
        "time_zone": "America/New_York", "delivery": "append",
        "tables": {"encounters": {"columns": {
            "encounter_id": "Visit", "patient_id": "MRN", "encounter_start_date": {"from": "Day", "date": "iso"},
        }}},
    },
}
FEEDS["acme_labs"] = FEEDS["acme_visits"] | {"path": "LAB_{delivery:%Y%m%d}.csv", "tables": {"encounters": {"columns": {
    "encounter_id": "Visit", "patient_id": "MRN", "encounter_start_date": {"from": "Day", "date": "iso"},
    "payer_type": {"from": "Visit", "lookup": {"file": "codes/payers.csv", "key": "code", "column": "payer"}},
}}}}
FEEDS["bayview_people"] = FEEDS["acme_people"] | {"partner": "bayview"}
FEEDS["acme_clinic"] = FEEDS["acme_visits"] | {"path": "CLI_{delivery:%Y%m%d}.csv", "expected": {"every": "day"}}
PEOPLE = b"MRN,Last,First,DOB\n001,Rivera,Ana,01/31/1980\n002,Chen,Bo,12/05/1975\n003,Okafor,Chi,02/30/1990\n"
MORE = PEOPLE + b"004,Silva,Davi,07/04/2001\n"
VISITS = b"Visit,MRN,Day\nv1,001,2026-10-01\nv2,002,2026-10-02\n,003,2026-10-03\n"
NOT_A_TABLE = b"%PDF-1.7\n" + bytes(range(128, 256)) * 8


PAYERS = "code,payer\r\nv1,medicare\r\nv2,commercial\r\n"


def with_feeds(folder):
    """Writes the configuration with the feeds, and the file that one looks up in; of files so small a third may be refused."""
    feeds = json.dumps({"defaults": {"max_reject_ratio": 0.5, "max_concurrency": 1}, "feeds": FEEDS})
    (folder / "codes").mkdir(exist_ok=True)
    (folder / "codes" / "payers.csv").write_text(PAYERS, newline="")
    file = folder / "pipeline_config.yaml"
    file.write_text((PROJECT / "pipeline_config.yaml").read_text() + f"\nintake: {feeds}\n")
    return file


def deployed(rig, folder):
    """Returns the configuration as one file, as `bootstrap.sh deploy` uploads it."""
    command = [rig.binaries / "carelake", "config", "--joined", "--config", with_feeds(folder)]
    return subprocess.run(command, check=True, capture_output=True).stdout


class Intake:
    """The room, deployed."""

    def __init__(self, rig, config):
        self.config = config
        self.rig, self.sqs, self.states = rig, rig.client("sqs"), rig.client("stepfunctions")
        machines = self.states.list_state_machines()["stateMachines"]
        self.machines = {machine["name"].removeprefix("carelake-dev-"): machine["stateMachineArn"] for machine in machines}

    def put(self, name, body):
        """Delivers a file; returns its version."""
        return self.rig.client("s3").put_object(Bucket=RAW, Key=f"intake/{name}", Body=body).get("VersionId")

    def queue(self, suffix=""):
        return self.sqs.get_queue_url(QueueName=f"carelake-dev-intake-dispatch{suffix}")["QueueUrl"]

    def waiting(self, suffix=""):
        wanted = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.sqs.get_queue_attributes(QueueUrl=self.queue(suffix), AttributeNames=wanted)["Attributes"]
        return sum(int(count) for count in found.values())

    def tell(self, *bodies):
        """Puts messages into the queue, and waits until they are taken."""
        for body in bodies:
            self.sqs.send_message(QueueUrl=self.queue(), MessageBody=body if isinstance(body, str) else json.dumps(body))
        until("an empty queue", lambda: self.waiting() == 0)

    def executions(self):
        """Returns the executions that ended, by name, when none is under way."""
        arn = self.machines["intake"]
        found = self.states.list_executions(stateMachineArn=arn)["executions"]
        return {one["name"]: self.rig.end(one["executionArn"]) for one in found}

    def new(self, known, count=1):
        """Waits for as many more executions; returns how each ended."""
        found = until("an execution", lambda: len(now := self.executions()) >= len(known) + count and now)
        return [ended for name, ended in found.items() if name not in known]

    def served(self, table, feed):
        """Returns the rows that a feed serves, without what differs from run to run."""
        return served(lambda key: self.rig.get("curated", key), table, feed)

    def dev(self, *arguments, code=0):
        """Has the command do something with deliveries of `dev`."""
        command = [self.rig.binaries / "carelake", "--config", self.config, "--env", "dev", "intake", *arguments]
        ran = subprocess.run(command, capture_output=True, text=True, env=self.rig.client_environment())
        assert ran.returncode == code, f"{arguments}: exit code {ran.returncode}\n{ran.stdout}{ran.stderr}"
        ran.json = lambda: json.loads(ran.stdout)
        return ran

    def letters(self):
        return [letter for letter in rows(self.rig, "ROWS#letters#all") if letter.startswith("#intake/")]


def served(get, table, feed):
    pointer = json.loads(get(f"intake/{table}/{feed}/_current.json"))
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for run in pointer["runs"]:
            manifest = json.loads(get(f"intake/{table}/{feed}/{run['manifest']}"))
            for place, file in enumerate(manifest["files"]):
                part = pathlib.Path(folder, f"{run['run_id']}-{place}.parquet")
                part.write_bytes(get(f"intake/{table}/{feed}/_runs/{run['run_id']}/{file['path']}"))
                files.append(str(part))
        found = duckdb.sql(f"select * exclude (_run_id, _ingested_at) from read_parquet({files!r}) order by all")
        return found.columns, found.fetchall()


def locally(rig, arrivals):
    """Returns how to read the output of a folder where the same files were delivered."""
    folder = pathlib.Path(tempfile.mkdtemp(dir=rig.folder))
    with_feeds(folder)
    for name, body in arrivals:
        file = folder / "landing" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)
        command = [rig.binaries / "carelake", "--config", folder / "pipeline_config.yaml", "intake", "run", file]
        subprocess.run(command, check=True, capture_output=True, text=True)
    return lambda key: (folder / "output" / key).read_bytes()


def notification(name, version):
    """Returns what S3 tells of an object: its key as a form writes it."""
    return {"Records": [{
        "eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": "us-east-1", "eventTime": "2026-11-01T06:00:00.000Z",
        "eventName": "ObjectCreated:Put", "userIdentity": {"principalId": "A"}, "requestParameters": {"sourceIPAddress": "10.0.0.1"},
        "responseElements": {"x-amz-request-id": "1"},
        "s3": {
            "s3SchemaVersion": "1.0", "configurationId": "arrivals",
            "bucket": {"name": RAW, "ownerIdentity": {"principalId": "A"}, "arn": f"arn:aws:s3:::{RAW}"},
            "object": {
                "key": urllib.parse.quote_plus(f"intake/{name}", safe="/"), "size": 1, "eTag": "d41d", "versionId": version,
                "sequencer": "0055AED6DCD90281E5",
            },
        },
    }]}


def an_object_becomes_an_execution_and_rows(rig, intake, check):
    known = intake.executions()
    version = intake.put("acme/PAT_20261101.csv", PEOPLE)
    [ended] = intake.new(known)
    check("an object becomes an execution", (ended["status"], "SUCCEEDED"))
    check("of what was judged for it nothing is left", (list(rig.objects("rejects", "intake/_handed/")), []))
    here = locally(rig, [("acme/PAT_20261101.csv", PEOPLE)])
    columns, found = intake.served("persons", "acme_people")
    check("which serves what a local run does", ((columns, found), served(here, "persons", "acme_people")), (len(found), 3))
    table = rig.client("glue").get_table(DatabaseName=DATABASE, Name="intake_persons_acme_people")["Table"]
    check("as a table", ([key["Name"] for key in table["PartitionKeys"]], ["run", "partner"]))
    kinds = {column["Name"]: column["Type"] for column in table["StorageDescriptor"]["Columns"]}
    check("of the columns that its files have", (set(kinds), set(columns) | {"_run_id", "_ingested_at"}))
    check("of their types", (kinds["birth_date"], "date"), (kinds["incomplete_fields"], "array<string>"))
    check("whose projection knows the partner", (table["Parameters"]["projection.partner.values"], "acme"))
    return version


def what_is_told_twice_or_wrongly_happens_once(rig, intake, version, check):
    known = intake.executions()
    visits = intake.put("acme/VIS 20261102+a.csv", VISITS)
    [ended] = intake.new(known)
    check("a blank and a plus in a name are what they are", (ended["status"], "SUCCEEDED"))
    columns, found = intake.served("encounters", "acme_visits")
    here = locally(rig, [("acme/VIS 20261102+a.csv", VISITS)])
    check("and its rows are those of a local run", ((columns, found), served(here, "encounters", "acme_visits")), (len(found), 2))
    known = intake.executions()
    again = [notification("acme/VIS 20261102+a.csv", visits), notification("acme/PAT_20261101.csv", version)]
    intake.tell(*again, *reversed(again), {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": RAW})
    intake.put("acme/", b"")
    intake.put("acme/.PAT_20261101.csv", PEOPLE)
    until("an empty queue", lambda: intake.waiting() == 0)
    check("events that come again, test events and markers start nothing", (set(intake.executions()), set(known)))
    check("and are no letters", (intake.letters(), []))


def a_correction_replaces_and_its_predecessor_does_not_come_back(rig, intake, version, check):
    known = intake.executions()
    intake.put("acme/PAT_20261101.csv", MORE)
    [ended] = intake.new(known)
    check("other bytes under the same name are a correction", (ended["status"], "SUCCEEDED"))
    check("whose rows are served", (len(intake.served("persons", "acme_people")[1]), 4))
    known = intake.executions()
    intake.tell(notification("acme/PAT_20261101.csv", version))
    check("the event of its predecessor, late, starts nothing", (set(intake.executions()), set(known)))
    check("and takes nothing back", (len(intake.served("persons", "acme_people")[1]), 4))


def a_message_that_nobody_understands_is_a_letter(intake, check):
    # As it is deployed, a message is hidden for six times the time of the function.
    intake.sqs.set_queue_attributes(QueueUrl=intake.queue(), Attributes={"VisibilityTimeout": "1"})
    intake.sqs.send_message(QueueUrl=intake.queue(), MessageBody='{"Records": [{"eventSource": "aws:s3"}]}')
    found = until("the letter", intake.letters)
    check("a message that nobody understands is one letter", (len(found), 1))
    check("and nothing is left in the queues", (intake.waiting(), 0), (intake.waiting("-dead-letters"), 0))


def a_file_that_is_none_fails_is_told_once_and_done_again(rig, intake, check):
    rig.alerts()
    before, known = intake.letters(), intake.executions()
    intake.put("acme/PAT_20261115.csv", NOT_A_TABLE)
    [ended] = intake.new(known)
    check("a file that is no table fails by name", (ended["status"], "FAILED"), (ended["error"], "InputMalformed"))
    letters = [letter for letter in intake.letters() if letter not in before]
    check("it is one letter", (len(letters), 1))
    check("and one notice", ([subject for subject, _ in rig.alerts()], ["carelake dev: acme_people failed: InputMalformed"]))
    check("and what was served is served", (len(intake.served("persons", "acme_people")[1]), 4))
    known, arrived = intake.executions(), json.loads(ended["input"])
    rig.invoke("intake-again", arrived)
    [ended] = intake.new(known)
    check("done again it is the next attempt, which fails as well", (ended["error"], "InputMalformed"))
    check("of one letter", (len([letter for letter in intake.letters() if letter not in before]), 1))
    check("that is not told twice", (rig.alerts(), []))
    known = intake.executions()
    intake.put("acme/PAT_20261115.csv", MORE)
    [ended] = intake.new(known)
    check("a good file is then the delivery", (ended["status"], "SUCCEEDED"))
    check("and that the feed works again is told", ([subject for subject, _ in rig.alerts()], ["carelake dev: acme_people works again"]))


def a_late_feed_is_told_once(rig, intake, check):
    def run(machine, **given):
        started = intake.states.start_execution(stateMachineArn=intake.machines[machine], input=json.dumps(given))
        return rig.end(started["executionArn"])["status"]

    [visits] = [
        given for ended in intake.executions().values() if (given := json.loads(ended["input"]))["name"].startswith("VIS")
    ]
    rig.alerts()
    october = {"name": "CLI_20261001.csv", "version": "october", "modified": "2026-10-01T06:00:00Z"}
    check("a delivery of weeks ago is one", (run("intake", **visits | october), "SUCCEEDED"))
    check("who looks what is due succeeds", (run("feeds-due"), "SUCCEEDED"))
    check("and tells what is late", ([subject for subject, _ in rig.alerts()], ["carelake dev: acme_clinic is late"]))
    check("once in a week", (run("feeds-due"), "SUCCEEDED"), (rig.alerts(), []))


def what_feeds_look_up_in_is_deployed(rig, intake, check):
    known = intake.executions()
    intake.put("acme/LAB_20261101.csv", VISITS)
    [ended] = intake.new(known)
    check("a feed that looks up in a file is published", (ended["status"], "SUCCEEDED"))
    columns, found = intake.served("encounters", "acme_labs")
    here = locally(rig, [("acme/LAB_20261101.csv", VISITS)])
    check("as it is on one machine", ((columns, found), served(here, "encounters", "acme_labs")))
    payers = [row[columns.index("payer_type")] for row in found]
    check("with what the file says", (sorted(payers), ["commercial", "medicare"]))


def a_partner_with_one_slot_has_all_of_its_files_published(rig, intake, check):
    known = intake.executions()
    for number in range(3):
        intake.put(f"acme/VIS 2026120{number + 1}+.csv", VISITS.replace(b"v", b"%dv" % number))
    ended = intake.new(known, 3)
    check("of three files at once each is published", ([one["status"] for one in ended], ["SUCCEEDED"] * 3))


def what_is_cut_off_is_told_and_not_read(rig, intake, check):
    rig.alerts()
    known, now = intake.executions(), datetime.datetime.now(datetime.timezone.utc)
    at = lambda seconds: (now + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
    detail = {
        "protocol": "SFTP", "status-code": "FAILED", "bytes": 12, "username": "acme", "session-id": "s", "server-id": "s-1",
        "file-path": f"/{RAW}/intake/acme/PAT_20261122.csv", "start-timestamp": at(-60), "end-timestamp": at(60),
    }
    intake.tell({
        "version": "0", "id": "1", "source": "aws.transfer", "detail-type": "SFTP Server File Upload Failed", "account": "000000000000",
        "time": at(0), "region": "us-east-1", "resources": [], "detail": detail,
    })
    [ended] = intake.new(known)
    check("that an upload was cut off is told", ([subject for subject, _ in rig.alerts()], ["carelake dev: cut-off file of acme"]))
    known = intake.executions()
    intake.put("acme/PAT_20261122.csv", PEOPLE[:40])
    until("an empty queue", lambda: intake.waiting() == 0)
    check("and what came of it starts nothing", (set(intake.executions()), set(known)))
    check("it is listed", ([file["reason"] for file in intake.dev("unclaimed", "--json").json()], ["partial"]))


def people_change_what_is_served(rig, intake, check):
    told = lambda ran: [json.loads(line) for line in ran.stdout.splitlines()]
    accounts = told(intake.dev("accounts", "acme_visits", "--json"))
    check("`accounts` reads what is there", (accounts[0]["published"], 2), (accounts[0]["rejected"], {"required_missing": 1}))
    rejected = told(intake.dev("rejected", "acme_visits", "--json"))
    check("and `rejected` the places", ((rejected[0]["place"], rejected[0]["rule"]), ("4", "required_missing")))
    before = len(intake.served("encounters", "acme_visits")[1])
    withdrawn = told(intake.dev("withdraw", "acme_visits/2026-11-02", "--json"))
    check("`withdraw` answers what is served", (withdrawn, [{"feed": "acme_visits", "rows": {"encounters": before - 2}}]))
    back = told(intake.dev("withdraw", "acme_visits/2026-11-02", "--undo", "--json"))
    check("`--undo` has it published again", (back[-1]["status"], "published"))
    check("so that all is served", (len(intake.served("encounters", "acme_visits")[1]), before))
    rebuilt = told(intake.dev("rebuild", "acme_visits", "--json"))
    check("`rebuild` answers what is served", (rebuilt[0]["rows"], {"encounters": before}))
    replayed = told(intake.dev("replay", "acme_visits", "--json"))
    check("and so does `replay`", (replayed[0]["rows"], {"encounters": before}))
    refused = intake.dev("rebuild", "acme_visit", code=2)
    check("a feed that is not there is named", ("did you mean `acme_visits`?" in refused.stderr, True))
    known = intake.executions()
    intake.put("acme/visits of december.csv", VISITS.replace(b"v", b"x"))
    intake.new(known)
    [stray] = [file for file in intake.dev("unclaimed", "--json").json() if file["reason"] != "partial"]
    check("a stray file is listed", (stray["arrival"]["name"], "visits of december.csv"))
    [assigned] = told(intake.dev("assign", stray["id"], "acme_visits", "--json"))
    check("`assign` has it published", ((assigned["feed"], assigned["status"]), ("acme_visits", "published")))
    known = intake.executions()
    intake.put("acme/PAT_20261129.csv", NOT_A_TABLE)
    intake.new(known)
    waiting = intake.dev("dead", "--feed", "acme_people", "--json").json()
    ids = [letter["id"] for letter in waiting if letter["id"].startswith("acme_people/2026-11-29")]
    check("what failed is listed", (len(ids), 1))
    [again] = told(intake.dev("redrive", *ids, "--json", code=30))
    check("`redrive` does it again and tells how it ended", ((again["status"], again["error"]), ("failed", "InputMalformed")))


def a_file_that_came_by_sftp_is_published(rig, intake, check):
    known = intake.executions()
    version = partners_are_let_in(rig, "PAT_20261101.csv", PEOPLE, check)
    check("the server itself tells nobody", (set(intake.executions()), set(known)))
    intake.tell(notification("bayview/PAT_20261101.csv", version))
    [ended] = intake.new(known)
    check("a file that came by SFTP is published", (ended["status"], "SUCCEEDED"))
    here = locally(rig, [("bayview/PAT_20261101.csv", PEOPLE)])
    check("as a local run does", (intake.served("persons", "bayview_people"), served(here, "persons", "bayview_people")))


def its_roles_reach_their_own_and_nothing_else(rig, version, check):
    judge, publish, turn = (Role(rig, name) for name in ("intake-judge", "intake-publish", "intake-turn"))
    judge.may("read what arrived", judge.get(RAW, "intake/acme/PAT_20261101.csv"))
    judge.may("read it as it arrived", lambda: judge.s3.get_object(Bucket=RAW, Key="intake/acme/PAT_20261101.csv", VersionId=version))
    judge.may_not("read other inputs", judge.get(RAW, "DAC_NationalDownloadableFile.csv"))
    judge.may_not("write what is served", judge.put(BUCKETS["curated"], "intake/probe"))
    judge.may("hand over what it judged", judge.put(BUCKETS["rejects"], "intake/_handed/probe"))
    judge.may_not("write among refused rows", judge.put(BUCKETS["rejects"], "intake/probe"))
    publish.may("write what is served", publish.put(BUCKETS["curated"], "intake/probe"))
    publish.may("take it away", publish.remove(BUCKETS["curated"], "intake/probe"))
    publish.may_not("write what arrived", publish.put(RAW, "intake/acme/probe"))
    publish.may_not("take it away", publish.remove(RAW, "intake/acme/PAT_20261101.csv"))
    publish.may_not("write a dataset", publish.put(BUCKETS["curated"], "clinicians/probe"))
    turn.may_not("read what arrived", turn.get(RAW, "intake/acme/PAT_20261101.csv"))
    turn.ledger_is(True, "PutItem", "CLAIM#intake/acme_people")
    turn.ledger_is(False, "PutItem", "PUB#clinicians")
    check("the roles of the room reach their own and nothing else", (judge.tried + publish.tried + turn.tried >= 12, True))


def partners_files_arrive(rig, check):
    kept = rig.get("curated", CONFIG)
    folder = pathlib.Path(tempfile.mkdtemp(dir=rig.folder))
    rig.put("curated", CONFIG, deployed(rig, folder))
    check("boundaries that the emulator drops are applied", (apply_boundaries_that_were_dropped(rig, STACK), 15))
    intake = Intake(rig, folder / "pipeline_config.yaml")
    version = an_object_becomes_an_execution_and_rows(rig, intake, check)
    what_is_told_twice_or_wrongly_happens_once(rig, intake, version, check)
    a_correction_replaces_and_its_predecessor_does_not_come_back(rig, intake, version, check)
    a_message_that_nobody_understands_is_a_letter(intake, check)
    a_file_that_is_none_fails_is_told_once_and_done_again(rig, intake, check)
    a_late_feed_is_told_once(rig, intake, check)
    what_feeds_look_up_in_is_deployed(rig, intake, check)
    a_partner_with_one_slot_has_all_of_its_files_published(rig, intake, check)
    what_is_cut_off_is_told_and_not_read(rig, intake, check)
    people_change_what_is_served(rig, intake, check)
    its_roles_reach_their_own_and_nothing_else(rig, version, check)
    a_file_that_came_by_sftp_is_published(rig, intake, check)
    all_feeds_are_one_table(rig, check)
    rig.put("curated", CONFIG, kept)
