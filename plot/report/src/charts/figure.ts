// One chart in the page: title, switches, the drawing, the point under the pointer or the focus, exports.
import { copyButton, csv, el, save, svg as svgElement, unique } from "../dom";
import { inks, type Theme } from "../style";
import { pointCard } from "../card";
import type { Chart, Context, Datum, View } from "./builders";
import { draw, type Drawn } from "./frame";

export interface Host { marks(id: string): string | undefined; set(id: string, marks: string): void }

const letters = { x: "x", y: "y", ratio: "r", dots: "d" } as const;

/** Switches from the URL: the letters that are on, then the metric; without them what is usual for the chart. */
export function viewOf(chart: Chart, marks: string | undefined): View {
  const fresh: View = { x: false, y: false, ratio: false, dots: false, metric: "", ...chart.fresh };
  if (marks === undefined) return fresh;
  const [flags = "", metric = ""] = marks.split(".");
  return { x: flags.includes("x"), y: flags.includes("y"), ratio: flags.includes("r"), dots: flags.includes("d"), metric: metric || fresh.metric };
}
const written = (view: View): string => `${view.x ? "x" : ""}${view.y ? "y" : ""}${view.ratio ? "r" : ""}${view.dots ? "d" : ""}${view.metric ? `.${view.metric}` : ""}` || "-";

export function exportCsv(chart: Chart, view: View, c: Context): string {
  const spec = chart.build(view, c.theme);
  const what = view.ratio ? "times the best's cost" : chart.columns[1];
  const rows: (string | number | null)[][] = [["implementation", "point", chart.columns[0], what, "lowest", "highest", "repetitions"]];
  for (const series of spec.series) for (const mark of series.marks)
    rows.push([mark.datum.point.impl, mark.datum.point.name, mark.datum.x, finite(mark.datum.value), mark.datum.low, mark.datum.high, mark.datum.n]);
  return csv(rows);
}
const finite = (x: number): number | string => (Number.isFinite(x) ? x : "saturated");

/** A drawing that stands alone: in light colours, with its title and its styles. */
function exportSvg(chart: Chart, view: View): string {
  const drawn = draw(chart.build(view, "light"), 720, 15);
  const ink = inks("light");
  const root = drawn.svg;
  root.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  root.prepend(svgElement("title", {}, chart.title), svgElement("style", {}, `
svg{background:#fff;font-family:"DejaVu Sans",system-ui,sans-serif;--paper:#fff}
.grid line{stroke:${ink["grid"]}}.grid .reference{stroke:${ink["faint"]};stroke-dasharray:3 3}.axes text{fill:${ink["soft"]}}.axes .row{fill:${ink["ink"]}}
.line{stroke-width:1.6}.interval{stroke-width:1.2;opacity:.7}.repetition{opacity:.55}.mark{vector-effect:non-scaling-stroke}.mark path{stroke-width:.6}path.mark{stroke-width:1px}.spread{opacity:.14}`));
  for (const { element } of drawn.marks) for (const name of ["tabindex", "role"]) element.removeAttribute(name);
  return new XMLSerializer().serializeToString(root).replace(/var\(--paper, #fff\)/g, "#fff");
}

export class Figure {
  readonly element: HTMLElement;
  private drawing: HTMLElement;
  private card: HTMLElement;
  private drawn: Drawn<Datum> | null = null;
  private at = 0;
  private stale = true;
  private visible = false;
  private width = 0;
  private tip: HTMLElement;

  constructor(private chart: Chart, private context: Context, private host: Host) {
    const name = unique("chart");
    this.drawing = el("div", { class: "drawing" });
    this.tip = el("div", { class: "tip", "aria-hidden": "true", hidden: true });
    this.card = el("div", { class: "card" });
    this.element = el("figure", { class: chart.wide ? "chart wide" : "chart", "data-chart": chart.id, "aria-labelledby": name }, el("figcaption", { id: name }), el("div", { class: "switches" }), el("p", { class: "note" }), this.drawing, this.card);
    this.drawing.addEventListener("keydown", (event) => this.key(event));
    this.drawing.addEventListener("pointermove", (event) => this.pointer(event));
    this.drawing.addEventListener("pointerleave", () => (this.tip.hidden = true));
    this.head();
  }

  private view(): View { return viewOf(this.chart, this.host.marks(this.chart.id)); }

  update(chart: Chart, context: Context): void {
    this.chart = chart;
    this.context = context;
    this.element.className = chart.wide ? "chart wide" : "chart";
    this.head();
    this.stale = true;
    if (this.visible) this.draw();
  }

  /** Called when the figure comes into sight or goes, and when its width changes. */
  show(visible: boolean): void {
    this.visible = visible;
    if (visible) this.draw();
  }

  resize(): void {
    if (this.visible && Math.abs(this.drawing.clientWidth - this.width) > 2) { this.stale = true; this.draw(); }
  }

  private head(): void {
    const { chart } = this, view = this.view();
    (this.element.querySelector("figcaption") as HTMLElement).textContent = chart.title;
    (this.element.querySelector(".note") as HTMLElement).textContent = chart.note;
    const bar = this.element.querySelector(".switches") as HTMLElement;
    const focused = (document.activeElement as HTMLElement | null)?.dataset["switch"];
    const had = bar.contains(document.activeElement);
    const words = { x: "log x", y: "log y", ratio: "ratio to best", dots: "repetitions" } as const;
    const buttons: Node[] = (Object.keys(letters) as (keyof typeof letters)[]).filter((key) => chart.can[key]).map((key) =>
      el("button", { type: "button", class: "quiet", "data-switch": key, "aria-pressed": String(view[key]), onclick: () => this.host.set(chart.id, written({ ...view, [key]: !view[key] })) }, words[key]));
    if (chart.can.metrics.length > 1) {
      const select = el("select", { "aria-label": "What is shown", "data-switch": "metric" }, chart.can.metrics.map((m) => el("option", { value: m, selected: m === view.metric }, m.replace(/_/g, " "))));
      select.addEventListener("change", () => this.host.set(chart.id, written({ ...view, metric: select.value })));
      buttons.unshift(select);
    }
    const file = `handoff-${chart.id}`;
    buttons.push(el("span", { class: "exports" },
      el("button", { type: "button", class: "quiet", "data-switch": "svg", "aria-label": `Save “${chart.title}” as SVG`, onclick: () => save(`${file}.svg`, "image/svg+xml", exportSvg(chart, this.view())) }, "SVG"),
      el("button", { type: "button", class: "quiet", "data-switch": "csv", "aria-label": `Save “${chart.title}” as CSV`, onclick: () => save(`${file}.csv`, "text/csv", exportCsv(chart, this.view(), this.context)) }, "CSV")));
    bar.replaceChildren(...buttons);
    if (had && focused) (bar.querySelector(`[data-switch="${focused}"]`) as HTMLElement | null)?.focus();
  }

  draw(force = false): void {
    if (!this.stale && !force) return;
    this.width = this.drawing.clientWidth;
    if (!this.width) return;
    this.stale = false;
    const em = Number.parseFloat(getComputedStyle(this.drawing).fontSize);
    const spec = this.chart.build(this.view(), this.context.theme);
    const focused = this.drawing.contains(document.activeElement);
    if (!spec.series.some((s) => s.marks.length || s.curve?.length)) {
      this.drawing.replaceChildren(el("p", { class: "empty" }, "Every series is hidden."));
      this.card.replaceChildren();
      return;
    }
    this.drawn = draw(spec, this.width, em);
    const { svg: root, marks } = this.drawn;
    root.setAttribute("role", "group");
    root.setAttribute("aria-label", `${this.chart.title}. ${spec.series.length} series, ${marks.length} points. Arrow keys move between points, Enter goes to a point's details.`);
    this.at = Math.min(this.at, Math.max(0, marks.length - 1));
    marks[this.at]?.element.setAttribute("tabindex", "0");
    marks.forEach(({ element }, i) => {
      element.addEventListener("focus", () => this.point(i, true));
      element.addEventListener("click", () => { this.point(i, true); element.focus({ preventScroll: true }); });
    });
    this.drawing.replaceChildren(root, this.tip);
    this.tip.hidden = true;
    if (focused) marks[this.at]?.element.focus({ preventScroll: true });
  }

  private pointer(event: PointerEvent): void {
    if (!this.drawn) return;
    const box = this.drawn.svg.getBoundingClientRect();
    let best = -1, least = 26 ** 2;
    const target = this.drawn.marks.findIndex(({ element }) => element.contains(event.target as Node));
    if (target >= 0) best = target;
    else this.drawn.marks.forEach(({ element }, i) => {
      const own = element.getBoundingClientRect();
      const d = (own.x + own.width / 2 - event.clientX) ** 2 + (own.y + own.height / 2 - event.clientY) ** 2;
      if (d < least) [best, least] = [i, d];
    });
    if (best < 0) { this.tip.hidden = true; return; }
    this.point(best, false);
    const one = this.drawn.marks[best]!;
    const own = one.element.getBoundingClientRect();
    this.tip.textContent = one.mark.label;
    this.tip.hidden = false;
    const half = this.tip.offsetWidth / 2;
    this.tip.style.left = `${Math.max(half, Math.min(box.width - half, own.x + own.width / 2 - box.x))}px`;
    this.tip.style.top = `${own.y - box.y}px`;
  }

  private shown = -1;
  private point(i: number, focus: boolean): void {
    const one = this.drawn?.marks[i];
    if (!one) return;
    if (focus && i !== this.at) {
      this.drawn!.marks[this.at]?.element.setAttribute("tabindex", "-1");
      one.element.setAttribute("tabindex", "0");
      this.at = i;
    }
    if (this.shown === i && this.card.dataset["point"] === one.mark.datum.point.name) return;
    this.shown = i;
    this.card.dataset["point"] = one.mark.datum.point.name;
    this.card.replaceChildren(...pointCard(this.context, one.mark.datum.point));
    if (one.element.classList.contains("cell")) return;
    this.drawn!.svg.querySelectorAll(".series").forEach((g, turn) => g.classList.toggle("back", turn !== one.series));
    clearTimeout(this.fade);
    this.fade = window.setTimeout(() => this.drawn?.svg.querySelectorAll(".back").forEach((g) => g.classList.remove("back")), 1500);
  }
  private fade = 0;

  private key(event: KeyboardEvent): void {
    if (!this.drawn?.marks.length) return;
    const { marks } = this.drawn, here = marks[this.at]!;
    const same = marks.map((m, i) => ({ m, i })).filter(({ m }) => m.series === here.series);
    const own = same.findIndex(({ i }) => i === this.at);
    let to: number | undefined;
    if (event.key === "ArrowRight") to = same[own + 1]?.i ?? (same.length === 1 ? this.at + 1 : undefined);
    else if (event.key === "ArrowLeft") to = same[own - 1]?.i ?? (same.length === 1 ? this.at - 1 : undefined);
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const step = event.key === "ArrowDown" ? 1 : -1;
      const next = marks.map((m, i) => ({ m, i })).filter(({ m }) => m.series === here.series + step);
      to = (next.find(({ m }) => m.mark.datum.x === here.mark.datum.x) ?? next[Math.min(own, next.length - 1)])?.i;
    } else if (event.key === "Home") to = 0;
    else if (event.key === "End") to = marks.length - 1;
    else if (event.key === "Enter") {
      event.preventDefault();
      this.card.querySelector("button")?.focus();
      return;
    } else return;
    event.preventDefault();
    if (to !== undefined && marks[to]) marks[to]!.element.focus();
  }
}

export { copyButton };
export type { Theme };
