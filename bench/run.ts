#!/usr/bin/env node
/** Runs the benchmarks whose names contain one of the arguments (all of them without), and prints Markdown. */
import { cpus, release, totalmem, type } from "node:os";
import { type Benchmark, markdown } from "./benchmark.ts";
import { benchmark as generators } from "./generators.bench.ts";

const benchmarks: readonly Benchmark[] = [generators];

const wanted = process.argv.slice(2);
const chosen = benchmarks.filter(
  ({ name }) => wanted.length === 0 || wanted.some((word) => name.includes(word)),
);
if (chosen.length === 0) {
  process.stderr.write(
    `no benchmark is called ${wanted.join(" or ")}: ${benchmarks.map(({ name }) => name).join(", ")}\n`,
  );
  process.exit(2);
}

const model = cpus()[0]?.model ?? "unknown processor";
const memory = `${(totalmem() / 2 ** 30).toFixed(0)} GiB`;
process.stdout.write(
  `${new Date().toISOString().slice(0, 10)} · ${String(cpus().length)} × ${model} · ${memory} · ${type()} ${release()} · Node ${process.version} · \`npm run bench${wanted.length > 0 ? ` -- ${wanted.join(" ")}` : ""}\`\n\n`,
);
let missed = false;
for (const { name, run } of chosen) {
  process.stderr.write(`${name} …\n`);
  const rows = await run();
  missed ||= rows.some((row) => row.met === false);
  process.stdout.write(`${markdown(name, rows)}\n`);
}
if (missed) process.stderr.write("An aim was missed.\n");
