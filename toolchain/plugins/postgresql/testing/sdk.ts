/** The npm SDK's declarations: which inputs it has. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import ts from "typescript";

/** The properties of an interface in one of the SDK's declaration files. */
export function inputsOf(file: string, declaration: string): string[] {
  const home = dirname(createRequire(import.meta.url).resolve("@pulumi/postgresql/package.json"));
  const path = join(home, `${file}.d.ts`);
  const source = ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest);
  const found = source.statements
    .filter(ts.isInterfaceDeclaration)
    .find((one) => one.name.text === declaration);
  if (!found) throw new Error(`${path} declares no ${declaration}`);
  return found.members
    .flatMap((member) => (member.name && ts.isIdentifier(member.name) ? [member.name.text] : []))
    .sort();
}
