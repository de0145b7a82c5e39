"""The pages as they are deployed: behind an HTTP API, for whom an issuer knows, by the rights of their own function."""

import html
import json
import re
import urllib.error
import urllib.parse
import urllib.request

import rooms
from dropped import apply_boundaries_that_were_dropped
from issuer import Issuer
from permissions import Role
from rig import BUCKETS
from rooms import until

STACK = "carelake-dev-console"
FUNCTION = "carelake-dev-console"
ADDRESS = "https://pages.example"
CURATED = BUCKETS["curated"]


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class Browser:
    """Asks pages, and keeps the cookies that it is given."""

    def __init__(self, rig):
        [api] = [one["ApiId"] for one in rig.client("apigatewayv2").get_apis()["Items"] if one["Name"] == FUNCTION]
        self.at = f"{rig.plain_endpoint}/_aws/execute-api/{api}/$default"
        self.cookies = {}
        self.opener = urllib.request.build_opener(Stay)

    def ask(self, path, form=None, **headers):
        headers = {"Accept": "text/html", "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()), **headers}
        body = None if form is None else urllib.parse.urlencode(form).encode()
        if form is not None:
            headers |= {"Origin": "null", "Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"}
        request = urllib.request.Request(self.at + path, data=body, headers=headers)
        try:
            answer = self.opener.open(request, timeout=60)
        except urllib.error.HTTPError as refused:
            answer = refused
        for cookie in answer.headers.get_all("set-cookie") or []:
            name, value = cookie.split(";")[0].split("=", 1)
            self.cookies[name] = value
        return answer.status, answer.headers, answer.read().decode()

    def signs_in(self, issuer):
        _, headers, _ = self.ask("/sign-in/begin?to=/datasets")
        back = issuer.signs_in(headers["location"])
        return self.ask(back.removeprefix(ADDRESS))


def fields(page, action):
    """Returns what the first form of a page holds that goes to an action."""
    form = page.split(f'action="{action}"', 1)[1].split("</form>", 1)[0]
    return {name: html.unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', form)}


def they_are_deployed_where_they_are_asked_for(rig, issuer, check):
    check("without being asked for there are no pages", ([name for name in rig.functions if name == "console"], []))
    rooms.cdk(rig, STACK, {"console": {"names_issuer": True}}, {}, "deploy", "--require-approval", "never")
    rig.look()
    apply_boundaries_that_were_dropped(rig, STACK)
    functions = rig.client("lambda")
    variables = functions.get_function_configuration(FunctionName=FUNCTION)["Environment"]["Variables"]
    known = {"CARELAKE_OIDC_ISSUER": issuer.address, "CARELAKE_OIDC_CLIENT": "pages", "CARELAKE_CONSOLE_ADDRESS": ADDRESS}
    functions.update_function_configuration(FunctionName=FUNCTION, Environment={"Variables": variables | known})
    return Browser(rig)


def whom_the_issuer_knows_sees_them(browser, issuer, check):
    status, headers, _ = browser.ask("/runs")
    check("who is not signed in is asked who it is", (status, 303), (headers["location"], "/sign-in"))
    status, headers, page = browser.signs_in(issuer)
    check("whom the issuer knows goes on", (status, 303), (headers["location"], "/datasets"))
    for path, holds in (("/runs", "2026-11-01.1"), ("/runs/2026-11-01.1", "clinicians"), ("/datasets", "clinicians"), ("/datasets/clinicians", "npi"),
                        ("/letters", "intake"), ("/alerts", ""), ("/cost", ""), ("/find?word=npi", "clinicians"), ("/rooms/intake/feeds", "")):
        status, headers, page = browser.ask(path)
        check(f"{path} is shown", (status, 200), (holds in page, True), (headers["cache-control"], "no-store"))
        check("with its policy", (headers["content-security-policy"].startswith("default-src 'none'"), True), ("max-age" in headers["strict-transport-security"], True))
    check("an operator does not see the audit", (browser.ask("/audit")[0], 403))
    check("what nobody signed is no session", (Browser.ask(stranger(browser), "/runs")[0], 303))


def stranger(browser):
    other = object.__new__(Browser)
    other.at, other.opener, other.cookies = browser.at, browser.opener, {"__Host-carelake": "forged"}
    return other


def a_dataset_is_rerun_from_its_page(rig, browser, check):
    _, _, page = browser.ask("/datasets/enrollments")
    form = fields(page, "/confirm")
    status, _, asked = browser.ask("/confirm", form)
    check("it is asked once", (status, 200))
    form = fields(asked, "/act")
    answers = [browser.ask("/act", form) for _ in range(2)]
    check("and done once", ([status for status, _, _ in answers], [303, 303]), (answers[0][1]["location"], answers[1][1]["location"]))
    _, _, told = browser.ask(answers[0][1]["location"])
    check("as the page tells", ("Done" in told, True))
    client = rig.client("stepfunctions")
    started = lambda: [one for one in client.list_executions(stateMachineArn=rig.machine)["executions"] if form["key"] in one["name"]]
    check("one execution is started, by the key of the form", (len(until("the execution", started)), 1))
    ended = rig.end(started()[0]["executionArn"])
    check("and ends well", (ended["status"], "SUCCEEDED"))
    status, _, told = browser.ask("/runs?as=json")
    check("the pages have it", (status, 200), ('"rerun"' in told or "rerun" in json.dumps(json.loads(told)), True))


def executions_of_other_definitions_are_listed(rig, browser, check):
    machine = rig.machine + "-feeds-pull"
    started = rig.client("stepfunctions").start_execution(stateMachineArn=machine, name="seen", input=json.dumps({"trigger": "operator"}))
    ended = rig.end(started["executionArn"])
    _, _, told = browser.ask("/runs")
    rows = [row for row in told.split("<tr")[1:] if "/runs/feeds_pull/seen" in row]
    check("an execution of a definition is listed, with how it stands", (len(rows), 1), (ended["status"].lower() in rows[0], True))
    _, _, told = browser.ask("/runs?room=intake&state=" + ended["status"].lower())
    check("and found by what is asked for", ("/runs/feeds_pull/seen" in told, True))
    check("and by nothing else", ("/runs/feeds_pull/seen" in browser.ask("/runs?room=intake&state=running")[2], False))
    status, _, told = browser.ask("/runs/feeds_pull/seen")
    states = json.loads(rig.client("stepfunctions").describe_state_machine(stateMachineArn=machine)["definition"])["States"]
    check("its page has its states", (status, 200), (all(f">{name}<" in told for name in states), True), ("ExecutionStarted" in told, True))
    check("of a name that was never there it says so", (browser.ask("/runs/feeds_pull/never")[0], 404))


def its_role_reads_no_row(rig, check):
    role = Role(rig, "console")
    role.may("read a pointer", role.get(CURATED, "clinicians/_current.json"))
    rows = next(key for key in rig.objects("curated", "clinicians/_runs/") if key.endswith(".parquet"))
    role.may_not("read rows", role.get(CURATED, rows))
    role.may_not("write a pointer", role.put(CURATED, "clinicians/_current.json"))
    role.may_not("delete a pointer", role.remove(CURATED, "clinicians/_current.json"))
    for partition in ("ROWS#console#sessions", "ROWS#audit#console", "ROWS#notices#all"):
        role.ledger_is(True, "PutItem", partition)
    for partition in ("RUNS", "PUB#clinicians", "ROWS#letters#all", "ROWS#intake#feeds"):
        role.ledger_is(False, "PutItem", partition)
    check("its role reads no row and changes no publication", (role.tried > 10, True))


def pages_are_shown(rig, check):
    issuer = Issuer({"email": "ann@lake.example", "cognito:groups": ["operator"]})
    browser = they_are_deployed_where_they_are_asked_for(rig, issuer, check)
    whom_the_issuer_knows_sees_them(browser, issuer, check)
    a_dataset_is_rerun_from_its_page(rig, browser, check)
    executions_of_other_definitions_are_listed(rig, browser, check)
    its_role_reads_no_row(rig, check)
    rooms.cdk(rig, STACK, {"console": {"names_issuer": True}}, {}, "destroy", "--force")
    rig.look()
    check("what was rerun is told once", (len(rig.alerts()), 1))
