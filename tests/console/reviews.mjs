// Questions answered in a real browser: node reviews.mjs CARELAKE [PICTURES]
// Two reviewers and a viewer sign in at an issuer; twenty questions are answered by keys, one is taken back, and the next run uses them.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { createServer } from "node:net";
import { join, resolve } from "node:path";

import { browser as begun, press, text } from "./chromium.mjs";
import { Issuer } from "./issuer.mjs";
import { SIZES, look } from "./look.mjs";
import { PERSON, Questions } from "./questions.mjs";

const [carelake, pictures] = process.argv.slice(2);
const all = process.env.CARELAKE_ALL_SIZES === "1" || Boolean(pictures);
if (pictures) mkdirSync(pictures, { recursive: true });
const QUESTIONS = 40;

const free = () => new Promise((told) => { const it = createServer().listen(0, "127.0.0.1", () => { const { port } = it.address(); it.close(() => told(port)); }); });
const port = await free();
const issuer = await Issuer.start({
  eve: { preferred_username: "eve", groups: ["reviewer"] },
  bob: { preferred_username: "bob", groups: ["reviewer"] },
  lea: { preferred_username: "lea", groups: ["reviewer", "lead"] },
  vic: { preferred_username: "vic", groups: ["viewer", "operator"] },
});
const lake = new Questions(resolve(carelake));
const CONSOLE = `
console:
  oidc: { issuer: "${issuer.address}", client_id: pages, address: "http://127.0.0.1:${port}" }
`;
const ran = lake.ask(QUESTIONS, CONSOLE);
assert.equal(ran.matchers[0].settled.reviews.new, QUESTIONS + 2);
await lake.serve(port);
const address = `http://127.0.0.1:${port}`;
const browser = await begun();
const reviews = `${address}/rooms/matching/reviews`;

/** Signs somebody in, in a browser of their own. */
async function session(who) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  page.on("dialog", (dialog) => { throw new Error(`a page says ${dialog.message()}`); });
  issuer.who = who;
  await page.goto(`${address}/sign-in/begin`);
  assert.equal(new URL(page.url()).host, new URL(address).host, await text(page));
  return page;
}
const ready = (page) => page.waitForFunction(() => document.body.dataset.keys === "ready");
const item = (page) => new URL(page.url()).pathname.split("/").at(-1);
/** Presses a key, and waits until what comes next is shown. */
async function key(page, letter) {
  await ready(page);
  const shown = page.evaluate(() => new Promise((done) => document.addEventListener("carelake:shown", done, { once: true })).then(() => true));
  await page.keyboard.press(letter);
  await shown;
}
const count = async (page) => Number((await page.$$eval(".facts > div", (all) => all.find((it) => it.querySelector("dt").innerText === "answered by you today").querySelector("dd").innerText)));
const decisions = () => JSON.parse(lake.run(["match", "audit", "bay", "--json"])).audit.entries;

try {
  const eve = await session("eve");
  const vic = await session("vic");
  // Who may see no persons sees no questions, and answers none.
  assert.equal((await vic.goto(reviews)).status(), 403);
  await vic.goto(`${address}/runs`);

  // The list leads to the first question; a short address leads to the list.
  await eve.goto(`${address}/reviews?order=oldest&reason=weight`);
  assert.equal(new URL(eve.url()).pathname, "/rooms/matching/reviews");
  await eve.goto(`${reviews}?order=oldest&reason=weight`);
  await Promise.all([eve.waitForNavigation(), eve.click(".facts a")]);
  const first = item(eve);
  assert.match(first, /^[0-9a-f]{32}$/);
  assert.equal((await vic.goto(`${reviews}/${first}`)).status(), 403);
  const forged = await vic.evaluate(async (to) => (await fetch(to, { method: "POST", body: new URLSearchParams({ token: "x", answer: "none", seen: "1" }) })).status, `${reviews}/${first}`);
  assert.equal(forged, 403);
  assert.equal(decisions(), 0);

  // Nobody else is given it while it is looked at.
  const bob = await session("bob");
  await bob.goto(`${reviews}/${first}`);
  assert.match(await text(bob), /eve looks at it/);
  assert.equal(await bob.$("section.comparison"), null, "and sees no value");
  await bob.goto(`${reviews}?order=oldest&reason=weight`);
  await Promise.all([bob.waitForNavigation(), bob.click(".facts a")]);
  assert.notEqual(item(bob), first);

  // Without a script, by a button; the same form once more changes nothing.
  const plain = await eve.browserContext().newPage();
  await plain.setJavaScriptEnabled(false);
  await plain.goto(`${reviews}/${first}?order=oldest&reason=weight`);
  const sent = await plain.$eval("section.comparison form", (form) => ({ ...Object.fromEntries(new FormData(form)), answer: form.querySelector("button[value^=accept]").value }));
  await Promise.all([plain.waitForNavigation(), plain.click("button[value^=accept]")]);
  assert.match(await plain.$eval(".last", (it) => it.innerText), /You accepted/);
  assert.notEqual(item(plain), first, "the next question is shown");
  const once = decisions();
  const twice = await eve.evaluate(async (to, fields) => { const it = await fetch(to, { method: "POST", body: new URLSearchParams(fields) }); return [it.status, new URL(it.url).pathname]; }, `${reviews}/${first}?order=oldest&reason=weight`, sent);
  assert.equal(twice[0], 200);
  assert.notEqual(twice[1].split("/").at(-1), first);
  assert.equal(decisions(), once, "a form that is sent twice decides once");
  await plain.close();

  // Twenty by keys.
  await eve.goto(`${reviews}?order=oldest&reason=weight`);
  await Promise.all([eve.waitForNavigation(), eve.click(".facts a")]);
  const answered = [];
  for (let n = 0; n < 20; n += 1) {
    answered.push([item(eve), n % 4]);
    if (n % 4 === 1) await key(eve, "x");
    else {
      await ready(eve);
      if (n % 4 === 2) await eve.keyboard.press("2");
      await key(eve, "a");
    }
    assert.match(await eve.$eval(".last", (it) => it.innerText), n % 4 === 1 ? /You rejected/ : /You accepted/);
  }
  assert.equal(new Set(answered.map(([id]) => id)).size, 20, "each is another question");
  assert.equal(await count(eve), 21);

  // A key that is held answers one, and one that is pressed while a page comes answers none.
  let before = decisions();
  await ready(eve);
  await eve.keyboard.down("x");
  for (let n = 0; n < 30; n += 1) { await eve.keyboard.down("x"); await new Promise((later) => setTimeout(later, 30)); }
  await eve.keyboard.up("x");
  assert.equal(decisions(), before + 1, "a key that is held decides once");
  before = decisions();
  await ready(eve);
  for (let n = 0; n < 15; n += 1) { await eve.keyboard.press("x"); await new Promise((later) => setTimeout(later, 20)); }
  await new Promise((later) => setTimeout(later, 500));
  assert.equal(decisions(), before + 1, "keys before a page rests decide nothing");
  // A double click is one answer.
  before = decisions();
  await ready(eve);
  await eve.click("button[value=none]", { count: 2 });
  await new Promise((later) => setTimeout(later, 700));
  assert.equal(decisions(), before + 1, "a double click decides once");

  // One is taken back by a key, is asked again, and is answered otherwise.
  const undo = await eve.$eval(".last button", (it) => it.value);
  await key(eve, "u");
  assert.match(await eve.$eval(".last", (it) => it.innerText), /took the last answer back/);
  assert.equal(await eve.$(".last button"), null, undo);
  const again = item(eve);
  await key(eve, "a");
  assert.notEqual(item(eve), again);

  // Candidates are chosen by digits, records are opened, keys are off while somebody writes, and can be set.
  await ready(eve);
  await eve.keyboard.press("2");
  assert.equal(await eve.$eval("th.chosen", (it) => it.dataset.other), "1");
  await eve.keyboard.press("o");
  assert.equal(await eve.$$eval("details.behind", (all) => all.findIndex((it) => it.open)), 1);
  before = decisions();
  await eve.keyboard.press("c");
  await eve.keyboard.type("arx asked the partner");
  assert.equal(await eve.$eval("#comment", (it) => it.value), "arx asked the partner");
  assert.equal(decisions(), before);
  await eve.keyboard.press("Escape");
  await eve.keyboard.press("?");
  await eve.waitForSelector("dialog.keys[open]");
  if (pictures) await eve.screenshot({ path: join(pictures, "keys.png") });
  await eve.$eval("dialog input[name=accept]", (it) => { it.value = "y"; });
  await eve.click("dialog button.sure");
  await ready(eve);
  await eve.keyboard.press("a");
  assert.equal(decisions(), before, "a key that was set anew is no key any more");
  const commented = item(eve);
  await key(eve, "y");
  assert.equal(decisions(), before + 1);
  await eve.keyboard.press("?");
  await eve.waitForSelector("dialog.keys[open]");
  await eve.click("dialog input[type=checkbox]");
  await eve.click("dialog button.sure");
  await ready(eve);
  await eve.keyboard.press("y");
  await new Promise((later) => setTimeout(later, 300));
  assert.equal(decisions(), before + 1, "keys that are off answer nothing");
  await eve.evaluate(() => localStorage.clear());

  // What another did meanwhile is told, and the comment stays.
  await eve.goto(`${reviews}/${commented}`);
  assert.match(await text(eve), /accepted/, "what is settled says so");
  await eve.goto(`${reviews}?order=oldest&reason=weight`);
  await Promise.all([eve.waitForNavigation(), eve.click(".facts a")]);
  const contested = item(eve);
  const bobs = await bob.evaluate(async (to) => {
    const form = document.querySelector("form[data-answers] input[name=token]");
    const answer = await fetch(to, { method: "POST", body: new URLSearchParams({ token: form.value, answer: "skip", seen: "1" }) });
    return answer.status;
  }, `${reviews}/${contested}`);
  assert.equal(bobs, 200);
  before = decisions();
  await eve.type("#comment", "both live there");
  await eve.keyboard.press("Escape");
  await key(eve, "a");
  assert.match(await eve.$eval("div.refused", (it) => it.innerText), /bob said skip/);
  assert.equal(await eve.$eval("#comment", (it) => it.value), "both live there");
  assert.equal(item(eve), contested);
  assert.equal(decisions(), before);
  // It was looked at again: what is said now counts.
  await key(eve, "r");
  assert.equal(decisions(), before + 1);

  // A connection that is lost loses nothing, and is told.
  await eve.type("#comment", "a word");
  await eve.keyboard.press("Escape");
  await ready(eve);
  await eve.setOfflineMode(true);
  await eve.keyboard.press("x");
  await eve.waitForFunction(() => /cannot be reached/.test(document.querySelector("p.refused")?.innerText ?? ""));
  assert.equal(await eve.$eval("#comment", (it) => it.value), "a word");
  await eve.setOfflineMode(false);
  assert.equal(decisions(), before + 1);
  await key(eve, "x");
  assert.equal(decisions(), before + 2, "sent again it counts once");
  // So does a session that is over: somebody signs in elsewhere, and sends it again.
  await eve.type("#comment", "another word");
  await eve.keyboard.press("Escape");
  const cookies = await eve.browserContext().cookies();
  await eve.browserContext().deleteCookie(...cookies);
  await ready(eve);
  await eve.keyboard.press("x");
  await eve.waitForFunction(() => /session is over/.test(document.querySelector("p.refused")?.innerText ?? ""));
  const tab = await eve.browserContext().newPage();
  issuer.who = "eve";
  await tab.goto(`${address}/sign-in/begin`);
  await tab.close();
  await eve.bringToFront();
  await ready(eve);
  await eve.keyboard.press("x");
  await eve.waitForFunction(() => /earlier session/.test(document.querySelector("p.refused")?.innerText ?? ""));
  assert.equal(await eve.$eval("#comment", (it) => it.value), "another word");
  before = decisions();
  await key(eve, "x");
  assert.equal(decisions(), before + 1);

  // A lead merges, and is offered what is not done one by one; a reviewer is not.
  assert.equal(await eve.$("button[value^=merge]"), null);
  const lea = await session("lea");
  await lea.goto(`${reviews}?order=likely&reason=weight`);
  await Promise.all([lea.waitForNavigation(), lea.click(".facts a")]);
  assert.ok(await lea.$("button[value^=merge]"));
  const stolen = await eve.evaluate(async (to, value) => {
    const token = document.querySelector("form[data-answers] input[name=token]").value;
    const answer = await fetch(to, { method: "POST", body: new URLSearchParams({ token, answer: value, seen: "1" }) });
    return [answer.status, (await answer.text()).includes("for the role lead")];
  }, lea.url(), await lea.$eval("button[value^=merge]", (it) => it.value));
  assert.deepEqual(stolen, [422, true]);

  // What a lead answers for every tie is asked once, with how many there are; a reviewer is not offered it.
  await eve.goto(`${reviews}?reason=tie`);
  const [tie] = await eve.$$eval("tbody a", (all) => all.map((it) => it.getAttribute("href")));
  await eve.goto(address + tie);
  assert.equal((await text(eve)).includes("in every tie"), false);
  await key(eve, "s");
  await lea.goto(address + tie);
  before = decisions();
  await press(lea, "Reject p_");
  assert.match(await text(lea), /in 2 open questions that are ties/);
  await press(lea, "Reject p_");
  assert.match(await text(lea), /is rejected in [12] questions/);
  assert.ok(decisions() > before);

  // The page in every size and theme: axe, policy, no sideways scrolling, nothing from elsewhere; open, taken, settled, of hostile values.
  const found = [];
  const seen = { open: eve.url(), settled: `${reviews}/${answered[0][0]}`, list: reviews, nothing: `${reviews}?reason=none_such`, lead: lea.url() };
  const hostile = JSON.parse(await lea.evaluate(async (to) => (await fetch(to)).text(), `${reviews}?as=json&order=oldest&reason=weight`));
  assert.ok(!JSON.stringify(hostile).includes(PERSON), "the list has no value");
  for (const [at, [name, url]] of Object.entries(seen).entries()) {
    for (const size of all ? SIZES : [SIZES[at % 2], SIZES[(at + 1) % 2]]) {
      const who = name === "lead" ? lea : eve;
      found.push(...await look(who.browserContext(), url, size, pictures && join(pictures, `review-${name}-${size[0]}-${size[1]}.png`)));
    }
  }
  assert.deepEqual(found, []);

  // Values of persons are shown, as they are, and are in nothing else that is kept or told.
  let shown = false;
  for (const id of new Set([first, ...answered.map(([id]) => id)])) {
    const answer = await eve.goto(`${reviews}/${id}`);
    assert.equal(answer.headers()["cache-control"], "no-store");
    shown ||= (await text(eve)).includes(PERSON);
    assert.ok(!(await eve.title()).includes(PERSON) && !eve.url().includes(PERSON));
  }
  assert.ok(shown, "a reviewer sees who it is");
  const audit = lake.run(["audit", "--json", "--last", "1000"]);
  assert.match(audit, new RegExp(first), "who saw whom is in the audit");
  assert.ok(!audit.includes(PERSON) && !lake.said.includes(PERSON));

  // The next run uses what was answered.
  const used = JSON.parse(lake.run(["match", "run", "bay", "--json"]));
  const outcomes = lake.run(["query", "SELECT reason, count(*) n FROM \"matching/bay/outcomes\" GROUP BY 1 ORDER BY 1", "--json"]);
  assert.match(outcomes, /decision/);
  assert.match(outcomes, /all_rejected/);
  assert.equal(JSON.parse(lake.run(["match", "audit", "bay", "--json"])).whole, true);
  console.log(`${decisions()} decisions, nothing found; ${JSON.stringify(used.matchers[0].settled.shares)}`);
} finally {
  await browser.close();
  await lake.end();
  issuer.end();
}
