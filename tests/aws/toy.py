"""A room of its own beside the monthly run: the room of the tests, deployed as a stack from what it prints of itself.

It is deployed onto an environment that is there, alone, and goes again before the environment does.
"""

import json
import urllib.error
import urllib.parse
import urllib.request

from botocore.exceptions import ClientError

import rooms
from dropped import apply_boundaries_that_were_dropped
from permissions import Role, given_all_of_s3_by_mistake
from rig import BUCKETS, PROJECT, TABLE
from rooms import until

STACK = "carelake-dev-toy"
CURATED = BUCKETS["curated"]


def cdk(rig, *command):
    """Runs the CDK command on the stack of the room, and on no other."""
    return rooms.cdk(rig, STACK, {}, json.loads((PROJECT / "cdk/test/functions/toy.json").read_text()), *command)


def rows(rig, partition):
    pages = rig.client("dynamodb").query(
        TableName=TABLE, KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": {"S": partition}},
    )
    return [item["sk"]["S"] for item in pages["Items"]]


class Toy:
    """The room, deployed."""

    def __init__(self, rig):
        self.rig, self.states, self.sqs = rig, rig.client("stepfunctions"), rig.client("sqs")
        machines = self.states.list_state_machines()["stateMachines"]
        self.machines = {machine["name"]: machine["stateMachineArn"] for machine in machines}

    def run(self, definition, **given):
        machine = self.machines[f"carelake-dev-{definition}"]
        started = self.states.start_execution(stateMachineArn=machine, input=json.dumps(given))
        return self.rig.end(started["executionArn"])

    def gather(self, batch, *numbers):
        return self.run("toy-gather", tenant="acme", batch=batch, numbers=numbers)

    def heard(self):
        """Returns what was told to the definition that listens."""
        machine = self.machines["carelake-dev-toy-heard"]
        executions = self.states.list_executions(stateMachineArn=machine)["executions"]
        told = [self.rig.end(execution["executionArn"]) for execution in executions]
        return [json.loads(execution["input"]) for execution in told]

    def queue(self, suffix=""):
        return self.sqs.get_queue_url(QueueName=f"carelake-dev-toy-sum{suffix}")["QueueUrl"]

    def waiting(self, suffix=""):
        wanted = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.sqs.get_queue_attributes(QueueUrl=self.queue(suffix), AttributeNames=wanted)["Attributes"]
        return sum(int(count) for count in found.values())


def a_room_is_deployed_alone(rig, check):
    before = rig.client("cloudformation").describe_stacks(StackName="carelake-dev")["Stacks"][0].get("LastUpdatedTime")
    cdk(rig, "deploy", "--require-approval", "never")
    rig.look()
    after = rig.client("cloudformation").describe_stacks(StackName="carelake-dev")["Stacks"][0].get("LastUpdatedTime")
    check("the environment stays as it is", (after, before))
    functions = {name for name in rig.functions if name.startswith("toy-")}
    wanted = {
        "toy-double", "toy-count-steps", "toy-gather", "toy-bury", "toy-sum", "toy-listen", "toy-letters-take", "toy-start", "toy-again",
    }
    check("the room has its functions", (functions, wanted))
    check("boundaries that the emulator drops are applied", (apply_boundaries_that_were_dropped(rig, STACK), len(wanted)))
    return Toy(rig)


def its_definitions_publish_and_are_heard(rig, toy, check):
    ended = toy.gather("a", 1, 2, 3)
    check("a definition of the room succeeds", (ended["status"], "SUCCEEDED"))
    check("with the answer of its function", (json.loads(ended["output"]), {"rows": 3, "is_new": True}))
    pointer = rig.json("curated", "toy/things/_current.json")
    check("its publication is served", ([run["rows"] for run in pointer["runs"]], [3]), (pointer["state"], {"batch": "a"}))
    parts = rig.json("curated", "toy/parts/_current.json")
    check("and so is the one in parts", ([run["part"] for run in parts["runs"]], ["even", "odd"]))
    again = toy.gather("a", 1, 2, 3)
    check("a batch that comes again is known", (json.loads(again["output"]), {"rows": 3, "is_new": False}))
    check("and changes nothing", (rig.json("curated", "toy/things/_current.json"), pointer))
    check("what the room keeps is of its tenant", (rows(rig, "ROWS#tenant/acme/toy#batches"), ["#a"]))
    names = lambda: {one["publication"] for told in toy.heard() for one in told["changed"]}
    until("what listens to publications", lambda: names() == {"toy/things", "toy/parts"})
    check("each change was told once", (sum(len(told["changed"]) for told in toy.heard()), 2))


def what_fails_for_good_is_a_letter(rig, toy, check):
    ended = toy.gather("bad")
    check("a batch that cannot be taken fails by the room's own name", (ended["status"], "FAILED"), (ended["error"], "Poisoned"))
    letters = rows(rig, "ROWS#tenant/acme/letters#all")
    check("and is a letter", (len([letter for letter in letters if "bad" in letter]) > 0, True))


def a_queue_tries_four_times(rig, toy, check):
    # As it is deployed, a message is hidden for six minutes.
    toy.sqs.set_queue_attributes(QueueUrl=toy.queue(), Attributes={"VisibilityTimeout": "1"})
    check("a definition sends to the queue", (toy.run("toy-queue", send=True, number="7")["status"], "SUCCEEDED"))
    toy.sqs.send_message(QueueUrl=toy.queue(), MessageBody="?")
    until("the number in the ledger", lambda: rows(rig, "ROWS#toy#batches") == ["#7"])
    others = ("#intake/",)
    letters = until("the letter", lambda: [one for one in rows(rig, "ROWS#letters#all") if not one.startswith(others)])
    check("what is no number is a letter of the room", ([letter.partition("/")[0] for letter in letters], ["#toy"]))
    check("and nothing is left in the queues", (toy.waiting(), 0), (toy.waiting("-dead-letters"), 0))


def its_routes_are_answered(rig, check):
    apis = rig.client("apigatewayv2").get_apis()["Items"]
    [api] = [api["ApiId"] for api in apis if api["Name"] == "carelake-dev-toy-start"]

    def ask(method, path, body=None):
        request = urllib.request.Request(f"{rig.plain_endpoint}/_aws/execute-api/{api}/$default{path}", method=method, data=body)
        try:
            answer = urllib.request.urlopen(request, timeout=60)
        except urllib.error.HTTPError as refused:
            answer = refused
        return answer.status, answer.read()

    status, body = ask("POST", "/toy/runs", b'{"n": 21}')
    check("a request is answered by the function of its API", (status, 200))
    execution = urllib.parse.quote(json.loads(body)["id"], safe="")
    ended = lambda: json.loads(ask("GET", f"/toy/runs/{execution}")[1]).get("output")
    check("what it started ends", (until("the end of what a request started", ended)["doubled"], 42))
    check("what is no route is none", (ask("GET", "/toy/other")[0], 404))
    check("what is too large is refused", (ask("POST", "/toy/runs", b"x" * 200)[0], 413))


def its_roles_reach_their_own_and_nothing_else(rig, check):
    gather, double, bury = (Role(rig, name) for name in ("toy-gather", "toy-double", "toy-bury"))
    gather.may("write its own", gather.put(CURATED, "toy/probe"))
    gather.may("delete its own", gather.remove(CURATED, "toy/probe"))
    gather.may_not("list all", gather.list(CURATED, ""))
    for role in (gather, double, bury):
        role.may("read the configuration", role.get(CURATED, "_carelake/pipeline_config.yaml"))
        role.may_not("write a dataset", role.put(CURATED, "clinicians/probe"))
        role.may_not("read a dataset", role.get(CURATED, "clinicians/_current.json"))
        role.may_not("read rejects", role.get(BUCKETS["rejects"], "clinicians/probe"))
        role.may_not("start an execution", lambda role=role: role.states.start_execution(stateMachineArn=role.machine))
        role.ledger_is(False, "PutItem", "PUB#clinicians")
        role.ledger_is(False, "PutItem", "ROWS#other#batches")
    double.may_not("write at all", double.put(CURATED, "toy/probe"))
    for partition in ("PUB#toy/things", "ROWS#toy#batches", "ROWS#tenant/acme/toy#batches", "CLAIM#toy/x", "IDENTITY#toy/things a", "RUNS"):
        gather.ledger_is(True, "PutItem", partition)
        double.ledger_is(False, "GetItem", partition)
    bury.ledger_is(True, "PutItem", "ROWS#tenant/acme/letters#all")
    bury.ledger_is(False, "PutItem", "ROWS#toy#batches")
    with given_all_of_s3_by_mistake(rig, "toy-gather") as role:
        role.may("write its own", role.put(CURATED, "toy/probe"))
        role.may_not("write a dataset, given all of S3 by mistake", role.put(CURATED, "clinicians/probe"))
        role.may_not("read a dataset, given all of S3 by mistake", role.get(CURATED, "clinicians/_current.json"))
        role.may_not("take a policy away", lambda: role.s3.delete_bucket_policy(Bucket=CURATED))
        tried = role.tried
    check("the roles of the room reach their own and nothing else", (gather.tried + double.tried + bury.tried + tried > 40, True))


def the_room_goes_alone(rig, check):
    others = {name for name in rig.functions if not name.startswith("toy-")}
    check("other rooms have functions", (bool(others), True))
    cdk(rig, "destroy", "--force")
    rig.look()
    check("the functions of the room are gone", ([name for name in rig.functions if name.startswith("toy-")], []))
    check("those of the other rooms are there", (set(rig.functions), others))
    try:
        rig.client("cloudformation").describe_stacks(StackName=STACK)
        left = True
    except ClientError:
        left = False
    check("and so is nothing else of it", (left, False))


def a_room_beside_the_monthly_run(rig, check):
    toy = a_room_is_deployed_alone(rig, check)
    its_definitions_publish_and_are_heard(rig, toy, check)
    what_fails_for_good_is_a_letter(rig, toy, check)
    a_queue_tries_four_times(rig, toy, check)
    its_routes_are_answered(rig, check)
    its_roles_reach_their_own_and_nothing_else(rig, check)
    the_room_goes_alone(rig, check)
