/** Progress on stderr: one line that updates itself on a terminal, a line every few seconds elsewhere. */
export class Progress {
  readonly #label: string;
  readonly #unit: string;
  readonly #total: number;
  readonly #out: NodeJS.WriteStream;
  readonly #began = performance.now();
  #lastShown = 0;
  #lastShownDone = -1;
  #lineOpen = false;
  #done = 0;

  constructor(label: string, unit: string, total: number, out: NodeJS.WriteStream = process.stderr) {
    this.#label = label;
    this.#unit = unit;
    this.#total = total;
    this.#out = out;
  }

  /** Counts `n` more records as written. */
  add(n: number): void {
    this.#done += n;
    const interval = this.#out.isTTY ? 200 : 5000;
    if (performance.now() - this.#lastShown >= interval) this.#show();
  }

  /** Writes a line of its own, such as a warning. */
  note(message: string): void {
    this.#closeLine();
    this.#out.write(`${this.#label}: ${message}\n`);
  }

  /** Shows the last figures and ends the line. */
  finish(): void {
    if (this.#lastShownDone !== this.#done) this.#show();
    this.#closeLine();
  }

  get done(): number {
    return this.#done;
  }

  get seconds(): number {
    return (performance.now() - this.#began) / 1000;
  }

  #show(): void {
    this.#lastShown = performance.now();
    this.#lastShownDone = this.#done;
    const of = Number.isFinite(this.#total) ? ` of ${this.#total.toLocaleString("en")}` : "";
    const rate = this.seconds > 0 ? Math.round(this.#done / this.seconds) : 0;
    const line = `${this.#label}: ${this.#done.toLocaleString("en")}${of} ${this.#unit}, ${rate.toLocaleString("en")}/s`;
    if (this.#out.isTTY) {
      this.#out.write(`\r\u001b[K${line}`);
      this.#lineOpen = true;
    } else {
      this.#out.write(`${line}\n`);
    }
  }

  #closeLine(): void {
    if (this.#lineOpen) this.#out.write("\n");
    this.#lineOpen = false;
  }
}
