"""The pipeline as it is deployed: real functions behind the real state machine, on an emulator of AWS.

    python tests/aws/e2e.py FOLDER

The stack is deployed by `bootstrap.sh deploy`, on an emulator that demands TLS and enforces the policies of roles and buckets.

FOLDER has a binary for each room, and `carelake`, which makes the inputs and the local run to
compare with. Every check prints a line; the first that fails ends the run with an error.
"""

import csv
import datetime
import io
import json
import pathlib
import subprocess
import sys
import tempfile

import duckdb

from console import pages_are_shown
from hl7 import messages_are_taken
from dropped import apply_what_was_dropped
from fetch import files_come_by_themselves
from intake import partners_files_arrive
from loads import tables_are_loaded
from moto_judge import moto_sees_buckets_refuse_plain_http_and_foreign_prefixes
from permissions import every_role_may_do_what_it_needs_and_no_more
from proxy import Proxy
from rig import BUCKETS, DATABASE, DATASETS, EMAIL, PROJECT, Rig
from streams import changes_are_streamed
from toy import a_room_beside_the_monthly_run

FEEDS = ["hospital_general_information", "hospital_enrollments"]
PUBLICATIONS = [*DATASETS[:-1], *(f"hospitals/{feed}" for feed in FEEDS)]
DAC = "DAC_NationalDownloadableFile.csv"
ROWS = "20000"
MARKER = "PLANTEDVALUE"


def check(what, *pairs):
    for found, wanted in pairs:
        assert found == wanted, f"{what}:\n  found  {found!r}\n  wanted {wanted!r}"
    print(f"ok      {what}", flush=True)


def carelake(binary, *arguments):
    return subprocess.run(
        [binary, "--config", PROJECT / "pipeline_config.yaml", *arguments], check=True, capture_output=True, text=True
    )


def parts(objects):
    return {key for key in objects if key.endswith(".parquet") and not key.endswith("/_READ_current_INSTEAD.parquet")}


def pointers(rig):
    return {name: rig.json("curated", f"{name}/_current.json")["run_id"] for name in PUBLICATIONS}


def report(rig, run):
    found = rig.json("curated", f"_carelake/runs/{run}/report.json")
    return {outcome["publication"]: outcome for outcome in found["publications"]}


def moment(text):
    return datetime.datetime.fromisoformat(text[:26].rstrip("Z") + "+00:00")


def waits(outcome):
    """Returns the whole seconds between the end of each attempt and the begin of the next."""
    attempts = outcome["attempts"]
    return [
        round((moment(after["started_at"]) - moment(before["finished_at"])).total_seconds())
        for before, after in zip(attempts, attempts[1:])
    ]


def the_monthly_run_publishes_what_a_local_run_does(rig, local):
    ended = rig.run(trigger="schedule", as_of="2026-11-01T06:00:00Z")
    check("the monthly run succeeds", (ended["status"], "SUCCEEDED"))
    check("every pointer is at the run", (pointers(rig), dict.fromkeys(PUBLICATIONS, "2026-11-01.1")))
    remote = parts(rig.objects("curated"))
    here = {str(path.relative_to(local)): path for path in local.rglob("_runs/*/**/*.parquet")}
    check("the same files as of a local run", (remote, set(here)))
    different = [key for key, path in here.items() if rig.get("curated", key) != path.read_bytes()]
    check("the same bytes as of a local run", (different, []))
    usage = rig.json("curated", "_carelake/runs/2026-11-01.1/report.json")["usage"]
    prices = {"gb_seconds": 0.0000133334, "function_calls": 2e-7, "state_transitions": 2.5e-5, "objects_written": 5e-6}
    check("the report tells the cost", (round(usage["usd"], 9), round(sum(usage[of] * price for of, price in prices.items()), 9)))
    check("of eight calls", (usage["function_calls"], 8), (usage["gb_seconds"] > 0, True))
    subjects = [subject for subject, _ in rig.alerts()]
    check("one notice", (subjects, ["carelake: run 2026-11-01.1 succeeded, 6 published"]))


def objects_tell_where_they_come_from(rig):
    for key in ("clinicians/_current.json", next(iter(parts(rig.objects("curated", "hospitals/hospital_enrollments/"))))):
        tags = rig.client("s3").get_object_tagging(Bucket=BUCKETS["curated"], Key=key)["TagSet"]
        publication = "clinicians" if key.startswith("clinicians") else "hospitals/hospital_enrollments"
        found = {tag["Key"]: tag["Value"] for tag in tags}
        check(f"{key.rsplit('/', 1)[1]} tells its run and publication", (found, {"run_id": "2026-11-01.1", "publication": publication}))


def an_independent_reader_finds_every_row_once(rig):
    with tempfile.TemporaryDirectory() as folder:
        for name in PUBLICATIONS:
            pointer = rig.json("curated", f"{name}/_current.json")
            manifest = rig.json("curated", f"{name}/{pointer['manifest']}")
            for file in manifest["files"]:
                path = pathlib.Path(folder, name, file["path"])
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(rig.get("curated", f"{name}/_runs/{pointer['run_id']}/{file['path']}"))
            count = duckdb.sql(f"select count(*) from '{folder}/{name}/**/*.parquet'").fetchall()[0][0]
            check(f"DuckDB finds the rows of {name}", (count, manifest["rows"]))


def the_catalog_agrees_with_the_pointers(rig):
    for name in PUBLICATIONS:
        table = rig.client("glue").get_table(DatabaseName=DATABASE, Name=name.replace("/", "_"))["Table"]
        location = f"s3://{BUCKETS['curated']}/{name}/_runs/{pointers(rig)[name]}"
        check(f"the table of {name} is at its run", (table["StorageDescriptor"]["Location"].rstrip("/"), location))


def a_dataset_without_input_is_tried_four_times_and_left_alone(rig):
    before = pointers(rig)
    rig.client("s3").delete_object(Bucket=BUCKETS["raw"], Key=DAC)
    ended = rig.run(trigger="schedule", as_of="2026-12-01")
    after, outcomes = pointers(rig), report(rig, "2026-12-01.1")
    failed = sorted(name for name, outcome in outcomes.items() if outcome["status"] == "failed")
    check("the execution fails", (ended["status"], "FAILED"), (ended["error"], "InputMissing"))
    check("what reads the missing file fails", (failed, ["clinicians", "practices", "providers"]))
    for name in failed:
        errors = [attempt["error"] for attempt in outcomes[name]["attempts"]]
        check(f"{name}: four attempts, with waits of 2, 4 and 8 s", (errors, ["InputMissing"] * 4))
        check(f"{name}: the waits", ([min(wait, was) for wait, was in zip(waits(outcomes[name]), (2, 4, 8))], [2, 4, 8]))
        check(f"{name} still serves the run before", (after[name], before[name]))
    check("the others are published", ({after[name] for name in PUBLICATIONS if name not in failed}, {"2026-12-01.1"}))
    alerts = rig.alerts()
    check("one alert", (len(alerts), 1), (alerts[0][0].startswith("carelake: run 2026-12-01.1 FAILED"), True))
    again = "carelake rerun clinicians practices providers --as-of 2026-12-01 --env dev"
    check("it names the command to type", (again in alerts[0][1], True))


def a_rerun_changes_only_what_it_names(rig, inputs):
    rig.client("s3").upload_file(str(inputs / DAC), BUCKETS["raw"], DAC)
    before, was = rig.objects("curated"), pointers(rig)
    ended = rig.run(trigger="rerun", as_of="2026-12-01", datasets=["practices"])
    now = pointers(rig)
    check("the rerun succeeds", (ended["status"], "SUCCEEDED"))
    check("its pointer moves", (now, was | {"practices": "2026-12-01.2"}))
    kept = {key: tag for key, tag in before.items() if not key.startswith(("practices/", "_carelake/"))}
    after = rig.objects("curated")
    check("nothing else changes", ({key: after.get(key) for key in kept}, kept))
    check("one notice", (len(rig.alerts()), 1))


def two_executions_at_once_leave_one_whole_run(rig):
    executions = [rig.begin(trigger="manual", as_of="2026-12-02", datasets=["providers"]) for _ in range(2)]
    ended = [rig.end(execution) for execution in executions]
    run = pointers(rig)["providers"]
    check("both end", ({found["status"] for found in ended} <= {"SUCCEEDED", "FAILED"}, True))
    check("one of them is published", (run in ("2026-12-02.1", "2026-12-02.2"), True))
    manifest = rig.json("curated", f"providers/_manifests/{run}.json")
    present = parts(rig.objects("curated", f"providers/_runs/{run}/"))
    check("whole", (present, {f"providers/_runs/{run}/{file['path']}" for file in manifest["files"]}))
    check("a notice each", (len(rig.alerts()), 2))


def a_store_that_is_busy_for_a_while_costs_an_attempt(rig):
    # The client tries a call six times, so ten refusals are more than one call and its attempt survive.
    with Proxy(rig.endpoint, rig.folder / "ca.pem", "state=TX", faults=10) as proxy:
        rig.configure("clinicians", AWS_ENDPOINT_URL_S3=proxy.endpoint)
        ended = rig.run(trigger="manual", as_of="2026-12-03", datasets=["clinicians"])
        rig.configure("clinicians")
    outcome = report(rig, "2026-12-03.1")["clinicians"]
    errors = [attempt["error"] for attempt in outcome["attempts"]]
    check("the run succeeds in the end", (ended["status"], "SUCCEEDED"), (proxy.fired, 10))
    check("after an attempt that failed with Storage", (errors, ["Storage", None]))
    check("one notice", (len(rig.alerts()), 1))


def plant(inputs):
    """Gives the first row of the clinicians a last name that occurs nowhere else, and adds it again with a wrong NPI."""
    file = inputs / DAC
    lines = file.read_text("latin-1").splitlines(keepends=True)
    row = next(csv.reader([lines[1]]))
    row[lines[0].split(",").index("Provider Last Name")] = MARKER
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([row, ["1234567890", *row[1:]]])
    file.write_text("".join([lines[0], text.getvalue(), *lines[2:]]), "latin-1")


def the_command_drives_the_deployment(rig, binary):
    def dev(*arguments, code=0):
        ran = subprocess.run(
            [binary, "--config", PROJECT / "pipeline_config.yaml", "--env", "dev", *arguments], capture_output=True,
            text=True, env=rig.client_environment(),
        )
        assert ran.returncode == code, f"{arguments}: exit code {ran.returncode}\n{ran.stdout}{ran.stderr}"
        return ran

    ran = dev("run", "--accept-as-of", "--as-of", "2026-12-05", "--dataset", "hospitals", "--json")
    told = json.loads(ran.stdout)
    stored = rig.json("curated", "_carelake/runs/2026-12-05.1/report.json")
    check("`run` answers the report that the run kept", (told, stored), (told["status"], "succeeded"))
    ran = dev("rerun", "hospitals/hospital_enrollments", "--accept-as-of", "--as-of", "2026-12-05")
    check("`rerun` tells what happens", ("hospitals/hospital_enrollments: published" in ran.stderr, True))
    check("and prints the report", ("run 2026-12-05.2 succeeded" in ran.stdout, True))
    ran = dev("run", "--accept-as-of", "--as-of", "2026-12-06", "--dataset", "hospitals", "--no-wait")
    check("`run --no-wait` prints the execution", (ran.stdout.startswith("arn:aws:states:"), True))
    rig.end(ran.stdout.strip())
    rig.client("s3").delete_object(Bucket=BUCKETS["raw"], Key=DAC)
    ran = dev("rerun", "clinicians", "--accept-as-of", "--as-of", "2026-12-07", code=11)
    # The emulator's history does not tell which publication an attempt belongs to.
    check("four failed attempts are told", (ran.stderr.count("execution: an attempt ended with InputMissing"), 4))
    check("a failure has the exit code of a local run", (report(rig, "2026-12-07.1")["clinicians"]["error"], "InputMissing"))
    rows = json.loads(dev("runs", "--json").stdout)
    check("`runs` lists the last first", (rows[0]["run_id"], "2026-12-07.1"), (rows[0]["errors"], ["InputMissing"]))
    told = json.loads(dev("status", "2026-12-05.1", "--json").stdout)
    check("`status` answers the report", (told, stored))
    refused = dev("rejects", "clinicians", code=2)
    check("`rejects` says that no row was judged", ("InputMissing before a row" in refused.stderr, True))
    rejected = json.loads(dev("rejects", "clinicians", "--run", "2026-12-03.1", "--json").stdout)
    check("and shows those of another run", (rejected[0]["total"] > 0, True))
    kept = json.loads(dev("runs", "clinicians", "--json").stdout)
    check("`runs DATASET` lists what is kept", ([run["state"] for run in kept].count("served"), 1), (len(kept) <= 3, True))
    before = pointers(rig)["providers"]
    dev("rollback", "providers")
    now = pointers(rig)["providers"]
    check("`rollback` moves the pointer", (now != before, True))
    the_catalog_agrees_with_the_pointers(rig)
    rig.client("glue").delete_table(DatabaseName=DATABASE, Name="enrollments")
    found = {one["what"]: one for one in json.loads(dev("doctor", "--json", code=1).stdout)["checks"]}
    check("`doctor` mends a table", (found["enrollments"]["well"], True), ("mended" in found["enrollments"]["found"], True))
    the_catalog_agrees_with_the_pointers(rig)
    check("`doctor` sees a bucket that is not encrypted by a key", (found["bucket of the output"]["well"], False))
    check("five settings that the emulator drops are applied", (apply_what_was_dropped(rig), 5))
    found = {one["what"]: one for one in json.loads(dev("doctor", "--json", code=1).stdout)["checks"]}
    check("`doctor` sees protected buckets", ({found[f"bucket of the {of}"]["well"] for of in ("input", "output", "rejects")}, {True}))
    check("`doctor` sees that the deployed configuration is this one", (found["deployed configuration"]["well"], True))
    check("`doctor` counts the alarms", (found["alarms"]["found"], "66, none rings"))
    check("`doctor` sees who is told", (found["alerts"]["found"], "2 subscriptions"))
    refused = dev("query", "select 1", code=2)
    check("`query` says that it reads folders", ("Athena" in refused.stderr, True))
    refused = dev("run", "--inject", "clinicians:Storage:1", code=2)
    check("what only a local run can do is refused", ("--inject" in refused.stderr, True))
    rig.alerts()


def a_container_answers_by_its_token(rig, binaries):
    sqs, states = rig.client("sqs"), rig.client("stepfunctions")
    tasks = sqs.create_queue(QueueName="container-tasks")["QueueUrl"]
    task = {
        "Type": "Task", "End": True, "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "TimeoutSeconds": 120,
        "Parameters": {"QueueUrl": tasks, "MessageBody": {"token.$": "$$.Task.Token", "payload.$": "$"}},
    }
    machine = states.create_state_machine(
        name="container", roleArn=rig.functions["enrollments"]["Role"], definition=json.dumps({"StartAt": "Task", "States": {"Task": task}})
    )["stateMachineArn"]

    def run(payload):
        execution = states.start_execution(stateMachineArn=machine, input=json.dumps(payload))["executionArn"]
        [message] = sqs.receive_message(QueueUrl=tasks, WaitTimeSeconds=10)["Messages"]
        sqs.delete_message(QueueUrl=tasks, ReceiptHandle=message["ReceiptHandle"])
        body = json.loads(message["Body"])
        variables = {"CARELAKE_TASK": json.dumps(body["payload"]), "CARELAKE_TASK_TOKEN": body["token"]}
        environment = rig.client_environment() | rig.environment | {"CARELAKE_FUNCTION": "enrollments"} | variables
        subprocess.run([binaries / "monthly"], env=environment, check=True, capture_output=True)
        return rig.end(execution)

    planned = json.loads(rig.invoke("plan", {
        "execution": "container", "input": {"trigger": "manual", "as_of": "2026-12-10", "datasets": ["enrollments"]},
    }))
    payload = {"run_id": planned["run_id"], "as_of": "2026-12-10", "dataset": "enrollments"}
    ended = run(payload)
    check("a container task succeeds by its token", (ended["status"], "SUCCEEDED"))
    answer = json.loads(ended["output"])["Payload"]
    check("and answers as a function does", (answer["run_id"], planned["run_id"]), (answer["publication"], "enrollments"))
    ended = run(payload | {"run_id": "no run"})
    check("its failure has our name", (ended["status"], "FAILED"), (ended["error"], "Internal"))


def somebody_looks_how_long_ago_runs_succeeded(rig):
    check("freshness answers", (rig.invoke("freshness", {}), b"null"))
    lines = [json.loads(line) for line in rig.logs() if "DaysSinceSuccess" in line]
    of = {line.get("Dataset"): line["DaysSinceSuccess"] for line in lines}
    check("it tells of every publication and of the longest", (set(of), {*PUBLICATIONS, None}), (of[None], max(of.values())))
    check("they succeeded today", (0 <= of[None] < 1, True))


def the_stack_is_there_as_it_is_declared(rig):
    check("on-call is told to confirm", ("until the link in it is opened" in rig.deployed, True))
    again = rig.bootstrap("deploy", "dev", EMAIL)
    check("a second deployment changes nothing", ("no changes" in again, True))
    shown = rig.bootstrap("deploy", "dev", "other@example.org", "--dry-run")
    check("`--dry-run` shows what would change", ("other@example.org" in shown, True), ("Nothing was changed" in shown, True))
    shown = rig.bootstrap("deploy", "dev", EMAIL, "--room", "monthly", "--dry-run")
    check("`--room` is about one room", ("Nothing was changed" in shown, True))
    refused = rig.bootstrap("deploy", "dev", EMAIL, "--room", "nobody", code=1)
    check("which there is", ("there is no room nobody; rooms are monthly intake fetch loads hl7 streams" in refused, True))
    refused = rig.bootstrap("deploy", "local", EMAIL, code=1)
    check("what is no deployment is refused", ("only buckets can be deployed" in refused, True))
    schedules = {item["Name"] for item in rig.client("scheduler").list_schedules()["Schedules"]}
    check("dev has the looks of every day and hour, and no monthly run", (schedules, {"carelake-dev-freshness", "carelake-dev-feeds-due", "carelake-dev-feeds-pull"}))
    kept = rig.client("ssm").get_parameter(Name="/carelake/dev/state-machine")["Parameter"]["Value"]
    check("the parameters tell the state machine", (kept, rig.machine))


def a_teardown_says_what_it_deletes_and_asks(rig):
    refused = rig.bootstrap("teardown", "dev", code=1)
    check("teardown names what goes", ("deleted with everything in them: buckets" in refused, True))
    check("and does nothing unasked", ("nothing was deleted" in refused, True))
    check("so that all is there", (len(rig.client("s3").list_buckets()["Buckets"]) >= 4, True))
    rig.bootstrap("teardown", "dev", "--yes")
    left = {bucket["Name"] for bucket in rig.client("s3").list_buckets()["Buckets"]}
    check("with --yes the buckets of dev go", ({name for name in left if name.startswith("carelake-dev")}, set()))
    check("and the functions", (rig.client("lambda").list_functions()["Functions"], []))


def no_value_of_the_data_leaves_the_lake(rig):
    published = rig.folder / "published"
    for key in parts(rig.objects("curated", f"clinicians/_runs/{pointers(rig)['clinicians']}/")):
        path = published / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(rig.get("curated", key))
    query = f"select count(*) from '{published}/**/*.parquet' where last_name = '{MARKER}'"
    kept = duckdb.sql(query).fetchall()[0][0]
    check("the planted value is published", (kept, 1))
    lines = [json.loads(line) for line in rig.logs() if line.startswith("{")]
    metrics = [line for line in lines if "_aws" in line and line.get("Dataset") == "clinicians" and "Rows" in line]
    check("the logs have lines of the jobs, with metrics", (bool(metrics), True), (metrics[0]["Rows"] > 0, True))
    costs = [line["CostUSD"] for line in lines if "CostUSD" in line and "Dataset" not in line]
    check("and what each run cost", (len(costs) > 5, True), (min(costs) > 0, True))
    check("and of what failed, by its name", ("InputMissing" in {line.get("error") for line in lines}, True))
    seen = {"alerts": json.dumps(rig.told), "logs": json.dumps(lines)}
    seen["server"] = (rig.folder / "server.log").read_text(errors="replace")
    for key in rig.objects("curated", "_carelake/runs/"):
        seen[key] = rig.get("curated", key).decode()
    client = rig.client("stepfunctions")
    for execution in client.list_executions(stateMachineArn=rig.machine)["executions"]:
        arn = execution["executionArn"]
        seen[arn] = json.dumps(client.get_execution_history(executionArn=arn, maxResults=1000)["events"], default=str)
    check("and is in no alert, log, report or history", ([where for where, text in seen.items() if MARKER in text], []))


def main(binaries):
    binary = binaries / "carelake"
    with tempfile.TemporaryDirectory() as folder, Rig(binaries) as rig:
        inputs, local = pathlib.Path(folder, "input"), pathlib.Path(folder, "output")
        carelake(binary, "sample", inputs, "--rows", ROWS)
        plant(inputs)
        carelake(binary, "run", "--accept-as-of", "--as-of", "2026-11-01", "--input", inputs, "--output", local)
        the_stack_is_there_as_it_is_declared(rig)
        rig.upload(inputs)
        the_monthly_run_publishes_what_a_local_run_does(rig, local)
        objects_tell_where_they_come_from(rig)
        an_independent_reader_finds_every_row_once(rig)
        the_catalog_agrees_with_the_pointers(rig)
        # What is served then is not of a day that is still to come, as later.
        pages_are_shown(rig, check)
        messages_are_taken(rig, check)
        a_dataset_without_input_is_tried_four_times_and_left_alone(rig)
        a_rerun_changes_only_what_it_names(rig, inputs)
        two_executions_at_once_leave_one_whole_run(rig)
        a_store_that_is_busy_for_a_while_costs_an_attempt(rig)
        the_catalog_agrees_with_the_pointers(rig)
        the_command_drives_the_deployment(rig, binary)
        a_container_answers_by_its_token(rig, binaries)
        somebody_looks_how_long_ago_runs_succeeded(rig)
        no_value_of_the_data_leaves_the_lake(rig)
        tried = every_role_may_do_what_it_needs_and_no_more(rig)
        check("every role may do what it needs and no more", (tried > 200, True))
        tried = moto_sees_buckets_refuse_plain_http_and_foreign_prefixes(rig)
        check("moto sees the buckets refuse plain HTTP and foreign prefixes", (tried > 200, True))
        partners_files_arrive(rig, check)
        files_come_by_themselves(rig, check)
        tables_are_loaded(rig, check)
        changes_are_streamed(rig, check)
        a_room_beside_the_monthly_run(rig, check)
        a_teardown_says_what_it_deletes_and_asks(rig)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve())
