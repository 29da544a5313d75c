import type { Platform } from "../platform/platform.ts";
import type { MiB } from "../platform/units.ts";

/** What every component takes. */
export interface ComponentArgs {
  readonly platform: Platform;
  /** Limits; changing them restarts the service, data stays. */
  readonly resources: { readonly cpu: number; readonly memory: MiB };
}

/** A host port, or false to keep it closed. Changing it replaces the container; data stays. */
export type HostPort = number | false;
