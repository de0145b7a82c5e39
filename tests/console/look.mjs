// What holds of every page: axe finds nothing, nothing comes from elsewhere, nothing scrolls sideways, the policy is kept.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
// Bytes of a page, and of all that it brings along.
const MOST_PAGE = 100_000;
export const SIZES = [
  ["light", 1280, 900],
  ["dark", 360, 740],
  ["light", 360, 740],
  ["dark", 1280, 900],
  ["light", 320, 740],
];

/** Looks at one page; answers what is wrong with it. */
export async function look(browser, url, [scheme, width, height], picture) {
  const found = [];
  const where = `${new URL(url).pathname} ${scheme} ${width}`;
  const page = await browser.newPage();
  try {
    await page.setViewport({ width, height });
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    page.on("request", (request) => {
      const target = new URL(request.url());
      if (!["data:", "blob:", "file:"].includes(target.protocol) && target.host !== new URL(url).host) found.push(`${where}: asks ${target.host}`);
    });
    page.on("console", (message) => {
      if (message.type() === "error") found.push(`${where}: ${message.text()}`);
    });
    page.on("pageerror", (error) => found.push(`${where}: ${error.message}`));
    page.on("response", (response) => {
      if (response.status() >= 400) found.push(`${where}: ${response.status()} ${response.url()}`);
    });
    const answer = await page.goto(url, { waitUntil: "load" });
    if (answer && url.startsWith("http")) {
      const size = (await answer.buffer()).length;
      if (size > MOST_PAGE) found.push(`${where}: ${size} bytes`);
      const policy = answer.headers()["content-security-policy"] ?? "";
      if (!policy.includes("default-src 'none'") || policy.includes("unsafe")) found.push(`${where}: policy ${policy}`);
      if (answer.headers()["cache-control"] !== "no-store") found.push(`${where}: may be kept`);
    }
    const plain = await page.evaluate(() => ({
      title: document.title.trim().length,
      h1: document.querySelectorAll("h1").length,
      lang: document.documentElement.lang,
      wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    }));
    if (!plain.title) found.push(`${where}: no title`);
    if (plain.h1 !== 1) found.push(`${where}: ${plain.h1} h1`);
    if (!plain.lang) found.push(`${where}: no language`);
    if (plain.wide > 0) found.push(`${where}: scrolls sideways by ${plain.wide}`);
    // By the debugging protocol: the policy of the page needs no hole for it.
    await page.evaluate(axe);
    const { violations } = await page.evaluate((rules) => window.axe.run(document, { runOnly: rules }), RULES);
    for (const it of violations) found.push(`${where}: ${it.id} (${it.impact}) × ${it.nodes.length}: ${it.nodes[0].target}`);
    if (picture) await page.screenshot({ path: picture });
  } finally {
    await page.close();
  }
  return found;
}
