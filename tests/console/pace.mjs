// How fast questions are answered by keys: node pace.mjs CARELAKE [QUESTIONS] [ANSWERS]
// From a key to the next question on the screen, in milliseconds; no test, it prints what it measured.

import { resolve } from "node:path";

import { browser as begun } from "./chromium.mjs";
import { Questions } from "./questions.mjs";

const [carelake, questions = "1000", answers = "60"] = process.argv.slice(2);
const lake = new Questions(resolve(carelake));
lake.ask(Number(questions));
const { address, signIn } = await lake.serve();
const browser = await begun();
try {
  const page = await browser.newPage();
  await page.goto(signIn);
  await page.goto(`${address}/rooms/matching/reviews`);
  await Promise.all([page.waitForNavigation(), page.click(".facts a")]);
  await page.evaluate(() => {
    window.took = [];
    let begun = 0;
    addEventListener("keydown", () => { begun = performance.now(); }, { capture: true });
    // Until it is painted: the frame after the one that it is in.
    document.addEventListener("carelake:shown", () => requestAnimationFrame(() => requestAnimationFrame(() => window.took.push(performance.now() - begun))));
  });
  for (let n = 0; n < Number(answers); n += 1) {
    await page.waitForFunction((n) => window.took.length === n && document.body.dataset.keys === "ready", {}, n);
    await page.keyboard.press(n % 3 === 0 ? "x" : "a");
  }
  await page.waitForFunction((n) => window.took.length === n, {}, Number(answers));
  const took = await page.evaluate(() => window.took);
  took.sort((a, b) => a - b);
  const at = (share) => took[Math.floor((took.length - 1) * share)].toFixed(0);
  console.log(`${took.length} answers among ${questions} open questions: median ${at(0.5)} ms, 95 % ${at(0.95)} ms, most ${at(1)} ms`);
} finally {
  await browser.close();
  await lake.end();
}
