/** The state of what moves data: connector, replication slot, streaming queries. */
import { Client } from "pg";
import { z } from "zod";

import { formatMiB } from "../platform/units.ts";
import { messageOf } from "./fault.ts";
import { json } from "./http.ts";
import type { Connections } from "./outputs.ts";

/** One line of a table, and what is to be done when something is wrong. */
export interface Moving {
  readonly what: string;
  readonly state: string;
  readonly detail: string;
  readonly alarm?: readonly string[];
}

/** Retained WAL above which somebody should look: the source's disk pays for it. */
const SLOT_LAG_ALARM_MIB = 512;

const Task = z.looseObject({ id: z.number(), state: z.string(), trace: z.string().optional() });
const ConnectorStatus = z.looseObject({
  connector: z.looseObject({ state: z.string(), trace: z.string().optional() }),
  tasks: z.array(Task),
});

/** Everything that can be asked with these connections; what does not answer is a line with an alarm. */
export async function moving(connections: Connections): Promise<Moving[]> {
  const { connect, spark, postgres } = connections;
  const parts = await Promise.all([
    connect === undefined ? [] : guarded("connector", () => connector(connect)),
    postgres === undefined ? [] : guarded("replication slots", () => slots(postgres)),
    spark === undefined ? [] : guarded("streaming queries", () => queries(spark)),
  ]);
  return parts.flat();
}

async function guarded(what: string, ask: () => Promise<Moving[]>): Promise<Moving[]> {
  try {
    return await ask();
  } catch (error) {
    return [
      {
        what,
        state: "unknown",
        detail: firstLine(messageOf(error)),
        alarm: [`${what}: ${messageOf(error)}`],
      },
    ];
  }
}

async function connector({ url, connector: name }: NonNullable<Connections["connect"]>): Promise<Moving[]> {
  const status = await json(`${url}/connectors/${name}/status`, ConnectorStatus);
  const parts = [
    { what: `connector ${name}`, ...status.connector },
    ...status.tasks.map(({ id, ...task }) => ({ what: `connector ${name}, task ${String(id)}`, ...task })),
  ];
  return [
    ...parts.map(({ what, state, trace = "" }) => ({
      what,
      state,
      detail: cause(trace),
      ...(state === "FAILED" || state === "UNASSIGNED"
        ? { alarm: connectorAlarm(what, state, trace, `${url}/connectors/${name}`) }
        : {}),
    })),
    ...(status.tasks.length > 0
      ? []
      : [
          {
            what: `connector ${name}`,
            state: "no task",
            detail: "",
            alarm: [`connector ${name} has no task: ./lakehouse logs connect`],
          },
        ]),
  ];
}

function connectorAlarm(what: string, state: string, trace: string, url: string): string[] {
  const restart = `curl -X POST '${url}/restart?includeTasks=true&onlyFailed=true'`;
  const refused = /incompatib|\b409\b|RuleViolation|compatibilit/i.test(trace);
  return [
    `${what} is ${state}: ${cause(trace)}`,
    "until it runs again nothing new arrives, and the source keeps its write-ahead log for it",
    // The refused records stay in the source's log, so undoing the change alone does not help.
    ...(refused
      ? [
          "the schema registry refuses a change of a table: docs/operations.md, «A schema change was refused», lets it through",
        ]
      : ["mend the cause (./lakehouse logs connect shows it in full), then", restart]),
  ];
}

async function slots({ database, ...login }: NonNullable<Connections["postgres"]>): Promise<Moving[]> {
  const client = new Client({ ...login, database, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    const { rows } = await client.query<{
      slot_name: string;
      active: boolean;
      wal_status: string | null;
      lag: string | null;
    }>(
      `select slot_name, active, wal_status, pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn)::text as lag
         from pg_replication_slots where database = current_database() order by 1`,
    );
    return rows.map(({ slot_name: name, active, wal_status: wal, lag }) => {
      const behind = Number(lag ?? 0) / 2 ** 20;
      const alarms = [
        ...(wal === "lost"
          ? [`slot ${name} lost write-ahead log that it still needed: the connector must take a new snapshot`]
          : []),
        ...(active
          ? []
          : [`nobody reads the slot ${name}: the source keeps its write-ahead log until somebody does`]),
        ...(behind > SLOT_LAG_ALARM_MIB ? [`slot ${name} is ${formatMiB(Math.round(behind))} behind`] : []),
      ];
      return {
        what: `replication slot ${name}`,
        state: active ? "active" : "INACTIVE",
        detail: `${behind.toFixed(1)} MiB behind, log ${wal ?? "unknown"}`,
        ...(alarms.length > 0 ? { alarm: alarms } : {}),
      };
    });
  } finally {
    await client.end();
  }
}

const SparkStatus = z.looseObject({
  queries: z.array(
    z.looseObject({
      name: z.string(),
      state: z.string(),
      batch_id: z.number().nullish(),
      rows_per_second: z.number().nullish(),
      restarts: z.number().nullish(),
      last_error: z.string().nullish(),
    }),
  ),
});

async function queries({ url, token }: NonNullable<Connections["spark"]>): Promise<Moving[]> {
  const status = await json(`${url}/status`, SparkStatus, { token });
  return status.queries.map(
    ({ name, state, batch_id: batch, rows_per_second: rate, restarts, last_error: error }) => ({
      what: `stream ${name}`,
      state,
      detail: [
        `batch ${String(batch ?? "-")}`,
        `${String(rate ?? 0)} rows/s`,
        `${String(restarts ?? 0)} restarts`,
        ...(error === null || error === undefined ? [] : [`last error: ${firstLine(error)}`]),
      ].join(", "),
      ...(state === "running"
        ? {}
        : {
            alarm: [
              `stream ${name} is ${state}${error ? `: ${firstLine(error)}` : ""}`,
              "it is started again by itself; ./lakehouse logs spark shows the error in full",
            ],
          }),
    }),
  );
}

/** A Java trace says the reason last: its deepest "Caused by". */
function cause(trace: string): string {
  const causes = trace.split("\n").filter((line) => line.startsWith("Caused by: "));
  return firstLine(causes.at(-1)?.replace("Caused by: ", "") ?? trace);
}

function firstLine(text: string): string {
  const line = text.split("\n")[0] ?? "";
  return line.length > 160 ? `${line.slice(0, 159)}…` : line;
}
