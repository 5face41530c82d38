// The page: reads its data, and shows what the URL's fragment asks for.
import { answer, marksOf, nearest, needsOf, offeredBy, workList, type Work } from "./answer";
import { charts, type Chart, type Context } from "./charts/builders";
import { Figure } from "./charts/figure";
import { readFragment, write, type Choice } from "./choice";
import { compareSection, gateSection, historySection, resultsOf } from "./compare";
import { read, type Data, type GateFile, type HistoryFile, type ResultFile } from "./data";
import { announce, el } from "./dom";
import { age, machineLine, machineSection } from "./machine";
import { answerSection } from "./ranking";
import { sentenceOf, unmeasured, type Ask } from "./sentence";
import { seriesBar } from "./series";
import { applyInks, Looks, theme } from "./style";
import { EveryPoint } from "./table";
import { plural, some } from "./words";

const get = (id: string): HTMLElement => document.getElementById(id) as HTMLElement;
const section = (id: string, title: string, ...children: Node[]): HTMLElement => el("section", { id, "aria-labelledby": `${id}-title` }, el("h2", { id: `${id}-title` }, title), children);

/** Puts nodes in place of others and keeps the focus on the control that had it. */
function replace(host: HTMLElement, ...nodes: Node[]): void {
  const active = document.activeElement as HTMLElement | null;
  const names = ["control", "series", "only", "all", "fresh"];
  const own = active && host.contains(active) ? names.find((name) => active.dataset[name] !== undefined) : undefined;
  const value = own ? active!.dataset[own] : undefined;
  host.replaceChildren(...nodes);
  if (own) ([...host.querySelectorAll<HTMLElement>(`[data-${own}]`)].find((one) => one.dataset[own] === value) ?? host.querySelector<HTMLElement>("button, select"))?.focus({ preventScroll: true });
}

class Page {
  private choice: Choice;
  private readonly results: ResultFile[];
  private readonly looks = new Map<ResultFile, Looks>();
  private readonly figures = new Map<string, Figure>();
  private readonly sight = new IntersectionObserver((entries) => {
    for (const entry of entries) [...this.figures.values()].find((f) => f.element === entry.target)?.show(entry.isIntersecting);
  }, { rootMargin: "300px" });
  private readonly points: EveryPoint;
  private machineOf: ResultFile | null = null;

  constructor(private readonly data: Data) {
    this.choice = readFragment(location.hash);
    this.results = resultsOf(data.files);
    this.points = new EveryPoint({ choice: () => this.choice, set: (change, quiet) => this.ask(change, quiet) });
  }

  private file(): ResultFile { return this.results[Math.min(this.choice.file, this.results.length - 1)] as ResultFile; }
  private work(): Work | undefined {
    const list = workList(this.file());
    return list.find((w) => w.key === this.choice.work) ?? list.find((w) => w.combos.some((combo) => combo.impls > 0)) ?? list[0];
  }

  /** Makes the choice one that the run measured. */
  private settle(): void {
    const work = this.work();
    if (!work) return;
    const c = this.choice;
    c.work = work.key;
    c.axes = nearest(work, c.axes);
    if (!offeredBy(work).includes(c.by)) c.by = "own";
    if (!["best", "keeps", "sleeps"].includes(c.wait) && !work.waits.includes(c.wait)) c.wait = "best";
    if (c.steal !== "best" && !work.steals.includes(c.steal)) c.steal = "best";
    const known = new Map(needsOf(work));
    for (const [key, value] of Object.entries(c.needs)) if (!known.get(key)?.includes(value)) delete c.needs[key];
  }

  readonly ask = (change: (choice: Choice) => void, quiet = false): void => {
    const before = write(this.choice);
    const next = structuredClone(this.choice);
    change(next);
    this.choice = next;
    if (this.results.length) this.settle();
    const now = write(this.choice);
    if (now === before) return;
    history[quiet ? "replaceState" : "pushState"](null, "", `#${now}`);
    this.show();
  };

  start(): void {
    const { files } = this.data;
    applyInks();
    this.frame();
    if (this.results.length) this.settle();
    this.show();
    const back = (): void => {
      if (location.hash === `#${write(this.choice)}` || /^#(answer|charts|points|machine|compare|main|file-\d+)$/.test(location.hash)) return;
      this.choice = readFragment(location.hash);
      if (this.results.length) this.settle();
      this.show();
    };
    addEventListener("popstate", back);
    addEventListener("hashchange", back);
    let timer = 0;
    addEventListener("resize", () => {
      clearTimeout(timer);
      timer = window.setTimeout(() => this.figures.forEach((f) => f.resize()), 120);
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.repaint());
    addEventListener("beforeprint", () => {
      this.figures.forEach((f) => f.show(true));
      for (const id of [...this.below.keys()]) this.draw(id);
    });
    if (this.results.length) for (const id of ["points", "machine"]) this.approach.observe(get(id));
    document.title = `Handoff: ${files.map((f) => f.label || f.file).slice(0, 3).join(", ")}`;
  }

  private repaint(): void {
    applyInks();
    this.machineOf = null;
    this.show();
  }

  /** What stands in the page whatever is chosen. */
  private frame(): void {
    const { files } = this.data, main = get("main");
    const toggle = el("button", { type: "button", class: "quiet", id: "theme" });
    const say = (): void => { toggle.textContent = theme() === "dark" ? "Light" : "Dark"; toggle.setAttribute("aria-label", theme() === "dark" ? "Change to light colours" : "Change to dark colours"); };
    say();
    toggle.addEventListener("click", () => {
      document.documentElement.dataset["theme"] = theme() === "dark" ? "light" : "dark";
      say();
      this.repaint();
    });
    const made = this.data.made_by;
    const file = this.results[0];
    const jumps: [string, string][] = [];
    const head = el("div", { class: "masthead" }, el("p", { class: "brand" }, "Handoff"), el("nav", { "aria-label": "Sections" }), toggle);
    get("top").replaceChildren(head);
    const parts: Node[] = [];
    if (file) {
      parts.push(el("section", { id: "answer", "aria-label": "The answer" }, el("div", { id: "ask" }), el("div", { id: "ranking" }), el("div", { id: "unmeasured" }), el("p", { id: "provenance", class: "small" })));
      parts.push(section("charts", "Charts", el("p", { class: "small hint" }, "They follow the question above. Point at a mark, or Tab to one and use the arrow keys: under the chart stand its repetitions, their flags, and the command that runs it again."), el("div", { id: "series" }), el("div", { id: "figures", class: "charts" })));
      parts.push(section("points", "Every point", this.points.element));
      parts.push(section("machine", "The machine", el("div", { id: "machine-body" })));
      jumps.push(["answer", "Answer"], ["charts", "Charts"], ["points", "Every point"], ["machine", "Machine"]);
      if (this.results.length > 1) {
        parts.push(section("compare", "Side by side", el("div", { id: "compare-body" })));
        jumps.push(["compare", "Side by side"]);
      }
    }
    files.forEach((one, i) => {
      if (one.kind !== "gate" && one.kind !== "history") return;
      parts.push(section(`file-${i}`, `${one.kind === "gate" ? "Gate" : "History"}: ${one.label || one.file}`, el("div", { "data-file": i })));
      jumps.push([`file-${i}`, one.kind === "gate" ? "Gate" : "History"]);
    });
    main.replaceChildren(...parts);
    (head.querySelector("nav") as HTMLElement).replaceChildren(...(jumps.length > 1 ? jumps.map(([id, text]) => {
      const link = el("a", { href: `#${id}` }, text);
      link.addEventListener("click", (event) => { // the fragment is the choice's
        event.preventDefault();
        get(id).scrollIntoView();
        const title = get(id).querySelector<HTMLElement>("h2, select, button");
        if (title) { if (title.tagName === "H2") title.setAttribute("tabindex", "-1"); title.focus({ preventScroll: true }); }
      });
      return link;
    }) : []));
    get("foot").replaceChildren(el("p", { class: "small" }, `Made by handoff report${made?.version ? ` ${made.version}` : ""}${made?.commit ? ` (${made.commit.slice(0, 12)})` : ""} from ${some(files.map((f) => f.file))}. This page holds all of its data and asks the network for nothing.`));
  }

  private show(): void {
    if (this.results.length) this.showResults();
    const shown = theme();
    this.data.files.forEach((file, i) => {
      const host = document.querySelector<HTMLElement>(`[data-file="${i}"]`);
      if (!host || host.dataset["shown"] === shown) return;
      host.dataset["shown"] = shown;
      const em = Number.parseFloat(getComputedStyle(host).fontSize);
      host.replaceChildren(...(file.kind === "gate" ? gateSection(file as GateFile) : historySection(file as HistoryFile, shown, Math.min(host.clientWidth, em * 34), em)));
    });
  }

  private showResults(): void {
    const file = this.file(), work = this.work(), { choice } = this, ask: Ask = this.ask;
    if (!work) {
      replace(get("ask"), el("p", { class: "lead" }, `${file.label || file.file}: no benchmark here is ranked.`));
    } else {
      const shown = theme();
      let looks = this.looks.get(file);
      if (!looks) this.looks.set(file, (looks = new Looks([...(file.run.implementations ?? []), ...new Set(file.points.map((p) => p.impl))])));
      const a = answer(file, work, choice);
      replace(get("ask"), sentenceOf(this.results, file, work, choice, ask, (axis) => {
        const more = unmeasured(work, choice, axis);
        if (!more) return;
        get("unmeasured").replaceChildren(more);
        more.scrollIntoView({ block: "center" });
        more.querySelector("summary")?.focus({ preventScroll: true });
      }));
      replace(get("ranking"), ...answerSection(file, choice, a, looks, shown));
      const rest = unmeasured(work, choice);
      get("unmeasured").replaceChildren(...(rest ? [rest] : []));
      get("provenance").textContent = [file.label || file.file, machineLine(file), file.run.sweep ? `sweep ${file.run.sweep.name}, ${plural(file.run.sweep.repetitions, "repetition")}` : "", file.date ? `measured ${file.date.slice(0, 10)}${age(file.date) ? `, ${age(file.date)}` : ""}` : ""].filter(Boolean).join(" · ");
      const marked = marksOf(file);
      const context: Context = { file, work, choice, answer: a, looks, theme: shown, marked };
      replace(get("series"), seriesBar(a, work, choice, looks, shown, marked, ask));
      this.showCharts(charts(context), context);
      const first = a.groups[0]?.best;
      announce(first ? `${first.impl} is first` : "No ranking");
    }
    // What is further down waits until the answer stands and it comes near.
    this.below.set("points", () => this.points.update(file, choice));
    if (this.machineOf !== file) {
      this.machineOf = file;
      this.below.set("machine", () => {
        const host = get("machine-body"), em = Number.parseFloat(getComputedStyle(host).fontSize);
        host.replaceChildren(...machineSection(file, theme(), Math.max(300, Math.min(host.clientWidth, em * 38)), em));
      });
    }
    for (const id of this.near) this.draw(id);
    const compare = document.getElementById("compare-body");
    const key = String(choice.against);
    if (compare && compare.dataset["shown"] !== key) {
      compare.dataset["shown"] = key;
      window.setTimeout(() => replace(compare, ...compareSection(this.results, choice, ask)), 0);
    }
  }
  private readonly below = new Map<string, () => void>();
  private readonly near = new Set<string>();
  private readonly approach = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) { this.near.add(target.id); this.draw(target.id); }
      else this.near.delete(target.id);
    }
  }, { rootMargin: "800px" });

  private draw(id: string): void {
    const work = this.below.get(id);
    this.below.delete(id);
    work?.();
  }

  private showCharts(list: Chart[], context: Context): void {
    const host = get("figures");
    const wanted = new Set(list.map((chart) => chart.id));
    for (const [id, figure] of this.figures) if (!wanted.has(id)) { this.sight.unobserve(figure.element); figure.element.remove(); this.figures.delete(id); }
    list.forEach((chart, i) => {
      let figure = this.figures.get(chart.id);
      if (!figure) {
        figure = new Figure(chart, context, { marks: (id) => this.choice.marks[id], set: (id, marks) => this.ask((c) => { c.marks = { ...c.marks, [id]: marks }; }) });
        this.figures.set(chart.id, figure);
        host.insertBefore(figure.element, host.children[i] ?? null);
        this.sight.observe(figure.element);
      } else {
        if (host.children[i] !== figure.element) host.insertBefore(figure.element, host.children[i] ?? null);
        figure.update(chart, context);
      }
    });
    if (!list.length) host.replaceChildren(el("p", { class: "small" }, context.answer.groups.some((group) => group.best) ? "No chart: this choice has one value of everything." : "No chart: nothing that this choice takes has a number."));
    else host.querySelectorAll(":scope > p").forEach((p) => p.remove());
  }
}

async function begin(): Promise<void> {
  performance.mark("begin");
  try {
    const data = await read(document.getElementById("handoff-data"));
    performance.mark("decoded");
    if (!data.files?.length) throw new Error("This page holds no result.");
    const page = new Page(data);
    page.start();
    performance.mark("answer");
    document.documentElement.dataset["ready"] = "yes";
  } catch (error) {
    applyInks();
    get("main").replaceChildren(el("p", { class: "lead" }, error instanceof Error ? error.message : String(error)));
    document.documentElement.dataset["ready"] = "failed";
    if (!(error instanceof Error) || !error.message.startsWith("This page holds")) throw error;
  }
}
void begin();
