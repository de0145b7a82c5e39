"""A room that is deployed alone, onto an environment that is there."""

import json
import subprocess
import time

from rig import PROJECT


def printed(rig, *asked):
    command = [rig.binaries / "carelake", "--config", PROJECT / "pipeline_config.yaml", "--env", "dev", *asked]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def cdk(rig, stack, configured, added, *command):
    """Runs the CDK command on one stack: of the environment with more in its configuration, and with more rooms."""
    config, functions = rig.folder / "resolved.json", rig.folder / "functions.json"
    config.write_text(json.dumps(printed(rig, "config", "--resolved") | configured))
    rooms = printed(rig, "functions", "--json")
    functions.write_text(json.dumps({of: rooms[of] + added.get(of, []) for of in rooms}))
    given = {"config": config, "functions": functions, "artifacts": rig.artifacts}
    contexts = [argument for name, value in given.items() for argument in ("--context", f"{name}={value}")]
    ran = subprocess.run(
        ["node_modules/.bin/cdk", *command, stack, "--exclusively", *contexts], cwd=PROJECT / "cdk",
        env=rig.client_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )
    assert ran.returncode == 0, ran.stdout
    return ran.stdout


def until(what, look):
    """Looks until there is something to see; returns it."""
    for _ in range(300):
        found = look()
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError(f"{what} does not come")
