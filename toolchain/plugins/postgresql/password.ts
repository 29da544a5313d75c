/**
 * Password verifiers. The plugin sends the server a verifier instead of the password, as psql's `\password`
 * does, so that the password is in no server log; and it can say whether a role's verifier belongs to a
 * password without logging in.
 */
import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from "node:crypto";

const SCRAM = /^SCRAM-SHA-256\$(\d+):([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+):([A-Za-z0-9+/=]+)$/;
const MD5 = /^md5[0-9a-f]{32}$/;

/** Whether the text is a verifier, which PostgreSQL takes in place of a password. */
export const isVerifier = (text: string): boolean => SCRAM.test(text) || MD5.test(text);

/** What to send the server for a password, by its `password_encryption`. */
export function toSend(password: string, role: string, encryption: string): string {
  if (isVerifier(password)) return password;
  if (encryption === "md5") return md5(password, role);
  // The server prepares other alphabets by its own tables (SASLprep): it hashes those itself.
  if (!/^[\x20-\x7e]+$/.test(password)) return password;
  return scram(password, randomBytes(16), 4096);
}

/** Whether the verifier that the server keeps belongs to the password (or is it). */
export function matches(verifier: string, password: string, role: string): boolean {
  if (verifier === password) return true;
  if (isVerifier(password)) return false;
  if (MD5.test(verifier)) return same(verifier, md5(password, role));
  const [, iterations, salt] = SCRAM.exec(verifier) ?? [];
  if (iterations === undefined || salt === undefined) return false;
  const bytes = Buffer.from(salt, "base64");
  return [password, password.normalize("NFKC")].some((text) =>
    same(verifier, scram(text, bytes, Number(iterations))),
  );
}

function md5(password: string, role: string): string {
  return (
    "md5" +
    createHash("md5")
      .update(password + role, "utf8")
      .digest("hex")
  );
}

function scram(password: string, salt: Buffer, iterations: number): string {
  const salted = pbkdf2Sync(password, salt, iterations, 32, "sha256");
  const hmac = (text: string): Buffer => createHmac("sha256", salted).update(text).digest();
  const stored = createHash("sha256").update(hmac("Client Key")).digest("base64");
  const server = hmac("Server Key").toString("base64");
  return `SCRAM-SHA-256$${String(iterations)}:${salt.toString("base64")}$${stored}:${server}`;
}

function same(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
