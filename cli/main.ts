/** The command line behind `./lakehouse`, which has made sure by now that Node and Pulumi are there. */
import { Fault, messageOf } from "./fault.ts";
import { program } from "./program.ts";

try {
  await program().parseAsync();
} catch (error) {
  console.error(`lakehouse: ${messageOf(error)}`);
  process.exitCode = error instanceof Fault ? error.exitCode : 1;
}
