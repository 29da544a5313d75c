/** What is known of a module for switching: what it cannot do without. */
export interface Needs<N extends string> {
  readonly needs: readonly N[];
}

/** The modules to build, or why the wishes contradict each other. */
export type Resolution<N extends string> =
  | { readonly ok: true; readonly modules: readonly N[] }
  | { readonly ok: false; readonly conflicts: readonly string[] };

/**
 * Resolves switches to the modules to build, needed ones first.
 *
 * What is asked for (pipelines, and components set to true) pulls in its needs. A need that is switched off by name is
 * a conflict. All conflicts are reported together, each with the chain that leads to it.
 *
 * @param catalogue every module with its needs, which must not be circular
 * @param wanted modules asked for
 * @param refused modules switched off by name
 */
export function resolveSwitches<N extends string>(
  catalogue: Readonly<Record<N, Needs<N>>>,
  wanted: readonly N[],
  refused: readonly N[],
): Resolution<N> {
  const off = new Set(refused);
  const on = new Set<N>();
  const conflicts: string[] = [];
  const visit = (module: N, chain: readonly N[]): void => {
    const path = [...chain, module];
    if (chain.includes(module)) throw new Error(`modules need each other in a circle: ${path.join(" → ")}`);
    if (off.has(module)) {
      conflicts.push(
        chain.length === 0
          ? `${module} is asked for and switched off: remove one of the two`
          : `${module} is switched off but needed: ${path.join(" → ")}; switch it on or leave out ${chain[0] ?? module}`,
      );
      return;
    }
    if (on.has(module)) return;
    for (const need of catalogue[module].needs) visit(need, path);
    on.add(module);
  };
  for (const module of wanted) visit(module, []);
  return conflicts.length === 0 ? { ok: true, modules: [...on] } : { ok: false, conflicts };
}
