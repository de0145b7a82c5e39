"""Rooms that reach systems outside AWS, deployed anew from a configuration that names servers of the tests."""

import json
import pathlib
import subprocess
import tempfile

from dropped import apply_boundaries_that_were_dropped
from rig import PROJECT

CONFIG = "_carelake/pipeline_config.yaml"


class Outside:
    """A configuration in which `dev` has sites and feeds of the tests, and the stacks that follow from it."""

    def __init__(self, rig, sites, feeds, sources=None, streams=None):
        self.rig = rig
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=rig.folder))
        self.config = self.folder / "pipeline_config.yaml"
        text = (PROJECT / "pipeline_config.yaml").read_text()
        for site in ("https://data.cms.gov", "https://download.cms.gov"):
            text = text.replace(f": {site}\n", f": {sites}\n")
        intake = json.dumps({"defaults": {"max_reject_ratio": 0.5}, "feeds": feeds})
        loads = "" if sources is None else f"loads: {json.dumps({'sources': sources})}\n"
        streamed = "" if streams is None else f"streams: {json.dumps(streams)}\n"
        self.config.write_text(f"{text}\nnetwork: {json.dumps(self.network())}\nintake: {intake}\n{loads}{streamed}")

    def network(self):
        """Returns where the functions of these rooms run, as the emulator has it by itself."""
        ec2 = self.rig.client("ec2")
        [vpc] = [vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"] if vpc["IsDefault"]]
        subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"] if subnet["VpcId"] == vpc]
        place = {"vpc": vpc, "subnets": subnets[:2]}
        return {"fetch": place | {"hosts": ["data.cms.gov"]}, "intake": place | {"hosts": ["files.partner.example"]}, "loads": place | {"hosts": ["crm.db.example"]}}

    def carelake(self, *arguments, code=0):
        """Has the command do something with `dev`."""
        command = [self.rig.binaries / "carelake", "--config", self.config, "--env", "dev", *arguments]
        ran = subprocess.run(command, capture_output=True, text=True, env=self.rig.client_environment())
        assert ran.returncode == code, f"{arguments}: exit code {ran.returncode}\n{ran.stdout}{ran.stderr}"
        return ran

    def deploy(self, stack):
        """Deploys the stack of a room without the firewall of names, which the emulator does not have; returns its template."""
        resolved, functions, out = self.folder / "resolved.json", self.folder / "functions.json", self.folder / stack
        resolved.write_text(self.carelake("config", "--resolved").stdout)
        functions.write_text(self.carelake("functions", "--json").stdout)
        given = {"config": resolved, "functions": functions, "artifacts": self.rig.artifacts}
        contexts = [argument for name, value in given.items() for argument in ("--context", f"{name}={value}")]
        self.cdk("synth", stack, "--exclusively", "--quiet", "--output", out, *contexts)
        file = out / f"{stack}.template.json"
        template = json.loads(file.read_text())
        kept = {name: one for name, one in template["Resources"].items() if not one["Type"].startswith("AWS::Route53Resolver::")}
        file.write_text(json.dumps(template | {"Resources": kept}))
        self.cdk("deploy", stack, "--exclusively", "--require-approval", "never", "--app", out)
        joined = self.carelake("config", "--joined").stdout
        self.rig.put("curated", CONFIG, joined.encode())
        self.rig.look()
        apply_boundaries_that_were_dropped(self.rig, stack)
        return template

    def cdk(self, *arguments):
        ran = subprocess.run(
            ["node_modules/.bin/cdk", *arguments], cwd=PROJECT / "cdk", env=self.rig.client_environment(),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        assert ran.returncode == 0, ran.stdout

    def run(self, definition, **given):
        """Carries a definition out; returns how it ended."""
        states = self.rig.client("stepfunctions")
        machines = {one["name"]: one["stateMachineArn"] for one in states.list_state_machines()["stateMachines"]}
        machine = machines[f"carelake-dev-{definition}"]
        return self.rig.end(states.start_execution(stateMachineArn=machine, input=json.dumps(given))["executionArn"])
