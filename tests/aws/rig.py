"""An AWS of its own on this machine: MiniStack with the buckets, functions and state machine of an environment.

Everything listens on 127.0.0.1 and lies in one temporary folder, which goes when the rig does.
"""

import io
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import zipfile

import boto3

PROJECT = pathlib.Path(__file__).resolve().parents[2]
DATASETS = ["clinicians", "practices", "providers", "enrollments", "hospitals"]
FUNCTIONS = ["plan", *DATASETS, "report"]
BUCKETS = {"raw": "carelake-dev-raw", "curated": "carelake-dev-curated", "rejects": "carelake-dev-rejects"}
CONFIG_KEY = "_carelake/pipeline_config.yaml"
TABLE, DATABASE, TOPIC = "carelake-dev-ledger", "carelake_dev", "carelake-dev-alerts"
REGION, ACCOUNT = "us-east-1", "000000000000"


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def package(binary):
    """Returns a ZIP with a stripped binary as `bootstrap`, as Lambda wants it."""
    with tempfile.TemporaryDirectory() as folder:
        stripped = pathlib.Path(folder, "bootstrap")
        subprocess.run(["strip", "-o", stripped, binary], check=True)
        text = io.BytesIO()
        with zipfile.ZipFile(text, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            entry = zipfile.ZipInfo("bootstrap", (1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o755 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, stripped.read_bytes())
        return text.getvalue()


class Rig:
    """A server and the resources of the environment `dev` on it."""

    def __init__(self, binaries):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="carelake-rig-"))
        self.port = free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.server = self.start()
        self.clients = {}
        self.told = []
        self.create(pathlib.Path(binaries))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.send_signal(signal.SIGTERM)
        try:
            self.server.wait(5)
        except subprocess.TimeoutExpired:
            self.server.kill()
            self.server.wait()
        if os.environ.get("CARELAKE_KEEP_RIG"):
            print(f"kept {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    def start(self):
        server = pathlib.Path(sys.executable).parent / "ministack"
        names = ("PATH", "HOME", "LANG")
        environment = {name: os.environ[name] for name in names if name in os.environ} | {
            "GATEWAY_PORT": str(self.port), "BIND_HOST": "127.0.0.1", "MINISTACK_HOST": "localhost",
            "AWS_ENDPOINT_URL": self.endpoint, "IOT_MTLS_ENABLED": "0", "SFTP_ENABLED": "0",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        for name in ("TMPDIR", "STATE_DIR", "S3_DATA_DIR"):
            environment[name] = str(self.folder / name.lower())
            os.makedirs(environment[name])
        log = open(self.folder / "server.log", "wb")
        process = subprocess.Popen([server], env=environment, cwd=self.folder, stdout=log, stderr=log)
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{self.endpoint}/_ministack/health", timeout=1)
                return process
            except OSError:
                time.sleep(0.1)
        raise SystemExit(f"the emulator does not answer; see {self.folder}/server.log")

    def client(self, service):
        if service not in self.clients:
            self.clients[service] = boto3.client(
                service, region_name=REGION, endpoint_url=self.endpoint, aws_access_key_id="test",
                aws_secret_access_key="test",
            )
        return self.clients[service]

    def client_environment(self):
        """Returns the variables with which any AWS program reaches this rig."""
        return os.environ | {
            "AWS_ENDPOINT_URL": self.endpoint, "AWS_REGION": REGION, "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test", "AWS_EC2_METADATA_DISABLED": "true",
        }

    def create(self, binaries):
        for bucket in BUCKETS.values():
            self.client("s3").create_bucket(Bucket=bucket)
        self.put("curated", CONFIG_KEY, (PROJECT / "pipeline_config.yaml").read_bytes())
        keys = [("pk", "HASH"), ("sk", "RANGE")]
        self.client("dynamodb").create_table(
            TableName=TABLE, BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in keys],
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
        )
        self.client("glue").create_database(DatabaseInput={"Name": DATABASE})
        self.topic = self.client("sns").create_topic(Name=TOPIC)["TopicArn"]
        sqs = self.client("sqs")
        self.queue = sqs.create_queue(QueueName="on-call")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        self.client("sns").subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=arn)
        self.role = self.client("iam").create_role(RoleName="carelake-dev", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        self.environment = {
            "CARELAKE_ENV": "dev", "CARELAKE_CONFIG": f"s3://{BUCKETS['curated']}/{CONFIG_KEY}",
            "CARELAKE_LEDGER_TABLE": TABLE, "CARELAKE_GLUE_DATABASE": DATABASE,
        }
        self.functions = {}
        for name in FUNCTIONS:
            function = self.client("lambda").create_function(
                FunctionName=f"carelake-dev-{name}", Runtime="provided.al2023", Handler="bootstrap", Role=self.role,
                Code={"ZipFile": package(binaries / name)}, Timeout=600, MemorySize=2048,
                Environment={"Variables": self.environment},
            )
            self.functions[name] = function["FunctionArn"]
        self.machine = self.client("stepfunctions").create_state_machine(
            name="carelake-dev", definition=self.definition(), roleArn=self.role
        )["stateMachineArn"]

    def definition(self):
        """Returns the definition that is deployed, with its placeholders filled in."""
        places = {f"{name.capitalize()}Function": arn for name, arn in self.functions.items()}
        places["AlertsTopic"] = self.topic
        text = (PROJECT / "statemachine" / "pipeline.asl.json").read_text()
        return re.sub(r"\$\{(\w+)\}", lambda place: places[place.group(1)], text)

    def configure(self, name, **variables):
        """Gives a function more variables; without any it gets back those it had."""
        self.client("lambda").update_function_configuration(
            FunctionName=f"carelake-dev-{name}", Environment={"Variables": self.environment | variables}
        )

    def invoke(self, name, payload):
        answer = self.client("lambda").invoke(FunctionName=f"carelake-dev-{name}", Payload=json.dumps(payload))
        return answer["Payload"].read()

    def logs(self):
        """Returns every line that the functions logged."""
        client, lines = self.client("logs"), []
        for group in client.describe_log_groups()["logGroups"]:
            pages = client.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"])
            lines += [event["message"].strip() for page in pages for event in page["events"]]
        return lines

    def put(self, bucket, key, body):
        self.client("s3").put_object(Bucket=BUCKETS[bucket], Key=key, Body=body)

    def get(self, bucket, key):
        return self.client("s3").get_object(Bucket=BUCKETS[bucket], Key=key)["Body"].read()

    def json(self, bucket, key):
        return json.loads(self.get(bucket, key))

    def objects(self, bucket, prefix=""):
        """Returns key to ETag of every object."""
        pages = self.client("s3").get_paginator("list_objects_v2").paginate(Bucket=BUCKETS[bucket], Prefix=prefix)
        return {item["Key"]: item["ETag"] for page in pages for item in page.get("Contents", [])}

    def upload(self, folder):
        for file in sorted(pathlib.Path(folder).iterdir()):
            self.client("s3").upload_file(str(file), BUCKETS["raw"], file.name)

    def begin(self, **request):
        started = self.client("stepfunctions").start_execution(stateMachineArn=self.machine, input=json.dumps(request))
        return started["executionArn"]

    def end(self, execution):
        for _ in range(1800):
            found = self.client("stepfunctions").describe_execution(executionArn=execution)
            if found["status"] != "RUNNING":
                return found
            time.sleep(0.1)
        raise AssertionError(f"{execution} does not end")

    def run(self, **request):
        return self.end(self.begin(**request))

    def alerts(self):
        """Takes the notices that on-call got since the last call."""
        found = []
        while True:
            answer = self.client("sqs").receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10, WaitTimeSeconds=1)
            messages = answer.get("Messages", [])
            if not messages:
                self.told += found
                return found
            for message in messages:
                body = json.loads(message["Body"])
                found.append((body.get("Subject"), body["Message"]))
                self.client("sqs").delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
