// Every point, or every trial, in one table that holds only the rows in sight.
import { byOf, costsOf, isSaturated, middleOf } from "./answer";
import { pointCard } from "./card";
import type { Choice } from "./choice";
import type { Point, ResultFile } from "./data";
import { breaking, csv, el, save } from "./dom";
import { median } from "./statistics";
import { duration, percent, plain, plural } from "./words";

interface Line { point: Point; trial: number; text: string; cost: number | null; low: string; state: string; why: string; cpu: number | null; limit: number | null; counted: number; of: number }
type Key = "name" | "value" | "counted" | "cpu" | "limit" | "state" | "why";

const lines = new WeakMap<ResultFile, { points?: Line[]; trials?: Line[] }>();

function reasons(point: Point): string {
  const all = (point.trials.why ?? []).filter(Boolean);
  const kinds = new Map<string, number>();
  for (const why of all) kinds.set(why, (kinds.get(why) ?? 0) + 1);
  const said = [...kinds].slice(0, 3).map(([why, n]) => `${why}${n > 1 || point.trials.status.length > 1 ? ` (${n})` : ""}`);
  if (point.full_check && point.full_check !== "passed") said.unshift(`full check ${point.full_check}`);
  if (point.rivals === "") said.unshift("control");
  return [...said, kinds.size > 3 ? "…" : ""].filter(Boolean).join("; ") || (point.caught ? point.failed?.reason ?? "caught" : "");
}

function pointLines(file: ResultFile): Line[] {
  return file.points.map((point) => {
    const by = byOf(file, point.measure, "own");
    const costs = costsOf(point, by);
    const why = reasons(point), state = [...new Set(point.trials.state ?? [])].filter(Boolean).join(", ");
    const text = `${point.name} ${why} ${state} ${point.trials.status.join(" ")} ${point.rivals}`.toLowerCase();
    const low = costs.length ? [Math.min(...costs), Math.max(...costs)].map((c) => by.quantity.text(c)).sort((a, b) => (by.quantity.higher ? 0 : a.length - b.length)) : [];
    return { point, trial: -1, text, cost: costs.length ? median(costs) : null, low: low.length ? (by.quantity.higher ? `${low[1]} … ${low[0]}` : `${by.quantity.text(Math.min(...costs))} … ${by.quantity.text(Math.max(...costs))}`) : "",
      state, why, cpu: middleOf(point, "cpu_ns"), limit: middleOf(point, "limit_share"), counted: costs.length, of: point.trials.status.length };
  });
}

function trialLines(file: ResultFile): Line[] {
  return file.points.flatMap((point) => point.trials.status.map((status, i) => {
    const { trials } = point;
    const cost = trials.cost?.[i];
    const why = [status !== "ok" ? status : "", trials.why?.[i] ?? "", trials.check?.[i] === "full" ? "checks in full" : ""].filter(Boolean).join(": ");
    const state = trials.state?.[i] ?? "";
    return { point, trial: i, text: `${point.name} ${why} ${state} ${status}`.toLowerCase(), cost: typeof cost === "number" ? cost : isSaturated(point, i) ? Infinity : null, low: `repetition ${trials.repetition[i] ?? i}`, state, why,
      cpu: trials.cpu_ns?.[i] ?? null, limit: trials.limit_share?.[i] ?? null, counted: trials.counted[i] && !point.caught ? 1 : 0, of: 1 };
  }));
}

function linesOf(file: ResultFile, rows: string): Line[] {
  let own = lines.get(file);
  if (!own) lines.set(file, (own = {}));
  if (rows === "trials") return (own.trials ??= trialLines(file));
  return (own.points ??= pointLines(file));
}

const keys: Record<Key, (line: Line) => string | number> = {
  name: (l) => l.point.name, value: (l) => l.cost ?? Infinity, counted: (l) => l.counted / Math.max(1, l.of), cpu: (l) => l.cpu ?? Infinity, limit: (l) => -(l.limit ?? -1), state: (l) => l.state, why: (l) => (l.why ? `0${l.why}` : "1"),
};
const heads: [Key, string][] = [["name", "point"], ["value", "value"], ["counted", "counted"], ["cpu", "CPU per item"], ["limit", "of limit"], ["state", "state"], ["why", "flags and reasons"]];

export interface TableHost { choice(): Choice; set(change: (choice: Choice) => void, quiet?: boolean): void }

export class EveryPoint {
  readonly element: HTMLElement;
  private shown: Line[] = [];
  private first = -1;
  private last = -1;
  private rowHeight = 36;
  private readonly body = el("tbody");
  private readonly box: HTMLElement;
  private readonly count = el("span", { class: "count", role: "status" });
  private readonly card = el("div", { class: "card" });
  private readonly filter: HTMLInputElement;
  private readonly head = el("tr");
  private readonly grid: HTMLTableElement;
  private readonly kinds: HTMLElement;
  private file: ResultFile | null = null;
  private drawnKey = "";

  constructor(private readonly host: TableHost) {
    this.filter = el("input", { type: "search", placeholder: "words, all of which must be met: vyukov p:2 flagged", "aria-label": "Filter points", spellcheck: "false" });
    let timer = 0;
    this.filter.addEventListener("input", () => {
      clearTimeout(timer);
      timer = window.setTimeout(() => this.host.set((c) => { c.filter = this.filter.value; }, true), 120);
    });
    this.kinds = el("span", { class: "kinds", role: "group", "aria-label": "Rows" });
    this.grid = el("table", { class: "every" }, el("thead", {}, this.head), this.body);
    this.box = el("div", { class: "window", tabindex: 0, role: "region", "aria-label": "Every point" }, this.grid);
    this.box.addEventListener("scroll", () => this.window());
    this.box.addEventListener("keydown", (event) => {
      const row = (event.target as HTMLElement).closest("tr");
      if (!row || (event.key !== "Enter" && event.key !== " ") || (event.target as HTMLElement).tagName === "A") return;
      event.preventDefault();
      this.open(Number(row.dataset["line"]));
    });
    this.element = el("div", {}, el("div", { class: "filters" }, this.filter, this.kinds,
      el("button", { type: "button", class: "quiet", "data-table": "csv", onclick: () => save("handoff-points.csv", "text/csv", this.csv()) }, "CSV of these rows"), this.count), this.box, this.card);
  }

  update(file: ResultFile, choice: Choice): void {
    const key = `${choice.filter}\n${choice.sort}\n${choice.rows}`;
    if (this.file === file && key === this.drawnKey) return;
    this.file = file;
    this.drawnKey = key;
    if (this.filter !== document.activeElement) this.filter.value = choice.filter;
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset["focus"] : undefined;
    this.kinds.replaceChildren(...(["points", "trials"] as const).map((rows) => el("button", { type: "button", class: "quiet", "data-focus": `rows-${rows}`, "aria-pressed": String(choice.rows === rows), onclick: () => this.host.set((c) => { c.rows = rows; }) }, `every ${rows.slice(0, -1)}`)));
    const [sort, down] = [choice.sort.replace(/^-/, "") as Key | "", choice.sort.startsWith("-")];
    this.head.replaceChildren(...heads.map(([name, text]) => {
      const on = sort === name;
      return el("th", { scope: "col", class: name, "aria-sort": on ? (down ? "descending" : "ascending") : null },
        el("button", { type: "button", class: "sort", "data-focus": `sort-${name}`, onclick: () => this.host.set((c) => { c.sort = on ? (down ? "" : `-${name}`) : name; }) }, text, on ? el("span", { "aria-hidden": "true" }, down ? " ↓" : " ↑") : null));
    }));
    if (focused) (this.element.querySelector(`[data-focus="${focused}"]`) as HTMLElement | null)?.focus();
    const words = choice.filter.toLowerCase().split(/\s+/).filter(Boolean);
    let all = linesOf(file, choice.rows);
    const flag = (line: Line, word: string): boolean =>
      word === "flagged" ? line.point.trials.status.some((s, i) => s === "ok" && !!line.point.trials.why?.[i] && (line.trial < 0 || line.trial === i))
        : word === "failed" ? line.point.trials.status.some((s, i) => s !== "ok" && (line.trial < 0 || line.trial === i)) : line.text.includes(word);
    if (words.length) all = all.filter((line) => words.every((word) => flag(line, word)));
    if (sort && keys[sort]) {
      const get = keys[sort], way = down ? -1 : 1;
      all = [...all].sort((a, b) => {
        const x = get(a), y = get(b);
        return way * (x < y ? -1 : x > y ? 1 : a.point.index - b.point.index || a.trial - b.trial);
      });
    }
    this.shown = all;
    this.count.textContent = `${plural(all.length, choice.rows === "trials" ? "trial" : "point")}${words.length ? ` of ${plural(linesOf(file, choice.rows).length, "row")}` : ""}`;
    this.grid.setAttribute("aria-rowcount", String(all.length + 1));
    this.box.scrollTop = 0;
    this.first = -1;
    this.window();
  }

  /** Rows above and below those in sight are two spacers. */
  window(): void {
    const height = this.box.clientHeight || 400;
    const sample = this.body.querySelector("tr[data-line]");
    if (sample) this.rowHeight = sample.getBoundingClientRect().height || this.rowHeight;
    const first = Math.max(0, Math.floor(this.box.scrollTop / this.rowHeight) - 8), last = Math.min(this.shown.length, first + Math.ceil(height / this.rowHeight) + 16);
    if (first === this.first && last === this.last) return;
    const focused = document.activeElement instanceof HTMLElement && this.body.contains(document.activeElement) ? document.activeElement.closest("tr")?.dataset["line"] : undefined;
    [this.first, this.last] = [first, last];
    const spacer = (rows: number): HTMLElement => el("tr", { class: "spacer", "aria-hidden": "true" }, el("td", { colspan: heads.length, style: `height:${rows * this.rowHeight}px` }));
    this.body.replaceChildren(spacer(first), ...this.shown.slice(first, last).map((line, i) => this.row(line, first + i)), spacer(this.shown.length - last));
    if (focused !== undefined) (this.body.querySelector(`tr[data-line="${focused}"] button`) as HTMLElement | null)?.focus({ preventScroll: true });
  }

  private row(line: Line, i: number): HTMLElement {
    const file = this.file as ResultFile, { point } = line;
    const by = byOf(file, point.measure, "own");
    const none = point.caught ? "caught" : line.trial >= 0 && point.trials.status[line.trial] !== "ok" ? (point.trials.status[line.trial] as string) : "–";
    return el("tr", { "data-line": i, "aria-rowindex": i + 2, class: point.caught || (line.trial < 0 ? line.counted === 0 : !line.counted) ? "uncounted" : "" },
      el("td", { class: "name" }, el("button", { type: "button", class: "open", title: point.name, onclick: () => this.open(i) }, breaking(point.name))),
      el("td", { class: "value" }, line.cost === null || (point.caught && line.trial < 0) ? none : by.quantity.text(line.cost), line.low ? el("span", { class: "range" }, line.low) : null),
      el("td", { class: "counted" }, line.trial < 0 ? `${line.counted} of ${line.of}` : line.counted ? "yes" : "no"),
      el("td", { class: "cpu" }, line.cpu === null ? "" : duration(line.cpu)), el("td", { class: "limit" }, line.limit === null ? "" : percent(line.limit)),
      el("td", { class: "state" }, line.state), el("td", { class: "why", title: line.why }, line.why));
  }

  private open(i: number): void {
    const line = this.shown[i];
    if (!line || !this.file) return;
    this.card.replaceChildren(...pointCard({ file: this.file }, line.point));
    this.card.scrollIntoView({ block: "nearest" });
    this.card.querySelector("button")?.focus({ preventScroll: true });
  }

  csv(): string {
    return csv([["point", "family", "workload", "implementation", "measure", "cost", "trials counted", "trials", "cpu_ns", "limit_share", "state", "why", "command"],
      ...this.shown.map((line) => [line.point.name, line.point.family, line.point.workload, line.point.impl, line.point.measure, line.cost === null ? null : Number.isFinite(line.cost) ? line.cost : "saturated",
        line.counted, line.of, line.cpu, line.limit, line.state, line.why, line.point.command ?? null])]);
  }

  get size(): number { return this.file ? this.file.points.length : 0; }
}

export { plain };
