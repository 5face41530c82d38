// Drives the page in headless Chromium: node --test page.test.mjs. HANDOFF_REPORT_MODULES: the folder with node_modules;
// HANDOFF_REPORT_TEMPLATE: another template than the committed one.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import * as made from "./fixture.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");
const require = createRequire(join(process.env.HANDOFF_REPORT_MODULES ?? join(root, "plot", "report"), "x.js"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const template = readFileSync(process.env.HANDOFF_REPORT_TEMPLATE ?? join(root, "plot", "report", "dist", "report.html"), "utf8");

const folder = mkdtempSync(join(tmpdir(), "handoff-report-"));
const profile = mkdtempSync(join(tmpdir(), "handoff-chromium-"));
const result = made.result();
let browser, page;
let complaints = [], requests = [], dialogs = 0;

function write(name, data, gzip = true) {
  const path = join(folder, name);
  writeFileSync(path, data === null ? template : made.filled(template, data, gzip));
  return pathToFileURL(path).href;
}
const few = { queues: 7, shapes: [[1, 1], [2, 1]] };
const tiny = { queues: 4, shapes: [[1, 1], [2, 1]], payloads: [8] };
const small = made.result(few);
const one = write("one.html", made.pageData(result));

before(async () => {
  browser = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.HANDOFF_CHROMIUM ?? "/usr/bin/chromium", headless: true, acceptDownloads: true, viewport: { width: 1280, height: 900 },
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
  page = browser.pages()[0] ?? await browser.newPage();
  page.on("console", (message) => { if (message.type() === "error" || message.type() === "warning") complaints.push(message.text()); });
  page.on("pageerror", (error) => complaints.push(String(error.stack)));
  page.on("request", (request) => requests.push(request.url()));
  page.on("dialog", async (dialog) => { dialogs += 1; await dialog.dismiss(); });
});
after(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
  rmSync(profile, { recursive: true, force: true });
});

async function open(url, fragment = "") {
  complaints = [];
  requests = [];
  await page.goto("about:blank");
  requests = [];
  await page.goto(url + fragment);
  await page.waitForFunction(() => document.documentElement.dataset.ready !== undefined, null, { timeout: 60000 });
}
/** Nothing was complained about, and nothing but the page itself was asked for. */
function calm() {
  assert.deepEqual(complaints, []);
  assert.deepEqual(requests.filter((url) => !url.startsWith("data:") && !url.startsWith("blob:")).length, 1, requests.join("\n"));
  assert.equal(dialogs, 0);
}
const choose = (control, value) => page.locator(`[data-control="${control}"]`).selectOption(value);
const shown = () => page.evaluate(() => Object.fromEntries([...document.querySelectorAll("table.ranking tbody")].map((body) => [body.dataset.group,
  [...body.querySelectorAll("tr[data-impl]")].map((row) => ({ impl: row.dataset.impl, place: row.dataset.place, cost: row.dataset.cost, ratio: row.dataset.ratio, low: row.dataset.low, high: row.dataset.high, text: row.textContent, who: row.querySelector(".who").textContent }))])));
const close = (a, b, what) => assert.ok(a === b || Math.abs(a - b) <= 1e-6 * Math.abs(b), `${what}: ${a} is not ${b}`);

test("rankings equal those of independent code", async () => {
  const choices = [
    { work: "queues/transfer", axes: { producers: 1, consumers: 1, capacity: 64, bytes: 8 } },
    { work: "queues/transfer", axes: { producers: 2, consumers: 1, capacity: 1024, bytes: 8 } },
    { work: "queues/transfer", axes: { producers: 2, consumers: 1, capacity: 1024, bytes: 8 }, wait: "sleeps" },
    { work: "queues/transfer", axes: { producers: 1, consumers: 1, capacity: 1024, bytes: 64 }, wait: "yield", by: "cpu" },
    { work: "queues/transfer", axes: { producers: 1, consumers: 1, capacity: "unbounded", bytes: 8 } },
    { work: "queues/round_trip", axes: { capacity: 1024, bytes: 8 }, by: "p99" },
    { work: "queues/paced", axes: { producers: 1, consumers: 1, capacity: 1024, bytes: 8, load: 110 } },
    { work: "pools/submit_work", axes: { workers: 2, task_ns: 1000 } },
  ];
  const python = spawnSync("/usr/bin/python3", [join(here, "recompute.py")], { input: JSON.stringify({ file: result, choices }), encoding: "utf8" });
  assert.equal(python.status, 0, python.stderr);
  const expected = JSON.parse(python.stdout);
  let rows = 0, ties = 0;
  for (const [i, choice] of choices.entries()) {
    const fragment = new URLSearchParams([["work", choice.work], ...Object.entries(choice.axes).map(([k, v]) => [`a.${k}`, v]), ["wait", choice.wait ?? "best"], ["by", choice.by ?? "own"]]);
    if (i === 0) await open(one, `#${fragment}`);
    else await page.evaluate((hash) => new Promise((done) => { addEventListener("hashchange", () => setTimeout(done, 0), { once: true }); location.hash = hash; }), `#${fragment}`);
    const groups = await shown();
    assert.deepEqual(Object.keys(groups).sort(), Object.keys(expected[i]).sort(), JSON.stringify(choice));
    for (const [title, want] of Object.entries(expected[i])) {
      const have = groups[title];
      assert.equal(have.length, want.length);
      want.forEach(([impl, place, cost, ratio, low, high], n) => {
        if (place === null) { // no number: in any order, with a reason
          assert.match(have.find((row) => row.impl === impl).text, /no number: ./);
          return;
        }
        const what = `${JSON.stringify(choice)} ${title} ${impl}`;
        assert.equal(have[n].impl, impl, what);
        assert.equal(have[n].place, place, what);
        close(Number(have[n].cost), cost ?? Infinity, what);
        if (n) [[have[n].ratio, ratio], [have[n].low, low], [have[n].high, high]].forEach(([a, b]) => close(a === undefined ? null : Number(a), b === null && a !== undefined ? Infinity : b, what));
        rows += 1;
        ties += place.includes("–") ? 1 : 0;
      });
    }
  }
  assert.ok(rows > 30 && ties > 3, `${rows} rows, ${ties} ties: too few to say anything`);
  calm();
});

test("a choice changes the ranking, Back brings it back, a link shows the same", async () => {
  await open(one);
  const first = await shown();
  await choose("producers", "2");
  const second = await shown();
  assert.notDeepEqual(second, first);
  assert.ok(Object.values(second).flat().every((row) => row.impl !== "lamport_ring"), "a queue for one producer stands among those for two");
  await choose("capacity", "1024");
  const third = await shown(), link = page.url();
  assert.match(link, /a\.producers=2/);
  await page.goBack();
  assert.deepEqual(await shown(), second);
  await page.goBack();
  assert.deepEqual(await shown(), first);
  await page.goForward();
  await page.goForward();
  assert.deepEqual(await shown(), third);
  await open(link.split("#")[0], `#${link.split("#")[1]}`);
  assert.deepEqual(await shown(), third);
  assert.equal(await page.locator('[data-control="producers"]').inputValue(), "2");
  calm();
});

test("only what was measured can be chosen, and the rest says what would measure it", async () => {
  await open(one, "#work=queues/transfer&a.producers=2&a.consumers=2&a.capacity=64&a.bytes=8");
  // 64-byte items were not measured with 2 producers and 2 consumers: the box says so and what would follow
  const option = await page.locator('[data-control="bytes"] option[value="64"]').textContent();
  assert.match(option, /only with 1 (producer|consumer)/);
  await choose("bytes", "64");
  const url = page.url();
  assert.match(url, /a\.bytes=64/);
  assert.ok(Object.values(await shown()).flat().length > 3);
  const more = page.locator("#unmeasured");
  await more.locator("summary").click();
  assert.match(await more.textContent(), /2 producers, 2 consumers/);
  assert.equal(JSON.parse(await more.locator(".command code").textContent()).blocks[0].family, "queues");
  // a number that the run has not: the sweep has room for it, and the choice stays
  await choose("producers", "another");
  assert.ok(await more.locator("details[open]").count() === 1);
  assert.deepEqual(JSON.parse(await more.locator(".command code").textContent()).blocks[0].producers, [1, 2, 4]);
  assert.notEqual(await page.locator('[data-control="producers"]').inputValue(), "another");
  // nonsense in a link ends in a measured choice
  await open(one, "#work=queues/transfer&a.producers=99&wait=nonsense&by=nonsense&n.order=nonsense&file=7");
  assert.ok(Object.values(await shown()).flat().length > 3);
  calm();
});

test("ties are called ties, and too few repetitions rank nothing", async () => {
  await open(one, "#work=queues/transfer&a.producers=1&a.consumers=1&a.capacity=1024&a.bytes=8");
  const tied = await page.evaluate(() => [...document.querySelectorAll("tr[data-place]")].filter((row) => row.querySelector(".tie")).map((row) => row.dataset.place));
  assert.ok(tied.every((place) => place.startsWith("1–")), tied.join());
  const thrice = write("few.html", made.pageData(made.result({ repetitions: 3 })));
  await open(thrice);
  assert.match(await page.locator("#ranking").textContent(), /cannot rank anything/);
  const same = made.result({ seed: 5 });
  const twin = same.points.filter((p) => p.impl === "faa_queue" && p.workload === "transfer");
  for (const point of twin) same.points.push({ ...structuredClone(point), name: point.name.replace("faa_queue", "twin_queue"), impl: "twin_queue" });
  same.points = same.points.filter((p) => p.impl !== "cached_ring");
  await open(write("twin.html", made.pageData(same)), "#work=queues/transfer&a.producers=1&a.consumers=1&a.capacity=64&a.bytes=8");
  const rows = (await shown())["bounded, capacity 64, FIFO, any number of threads"];
  assert.deepEqual(rows.slice(0, 2).map((row) => row.impl), ["faa_queue", "twin_queue"]);
  assert.deepEqual(rows.slice(0, 2).map((row) => row.place[0]), ["1", "1"]);
  assert.match(await page.locator("#ranking").textContent(), /faa_queue.*twin_queue.*(share the first place|are tied)/s);
  calm();
});

test("what failed stands in the ranking with its reason, and is marked elsewhere", async () => {
  await open(one, "#work=queues/transfer&a.producers=2&a.consumers=1&a.capacity=64&a.bytes=8&wait=yield");
  const row = Object.values(await shown()).flat().find((r) => r.impl === "spinlock_ring");
  assert.equal(row.place, undefined);
  assert.match(row.text, /no number: invalid in 1, crashed in 1 of 7 trials: 3 items lost/);
  assert.equal(row.who, "spinlock_ring (!)");
  calm();
});

test("series are hidden, isolated and brought back; ten are drawn at first", async () => {
  const many = write("many.html", made.pageData(made.result({ queues: 24 })));
  await open(many, "#work=queues/transfer&a.producers=1&a.consumers=1&a.capacity=64&a.bytes=8");
  const figure = page.locator('[data-chart="over-capacity"]');
  await figure.scrollIntoViewIfNeeded();
  await figure.locator("svg").waitFor();
  const count = () => figure.locator("g.series").count();
  assert.ok(await count() <= 10);
  const before = await count();
  await page.locator("[data-series]").first().click();
  assert.equal(await count(), before - 1);
  assert.match(page.url(), /hide=/);
  await page.locator("[data-only]").nth(1).click();
  assert.equal(await count(), 1);
  await page.locator("[data-fresh]").click();
  assert.equal(await count(), before);
  await page.locator("[data-all]").click();
  assert.ok(await count() > before);
  calm();
});

async function download(locator) {
  const [file] = await Promise.all([page.waitForEvent("download"), locator.click()]);
  return readFileSync(await file.path(), "utf8");
}
const cells = (text) => text.trimEnd().split("\r\n").map((line) => [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].slice(0, -1).map((m) => m[1].replace(/^"|"$/g, "").replace(/""/g, '"')));

test("exports are the data", async () => {
  await open(one, "#work=queues/transfer&a.producers=1&a.consumers=1&a.capacity=64&a.bytes=8&wait=spin&c.over-capacity=-");
  const figure = page.locator('[data-chart="over-capacity"]');
  await figure.scrollIntoViewIfNeeded();
  await figure.locator("svg").waitFor();
  const [head, ...rows] = cells(await download(figure.locator('[data-switch="csv"]')));
  assert.deepEqual([head[0], head[1], head.at(-1)], ["implementation", "point", "repetitions"]);
  const column = (name) => head.indexOf(name);
  assert.ok(rows.length >= 10);
  const points = new Map(result.points.map((point) => [point.name, point]));
  for (const row of rows) {
    const point = points.get(row[column("point")]);
    assert.equal(point.impl, row[column("implementation")]);
    assert.ok(["spin", "native"].includes(point.axes.wait));
    const rates = point.trials.cost.filter((_, i) => point.trials.counted[i]).map((ns) => 1e3 / ns).sort((a, b) => a - b);
    close(Number(row[column("lowest")]), rates[0], row.join());
    close(Number(row[column("highest")]), rates[rates.length - 1], row.join());
    assert.equal(Number(row[column("repetitions")]), rates.length);
    const costs = rates.map((rate) => 1e3 / rate).sort((a, b) => a - b), n = costs.length;
    const median = n % 2 ? costs[(n - 1) / 2] : (costs[n / 2 - 1] + costs[n / 2]) / 2;
    close(Number(row[column("lowest") - 1]), 1e3 / median, row.join());
  }
  const svg = await download(figure.locator('[data-switch="svg"]'));
  assert.match(svg, /^<svg[^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  assert.ok(!svg.includes("var(") && !/href|<script|<image/.test(svg));
  assert.equal((svg.match(/class="series"/g) ?? []).length, await figure.locator("g.series").count());
  // the table: every point, failed ones included
  await page.locator("#points").scrollIntoViewIfNeeded();
  await page.locator('#points [data-table="csv"]').waitFor();
  await page.locator("#points tr[data-line]").first().waitFor();
  const all = cells(await download(page.locator('[data-table="csv"]')));
  assert.equal(all.length - 1, result.points.length);
  assert.deepEqual(new Set(all.slice(1).map((row) => row[0].replace(/^'/, ""))), new Set(result.points.map((p) => p.name)));
  calm();
});

test("a point under the pointer or the focus says what it is", async () => {
  await open(one, "#work=queues/transfer&a.producers=1&a.consumers=1&a.capacity=64&a.bytes=8");
  const figure = page.locator('[data-chart="over-capacity"]');
  await figure.scrollIntoViewIfNeeded();
  await figure.locator("svg path.mark").first().waitFor();
  await figure.locator("svg path.mark").nth(3).hover();
  const name = await figure.locator(".card .name").textContent();
  const point = result.points.find((p) => p.name === name);
  assert.equal(await figure.locator(".card ul.repetitions li").count(), point.trials.status.length);
  assert.equal(await figure.locator(".card code").textContent(), point.command);
  // by keyboard: the arrow moves, Enter goes to the command
  await figure.locator('svg [tabindex="0"]').focus();
  const label = () => page.evaluate(() => document.activeElement.getAttribute("aria-label"));
  const here = await label();
  await page.keyboard.press("ArrowRight");
  assert.notEqual(await label(), here);
  await page.keyboard.press("ArrowDown");
  const there = await label();
  assert.match(there, /M\/s/);
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await figure.getByText("Copied").waitFor();
  await page.locator('[data-chart="over-capacity"] [data-switch="ratio"]').click();
  assert.match(await figure.locator("svg path.mark").first().getAttribute("aria-label"), /× the best/);
  await figure.locator('[data-switch="dots"]').click();
  assert.ok(await figure.locator("svg circle.repetition").count() > 20);
  await figure.locator('[data-switch="y"]').click();
  assert.match(page.url(), /c\.over-capacity=xyrd/);
  calm();
});

test("every point: filtered, sorted, each trial, few rows in the document", async () => {
  await open(one, "#filter=spinlock_ring+failed");
  await page.locator("#points").scrollIntoViewIfNeeded();
  const line = page.locator("#points tr[data-line]");
  await line.first().waitFor();
  const broken = result.points.filter((p) => p.impl === "spinlock_ring" && p.trials.status.some((s) => s !== "ok"));
  assert.match(await page.locator(".count").textContent(), new RegExp(`^${broken.length} points`));
  assert.match(await line.first().textContent(), /3 items lost/);
  await page.locator('[data-focus="rows-trials"]').click();
  const trials = broken.reduce((n, p) => n + p.trials.status.filter((s) => s !== "ok").length, 0);
  assert.match(await page.locator(".count").textContent(), new RegExp(`^${trials} trials`));
  await page.locator("#points input").fill("");
  await page.waitForFunction(() => !location.hash.includes("filter="));
  await page.locator('[data-focus="rows-points"]').click();
  await page.locator('[data-focus="sort-cpu"]').click();
  await page.locator('[data-focus="sort-cpu"]').click();
  assert.match(page.url(), /sort=-cpu/);
  assert.ok(await line.count() < 80);
  await page.locator("#points .window").evaluate((box) => { box.scrollTop = box.scrollHeight; });
  await page.waitForFunction((n) => document.querySelector(`#points tr[data-line="${n - 1}"]`), result.points.length);
  await page.locator("#points .open").last().evaluate((button) => button.click());
  assert.match(await page.locator("#points .card").textContent(), /trials/);
  calm();
});

test("the machine's part says whose libraries were measured, and nothing of what nobody asked for", async () => {
  await open(write("small.html", made.pageData(small)));
  await page.locator("#machine").scrollIntoViewIfNeeded();
  const rows = page.locator("#machine table.adapted tbody tr");
  await rows.first().waitFor();
  assert.deepEqual(await rows.first().locator("th, td").allTextContents(), ["pool_e", "Somebody's pool", "example.org/pool", "1.1", "1.0", "Handoff", "no"]);
  const doubts = await page.locator("#machine .cannot").textContent();
  assert.match(doubts, /tbb_queue/);
  assert.match(doubts, /1 of the implementations adapts a library whose author has not reviewed the adaptor/);
  assert.doesNotMatch(await page.locator("#machine").textContent(), /unasked/);
  calm();
});

test("the keyboard alone reaches everything", async () => {
  await open(write("small.html", made.pageData(small)));
  for (const id of ["charts", "points", "machine"]) { await page.locator(`#${id}`).scrollIntoViewIfNeeded(); await page.waitForTimeout(150); }
  await page.evaluate(() => {
    scrollTo(0, 0);
    for (const name of ["button", "select", "input", "summary", "a[href]", '[tabindex="0"]'])
      document.querySelectorAll(name).forEach((e) => { if (e.checkVisibility()) e.dataset.wanted = "yes"; });
    // rows of the table come and go
    document.querySelectorAll("#points tbody [data-wanted]").forEach((e) => delete e.dataset.wanted);
    document.activeElement.blur();
  });
  for (let i = 0; i < 400; i += 1) {
    await page.keyboard.press("Tab");
    const left = await page.evaluate(() => { delete document.activeElement.dataset.wanted; return document.querySelectorAll("[data-wanted]").length; });
    if (left === 0) break;
  }
  const left = await page.evaluate(() => [...document.querySelectorAll("[data-wanted]")].map((e) => e.outerHTML.slice(0, 120)));
  assert.deepEqual(left, []);
  calm();
});

test("an accessibility checker finds nothing serious", async () => {
  const some = (file) => ({ ...file, points: file.points.filter((point, i) => point.workload !== "transfer" || i % 2 === 0 || point.caught).slice(0, 70) });
  const all = write("all.html", made.pageData(some(made.result(tiny)), some(made.result({ ...tiny, seed: 2, label: "other.json", speed: 1.3 })), made.gate(), made.history(), made.foreign()));
  const narrow = write("narrow.html", made.pageData(some(made.result(tiny))));
  for (const scheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: scheme });
    for (const [url, width] of scheme === "light" ? [[all, 1280], [narrow, 400]] : [[all, 1280]]) {
      await page.setViewportSize({ width, height: 900 });
      await open(url);
      for (const figure of await page.locator("figure.chart").all()) await figure.scrollIntoViewIfNeeded();
      await page.locator("#machine").scrollIntoViewIfNeeded();
      await page.evaluate(axe);
      const found = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
      const serious = found.violations.filter((v) => v.impact === "serious" || v.impact === "critical");
      assert.deepEqual(serious.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(" | ")}`), [], `${scheme} ${width}`);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, `wider than the window at ${width}`);
    }
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.locator("#theme").click();
  assert.equal(await page.evaluate(() => document.documentElement.dataset.shown), "dark");
  calm();
});

test("names run nothing, wherever they stand", async () => {
  const gate = made.gate(), history = made.history(), plain = made.foreign();
  gate.label = history.label = plain.label = made.HOSTILE;
  gate.gate.points[0].name = gate.gate.pairs[0].point = gate.gate.candidate.ref = made.HOSTILE;
  history.history.series[0].point = history.history.reference = made.HOSTILE;
  plain.points[0].name = `${made.HOSTILE}/8`;
  const data = made.pageData(made.result({ ...few, host: made.HOSTILE, label: made.HOSTILE, extra: made.HOSTILE }), gate, history, plain);
  await open(write("hostile.html", data), "#work=queues/transfer&only=" + encodeURIComponent(made.HOSTILE));
  for (const figure of await page.locator("figure.chart").all()) await figure.scrollIntoViewIfNeeded();
  await page.waitForTimeout(200);
  assert.equal(await page.locator("img").count(), 0);
  assert.equal(await page.locator("script").count(), 2);
  assert.ok((await page.locator("#ranking").textContent()).includes(made.HOSTILE));
  calm();
});

test("several files stand side by side; gates and histories say theirs", async () => {
  const other = made.result({ ...few, seed: 2, label: "other.json", speed: 1.5, host: "another" });
  await open(write("side.html", made.pageData(small, other, made.gate(), made.history(), made.foreign()), false));
  const compare = page.locator("#compare");
  await compare.locator("tbody tr").first().waitFor();
  assert.match(await compare.textContent(), /different machines/);
  const ratios = new Map(cells(await download(compare.locator('[data-compare="csv"]'))).filter((row) => row[1] === "other.json").map((row) => [row[0], Number(row[2])]));
  const costs = (file, name) => { const t = file.points.find((p) => p.name === name).trials; return t.cost.filter((x, i) => t.counted[i] && x !== null); };
  for (const name of ["queues/transfer/cached_ring/wait:spin/p:1/c:1/cap:64/bytes:8", "queues/round_trip/vyukov_ring/wait:park/cap:1024/bytes:8"]) {
    const pairs = costs(other, name).flatMap((x) => costs(small, name).map((y) => x / y)).sort((x, y) => x - y);
    const n = pairs.length;
    close(ratios.get(name), n % 2 ? pairs[(n - 1) / 2] : (pairs[n / 2 - 1] + pairs[n / 2]) / 2, name);
  }
  const findings = await page.locator("tr[data-finding]").evaluateAll((rows) => rows.map((r) => r.dataset.finding));
  assert.deepEqual(findings, ["regressed", "unchanged", "improved"]);
  assert.match(await page.locator('[data-file="3"]').textContent(), /1 series of 2 changed/);
  assert.match(await page.locator('[data-file="3"]').textContent(), /1.00× to 1.20×/);
  await choose("file", "2"); // the plain Google Benchmark file
  assert.match(await page.locator("#ranking").textContent(), /BM_push/);
  calm();
});

test("20,000 points are answered, and an empty page says so", async () => {
  const large = made.large();
  assert.ok(large.points.length >= 20000, String(large.points.length));
  await open(write("large.html", made.pageData(large)));
  const answered = await page.evaluate(() => performance.getEntriesByName("answer")[0].startTime);
  assert.ok(answered < 20000, `${answered} ms to the first answer`);
  const changed = await page.evaluate(() => {
    const box = document.querySelector('[data-control="capacity"]');
    const start = performance.now();
    box.selectedIndex = 3;
    box.dispatchEvent(new Event("change"));
    return performance.now() - start;
  });
  assert.ok(changed < 3000, `${changed} ms for a changed choice`);
  process.stdout.write(`# first answer after ${answered.toFixed(0)} ms, a changed choice after ${changed.toFixed(0)} ms\n`);
  calm();
  await open(write("empty.html", null));
  assert.match(await page.locator("main").textContent(), /empty template/);
  calm();
});
