import * as postgresql from "@pulumi/postgresql";
import * as pulumi from "@pulumi/pulumi";

import type { Sql } from "../../platform/bindings.ts";
import { Component } from "../../platform/component.ts";
import type { Workload } from "../../platform/platform.ts";
import { generatedPassword, type Secret } from "../../platform/secret.ts";
import type { ComponentArgs, HostPort } from "../args.ts";

export interface PostgresArgs extends ComponentArgs {
  readonly ports: { readonly sql: HostPort };
}

/** What a role may do beside logging in. */
export interface RoleArgs {
  /** May open a replication connection, as change data capture does. @default false */
  readonly replication?: boolean;
}

/**
 * One PostgreSQL 17 server for the pipelines' source tables and every service's metadata: a database and a role each.
 * Logical decoding is on. Data lives in the volume `data`.
 */
export class Postgres extends Component {
  readonly workload: Workload<"sql">;
  /** The superuser's password: for the provider below and for people, never for a service. */
  readonly password: Secret;
  /** Options for whatever lives inside the server: goes with it, needs it ready. */
  readonly inside: {
    provider: postgresql.Provider;
    deletedWith: pulumi.Resource;
    dependsOn: pulumi.Resource[];
  };

  constructor(name: string, { platform, resources, ports }: PostgresArgs, opts: { parent: pulumi.Resource }) {
    super("storage:Postgres", name, opts);
    this.password = generatedPassword(`${name}-password`, { parent: this });
    this.workload = platform.run(
      name,
      {
        image: "postgres",
        ports: { sql: 5432 },
        publish: { sql: ports.sql },
        env: { POSTGRES_PASSWORD: this.password },
        volumes: { data: { path: "/var/lib/postgresql/data", size: "20Gi" } },
        // Over TCP: while it makes a new database, the server listens on its socket only.
        health: { command: ["pg_isready", "-q", "-h", "127.0.0.1", "-U", "postgres"] },
        startup: { within: 60 },
        resources,
      },
      { parent: this },
    );
    const { host, port } = this.workload.requirePublished("sql");
    const provider = new postgresql.Provider(
      `${name}-provider`,
      {
        host,
        port,
        username: "postgres",
        password: this.password.value,
        sslmode: "disable",
        connectTimeout: 20,
      },
      { parent: this },
    );
    this.inside = { provider, deletedWith: this.workload.carrier, dependsOn: [this.workload.ready] };
    this.registerOutputs({});
  }

  /** A role with a generated password. Removing it removes what it owns. */
  role(
    name: string,
    args: RoleArgs,
    opts: { parent: pulumi.Resource },
  ): { role: postgresql.Role; password: Secret } {
    const password = generatedPassword(`${name}-password`, opts);
    const role = new postgresql.Role(
      `${name}-role`,
      { name: roleName(name), login: true, password: password.value, replication: args.replication ?? false },
      { ...opts, ...this.inside },
    );
    return { role, password };
  }

  /** A service's own database, owned by a role of its own. Removing it deletes its data. */
  tenant(name: string, opts: { parent: pulumi.Resource }): Sql {
    const { role, password } = this.role(name, {}, opts);
    const database = new postgresql.Database(
      `${name}-database`,
      { name: roleName(name), owner: role.name },
      { ...opts, ...this.inside },
    );
    return { address: this.workload.address("sql"), database: database.name, user: role.name, password };
  }
}

/** PostgreSQL's names have underscores where resources have hyphens. */
function roleName(name: string): string {
  return name.replaceAll("-", "_");
}

/** The JDBC address of a database, without credentials. */
export function jdbcUrl({ address, database }: Pick<Sql, "address" | "database">): pulumi.Output<string> {
  return pulumi.interpolate`jdbc:postgresql://${address.host}:${address.port}/${database}`;
}
