import { outputs, type Outputs } from "../outputs.ts";
import { table } from "../table.ts";

/** The addresses of every service that has one. */
export function urlTable({ services }: Outputs): string {
  const rows = Object.values(services).flatMap(({ title, urls }) =>
    urls.map(({ name, url }) => [title, name, url]),
  );
  return rows.length === 0 ? "this stack publishes no address" : table(["service", "what", "address"], rows);
}

/** Prints the addresses. */
export async function urls(stack: string): Promise<void> {
  console.log(urlTable(await outputs(stack)));
}

/** Prints users and passwords. */
export async function credentials(stack: string): Promise<void> {
  const { credentials: all } = await outputs(stack);
  console.log(
    table(
      ["for", "user", "password"],
      Object.entries(all).map(([name, { user, password }]) => [name, user, password]),
    ),
  );
}
