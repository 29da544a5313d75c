/**
 * Turns `images/<name>/` into build contexts whose names say what is in them: `lakehouse/<name>:<hash>`.
 *
 * A context is the image's folder, the repository paths that its `context.txt` lists (one a line) and the
 * host's extra certificate authorities under `certs/`. The hash covers all of that but the certificates, and
 * the hashes of the images it is built from, so a change rebuilds exactly the images that it concerns.
 *
 * By hand: `node platform/docker/contexts.ts build <name…>` and `… list`.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join, posix, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** A staged build context and the image reference that it makes. */
export interface ImageContext {
  /** The folder's name under `images/`. */
  readonly name: string;
  /** The image's full reference, for example `lakehouse/kafka:0123456789ab`. */
  readonly reference: string;
  /** The staged folder to hand to the engine. */
  readonly directory: string;
  /** Names of the images that this one is built from directly: build them first. */
  readonly bases: readonly string[];
}

/** The one base that is not built here. */
export const EXTERNAL_BASE = "debian:trixie-slim";

const PREFIX = "lakehouse/";
const SKIPPED = [/^node_modules$/, /^__pycache__$/, /^tests$/, /\.test\.ts$/, /\.pyc$/];
/** Where distributions keep the authorities that an administrator added. */
const AUTHORITY_FOLDERS = [
  "/usr/local/share/ca-certificates",
  "/etc/pki/ca-trust/source/anchors",
  "/etc/pki/trust/anchors",
  "/etc/ca-certificates/trust-source/anchors",
];

interface ContextFile {
  readonly content: Buffer;
  readonly executable: boolean;
}

interface Definition {
  readonly name: string;
  readonly hash: string;
  readonly bases: readonly string[];
  /** By path inside the context, Dockerfile already rewritten. */
  readonly files: ReadonlyMap<string, ContextFile>;
}

/** The folder that outlives checkouts: `$LAKEHOUSE_CACHE`, else `lakehouse` in the user's cache folder. */
export function cacheHome(env: NodeJS.ProcessEnv = process.env): string {
  return env["LAKEHOUSE_CACHE"] ?? join(env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "lakehouse");
}

/** The names of all images, sorted. */
export function imageNames(repoRoot: string = defaultRoot()): readonly string[] {
  return readdirSync(join(repoRoot, "images"))
    .filter((name) => existsSync(join(repoRoot, "images", name, "Dockerfile")))
    .sort();
}

/** Stages the context of image `name` (only if that very content is not staged yet) and says what it is. */
export function imageContext(name: string, repoRoot: string = defaultRoot()): ImageContext {
  const definition = define(name, resolve(repoRoot), []);
  const directory = join(cacheHome(), "contexts", `${name}-${definition.hash}`);
  stage(definition, directory);
  refreshAuthorities(join(directory, "certs"));
  return { name, reference: reference(name, definition.hash), directory, bases: definition.bases };
}

/** `names` and everything they are built from, bases first, each once. */
export function buildOrder(
  names: readonly string[],
  repoRoot: string = defaultRoot(),
): readonly ImageContext[] {
  const ordered = new Map<string, ImageContext>();
  const visit = (name: string): void => {
    if (ordered.has(name)) return;
    const context = imageContext(name, repoRoot);
    context.bases.forEach(visit);
    ordered.set(name, context);
  };
  names.forEach(visit);
  return [...ordered.values()];
}

function defaultRoot(): string {
  return resolve(dirname(fileURLToPath(import.meta.url)), "../..");
}

function reference(name: string, hash: string): string {
  return `${PREFIX}${name}:${hash}`;
}

function define(name: string, repoRoot: string, parents: readonly string[]): Definition {
  if (parents.includes(name)) {
    throw new Error(`Images are built from each other in a circle: ${[...parents, name].join(" → ")}.`);
  }
  const folder = join(repoRoot, "images", name);
  const dockerfile = join(folder, "Dockerfile");
  if (!existsSync(dockerfile)) {
    const by = parents.at(-1);
    const wanted = by === undefined ? "" : `, which images/${by}/Dockerfile is built from`;
    throw new Error(
      `There is no image '${name}'${wanted}: images/${name}/Dockerfile is missing. ` +
        `Known images: ${imageNames(repoRoot).join(", ")}.`,
    );
  }

  const files = new Map<string, ContextFile>();
  collect(folder, "", files);
  for (const extra of extras(folder, name)) {
    const source = join(repoRoot, extra);
    if (!existsSync(source))
      throw new Error(`images/${name}/context.txt lists '${extra}', which does not exist.`);
    collect(source, extra, files);
  }
  files.delete("context.txt");
  for (const path of files.keys()) {
    if (path.startsWith("certs/")) {
      throw new Error(`images/${name}: '${path}' is in the way: certs/ holds the host's authorities.`);
    }
  }

  const hashes = new Map<string, string>();
  const text = rewriteDockerfile(readFileSync(dockerfile, "utf8"), `images/${name}/Dockerfile`, (base) => {
    const known = hashes.get(base) ?? define(base, repoRoot, [...parents, name]).hash;
    hashes.set(base, known);
    return reference(base, known);
  });
  files.set("Dockerfile", { content: Buffer.from(text), executable: false });
  return { name, hash: hash(files), bases: [...hashes.keys()].sort(), files };
}

/** Gives every `lakehouse/…` base its full reference; refuses any other image than the external base. */
function rewriteDockerfile(text: string, file: string, resolveBase: (name: string) => string): string {
  const stages = new Set<string>();
  const replace = (image: string, line: number): string => {
    if (stages.has(image) || /^\d+$/.test(image) || image === "scratch" || image === EXTERNAL_BASE)
      return image;
    const where = `${file}, line ${String(line)}`;
    if (!image.startsWith(PREFIX)) {
      throw new Error(
        `${where}: '${image}' is neither a stage above, nor ${PREFIX}<name>, nor ${EXTERNAL_BASE}.`,
      );
    }
    const base = image.slice(PREFIX.length);
    if (!/^[a-z0-9][a-z0-9-]*$/.test(base)) {
      throw new Error(`${where}: write '${PREFIX}<name>' without a tag or digest, not '${image}'.`);
    }
    return resolveBase(base);
  };
  return text
    .split("\n")
    .map((line, index) => {
      const from = /^(\s*FROM\s+(?:--\S+\s+)*)(\S+)(\s+AS\s+(\S+))?(\s*)$/i.exec(line);
      if (from !== null) {
        const [, head = "", image = "", alias = "", stageName] = from;
        const rewritten = `${head}${replace(image, index + 1)}${alias}`;
        if (stageName !== undefined) stages.add(stageName);
        return rewritten;
      }
      if (!/^\s*(COPY|ADD)\s/i.test(line)) return line;
      return line.replace(
        /(\s--from=)(\S+)/i,
        (_, flag: string, image: string) => flag + replace(image, index + 1),
      );
    })
    .join("\n");
}

function extras(folder: string, name: string): readonly string[] {
  const list = join(folder, "context.txt");
  if (!existsSync(list)) return [];
  return readFileSync(list, "utf8")
    .split("\n")
    .map((line) => line.replace(/#.*/, "").trim())
    .filter((line) => line !== "")
    .map((line) => {
      const path = posix.normalize(line).replace(/\/$/, "");
      if (path === "." || path.startsWith("..") || path.startsWith("/")) {
        throw new Error(`images/${name}/context.txt: '${line}' must be a path inside the repository.`);
      }
      return path;
    });
}

function collect(source: string, target: string, into: Map<string, ContextFile>): void {
  const status = lstatSync(source);
  if (status.isDirectory()) {
    for (const entry of readdirSync(source)) {
      if (SKIPPED.some((pattern) => pattern.test(entry))) continue;
      collect(join(source, entry), posix.join(target, entry), into);
    }
    return;
  }
  if (!status.isFile())
    throw new Error(`${source}: a build context takes plain files only, not links or devices.`);
  if (into.has(target)) throw new Error(`${source}: the context already has a file '${target}'.`);
  into.set(target, { content: readFileSync(source), executable: (status.mode & 0o100) !== 0 });
}

function hash(files: ReadonlyMap<string, ContextFile>): string {
  const digest = createHash("sha256");
  for (const path of [...files.keys()].sort()) {
    const file = files.get(path);
    if (file === undefined) continue;
    // The length keeps one file's end and the next one's head from being exchangeable.
    digest.update(`${path}\0${file.executable ? "x" : "-"}\0${String(file.content.length)}\0`);
    digest.update(file.content);
  }
  return digest.digest("hex").slice(0, 12);
}

function stage(definition: Definition, directory: string): void {
  if (existsSync(directory)) return;
  mkdirSync(dirname(directory), { recursive: true });
  const temporary = mkdtempSync(join(dirname(directory), `.${definition.name}-`));
  try {
    chmodSync(temporary, 0o755);
    for (const [path, file] of definition.files) {
      const target = join(temporary, path);
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, file.content);
      chmodSync(target, file.executable ? 0o755 : 0o644);
    }
    renameSync(temporary, directory);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    // Somebody else may have staged the same content in the meantime; then theirs is as good.
    if (!existsSync(directory)) throw error;
  }
}

/** Makes `folder` hold exactly the host's extra authorities; `.keep` lets COPY succeed where there are none. */
function refreshAuthorities(folder: string): void {
  const wanted = hostAuthorities();
  wanted.set(".keep", "");
  mkdirSync(folder, { recursive: true });
  for (const present of readdirSync(folder)) if (!wanted.has(present)) rmSync(join(folder, present));
  for (const [file, content] of wanted) {
    const target = join(folder, file);
    if (existsSync(target) && readFileSync(target, "utf8") === content) continue;
    writeFileSync(target, content);
    chmodSync(target, 0o644);
  }
}

function hostAuthorities(): Map<string, string> {
  const found = new Map<string, string>();
  for (const folder of AUTHORITY_FOLDERS.filter((path) => existsSync(path))) {
    for (const entry of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
      if (!/\.(crt|pem|cer)$/i.test(entry)) continue;
      const content = readFileSync(join(folder, entry), "utf8");
      if (!content.includes("BEGIN CERTIFICATE")) continue;
      // update-ca-certificates reads *.crt only.
      found.set(basename(entry).replace(/\.(crt|pem|cer)$/i, "") + ".crt", content);
    }
  }
  return found;
}

function docker(args: readonly string[], show: boolean): { readonly ok: boolean; readonly output: string } {
  const result = spawnSync("docker", args, {
    encoding: "utf8",
    stdio: show ? ["ignore", "inherit", "inherit"] : ["ignore", "pipe", "ignore"],
  });
  if (result.error !== undefined) {
    throw new Error(`Cannot run 'docker': ${result.error.message}. Install Docker's command line client.`);
  }
  return { ok: result.status === 0, output: show ? "" : result.stdout.trim() };
}

function imageSize(image: string): number | undefined {
  const { ok, output } = docker(["image", "inspect", "--format", "{{.Size}}", image], false);
  return ok ? Number(output) : undefined;
}

function build(names: readonly string[]): void {
  for (const context of buildOrder(names)) {
    if (imageSize(context.reference) !== undefined) {
      console.log(`${context.reference} is already built.`);
      continue;
    }
    console.log(`Building ${context.reference} …`);
    if (!docker(["build", "--tag", context.reference, context.directory], true).ok) {
      throw new Error(
        `Building ${context.reference} from ${context.directory} failed; the reason stands above.`,
      );
    }
  }
}

function list(): void {
  const rows = imageNames().map((name) => {
    const { reference: image } = imageContext(name);
    const size = imageSize(image);
    return {
      name,
      reference: image,
      size: size === undefined ? "not built" : `${(size / 1e6).toFixed(0)} MB`,
    };
  });
  console.table(rows);
}

function main(args: readonly string[]): void {
  const [command, ...names] = args;
  if (command === "build" && names.length > 0) build(names);
  else if (command === "list" && names.length === 0) list();
  else {
    throw new Error("Usage: node platform/docker/contexts.ts build <name…> | list");
  }
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    main(process.argv.slice(2));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
