// usage: node picture.mjs PAGE.html OUT.png [WIDTHxHEIGHT] [light|dark] [#FRAGMENT] [SELECTOR]
// A picture of the page, or of one part of it, for the documentation. HANDOFF_REPORT_MODULES as in page.test.mjs.
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const [page, out, size = "1280x900", scheme = "light", fragment = "", selector = ""] = process.argv.slice(2);
if (!out) {
  process.stderr.write("usage: node picture.mjs PAGE.html OUT.png [WIDTHxHEIGHT] [light|dark] [#FRAGMENT] [SELECTOR]\n");
  process.exit(2);
}
const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const { chromium } = createRequire(join(process.env.HANDOFF_REPORT_MODULES ?? join(root, "plot", "report"), "x.js"))("playwright-core");
const [width, height] = size.split("x").map(Number);
const profile = mkdtempSync(join(tmpdir(), "handoff-chromium-"));
const browser = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.HANDOFF_CHROMIUM ?? "/usr/bin/chromium", headless: true, viewport: { width, height }, colorScheme: scheme,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const tab = browser.pages()[0];
await tab.goto(pathToFileURL(resolve(page)).href + fragment);
await tab.waitForFunction(() => document.documentElement.dataset.ready !== undefined);
if (selector) await tab.locator(selector).scrollIntoViewIfNeeded();
await tab.waitForTimeout(500);
if (selector) await tab.locator(selector).screenshot({ path: out });
else await tab.screenshot({ path: out });
await browser.close();
rmSync(profile, { recursive: true, force: true });
