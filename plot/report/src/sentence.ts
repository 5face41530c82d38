// The controls, which read as a sentence: what the run measured can be chosen, and what would measure the rest is said.
import { BESIDE, nearest, needsOf, offeredBy, workList, byOf, type Work } from "./answer";
import type { Choice } from "./choice";
import type { Axis, ResultFile } from "./data";
import { copyButton, el, unique } from "./dom";
import { aroundValue, axisWords, plain, promise, quantityOf } from "./words";

export interface Ask { (change: (choice: Choice) => void): void }
/** The reader wants a value of this axis that the run did not measure. */
export interface Other { (axis: string): void }
const OTHER = "another";

const grouped = (value: string): string => (/^\d+$/.test(value) ? Number(value).toLocaleString("en-US") : plain(value));

function select(label: string, name: string, options: [string, string][], value: string, change: (value: string) => void): HTMLSelectElement {
  const box = el("select", { "aria-label": label, "data-control": name }, options.map(([key, text]) => el("option", { value: key, selected: key === value }, text)));
  box.addEventListener("change", () => change(box.value));
  return box;
}

/** The words of one axis, with a box for its value where there are several. */
function axisPart(axis: Axis, work: Work, choice: Choice, ask: Ask, other: Other): (Node | string)[] {
  const values = work.values[axis.name] ?? [];
  const value = choice.axes[axis.name];
  if (value === undefined) return [];
  const number = (text: string): string | number => (axis.kind !== "word" && /^\d+$/.test(text) ? Number(text) : text);
  if (values.length < 2) {
    const said = axis.neutral === values[0] ? "" : axis.kind === "size" && value !== axis.absent ? axis.phrase.replace("{}", grouped(value)) : axisWords(axis, axis.name, number(value));
    return said ? [said] : [];
  }
  const bare = value.endsWith(BESIDE) ? value.slice(0, -1) : value;
  const [before, after] = aroundValue(axis, axis.name, bare);
  // What a value would change besides, since the run has not measured it with the rest.
  const also = (candidate: string): string => {
    const then = nearest(work, { ...choice.axes, [axis.name]: candidate }, axis.name);
    const moved = work.axes.filter((other) => other.name !== axis.name && then[other.name] !== choice.axes[other.name] && then[other.name] !== undefined && choice.axes[other.name] !== undefined);
    return moved.length ? ` (only with ${moved.map((other) => axisWords(other, other.name, /^\d+$/.test(then[other.name]!) ? Number(then[other.name]) : then[other.name]!) || grouped(then[other.name]!)).join(", ")})` : "";
  };
  const options: [string, string][] = values.map((v) => {
    const text = axis.kind === "size" ? (v === axis.absent ? v : `bounded at ${grouped(v)}`) : axis.neutral === v && axis.phrase_neutral ? `${grouped(v)}` : grouped(v);
    return [v, text + also(v)];
  });
  if (axis.kind === "size" && axis.absent && values.includes(axis.absent))
    for (const v of values) if (v !== axis.absent && work.combos.some((combo) => combo.values[axis.name] === axis.absent))
      options.push([v + BESIDE, `bounded at ${grouped(v)}, or ${axis.absent}`]);
  if (work.family && axis.kind !== "word") options.push([OTHER, "another …"]);
  const box: HTMLSelectElement = select(plain(axis.name), axis.name, options, value, (v) => {
    if (v !== OTHER) return ask((c) => { c.axes = nearest(work, { ...c.axes, [axis.name]: v }, axis.name); });
    box.value = value;
    other(axis.name);
  });
  return [before, box, after];
}

const FIRST_PROMISES = ["order", "progress", "starts", "admission", "reading"];

/** The waits that a workload offers, in words. */
function waitOptions(work: Work): [string, string][] {
  const several = work.waits.filter((w) => w !== "native").length > 1;
  const options: [string, string][] = [["best", several ? "in whichever way suits each best" : "each in its own way"]];
  if (work.keeps && work.sleeps) options.push(["keeps", "keeping its CPU (may spin)"], ["sleeps", "sleeping (must not spin)"]);
  if (several) for (const wait of work.waits) if (wait !== "native") options.push([wait, `by ${plain(wait)}`]);
  return options;
}

export function sentenceOf(files: ResultFile[], file: ResultFile, work: Work, choice: Choice, ask: Ask, other: Other): HTMLElement {
  const parts: (Node | string)[][] = [];
  const works = workList(file);
  const families = new Set(works.map((w) => w.family)).size;
  const workName = (w: Work): string => plain(families > 1 && w.family ? `${w.family}: ${w.workload}` : w.workload) || "all";
  const head: (Node | string)[] = [];
  if (files.length > 1)
    head.push("In ", select("Result file", "file", files.map((f, i) => [String(i), f.label || f.file]), String(files.indexOf(file)), (v) => ask((c) => { c.file = Number(v); })), " for ");
  else head.push("For ");
  if (works.length > 1)
    head.push(select("Workload", "work", works.map((w) => [w.key, workName(w)]), work.key, (v) => ask((c) => { c.work = v; })));
  else if (work.workload) head.push(el("b", {}, workName(work)));
  else head.push("these benchmarks");
  const axes = work.axes.map((axis) => axisPart(axis, work, choice, ask, other)).filter((part) => part.length);
  if (axes.length) head.push(" with ");
  parts.push(head);
  axes.forEach((part, i) => parts.push(i ? [i === axes.length - 1 ? " and " : ", ", ...part] : part));
  const need = ([key, values]: [string, string[]]): (Node | string)[] => [`${plain(key)} `, select(`Promise: ${plain(key)}`, `need-${key}`, [["", "any"], ...values.map((v): [string, string] => [v, promise(v)])], choice.needs[key] ?? "", (v) => ask((c) => { c.needs = { ...c.needs, [key]: v }; }))];
  // Many families promise more than a sentence can hold: the rest is a click away.
  const needs = needsOf(work), inline = needs.length <= 2 ? needs : needs.filter(([key]) => FIRST_PROMISES.includes(key)), rest = needs.filter((one) => !inline.includes(one));
  for (const one of inline) parts.push([", ", ...need(one)]);
  const waits = waitOptions(work);
  if (waits.length > 1) parts.push([", waiting ", select("How threads wait", "wait", waits, choice.wait, (v) => ask((c) => { c.wait = v; }))]);
  const steals = work.steals.filter((s) => s !== "native");
  if (steals.length > 1) parts.push([", stealing ", select("Steal policy", "steal", [["best", "as suits each best"], ...steals.map((s): [string, string] => [s, plain(s)])], choice.steal, (v) => ask((c) => { c.steal = v; }))]);
  parts.push([", which is best by ", bySelect(file, work, choice, ask), "?"]);
  return el("div", { role: "group", "aria-label": "The question" }, el("p", { class: "ask" }, parts.map((part) => el("span", {}, part))),
    rest.length ? el("details", { class: "more promised", open: rest.some(([key]) => choice.needs[key]) }, el("summary", {}, "What else it has to promise"), el("p", {}, rest.map((one) => el("span", {}, need(one))))) : null);
}

/** What matters: this workload's measures, then those of the family's others, which move there. */
function bySelect(file: ResultFile, work: Work, choice: Choice, ask: Ask): HTMLSelectElement {
  const title = (w: Work, by: string): string => byOf(file, w.measure, by).quantity.short;
  const box = el("select", { "aria-label": "What matters", "data-control": "by" });
  for (const by of offeredBy(work)) box.append(el("option", { value: `${work.key} ${by}`, selected: by === choice.by }, title(work, by)));
  for (const other of workList(file)) {
    if (other.family !== work.family || other === work) continue;
    const group = el("optgroup", { label: `in ${plain(other.workload)}` });
    for (const by of offeredBy(other))
      if (by === "own" || (other.measure === "latency" && ["p99", "p999"].includes(by))) group.append(el("option", { value: `${other.key} ${by}` }, title(other, by)));
    if (group.childElementCount) box.append(group);
  }
  box.addEventListener("change", () => {
    const at = box.value.lastIndexOf(" ");
    ask((c) => { c.work = box.value.slice(0, at); c.by = box.value.slice(at + 1); });
  });
  return box;
}

/** Combinations of the measured values that the run lacks, and the sweep that would measure them. */
export function unmeasured(work: Work, choice: Choice, wanted = ""): HTMLElement | null {
  const axes = work.axes.filter((axis) => (work.values[axis.name]?.length ?? 0) > 1);
  const of = (values: Record<string, string>): string => axes.map((axis) => values[axis.name] ?? "").join("|");
  const have = new Set(work.combos.map((combo) => of(combo.values)));
  const missing: Record<string, string>[] = [];
  // The choice with one or two values changed: what a reader would try next.
  axes.forEach((axis, i) => (work.values[axis.name] ?? []).forEach((value) => {
    const one = { ...choice.axes, [axis.name]: value };
    for (const key of Object.keys(one)) one[key] = one[key]!.replace(/\+$/, "");
    const tries = [one, ...axes.slice(i + 1).flatMap((other) => (work.values[other.name] ?? []).map((v) => ({ ...one, [other.name]: v })))];
    for (const values of tries) if (!have.has(of(values))) { have.add(of(values)); missing.push(values); }
  }));
  const block: Record<string, unknown> = { family: work.family, workload: [work.workload] };
  if (work.waits.length) block["wait"] = work.waits;
  if (work.steals.length) block["steal"] = work.steals.filter((s) => s !== "native");
  const typed = (axis: Axis, v: string): string | number => (axis.kind !== "word" && /^\d+$/.test(v) ? Number(v) : v);
  for (const axis of work.axes) {
    const values = work.values[axis.name] ?? [];
    if (!(values.length === 1 && values[0] === axis.neutral)) {
      const numbers = values.map(Number).filter(Number.isFinite);
      block[axis.name] = [...values.map((v) => typed(axis, v)), ...(axis.name === wanted && numbers.length ? [Math.max(...numbers, 1) * 2] : [])];
    }
  }
  if (work.family === "") return null;
  const sweep = JSON.stringify({ name: "more", repetitions: 7, min_time_seconds: 0.03, timeout_seconds: 20, blocks: [block] }, null, 1).replace(/\n\s+(?=["\d\]])/g, " ").replace(/\n\s*/g, " ");
  const phrase = (values: Record<string, string>): string => axes.map((axis) => axisWords(axis, axis.name, values[axis.name] === undefined ? undefined : typed(axis, values[axis.name]!)) || `${plain(axis.name)} ${values[axis.name] ?? "none"}`).join(", ");
  const id = unique("sweep");
  return el("details", { class: "more", open: wanted !== "" }, el("summary", {}, missing.length ? `${missing.length === 1 ? "One combination near this one was" : `${missing.length} combinations near this one were`} not measured` : "To measure other values"),
    missing.length ? el("ul", {}, missing.slice(0, 12).map((values) => el("li", {}, phrase(values))), missing.length > 12 ? el("li", {}, `and ${missing.length - 12} more`) : null) : null,
    el("p", { id }, wanted ? `The run has no other ${plain(wanted)}. This sweep has one more; put the number that you need in its place. Save it as ` : "A sweep with all of them (add values to its lists for others): save it as ", el("code", {}, "more.json"), ", then run ", el("code", {}, "./bench --sweep more.json"), ". Combinations that make no sense are left out by themselves."),
    el("div", { class: "command" }, el("code", {}, sweep), copyButton(() => sweep, "Copy sweep")));
}

export { quantityOf };
