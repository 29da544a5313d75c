import { Command } from "commander";

/** Node keeps a process alive for its timers only; a day is as good as any. */
const A_DAY_MS = 86_400_000;

/** `wait`: keeps a container at hand in which the other commands are run. */
export function waitCommand(): Command {
  return new Command("wait")
    .description("Does nothing until it is ended: keeps a container at hand for jobs.")
    .action(
      () =>
        new Promise<void>((resolve) => {
          const alive = setInterval(() => undefined, A_DAY_MS);
          for (const signal of ["SIGTERM", "SIGINT"] as const) {
            process.once(signal, () => {
              clearInterval(alive);
              resolve();
            });
          }
        }),
    );
}
