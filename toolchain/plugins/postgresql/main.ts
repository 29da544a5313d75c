/**
 * Entry point of the resource plugin `postgresql`. The engine starts it with its own address (which this
 * plugin does not need), reads the port from the first line of its output, and kills it at the end.
 */
import packageOf from "@pulumi/postgresql/package.json" with { type: "json" };
import { Provider } from "./provider.ts";
import { serve } from "./service.ts";

const port = await serve(new Provider(), packageOf.version);
process.stdout.write(`${String(port)}\n`);
