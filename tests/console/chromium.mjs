// The browser of the tests.

import puppeteer from "puppeteer-core";

export const browser = () =>
  puppeteer.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync", "--force-color-profile=srgb", "--font-render-hinting=none", "--hide-scrollbars",
    ],
  });

export const text = (page) => page.evaluate(() => document.body.innerText);

/** Presses the button that begins with a word, and waits for the page that comes. */
export async function press(page, label) {
  const button = await page.evaluateHandle((label) => [...document.querySelectorAll("button")].find((it) => it.innerText.startsWith(label)), label);
  if (!button.asElement()) throw new Error(`no button ${label} on ${page.url()}: ${await text(page)}`);
  await Promise.all([page.waitForNavigation(), button.asElement().click()]);
}
