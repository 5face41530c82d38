// Every point, or every trial, in one table that holds only the rows in sight.
import { byOf, costsOf, isSaturated, middleOf } from "./answer";
import { pointCard } from "./card";
import type { Choice } from "./choice";
import type { Point, ResultFile } from "./data";
import { breaking, csv, el, save } from "./dom";
import { median } from "./statistics";
import { duration, percent, plain, plural } from "./words";

/** A point, or one of its trials. What it says is made when it comes into sight, or when all are sorted or filtered. */
class Line {
  private known: { text?: string; cost?: number | null; why?: string; cpu?: number | null; limit?: number | null } = {};

  constructor(readonly file: ResultFile, readonly point: Point, readonly trial: number) {}

  private get by() { return byOf(this.file, this.point.measure, "own"); }
  get cost(): number | null {
    if (this.known.cost !== undefined) return this.known.cost;
    const { point, trial } = this;
    if (trial < 0) {
      const costs = costsOf(point, this.by);
      return (this.known.cost = costs.length ? median(costs) : null);
    }
    const cost = point.trials.cost?.[trial];
    return (this.known.cost = typeof cost === "number" ? cost : isSaturated(point, trial) ? Infinity : null);
  }
  /** The spread of a point; which repetition a trial is. */
  get range(): string {
    const { point, trial } = this;
    if (trial >= 0) return `repetition ${point.trials.repetition[trial] ?? trial}`;
    const costs = costsOf(point, this.by), { quantity } = this.by;
    if (!costs.length) return "";
    const ends = [quantity.text(Math.min(...costs)), quantity.text(Math.max(...costs))];
    return (quantity.higher ? ends.reverse() : ends).join(" … ");
  }
  get state(): string { return this.trial < 0 ? [...new Set(this.point.trials.state ?? [])].filter(Boolean).join(", ") : this.point.trials.state?.[this.trial] ?? ""; }
  get why(): string { return (this.known.why ??= this.trial < 0 ? reasons(this.point) : trialReason(this.point, this.trial)); }
  get cpu(): number | null { return this.known.cpu !== undefined ? this.known.cpu : (this.known.cpu = this.trial < 0 ? middleOf(this.point, "cpu_ns") : this.point.trials.cpu_ns?.[this.trial] ?? null); }
  get limit(): number | null { return this.known.limit !== undefined ? this.known.limit : (this.known.limit = this.trial < 0 ? middleOf(this.point, "limit_share") : this.point.trials.limit_share?.[this.trial] ?? null); }
  get counted(): number { return this.trial < 0 ? costsOf(this.point, this.by).length : this.point.trials.counted[this.trial] && !this.point.caught ? 1 : 0; }
  get of(): number { return this.trial < 0 ? this.point.trials.status.length : 1; }
  get text(): string {
    return (this.known.text ??= `${this.point.name} ${this.why} ${this.state} ${this.trial < 0 ? this.point.trials.status.join(" ") : this.point.trials.status[this.trial]} ${this.point.rivals}`.toLowerCase());
  }
}
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

function trialReason(point: Point, i: number): string {
  const { trials } = point, status = trials.status[i] ?? "";
  return [status !== "ok" ? status : "", trials.why?.[i] ?? "", trials.check?.[i] === "full" ? "checks in full" : ""].filter(Boolean).join(": ");
}

function linesOf(file: ResultFile, rows: string): Line[] {
  let own = lines.get(file);
  if (!own) lines.set(file, (own = {}));
  if (rows === "trials") return (own.trials ??= file.points.flatMap((point) => point.trials.status.map((_, i) => new Line(file, point, i))));
  return (own.points ??= file.points.map((point) => new Line(file, point, -1)));
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
  private current = 0; // the row that Tab reaches
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
    this.box = el("div", { class: "window", role: "region", "aria-label": "Every point: arrow keys move between rows, Enter opens one" }, this.grid);
    this.box.addEventListener("scroll", () => this.window());
    this.box.addEventListener("keydown", (event) => {
      if (!(event.target as HTMLElement).closest("tr[data-line]")) return;
      const page = Math.max(1, Math.floor(this.box.clientHeight / this.rowHeight) - 2), end = this.shown.length - 1;
      const to = ({ ArrowDown: this.current + 1, ArrowUp: this.current - 1, PageDown: this.current + page, PageUp: this.current - page, Home: 0, End: end } as Record<string, number>)[event.key];
      if (to === undefined) return;
      event.preventDefault();
      this.go(Math.max(0, Math.min(end, to)));
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
    this.current = 0;
    this.first = -1;
    this.window();
  }

  /** Moves the focus to a row, which may be out of sight: one row at a time can be reached by Tab. */
  private go(i: number): void {
    this.current = i;
    const top = i * this.rowHeight, head = 2.5 * this.rowHeight;
    if (top < this.box.scrollTop) this.box.scrollTop = top;
    else if (top + head > this.box.scrollTop + this.box.clientHeight) this.box.scrollTop = top + head - this.box.clientHeight;
    this.first = -1;
    this.window();
    this.body.querySelector<HTMLElement>(`tr[data-line="${i}"] button`)?.focus({ preventScroll: true });
  }

  /** Rows above and below those in sight are two spacers. */
  window(): void {
    const height = this.box.clientHeight || 400;
    const first = Math.max(0, Math.floor(this.box.scrollTop / this.rowHeight) - 8), last = Math.min(this.shown.length, first + Math.ceil(height / this.rowHeight) + 16);
    if (first === this.first && last === this.last) return;
    const focused = document.activeElement instanceof HTMLElement && this.body.contains(document.activeElement) ? document.activeElement.closest("tr")?.dataset["line"] : undefined;
    [this.first, this.last] = [first, last];
    const spacer = (rows: number): HTMLElement => el("tr", { class: "spacer", "aria-hidden": "true" }, el("td", { colspan: heads.length, style: `height:${rows * this.rowHeight}px` }));
    this.body.replaceChildren(spacer(first), ...this.shown.slice(first, last).map((line, i) => this.row(line, first + i)), spacer(this.shown.length - last));
    const height1 = this.body.querySelector("tr[data-line]")?.getBoundingClientRect().height ?? 0;
    if (height1 && Math.abs(height1 - this.rowHeight) > 0.1) { // the first rows tell how high one is
      this.rowHeight = height1;
      this.first = -1;
      this.window();
      return;
    }
    if (!this.body.querySelector('button[tabindex="0"]')) this.body.querySelector("tr[data-line] button")?.setAttribute("tabindex", "0");
    if (focused !== undefined) (this.body.querySelector(`tr[data-line="${focused}"] button`) as HTMLElement | null)?.focus({ preventScroll: true });
  }

  private row(line: Line, i: number): HTMLElement {
    const file = this.file as ResultFile, { point } = line;
    const by = byOf(file, point.measure, "own");
    const none = point.caught ? "caught" : line.trial >= 0 && point.trials.status[line.trial] !== "ok" ? (point.trials.status[line.trial] as string) : "–";
    return el("tr", { "data-line": i, "aria-rowindex": i + 2, class: point.caught || (line.trial < 0 ? line.counted === 0 : !line.counted) ? "uncounted" : "" },
      el("td", { class: "name" }, el("button", { type: "button", class: "open", tabindex: i === this.current ? 0 : -1, title: point.name, onclick: () => this.open(i) }, breaking(point.name))),
      el("td", { class: "value" }, line.cost === null || (point.caught && line.trial < 0) ? none : by.quantity.text(line.cost), el("span", { class: "range" }, line.range)),
      el("td", { class: "counted" }, line.trial < 0 ? `${line.counted} of ${line.of}` : line.counted ? "yes" : "no"),
      el("td", { class: "cpu" }, line.cpu === null ? "" : duration(line.cpu)), el("td", { class: "limit" }, line.limit === null ? "" : percent(line.limit)),
      el("td", { class: "state" }, line.state), el("td", { class: "why", title: line.why }, line.why));
  }

  private open(i: number): void {
    const line = this.shown[i];
    this.current = i;
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
