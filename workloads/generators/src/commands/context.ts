/** What every command needs while it runs. */
import { type Clock, plannedClock, wallClock } from "../shop/time.ts";
import { microsOf, startOf } from "./options.ts";

/** Ends on SIGTERM or SIGINT: the batch under way is finished, counts are printed, the exit code is 0. */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const) {
    process.once(name, () => {
      controller.abort(name);
    });
  }
  return controller.signal;
}

/** The clock that the time options choose. */
export function clockOf(options: {
  readonly start?: number | undefined;
  readonly now?: boolean | undefined;
  readonly spacing: number;
}): Clock {
  return options.now === true ? wallClock() : plannedClock(startOf(options), microsOf(options.spacing));
}

/** Prints a command's result, one JSON object on stdout, for people and programs alike. */
export function printResult(result: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
