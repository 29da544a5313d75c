/** An error whose message is for the person at the terminal: what is wrong, then what to do. */
export class Fault extends Error {
  readonly exitCode: number;

  constructor(what: string, whatToDo: readonly string[] = [], exitCode = 1) {
    super([what, ...whatToDo.map((line) => `  ${line}`)].join("\n"));
    this.name = "Fault";
    this.exitCode = exitCode;
  }
}

/** The message of anything that was thrown; Node reports some connection errors as a list. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === "") {
    return error.errors.map(messageOf).join("; ");
  }
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${messageOf(error.cause)}`;
}
