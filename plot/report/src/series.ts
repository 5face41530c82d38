// The series of all charts: hidden, shown and isolated in one place.
import { DRAWN, drawn, type Answer, seriesOrder, type Work } from "./answer";
import type { Choice } from "./choice";
import { el } from "./dom";
import type { Ask } from "./sentence";
import { CAUGHT, type Looks, type Theme } from "./style";
import { markSample } from "./ranking";

export function seriesBar(answer: Answer, work: Work, choice: Choice, looks: Looks, theme: Theme, marked: Set<string>, ask: Ask): HTMLElement {
  const order = seriesOrder(answer), on = drawn(order, choice);
  const without = (list: string[], impl: string): string[] => list.filter((one) => one !== impl);
  const toggle = (impl: string): void => ask((c) => {
    const now = drawn(order, c);
    c.only = "";
    if (now.has(impl)) { c.hide = [...without(c.hide, impl), impl]; c.show = without(c.show, impl); }
    else { c.hide = without(c.hide, impl); if (order.indexOf(impl) >= DRAWN) c.show = [...without(c.show, impl), impl]; }
  });
  const rest = order.length - DRAWN;
  const chips = order.map((impl) => el("li", { class: on.has(impl) ? "on" : "off" },
    el("button", { type: "button", class: "chip", "aria-pressed": String(on.has(impl)), "data-series": impl, onclick: () => toggle(impl) }, markSample(impl, looks, theme), impl + (marked.has(`${work.family}/${impl}`) ? CAUGHT : "")),
    el("button", { type: "button", class: "only", "aria-pressed": String(choice.only === impl), "data-only": impl, "aria-label": `Draw only ${impl}`, onclick: () => ask((c) => { c.only = c.only === impl ? "" : impl; }) }, "only")));
  const all = choice.hide.length || choice.only || choice.show.length;
  return el("div", { class: "series-bar" },
    el("ul", { "aria-label": "Series of the charts" }, chips),
    rest > 0 && on.size < order.length ? el("button", { type: "button", class: "quiet", "data-all": true, onclick: () => ask((c) => { c.only = ""; c.hide = []; c.show = order.slice(DRAWN); }) }, `Draw all ${order.length}`) : null,
    all ? el("button", { type: "button", class: "quiet", "data-fresh": true, onclick: () => ask((c) => { c.only = ""; c.hide = []; c.show = []; }) }, rest > 0 ? `Back to the best ${DRAWN}` : "Draw all") : null);
}
