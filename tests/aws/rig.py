"""An AWS of its own on this machine: MiniStack, and on it the stack that the project deploys.

Everything listens on 127.0.0.1 and lies in one temporary folder, which goes when the rig does.
"""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

import boto3
from botocore.config import Config

from certificates import write_certificates

PROJECT = pathlib.Path(__file__).resolve().parents[2]
DATASETS = ["clinicians", "practices", "providers", "enrollments", "hospitals"]
# Those of the command, and the room of the tests.
ROOMS = ["monthly", "intake", "fetch", "loads", "hl7", "streams", "console", "toy"]
EMAIL = "oncall@example.org"
BUCKETS = {"raw": "carelake-dev-raw", "curated": "carelake-dev-curated", "rejects": "carelake-dev-rejects"}
TABLE, DATABASE = "carelake-dev-ledger", "carelake_dev"
REGION = "us-east-1"


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Rig:
    """A server that demands TLS and enforces permissions, and on it the environment `dev` as `bootstrap.sh deploy` makes it."""

    def __init__(self, binaries):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="carelake-rig-"))
        write_certificates(self.folder)
        self.port, self.plain_port, self.sftp_port = free_port(), free_port(), free_port()
        self.endpoint = f"https://127.0.0.1:{self.port}"
        self.plain_endpoint = f"http://127.0.0.1:{self.plain_port}"
        self.server = self.start()
        self.clients = {}
        self.told = []
        self.binaries = pathlib.Path(binaries)
        self.artifacts = self.package()
        self.deployed = self.deploy()
        self.watch()

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
        server = pathlib.Path(sys.executable).parent / "hypercorn"
        names = ("PATH", "HOME", "LANG")
        environment = {name: os.environ[name] for name in names if name in os.environ} | {
            "AUTH": "true", "GATEWAY_PORT": str(self.plain_port), "MINISTACK_HOST": "localhost",
            "AWS_ENDPOINT_URL": self.endpoint, "SSL_CERT_FILE": str(self.folder / "ca.pem"),
            "IOT_MTLS_ENABLED": "0", "SFTP_ENABLED": "1", "SFTP_HOST": "127.0.0.1", "SFTP_PORT": str(self.sftp_port), "AWS_EC2_METADATA_DISABLED": "true",
        }
        for name in ("TMPDIR", "STATE_DIR", "S3_DATA_DIR"):
            environment[name] = str(self.folder / name.lower())
            os.makedirs(environment[name])
        log = open(self.folder / "server.log", "wb")
        command = [
            server, "ministack.app:app", "--bind", f"127.0.0.1:{self.port}", "--insecure-bind",
            f"127.0.0.1:{self.plain_port}", "--certfile", self.folder / "leaf.pem", "--keyfile", self.folder / "leaf.key",
        ]
        process = subprocess.Popen(command, env=environment, cwd=self.folder, stdout=log, stderr=log)
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{self.plain_endpoint}/_ministack/health", timeout=1)
                return process
            except OSError:
                time.sleep(0.1)
        raise SystemExit(f"the emulator does not answer; see {self.folder}/server.log")

    def client(self, service, credentials=None, endpoint=None):
        """Returns a client as the owner of the account, or with the credentials of a role."""
        if credentials is None and endpoint is None:
            if service not in self.clients:
                self.clients[service] = self.connect(service, {"AccessKeyId": "test", "SecretAccessKey": "test"}, self.endpoint)
            return self.clients[service]
        return self.connect(service, credentials, endpoint or self.endpoint)

    def connect(self, service, credentials, endpoint):
        return boto3.client(
            service, region_name=REGION, endpoint_url=endpoint, verify=str(self.folder / "ca.pem"),
            aws_access_key_id=credentials["AccessKeyId"], aws_secret_access_key=credentials["SecretAccessKey"],
            aws_session_token=credentials.get("SessionToken"), config=Config(retries={"max_attempts": 1}),
        )

    def client_environment(self):
        """Returns the variables with which any AWS program reaches this rig."""
        authority = str(self.folder / "ca.pem")
        return os.environ | {
            "AWS_ENDPOINT_URL": self.endpoint, "AWS_REGION": REGION, "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test", "AWS_EC2_METADATA_DISABLED": "true", "SSL_CERT_FILE": authority,
            "NODE_EXTRA_CA_CERTS": authority, "AWS_CA_BUNDLE": authority, "CDK_HOME": str(self.folder / "cdk-home"), "CI": "1",
        }

    def package(self):
        """Returns a folder with the stripped binary of each room, as Lambda wants it."""
        artifacts = self.folder / "artifacts"
        for name in ROOMS:
            (artifacts / name).mkdir(parents=True)
            subprocess.run(["strip", "-o", artifacts / name / "bootstrap", self.binaries / name], check=True)
        return artifacts

    def bootstrap(self, *arguments, code=0):
        """Runs `bootstrap.sh` as an operator would; returns what it printed."""
        environment = self.client_environment() | {
            "CARELAKE_ARTIFACTS": str(self.artifacts), "CARELAKE_COMMAND": str(self.binaries / "carelake"),
        }
        ran = subprocess.run(
            [PROJECT / "bootstrap.sh", *arguments], env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        assert ran.returncode == code, f"{arguments}: exit code {ran.returncode}\n{ran.stdout}"
        return ran.stdout

    def deploy(self):
        printed = self.bootstrap("deploy", "dev", EMAIL)
        stack = self.client("cloudformation").describe_stack_resources(StackName="carelake-dev")["StackResources"]
        self.resources = {item["LogicalResourceId"]: item for item in stack}
        physical = lambda kind: [item["PhysicalResourceId"] for item in stack if item["ResourceType"] == kind]
        [self.topic], [self.machine] = physical("AWS::SNS::Topic"), physical("AWS::StepFunctions::StateMachine")
        self.look()
        self.environment = self.functions["plan"]["Environment"]["Variables"]
        return printed

    def look(self):
        """Looks which functions are deployed."""
        functions = self.client("lambda").list_functions()["Functions"]
        self.functions = {item["FunctionName"].removeprefix("carelake-dev-"): item for item in functions}

    def watch(self):
        """Subscribes a queue to the alerts: it stands for the mail that on-call reads."""
        sqs = self.client("sqs")
        self.queue = sqs.create_queue(QueueName="on-call")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        allowed = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
        sqs.set_queue_attributes(QueueUrl=self.queue, Attributes={"Policy": policy})
        self.client("sns").subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=arn)

    def assume(self, name):
        """Returns credentials of a function's role."""
        role = self.functions[name]["Role"]
        return self.client("sts").assume_role(RoleArn=role, RoleSessionName="probe")["Credentials"]

    def configure(self, name, **variables):
        """Gives a function more variables; without any it gets back those it had."""
        self.client("lambda").update_function_configuration(
            FunctionName=f"carelake-dev-{name}",
            Environment={"Variables": self.environment | {"CARELAKE_FUNCTION": name} | variables},
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
