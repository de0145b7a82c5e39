// A hundred users at once: node crowd.mjs CARELAKE
// Each signs in, reads, and presses the same two buttons in the same moment: each is answered, each button has one effect, and the audit
// has every one of them.

import assert from "node:assert/strict";
import { Agent, request } from "node:http";
import { resolve } from "node:path";

import { Lake } from "./lake.mjs";

const USERS = 100;
const PAGES = ["/runs", "/runs/2026-11-02.1", "/datasets", "/datasets/clinicians", "/letters", "/feeds", "/alerts", "/cost", "/audit", "/find?word=npi"];
const PRESSED = [["/runs/2026-11-02.1", "Rerun what failed"], ["/letters", "Do "]];
const agent = new Agent({ keepAlive: true, maxSockets: USERS });

/** Asks; answers status, headers and text. */
function ask(method, url, headers, body) {
  return new Promise((done, failed) => {
    const asked = request(url, { method, agent, headers }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (more) => (text += more));
      answer.on("end", () => done({ status: answer.statusCode, headers: answer.headers, text }));
    });
    asked.on("error", failed).end(body);
  });
}

/** The hidden fields of the first form of a page that holds a text. */
function form(page, holds) {
  const found = page.match(/<form[^]*?<\/form>/g)?.find((it) => it.includes(holds));
  assert.ok(found, `no form has ${holds}`);
  const unescape = (text) => text.replaceAll("&quot;", '"').replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
  return Object.fromEntries([...found.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)].map(([, name, value]) => [name, unescape(value)]));
}

class User {
  constructor(address, cookie) {
    this.address = address;
    this.cookie = cookie;
  }

  static async signedIn(address, signIn) {
    const answer = await ask("GET", signIn, {});
    const cookie = answer.headers["set-cookie"]?.[0]?.split(";")[0];
    assert.ok(cookie, `signed in with ${answer.status}`);
    return new User(address, cookie);
  }

  get(path) {
    return ask("GET", this.address + path, { Cookie: this.cookie });
  }

  post(path, fields) {
    const headers = { Cookie: this.cookie, Origin: this.address, "Content-Type": "application/x-www-form-urlencoded" };
    return ask("POST", this.address + path, headers, new URLSearchParams(fields).toString());
  }

  /** Presses a button of a page as far as the question whether it is meant. */
  async asked(path, holds) {
    const answer = await this.post("/confirm", form((await this.get(path)).text, holds));
    assert.equal(answer.status, 200, answer.text);
    return form(answer.text, 'name="key"');
  }
}

const counts = (list) => Object.entries(list.reduce((found, it) => ({ ...found, [it]: (found[it] ?? 0) + 1 }), {})).sort();

const lake = new Lake(resolve(process.argv[2]));
try {
  lake.fill();
  const { address, signIn } = await lake.serve();
  const users = await Promise.all(Array.from({ length: USERS }, () => User.signedIn(address, signIn)));
  assert.equal(new Set(users.map((it) => it.cookie)).size, USERS, "each has a session of its own");

  const read = await Promise.all(users.flatMap((user, at) => PAGES.map((_, page) => user.get(PAGES[(at + page) % PAGES.length]))));
  assert.deepEqual(counts(read.map((it) => it.status)), [["200", USERS * PAGES.length]]);

  for (const [path, holds] of PRESSED) {
    const asked = await Promise.all(users.map((user) => user.asked(path, holds)));
    assert.equal(new Set(asked.map((it) => it.key)).size, USERS, "each form has a key of its own");
    const answers = await Promise.all(users.map((user, at) => user.post("/act", asked[at])));
    const others = answers.filter((it) => ![303, 409].includes(it.status));
    assert.deepEqual(others.map((it) => [it.status, it.text]), [], "each is answered: done, or moved on");
    assert.deepEqual(counts(answers.map((it) => it.status)), [["303", 1], ["409", USERS - 1]], `${path}: one effect`);
    // What was answered is there to be looked at.
    const done = answers.flatMap((it, at) => (it.status === 303 ? [[users[at], it.headers.location]] : []));
    assert.ok(done.length > 0);
    const pages = await Promise.all(done.map(([user, location]) => user.get(location)));
    assert.deepEqual(counts(pages.map((it) => it.status)), [["200", done.length]]);
  }
  assert.doesNotMatch(lake.run(["audit", "--verify"]), /broken/);
  const { entries } = JSON.parse(lake.run(["audit", "console", "--json", "--last", "10000"])).streams[0];
  const told = entries.map((it) => it.event.what);
  assert.equal(told.filter((it) => it.signed_in).length, USERS);
  for (const [, holds] of PRESSED) {
    const those = told.filter((it) => it.did?.startsWith(holds));
    assert.deepEqual(counts(those.map((it) => Boolean(it.refused))), [["false", 1], ["true", USERS - 1]], `${holds}: all are in the audit`);
  }
  console.log(`${USERS} users, ${read.length} pages, ${PRESSED.length} buttons: one effect each`);
} finally {
  agent.destroy();
  await lake.end();
}
