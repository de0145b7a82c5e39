// How every page looks, compared with how it looked: node looks.mjs CARELAKE [--renew]
// Kept is what makes the look, an element a line: its box within its parent, colours, letters and lines, in both widths and themes (see
// docs/decisions/0104). What differs is drawn into a picture below looks/different.

import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { hostname, userInfo } from "node:os";
import { dirname, join, resolve } from "node:path";

import { browser as begun, press } from "./chromium.mjs";
import { measure, outline } from "./measure.mjs";
import { Questions } from "./questions.mjs";

const [carelake, renew] = process.argv.slice(2);
const KEPT = join(import.meta.dirname, "looks");
const DIFFERENT = join(KEPT, "different");
const WIDTHS = [1280, 360];
// Whole pixels by which a box may differ: letters are drawn a little otherwise by another version of the browser.
const [PIXELS, SHARE] = [2, 0.01];

const fonts = dirname(createRequire(import.meta.url).resolve("dejavu-fonts-ttf/package.json"));
const face = (name, file, weight = 400) =>
  `@font-face{font-family:${name};font-weight:${weight};src:url(data:font/ttf;base64,${readFileSync(join(fonts, "ttf", file)).toString("base64")})}`;
const STYLE = [
  face("looks", "DejaVuSans.ttf"), face("looks", "DejaVuSans-Bold.ttf", 700), face("looks-mono", "DejaVuSansMono.ttf"),
  "html,button,input,select,textarea{font-family:looks!important}code{font-family:looks-mono!important}",
  "*{animation:none!important;transition:none!important;caret-color:transparent!important}",
].join("\n");

const NAMES = [hostname(), userInfo().username];
const day = (ago) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
const lake = new Questions(resolve(carelake));
lake.fill([day(1), day(0)]);
lake.ask(6);
const { address, signIn } = await lake.serve();
const browser = await begun();

/** Returns lines as they are kept: each style once, by its number. */
function packed(lines) {
  const styles = new Map();
  const body = lines.map((line) => {
    const [box, style] = line.split("\t");
    if (style === undefined) return line;
    if (!styles.has(style)) styles.set(style, styles.size);
    return `${box} s${styles.get(style)}`;
  });
  return `${[...[...styles].map(([style, at]) => `s${at} ${style}`), ...body].join("\n")}\n`;
}
function unpacked(text) {
  const styles = new Map();
  const all = text.split("\n").filter(Boolean);
  for (const [, at, style] of all.map((line) => line.match(/^(s\d+) (.*)$/)).filter(Boolean)) styles.set(at, style);
  return all.filter((line) => !/^s\d+ /.test(line)).map((line) => line.replace(/ (s\d+)$/, (_, at) => `\t${styles.get(at)}`));
}
const same = (was, is) => {
  const [one, other] = [was.split(/[ \t]/), is.split(/[ \t]/)];
  return one.length === other.length && one.every((part, at) => {
    const [a, b] = [part, other[at]].map((it) => (/^[xywh]-?\d+$/.test(it) && it[0] === part[0] ? Number(it.slice(1)) : it));
    return typeof a === "number" && typeof b === "number" ? Math.abs(a - b) <= PIXELS + SHARE * Math.abs(a) : a === b;
  });
};

/** Measures a page in both widths and themes; answers its lines, and for each the place of its element. */
async function looked(page) {
  await page.addStyleTag({ content: STYLE });
  await page.evaluate(() => document.fonts.ready);
  const found = [];
  for (const width of WIDTHS) {
    await page.setViewport({ width, height: 900 });
    const themes = [];
    for (const value of ["light", "dark"]) {
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }, { name: "prefers-reduced-motion", value: "reduce" }]);
      themes.push(await page.evaluate(measure, NAMES));
    }
    const [light, dark] = themes;
    found.push(`= ${width}`, ...light.map((line, at) => `${line.box}\t${line.style} | ${dark[at]?.style ?? "gone"}`));
  }
  return found;
}

const wrong = [];
async function compare(page, name) {
  const found = await looked(page);
  const file = join(KEPT, `${name}.txt`);
  if (renew === "--renew") {
    writeFileSync(file, packed(found));
    return;
  }
  if (!existsSync(file)) {
    wrong.push(`${name}: no look is kept`);
    return;
  }
  const kept = unpacked(readFileSync(file, "utf8"));
  let width = 0;
  const differ = { 1280: [], 360: [] };
  let place = -1;
  for (let at = 0; at < Math.max(kept.length, found.length); at += 1) {
    if (found[at]?.startsWith("= ") || kept[at]?.startsWith("= ")) {
      width = Number((found[at] ?? kept[at]).slice(2)) || width;
      place = -1;
      if (kept[at] === found[at]) continue;
    } else place += 1;
    if (kept[at] === undefined || found[at] === undefined || !same(kept[at], found[at])) {
      (differ[width] ?? differ[1280]).push({ place, was: kept[at] ?? "nothing", is: found[at] ?? "nothing" });
    }
  }
  for (const [at, all] of Object.entries(differ).filter(([, all]) => all.length)) {
    const picture = join(DIFFERENT, `${name}-${at}.png`);
    mkdirSync(DIFFERENT, { recursive: true });
    await page.setViewport({ width: Number(at), height: 900 });
    await page.evaluate(outline, all.map((one) => one.place));
    await page.screenshot({ path: picture, fullPage: true });
    wrong.push(`${name} at ${at}: ${all.length} elements look otherwise, see ${picture}\n    was ${all[0].was}\n    is  ${all[0].is}`);
  }
}

try {
  rmSync(DIFFERENT, { recursive: true, force: true });
  mkdirSync(KEPT, { recursive: true });
  const page = await browser.newPage();
  await page.setBypassCSP(true);
  await page.goto(`${address}/sign-in`);
  await compare(page, "sign-in");
  await page.goto(signIn);
  const nav = await page.$$eval("header nav a", (all) => all.map((it) => it.getAttribute("href")));
  const failed = `/runs/${day(0)}.1`;
  const names = new Map([["/audit", "audit"], ...nav.map((path) => [path, path]), [failed, "run"], ["/datasets/clinicians", "dataset"],
    ["/columns/clinicians", "columns"], ["/changes/clinicians", "changes"], ["/find?word=npi", "find"], ["/runs?state=aborted", "runs-none"],
    ["/rooms/intake/feeds/harbor_patients", "feed"], ["/rooms/matching/matchers/bay", "matcher"], ["/datasets/nothing", "nothing"]]);
  for (const [path, name] of names) {
    await page.goto(address + path);
    await compare(page, name.replaceAll(/[^a-z0-9]+/gi, "-").replaceAll(/^-|-$/g, ""));
  }
  await page.goto(`${address}/rooms/matching/reviews?order=oldest`);
  const questions = await page.$$eval("tbody a", (all) => all.map((it) => it.href));
  await page.goto(questions.sort()[0]);
  await compare(page, "review");
  await page.goto(`${address}/datasets/clinicians`);
  await press(page, "Publish again");
  await compare(page, "confirm");

  const known = readdirSync(KEPT).filter((name) => name.endsWith(".txt")).length;
  if (wrong.length) {
    console.error(`${wrong.join("\n")}\nIf that is how it should look: node looks.mjs CARELAKE --renew`);
    process.exitCode = 1;
  } else console.log(`${known} pages look as they did`);
} finally {
  await browser.close();
  await lake.end();
}
