/** The commands of `./lakehouse` with their options. */
import { Command } from "commander";

import { logs, sql } from "./commands/container.ts";
import { doctor } from "./commands/doctor.ts";
import { run } from "./commands/run.ts";
import { status } from "./commands/status.ts";
import { test, TIERS } from "./commands/test.ts";
import { destroy, preview, up } from "./commands/update.ts";
import { credentials, urls } from "./commands/urls.ts";
import { verify } from "./commands/verify.ts";

interface StackOption {
  readonly stack: string;
}

/** All commands; each sets the process's exit code or throws. */
export function program(): Command {
  const root = new Command("lakehouse")
    .description("A complete data lakehouse on this machine.")
    .showHelpAfterError("(--help shows what is accepted)")
    .enablePositionalOptions();

  const onStack = (name: string, description: string) =>
    root
      .command(name)
      .description(description)
      .option(
        "-s, --stack <name>",
        "the stack to work on: Pulumi.<name>.yaml",
        process.env["LAKEHOUSE_STACK"] ?? "dev",
      );
  const withPulumiOptions = (name: string, description: string) =>
    onStack(name, `${description} Further options go to pulumi ${name}.`)
      .argument("[pulumi-options...]")
      .allowUnknownOption();

  withPulumiOptions(
    "up",
    "Check the machine, repair what has stopped, update the stack, print its addresses.",
  ).action(async (more: string[], { stack }: StackOption) => up(stack, more));
  withPulumiOptions("preview", "Show what up would change.").action(
    async (more: string[], { stack }: StackOption) => preview(stack, more),
  );
  withPulumiOptions(
    "destroy",
    "Remove everything that the stack made, its data too, and check that nothing is left.",
  )
    .option("--leftovers", "remove by name what is on the engine, whatever the state says")
    .action(async (more: string[], { stack, leftovers }: StackOption & { leftovers?: true }) =>
      destroy(stack, more, leftovers === true),
    );
  onStack("verify", "Feed known data through the running pipelines and compare every row.")
    .argument("[pipelines...]", "all that run, when none is named")
    .allowUnknownOption()
    .action(async (more: string[], { stack }: StackOption) => {
      exit(await verify(stack, more));
    });
  onStack(
    "status",
    "Services, health, memory, connector, streaming queries. Exit code 1 when something needs care.",
  ).action(async ({ stack }: StackOption) => {
    exit((await status(stack)) ? 0 : 1);
  });
  onStack("urls", "Addresses of the services.").action(async ({ stack }: StackOption) => urls(stack));
  onStack("credentials", "Users and passwords of the stack, in plain text.").action(
    async ({ stack }: StackOption) => credentials(stack),
  );
  onStack("logs", "What a service prints.")
    .argument("<service>", "a name from status")
    .option("-f, --follow", "go on until ^C")
    .option("-n, --tail <lines>", "how many of the last lines", "200")
    .action(
      async (service: string, { stack, follow, tail }: StackOption & { follow?: true; tail: string }) => {
        exit(await logs(stack, service, { follow: follow === true, tail }));
      },
    );
  onStack("run", "Run a job of a pipeline, or list all jobs.")
    .argument("[job]", "PIPELINE:JOB, such as shop:gold")
    .argument("[parameters...]", "KEY=VALUE; KEY=true for a switch")
    .action(async (job: string | undefined, parameters: string[], { stack }: StackOption) => {
      exit(await run(stack, job, parameters));
    });
  onStack("sql", "Open Trino's command line. Further options go to it.")
    .option("-e, --execute <sql>", "run one statement and end")
    .argument("[trino-options...]")
    .allowUnknownOption()
    .action(async (more: string[], { stack, execute }: StackOption & { execute?: string }) => {
      exit(await sql(stack, execute, more));
    });
  onStack("doctor", "Check the machine: engine, memory, disk, ports.").action(
    async ({ stack }: StackOption) => doctor(stack),
  );
  root
    .command("test")
    .description("Every check of the project; the last line counts them.")
    .option("--tier <tier>", `${TIERS.join(", ")}; without it: check and e2e`)
    .argument("[vitest-options...]", "for the end-to-end tests")
    .allowUnknownOption()
    .action(async (more: string[], { tier }: { tier?: string }) => {
      exit((await test(tier, more)) ? 0 : 1);
    });
  // The shell does these before Node is there; here they are for --help alone.
  root.command("setup").description("Fetch or build the tools alone.");
  root.command("env").description('Print the environment for plain Pulumi: eval "$(./lakehouse env)".');
  return root;
}

function exit(code: number): void {
  process.exitCode = code;
}
