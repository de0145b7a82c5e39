// The pages in a real browser: node browse.mjs CARELAKE [PICTURES]
// A month with an injected failure is seen, the dataset is rerun from its page, a letter is done again, and every page is looked at.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";

import { browser as begun, press, text } from "./chromium.mjs";
import { Lake, MARKER } from "./lake.mjs";
import { SIZES, look } from "./look.mjs";

const [carelake, pictures] = process.argv.slice(2);
const all = process.env.CARELAKE_ALL_SIZES === "1" || Boolean(pictures);
if (pictures) mkdirSync(pictures, { recursive: true });
const lake = new Lake(resolve(carelake));
lake.fill();
const { address, signIn } = await lake.serve();
const browser = await begun();

async function until(page, url, holds) {
  for (let tries = 0; tries < 120; tries += 1) {
    await page.goto(url);
    const shown = await text(page);
    if (holds(shown)) return shown;
    await new Promise((again) => setTimeout(again, 250));
  }
  throw new Error(`never so at ${url}: ${await text(page)}`);
}

try {
  const page = await browser.newPage();
  // Who is not signed in sees nothing.
  await page.goto(`${address}/runs`);
  assert.equal(new URL(page.url()).pathname, "/sign-in");
  await page.goto(signIn);
  assert.equal(new URL(page.url()).pathname, "/runs", await text(page));

  // The failure is seen.
  const runs = await text(page);
  assert.match(runs, /SchemaDrift/);
  await Promise.all([page.waitForNavigation(), page.click("tr.bad a[href='/runs/2026-11-02.1']")]);
  const failed = await text(page);
  assert.match(failed, /clinicians/);
  assert.match(failed, /ExtractCliniciansTask/);
  assert.ok(await page.$("svg .state.caught, svg .state.failed"), "the graph marks what failed");

  // It is rerun from the page: asked once, done once.
  await press(page, "Rerun what failed");
  assert.match(await text(page), /Publishes clinicians again/);
  const form = await page.evaluate(() => Object.fromEntries(new FormData(document.querySelector('form[action="/act"]'))));
  await press(page, "Rerun what failed");
  assert.match(await text(page), /Done/);
  const again = await page.evaluate(async (fields) => (await fetch("/act", { method: "POST", body: new URLSearchParams(fields) })).url, form);
  assert.equal(new URL(again).pathname, new URL(page.url()).pathname, "the same key has the same effect");
  const mended = await until(page, `${address}/runs?as=json`, (shown) => {
    const reruns = JSON.parse(shown).tables[0].rows.map((row) => JSON.stringify(row.cells)).filter((cells) => cells.includes('"rerun"'));
    return reruns.length > 0 && reruns.every((cells) => cells.includes('"succeeded"'));
  });
  assert.equal(mended.match(/"rerun"/g).length, 1, "a double click has one effect");

  await page.goto(`${address}${new URL(again).pathname}`);
  await Promise.all([page.waitForNavigation(), page.click("a[href^='/runs/']:not(nav a)")]);
  assert.match(new URL(page.url()).pathname, /^\/runs\/pipeline\/page-/);
  assert.match(await text(page), /clinicians/, "what was started is found from where it was started");

  // A letter is done again, and fails again: it waits with one attempt more.
  await page.goto(`${address}/letters`);
  assert.match(await text(page), /harbor_patients/);
  await press(page, "Do ");
  await press(page, "Do ");
  assert.match(await text(page), /Not done|Done/);
  await page.goto(`${address}/audit`);
  const audit = await text(page);
  assert.match(audit, /signed_in/);
  assert.match(audit, /Rerun what failed/);

  // An action on what has moved on is refused with the difference.
  await page.goto(`${address}/datasets/clinicians`);
  const stale = await page.evaluate(() => Object.fromEntries(new FormData(document.querySelector("form.action"))));
  stale.effect = "something else";
  stale.does = "0".repeat(24);
  const refused = await page.evaluate(async (fields) => {
    const answer = await fetch("/confirm", { method: "POST", body: new URLSearchParams(fields) });
    return [answer.status, await answer.text()];
  }, stale);
  assert.equal(refused[0], 409);
  assert.match(refused[1], /something else/);
  const forged = await page.evaluate(async (fields) => (await fetch("/confirm", { method: "POST", body: new URLSearchParams({ ...fields, token: "x" }) })).status, stale);
  assert.equal(forged, 403);

  // Every page that can be reached, by what it links to.
  const seen = new Set(["/runs"]);
  const queue = ["/runs"];
  let hostile = false;
  page.on("dialog", (dialog) => {
    throw new Error(`a page says ${dialog.message()}`);
  });
  while (queue.length) {
    const at = queue.shift();
    await page.goto(address + at);
    const whole = await page.content();
    hostile ||= (await text(page)).includes("<img src=x onerror=alert(1)>.csv");
    assert.ok(!whole.includes(MARKER), `${at} has a value of the data`);
    assert.ok(!/[?&/][^"]*%3Cscript/i.test(page.url()), at);
    const links = await page.evaluate(() => [...document.querySelectorAll("a[href^='/']")].map((it) => it.getAttribute("href")));
    for (const link of links) {
      // One page of each kind of run and dataset is enough to be looked at.
      const kind = link.replace(/^\/(runs|datasets)\/.*/, (_, it) => `/${it}/`);
      if (link.includes("as=json") || seen.has(kind) || link.includes("?")) continue;
      seen.add(kind);
      queue.push(link);
      seen.add(link);
    }
  }
  assert.ok(hostile, "a name that a partner gave is shown as it is");
  const pages = [...seen].filter((link) => !/^\/(runs|datasets)\/$/.test(link));
  const found = [];
  for (const [at, link] of [...pages, "/runs/2026-11-02.1", "/find?word=npi", "/runs?state=aborted", "/datasets/nothing"].entries()) {
    const sizes = all ? SIZES : [SIZES[at % 2]];
    for (const size of sizes) {
      const name = `${link.replaceAll(/[^a-z0-9]+/gi, "-").replace(/^-|-$/g, "")}-${size[0]}-${size[1]}.png`;
      const wrong = await look(browser, address + link, size, pictures && join(pictures, name));
      found.push(...wrong.filter((it) => !(link === "/datasets/nothing" && it.includes("404"))));
    }
  }
  assert.deepEqual(found, []);

  // Columns in figures and what changed are what the commands count, without a value.
  const data = (path) => page.evaluate(async (path) => (await fetch(`${path}?as=json`)).json(), path);
  const rows = (it) => it.tables[0].rows.map((row) => row.cells.map((cell) => (typeof cell === "string" ? null : Object.values(cell)[0])));
  const profile = JSON.parse(lake.run(["profile", "clinicians", "--json"])).publications[0];
  const columns = rows(await data("/columns/clinicians"));
  assert.deepEqual(
    columns.map(([name, kind, missing, , distinct, , shortest, longest]) => [name, kind, missing, distinct, shortest ?? null, longest ?? null]),
    profile.columns.map((it) => [it.name, it.type, it.nulls, it.distinct, it.shortest, it.longest]),
  );
  const diff = JSON.parse(lake.run(["diff", "clinicians", "--json"]));
  const changes = await data("/changes/clinicians");
  const fact = (label) => Object.values(changes.facts.find((it) => it.label === label).cell)[0];
  assert.deepEqual(
    ["from", "to", "rows that came", "rows that went", "rows that changed"].map(fact),
    [diff.earlier, diff.later, diff.added, diff.removed, diff.changed],
  );
  assert.deepEqual(Object.fromEntries(rows(changes)), diff.changed_columns);

  // Reading needs no script, and every page can be walked by keys.
  const plain = await browser.newPage();
  await plain.setJavaScriptEnabled(false);
  await plain.goto(`${address}/runs`);
  assert.match(await plain.evaluate(() => document.body.innerText).catch(() => plain.content()), /SchemaDrift/);
  await plain.close();
  await page.goto(`${address}/runs`);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.innerText), "Skip to what is shown");

  // Who is killed while something is done leaves one effect at most, and says so.
  await page.goto(`${address}/datasets/clinicians`);
  await press(page, "Publish again");
  const asked = await page.evaluate(() => Object.fromEntries(new FormData(document.querySelector('form[action="/act"]'))));
  const sent = page.evaluate((fields) => fetch("/act", { method: "POST", body: new URLSearchParams(fields) }).then((answer) => answer.status, () => 0), asked);
  await new Promise((later) => setTimeout(later, Number(process.env.CARELAKE_KILL_AFTER_MS ?? 40)));
  await lake.kill();
  await sent;
  const next = await lake.serve();
  await page.goto(next.signIn);
  await page.goto(`${next.address}/done/${asked.key}`);
  const became = await text(page);
  assert.match(became, /Begun|Done|Nothing is at this address/);
  if (!/Nothing is/.test(became)) {
    assert.match(became, /Publish again/);
    await page.goto(`${next.address}/audit`);
    const whole = await text(page);
    assert.match(whole, /Publish again/, "what was begun is in the audit");
    assert.doesNotMatch(whole, /broken/, "whose chain is whole");
  }
  const started = lake.run(["runs", "--json"]).match(/"rerun"/g)?.length ?? 0;
  assert.ok(started <= 2, `${started} reruns: a kill has one effect at most`);

  // Signing out ends it everywhere.
  await page.goto(`${next.address}/runs`);
  await press(page, "Sign out");
  await page.goto(`${next.address}/runs`);
  assert.equal(new URL(page.url()).pathname, "/sign-in");
  console.log(`${pages.length} pages, nothing found`);
} finally {
  await browser.close();
  await lake.end();
}
