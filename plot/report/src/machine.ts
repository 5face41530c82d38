// The machine: what it is, how steady it was, how it was measured, and what one cannot conclude.
import type { Matrix, ResultFile } from "./data";
import { draw } from "./charts/frame";
import { shade } from "./charts/builders";
import { el } from "./dom";
import { inks, type Theme } from "./style";
import { bytes, duration, number, percent, plain, plural, sentence, some, tick } from "./words";

const text = (x: unknown): string => (typeof x === "string" ? x : typeof x === "number" || typeof x === "boolean" ? String(x) : "");
const list = (rows: [string, Node | string | null | undefined | false][]): HTMLElement =>
  el("dl", {}, rows.filter(([, value]) => value).flatMap(([key, value]) => [el("dt", {}, key), el("dd", {}, value as Node | string)]));

export function age(date: string | undefined, now = Date.now()): string {
  const then = date ? Date.parse(date) : NaN;
  if (Number.isNaN(then)) return "";
  const days = (now - then) / 86_400_000;
  if (days < 0) return "";
  if (days < 1 / 24) return "less than an hour ago";
  if (days < 2) return `${plural(Math.round(days * 24), "hour")} ago`;
  return days < 60 ? `${plural(Math.round(days), "day")} ago` : `${plural(Math.round(days / 30.4), "month")} ago`;
}

export function machineLine(file: ResultFile): string {
  const env = file.environment, own = env.handoff ?? {};
  const cpus = Number(own["cpus_allowed"] ?? env.num_cpus ?? 0);
  const vm = text(own["virtualization"]);
  return [text(own["cpu_model"]), cpus ? plural(cpus, "CPU") : "", vm && vm !== "none" ? inMachine(vm) : "", text(env.host_name) ? `host ${text(env.host_name)}` : ""].filter(Boolean).join(", ");
}

const inMachine = (vm: string): string => `in a virtual machine${vm === "virtual machine" ? "" : ` (${vm})`}`;

/** What the file itself gives reason to doubt. */
export function cannot(file: ResultFile): string[] {
  const env = file.environment, own = env.handoff ?? {}, { run } = file, said: string[] = [];
  const vm = text(own["virtualization"]), cpus = Number(own["cpus_allowed"] ?? env.num_cpus ?? 0);
  if (vm && vm !== "none") said.push(`It is a virtual machine${vm === "virtual machine" ? "" : ` (${vm})`}: its CPUs may be moved and shared without its knowledge, so absolute numbers may differ on bare metal; rankings within one machine state are safer than single numbers.`);
  if (cpus && cpus <= 4) said.push(`It has ${plural(cpus, "CPU")}: nothing here says how anything behaves with more threads than that, except oversubscribed.`);
  const trials = file.points.flatMap((p) => p.trials.status.map((s, i) => ({ s, why: p.trials.why?.[i] ?? "", counted: p.trials.counted[i] })));
  const flagged = trials.filter((t) => t.s === "ok" && !t.counted && t.why).length;
  if (trials.length && flagged) said.push(`${percent(flagged / trials.length)} of the trials (${flagged.toLocaleString("en-US")} of ${trials.length.toLocaleString("en-US")}) were flagged and stand in no median.`);
  const failed = trials.filter((t) => t.s !== "ok").length;
  if (failed) said.push(`${plural(failed, "trial")} failed; an implementation with a fault has no number at that point and carries (!) elsewhere.`);
  if (run.complete === false) said.push("The run is not complete: trials or retries are still to be made.");
  const repetitions = run.sweep?.repetitions;
  if (repetitions !== undefined && repetitions < 5) said.push(`With ${plural(repetitions, "repetition")} no two implementations can be told apart: it takes five. See this as a check that all works.`);
  if (run.above_limit?.length) said.push(`${plural(run.above_limit.length, "point")} beat the limit of the machine: either the limit or these numbers are wrong.`);
  if (file.kind === "foreign") said.push("A plain Google Benchmark file: it does not say which benchmarks are comparable, what state the machine was in, or whether repetitions were separate processes.");
  if (file.points.some((p) => p.oversubscribed)) said.push("Oversubscribed points (more threads than CPUs) show where spinning collapses; they do not show what an implementation can do.");
  const missed = (run.not_built ?? []).filter((n) => !n.option);  // an option is for those who ask
  if (missed.length) said.push(`Not built, hence not measured: ${some([...new Set(missed.map((n) => `${n.impl} (${n.reason})`))].slice(0, 12))}.`);
  const unreviewed = (run.adapted ?? []).filter((a) => !a.reviewed_by_author).length;
  if (unreviewed) said.push(`${unreviewed} of the implementations adapt${unreviewed === 1 ? "s" : ""} a library whose author has not reviewed the adaptor: how a library is used decides its numbers, too.`);
  said.push("Another machine may rank otherwise: its caches, its core count and its scheduler decide most of this.");
  return said;
}

function matrixTable(matrix: Matrix, theme: Theme): HTMLElement {
  const all = matrix.ns.flat().filter((x): x is number => x !== null && x > 0);
  const low = Math.min(...all), high = Math.max(...all);
  const few = matrix.cpus.length <= 32;
  return el("figure", { class: "matrix" }, el("figcaption", {}, "Cache-line transfer between CPUs, one way"), el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Core-to-core matrix" }, el("table", {},
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "CPU"), matrix.cpus.map((c) => el("th", { scope: "col" }, c)))),
    el("tbody", {}, matrix.ns.map((row, i) => el("tr", {}, el("th", { scope: "row" }, matrix.cpus[i] as number), row.map((ns) => {
      if (ns === null || ns <= 0) return el("td", {}, "");
      const near = high === low ? 0.5 : 1 - Math.log(ns / low) / Math.log(high / low);
      const { fill, ink } = shade(near * 0.9, theme);
      return el("td", { style: `background:${fill};color:${ink}`, title: `${number(ns)} ns` }, few ? String(Math.round(ns)) : "");
    })))))), el("p", { class: "small" }, `ns; ${matrix.measured} of ${plural(matrix.pairs, "pair")} measured. Darker is nearer.`));
}

/** The line transfer around each trial, by when it was made: a repetition visits all points before the next begins. */
function probes(file: ResultFile): { at: number; ns: number; state: string }[] {
  const found: { at: number; ns: number; state: string }[] = [];
  if (file.state_over_time?.length) {
    const states = file.run.states ?? [];
    for (const [at, ns, state] of file.state_over_time) if (ns !== null) found.push({ at: at / 60, ns, state: states[state]?.label ?? "changed" });
    return found;
  }
  const n = file.points.length;
  file.points.forEach((point, i) => point.trials.probe_ns?.forEach((ns, trial) => {
    // inside a repetition the order was shuffled, and is not in the file: spread out evenly, by a fixed shuffle
    if (ns !== null) found.push({ at: (point.trials.repetition[trial] ?? 0) + 0.1 + 0.8 * (((i * 0.6180339887) % 1) || i / n), ns, state: point.trials.state?.[trial] ?? "" });
  }));
  return found;
}

function noise(file: ResultFile, theme: Theme, width: number, em: number): Node | null {
  const rows = probes(file);
  if (rows.length < 3) return null;
  const timed = !!file.state_over_time?.length;
  const step = Math.max(1, Math.ceil(rows.length / 700));
  const ink = inks(theme);
  const colors = [ink["better"] as string, ink["warning"] as string, ink["faint"] as string, ink["soft"] as string];
  const labels = new Map<string, [number, number][]>();
  for (const state of file.run.states ?? []) labels.set(state.label, []);
  rows.forEach(({ at, ns, state }, i) => { if (i % step === 0) labels.set(state, [...(labels.get(state) ?? []), [at, ns]]); });
  const last = Math.ceil(Math.max(...rows.map((r) => r.at)));
  const spec = {
    x: { title: timed ? "minutes since the run began" : "repetition of the whole sweep", text: (v: number) => tick(number(v)), ...(timed || last > 12 ? {} : { ticks: Array.from({ length: last }, (_, i): [number, string] => [i + 0.5, String(i + 1)]) }) },
    y: { title: "line transfer around a trial, ns", log: true, text: (v: number) => tick(number(v)) }, along: "y" as const, labels: true, repetitions: false,
    series: [...labels].filter(([, points]) => points.length).map(([state, points], i) => ({
      name: state || "unknown", color: colors[i % colors.length] as string, path: "M1,0A1,1 0 1 1 -1,0A1,1 0 1 1 1,0Z", scale: 0.5, dash: "", joined: false,
      marks: points.map(([x, y]) => ({ x, y, datum: null, label: "" })),
    })),
  };
  const { svg } = draw(spec, width, em);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", `Line transfer over the run: ${[...labels].map(([state, points]) => `${points.length * step} trials in state ${state}`).join(", ")}`);
  svg.querySelectorAll("[tabindex]").forEach((e) => { for (const name of ["tabindex", "role", "aria-label"]) e.removeAttribute(name); });
  return el("figure", { class: "noise" }, el("figcaption", {}, "The machine's state over the run"), svg,
    el("p", { class: "small" }, `Each dot is the time that a cache line took from CPU to CPU around one trial${step > 1 ? ` (one of ${step} trials is drawn)` : ""}. Only trials of one state are compared.`));
}

export function machineSection(file: ResultFile, theme: Theme, width: number, em: number): Node[] {
  const env = file.environment, own = env.handoff ?? {}, { run } = file;
  const topology = own["topology"] as Record<string, unknown> | undefined;
  const libraries = own["libraries"] as Record<string, string> | undefined;
  const start = own["start"] as { nice?: number; scheduler?: string; limits?: Record<string, string>; variables?: Record<string, string> } | undefined;
  const nodes: Node[] = [];
  nodes.push(el("h3", {}, "What one cannot conclude"), el("ul", { class: "cannot" }, cannot(file).map((line) => el("li", {}, line))));
  const caches = (topology?.["caches"] as { level: number; bytes: number; count: number; cores: number }[] | undefined)?.map((c) => `L${c.level} ${bytes(c.bytes)}${c.count > 1 ? ` × ${c.count}` : ""}`).join(", ") ??
    env.caches?.map((c) => `L${c.level} ${c.type.toLowerCase()} ${bytes(c.size)}`).join(", ");
  const facts = list([
    ["Processor", text(own["cpu_model"]) || (env["mhz_per_cpu"] ? `${plural(env.num_cpus ?? 0, "CPU")}, ${text(env["mhz_per_cpu"])} MHz by its own word` : "")],
    ["CPUs", topology ? `${plural(Number(topology["cpus"]), "CPU")} on ${plural(Number(topology["cores"]), "core")}, ${plural(Number(topology["packages"]), "package")}, ${plural(Number(topology["numa_nodes"]), "memory node")}${text(own["smt"]) ? `; SMT ${text(own["smt"])}` : ""}` : env.num_cpus ? plural(env.num_cpus, "CPU") : ""],
    ["Caches", caches], ["Virtualization", text(own["virtualization"])], ["Kernel", text(own["kernel"])], ["Clock", [text(own["clocksource"]), own["clock_cost_ns"] ? `${number(Number(own["clock_cost_ns"]))} ns for one reading` : ""].filter(Boolean).join(", ")],
    ["Governor", text(own["governor"])], ["Host", text(env.host_name)], ["Load at the start", env.load_avg?.map((x) => number(x)).join(", ")],
    ["Compiler", text(own["compiler"])], ["Flags", own["flags"] ? el("code", {}, text(own["flags"])) : ""], ["Handoff", [text(own["git_commit"]).slice(0, 12), own["git_dirty"] ? "with changes" : ""].filter(Boolean).join(" ")],
    ["Libraries", libraries && Object.keys(libraries).length ? Object.entries(libraries).map(([k, v]) => `${k} ${v}`).join(", ") : ""],
    ["Started with", start ? [`nice ${start.nice ?? 0}`, start.scheduler ? `scheduler ${start.scheduler}` : "", ...Object.entries(start.limits ?? {}).map(([k, v]) => `limit ${plain(k)} ${v}`), ...Object.entries(start.variables ?? {}).map(([k, v]) => `${k}=${v}`)].filter(Boolean).join(", ") : ""],
    ["Kernel counters", (own["kernel_counters"] as { granted?: string[]; note?: string } | undefined)?.granted?.join(", ") || text((own["kernel_counters"] as { note?: string } | undefined)?.note)],
  ]);
  const sweep = run.sweep;
  const how = list([
    ["Measured", [file.date ?? env.date ?? "", age(file.date ?? env.date)].filter(Boolean).join(", ")],
    ["Sweep", sweep ? `${sweep.name}: ${plural(sweep.repetitions, "repetition")} of each point, each a process of its own, in shuffled order; windows of ${duration(sweep.min_time_seconds * 1e9)}` : ""],
    ["Trials", run.trials_done !== undefined ? `${run.trials_done.toLocaleString("en-US")} of ${(run.trials_planned ?? 0).toLocaleString("en-US")} planned${run.retries?.made ? `; ${plural(run.retries.made, "retry", "retries")}, of which ${run.retries.cured} cured a flag` : ""}` : `${plural(file.points.reduce((n, p) => n + p.trials.status.length, 0), "trial")} at ${plural(file.points.length, "point")}`],
    ["Seed", run.seed !== undefined ? String(run.seed) : ""],
    ["Time", run.wall_seconds ? `${duration(run.wall_seconds * 1e9)}, of which ${duration((run.measured_seconds ?? run.clock_check?.measured_seconds ?? 0) * 1e9)} measured` : run.clock_check ? `${duration(run.clock_check.measured_seconds * 1e9)} measured within ${duration(run.clock_check.wall_seconds * 1e9)} of trials` : ""],
    ["States", run.states?.map((s) => `${s.label}${s.counted ? " (counted)" : ""}: ${plural(s.trials, "trial")}`).join("; ")],
    ["Flag limits", run.flag_limits ? Object.entries(run.flag_limits).map(([k, v]) => `${plain(k)} ${number(v)}`).join(", ") : ""],
    ["Left out", run.left_out?.length ? run.left_out.slice(0, 6).map((l) => l.reason).join("; ") + (run.left_out.length > 6 ? `; and ${run.left_out.length - 6} more reasons` : "") : ""],
  ]);
  nodes.push(el("div", { class: "two" }, el("div", {}, el("h3", {}, "What it is"), facts), el("div", {}, el("h3", {}, "How it was measured"), how)));
  const pictures: Node[] = [];
  const picture = noise(file, theme, width, em);
  if (picture) pictures.push(picture);
  const matrix = run.limits?.calibrations?.map((c) => c.matrix).find((m) => m && m.cpus.length > 1);
  if (matrix) pictures.push(matrixTable(matrix, theme));
  if (pictures.length) nodes.push(el("div", { class: "two" }, pictures.map((p) => el("div", {}, p))));
  const kernels = Object.entries(run.limits?.kernels ?? {});
  if (kernels.length) {
    const names = [...new Set(kernels.flatMap(([, own2]) => Object.keys(own2)))];
    nodes.push(el("h3", {}, "Its limits"), el("p", { class: "small" }, "What the machine does at best, measured in the same run, in each of its states: median and quartiles, per operation."),
      el("div", { class: kernels.length < 3 && names.length > 10 ? "two" : "" }, halves(names, kernels.length < 3 && names.length > 10).map((part) => el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Limits" },
        el("table", { class: "plain" }, el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "operation"), kernels.map(([state]) => el("th", { scope: "col" }, `in state ${state}`)))),
          el("tbody", {}, part.map((name) => el("tr", {}, el("th", { scope: "row", title: kernels.map(([, k]) => k[name]?.what).find(Boolean) ?? null }, sentence(plain(name).replace(/ ns$/, ""))), kernels.map(([, k]) => {
            const one = k[name];
            return el("td", {}, one ? [duration(one.median), el("span", { class: "range" }, `${duration(one.low)} … ${duration(one.high)}`)] : "–");
          })))))))));
  } else if (run.limits?.note) nodes.push(el("p", { class: "small" }, `No limits: ${run.limits.note}`));
  const adapted = run.adapted ?? [];
  if (adapted.length) nodes.push(el("h3", {}, "Whose libraries were measured"), el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Adapted libraries" }, el("table", { class: "plain adapted" },
    el("thead", {}, el("tr", {}, ["implementation", "library", "from", "version measured", "adaptor tested with", "adapted by", "reviewed by the library's author"].map((h) => el("th", { scope: "col" }, h)))),
    el("tbody", {}, adapted.map((a) => el("tr", {}, el("th", { scope: "row" }, a.impl), [a.library, a.source, a.version ?? "unknown", a.tested_version, a.adapted_by, a.reviewed_by_author ? "yes" : "no"].map((x) => el("td", {}, x))))))));
  const ratios = run.ratios ?? [];
  if (ratios.length) nodes.push(el("h3", {}, "Ratios that the sweep asks for"), el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Ratios" }, el("table", { class: "plain" }, el("thead", {}, el("tr", {}, ["ratio", "median", "interval", "verdict"].map((h) => el("th", { scope: "col" }, h)))),
    el("tbody", {}, ratios.map((r) => el("tr", {}, el("th", { scope: "row" }, r.label), el("td", {}, r.median ? times3(r.median) : "–"), el("td", {}, r.low && r.high ? `${times3(r.low)} … ${times3(r.high)}` : "–"), el("td", {}, r.verdict)))))));
  return nodes;
}
const times3 = (x: number): string => number(x);
const halves = (names: string[], split: boolean): string[][] => (split ? [names.slice(0, Math.ceil(names.length / 2)), names.slice(Math.ceil(names.length / 2))] : [names]);
