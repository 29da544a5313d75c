/** The ports that a stack opens on the host's loopback, with the numbers that people expect there. */
export const DEFAULT_PORTS = {
  postgres: 5432,
  minio: 9000,
  minioConsole: 9001,
  kafka: 9094,
  registry: 8081,
  connect: 8083,
  iceberg: 8181,
  sparkUi: 8080,
  sparkControl: 8090,
  sparkThrift: 10000,
  trino: 9090,
} as const;

export type PortName = keyof typeof DEFAULT_PORTS;
export const PORTS = Object.keys(DEFAULT_PORTS) as [PortName, ...PortName[]];

export type Ports = Readonly<Record<PortName, number | false>>;

/** The ports to open: the defaults with the config's changes. */
export function resolvePorts(
  changes: Partial<Readonly<Record<PortName, number | false | undefined>>>,
): Ports {
  return Object.fromEntries(PORTS.map((name) => [name, changes[name] ?? DEFAULT_PORTS[name]])) as Record<
    PortName,
    number | false
  >;
}

/** One line for each port number that two names of the active set share; none when all is well. */
export function portCollisions(ports: Ports, active: readonly PortName[]): string[] {
  const byNumber = new Map<number, PortName[]>();
  for (const name of active) {
    const port = ports[name];
    if (port !== false) byNumber.set(port, [...(byNumber.get(port) ?? []), name]);
  }
  return [...byNumber]
    .filter(([, names]) => names.length > 1)
    .map(
      ([port, names]) =>
        `lakehouse:ports: ${names.join(" and ")} both ask for ${String(port)}; give one another number`,
    );
}
