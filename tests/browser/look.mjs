// Opens one page in a browser, once for each way of looking at it, and tells as JSON what a person would meet there.
//
//     node look.mjs BROWSER PAGE.html '[{"width": 390, "scheme": "dark", "media": "screen", "picture": "out.png"}]'
//
// broken: what axe-core complains of; wide: how many pixels the page is wider than the window; asked: what the page
// tried to fetch; refused: what its policy stopped; said: what scripts in it printed; hidden: how many folds are shut;
// stops: what the tab key reaches, each with the width of its focus ring; opened: whether Enter opens and closes the
// first fold; led: whether the last link within the page leads to something that is then seen, though it was folded.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const MOST_STOPS = 60;
const [browserPath, pagePath, ways] = process.argv.slice(2);
const address = pathToFileURL(pagePath).href;
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const browser = await chromium.launch({ executablePath: browserPath, args: ["--no-sandbox", "--disable-gpu"] });
try {
  const told = [];
  for (const way of JSON.parse(ways)) told.push(await look(way));
  process.stdout.write(JSON.stringify(told));
} finally {
  await browser.close();
}

async function look({ width, scheme, media = "screen", picture = null }) {
  // The policy is left as it is: what it stops is part of what is looked at. evaluate() goes around it.
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme, offline: true });
  const page = await context.newPage();
  const told = { asked: [], refused: [], said: [] };
  page.on("request", (request) => request.url() === address || told.asked.push(request.url()));
  page.on("console", (line) => told[/Content Security Policy/.test(line.text()) ? "refused" : "said"].push(line.text()));
  page.on("dialog", (dialog) => { told.said.push(dialog.message()); dialog.dismiss(); });
  page.on("pageerror", (error) => told.said.push(String(error)));
  await page.goto(address);
  await page.emulateMedia({ media, colorScheme: scheme });
  if (picture) await page.screenshot({ path: picture, fullPage: true });
  told.wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  told.hidden = await page.evaluate(() =>
    [...document.querySelectorAll("details > :not(summary)")].filter((each) => !each.checkVisibility({ contentVisibilityAuto: true })).length);
  told.opened = await folds(page);
  told.led = await leads(page);
  told.stops = await stops(page);
  await page.evaluate(() => document.querySelectorAll("details").forEach((each) => { each.open = true; }));
  await page.evaluate(`${axe}; null`);
  const found = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  told.broken = found.violations.map((each) => `${each.id}: ${each.help}: ${each.nodes.slice(0, 3).map((node) => node.target.join(" ")).join("; ")}`);
  await context.close();
  return told;
}

async function folds(page) {
  const first = page.locator("details > summary").first();
  if ((await first.count()) === 0) return null;
  const open = () => first.evaluate((each) => each.parentElement.open);
  const before = await open();
  await first.focus();
  await page.keyboard.press("Enter");
  const between = await open();
  await page.keyboard.press("Enter");
  return between !== before && (await open()) === before;
}

async function leads(page) {
  const last = page.locator('main a[href^="#"]').last();
  if ((await last.count()) === 0) return null;
  await last.focus();
  await page.keyboard.press("Enter");
  return page.evaluate(async () => {
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    const box = document.querySelector(":target")?.getBoundingClientRect();
    // Places are fractions of a pixel.
    return Boolean(box) && box.height > 0 && box.top > -1 && box.top < window.innerHeight;
  });
}

async function stops(page) {
  await page.evaluate(() => { document.activeElement?.blur(); window.scrollTo(0, 0); });
  await page.mouse.click(1, 1);
  const reached = [];
  while (reached.length < MOST_STOPS) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(() => {
      const at = document.activeElement;
      if (!at || at === document.body) return null;
      const style = getComputedStyle(at);
      const ring = style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth);
      const box = at.getBoundingClientRect();
      return { tag: at.tagName.toLowerCase(), text: at.textContent.trim().slice(0, 40), ring, top: box.top + window.scrollY, left: box.left };
    });
    if (!stop) break;
    reached.push(stop);
  }
  return reached;
}
