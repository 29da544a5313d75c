/**
 * The configuration's documentation, made from its one definition (config.ts): a JSON Schema for editors and the
 * described keys in Pulumi.yaml. `npm run schema` writes both; a test fails when they are stale.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

import { z } from "zod";

import { configSchema } from "./config.ts";

const SCHEMA_FILE = "lakehouse.schema.json";
const PROJECT_FILE = "Pulumi.yaml";
const BEGIN = "# --- configuration keys (npm run schema) ---";
const END = "# --- end of configuration keys ---";
const WIDTH = 110;

/** A JSON Schema of `Pulumi.<stack>.yaml`. */
export function stackFileSchema(): object {
  const { properties = {} } = z.toJSONSchema(configSchema, { io: "input" });
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "A stack of the lakehouse: Pulumi.<stack>.yaml",
    type: "object",
    properties: {
      config: {
        type: "object",
        properties: Object.fromEntries(
          Object.entries(properties).map(([key, value]) => [`lakehouse:${key}`, value]),
        ),
        patternProperties: { "^(?!lakehouse:)": {} },
        additionalProperties: false,
      },
    },
  };
}

/** Every key as a comment: its name, default and meaning. */
export function describedKeys(): string {
  const lines = Object.entries(configSchema.shape).flatMap(([key, value]) => {
    const { description = "", default: preset } = z.toJSONSchema(value, { io: "input" });
    const title = `#   lakehouse:${key}${preset === undefined ? "" : ` = ${JSON.stringify(preset)}`}`;
    return [title, ...wrap(description, WIDTH - 8).map((line) => `#       ${line}`)];
  });
  return [
    BEGIN,
    "# Set in Pulumi.<stack>.yaml; unknown keys are refused. Schema for editors: lakehouse.schema.json.",
    ...lines,
    END,
  ].join("\n");
}

/** The project file with its keys described anew. */
export function projectFile(text: string): string {
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  const before = begin < 0 ? `${text.trimEnd()}\n\n` : text.slice(0, begin);
  return `${before}${describedKeys()}${begin < 0 ? "\n" : text.slice(end + END.length)}`;
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  writeFileSync(SCHEMA_FILE, `${JSON.stringify(stackFileSchema(), null, 2)}\n`);
  writeFileSync(PROJECT_FILE, projectFile(readFileSync(PROJECT_FILE, "utf8")));
}
