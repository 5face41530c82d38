// Bundles src/ into the one file dist/report.html, or into the file that is named. The same sources give the same bytes.
import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2] ?? join(here, "dist", "report.html");
const options = { absWorkingDir: here, bundle: true, minify: true, write: false, legalComments: "none", charset: "utf8", logLevel: "warning" };

async function bundled(entry, more) {
  const result = await build({ ...options, entryPoints: [entry], ...more });
  return result.outputFiles[0].text.trim();
}

const script = await bundled("src/main.ts", { format: "iife", target: "es2022" });
const style = await bundled("src/style.css", { target: "chrome110" });
if (/<\/(script|style)|<!--/i.test(script) || /<\/style/i.test(style)) throw new Error("the bundle would end its own element");
// The licences of what is bundled ask to be kept.
const licences = [];
for (const name of ["d3-scale", "d3-shape", "d3-array", "d3-format", "d3-interpolate", "d3-color", "d3-path", "d3-time", "d3-time-format", "internmap"]) {
  const text = await readFile(join(here, "node_modules", name, "LICENSE"), "utf8");
  licences.push(`${name}: ${text.split("\n").find((line) => line.startsWith("Copyright")) ?? ""}`.trim());
}
const notice = `<!-- Built from plot/report/src by plot/report/build.mjs: edit there. Contains, under the ISC licence (BSD-3-Clause where noted in plot/report/README.md):\n${licences.join("\n")} -->`;
const hash = createHash("sha256").update(script).digest("base64");
const parts = { SCRIPT_HASH: hash, STYLE: style, SCRIPT: script };
const page = (await readFile(join(here, "src", "page.html"), "utf8"))
  .replace(/@(SCRIPT_HASH|STYLE|SCRIPT)@/g, (_, name) => parts[name])
  .replace("<head>", () => `<head>\n${notice}`);
for (const word of ["@ENCODING@", "@DATA@"]) if (page.split(word).length !== 2) throw new Error(`${word} has to stand in the page once`);
await mkdir(dirname(out), { recursive: true });
await writeFile(out, page);
