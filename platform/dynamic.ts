import type * as pulumi from "@pulumi/pulumi";

/** What a provider module (`*.provider.ts`) exports; each function as Pulumi's dynamic provider calls it. */
interface ProviderModule {
  create(inputs: unknown): Promise<pulumi.dynamic.CreateResult>;
  diff?(id: string, olds: unknown, news: unknown): Promise<pulumi.dynamic.DiffResult>;
  update?(id: string, olds: unknown, news: unknown): Promise<pulumi.dynamic.UpdateResult>;
  delete?(id: string, state: unknown): Promise<void>;
}

/**
 * A dynamic provider that only points at a module of this project.
 *
 * Pulumi stores a dynamic provider's source text in every resource's state and takes a changed text for a changed
 * resource. So the text kept there is this small shell, which never changes, and the work is an ordinary typed module
 * that is loaded when the provider runs (with the project's folder as working directory).
 */
export class ModuleProvider implements pulumi.dynamic.ResourceProvider {
  create: (inputs: unknown) => Promise<pulumi.dynamic.CreateResult>;
  diff: (id: string, olds: unknown, news: unknown) => Promise<pulumi.dynamic.DiffResult>;
  update: (id: string, olds: unknown, news: unknown) => Promise<pulumi.dynamic.UpdateResult>;
  delete: (id: string, state: unknown) => Promise<void>;

  /** @param path the module's path from the project's root */
  constructor(path: string) {
    this.create = async (inputs) => {
      const provider = (await import(`file://${process.cwd()}/${path}`)) as ProviderModule;
      return provider.create(inputs);
    };
    this.diff = async (id, olds, news) => {
      const provider = (await import(`file://${process.cwd()}/${path}`)) as ProviderModule;
      return provider.diff === undefined ? { changes: false } : provider.diff(id, olds, news);
    };
    this.update = async (id, olds, news) => {
      const provider = (await import(`file://${process.cwd()}/${path}`)) as ProviderModule;
      return provider.update === undefined ? { outs: olds } : provider.update(id, olds, news);
    };
    this.delete = async (id, state) => {
      const provider = (await import(`file://${process.cwd()}/${path}`)) as ProviderModule;
      await provider.delete?.(id, state);
    };
  }
}
