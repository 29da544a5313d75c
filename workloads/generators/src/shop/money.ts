/** Money as whole cents inside, as `numeric(10,2)` text outside. */
const twoDigits = Array.from({ length: 100 }, (_, n) => String(n).padStart(2, "0"));

/** `1250` → `"12.50"` */
export function formatCents(cents: number): string {
  const whole = Math.floor(cents / 100);
  return `${String(whole)}.${twoDigits[cents - whole * 100] ?? ""}`;
}

/** `"12.50"` → `1250` */
export function parseCents(amount: string): number {
  return Number(amount.replace(".", ""));
}
