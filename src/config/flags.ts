import { quote } from "../decode/quote.ts";
import { address } from "../model/address.ts";
import { port } from "../model/port.ts";
import type { Problem } from "../model/problem.ts";
import { type Config, type DecodedConfig, decodeConfig } from "./config.ts";
import { milliseconds } from "./duration.ts";
import { type ListenAddress, truth } from "./fields.ts";
import { type FlagKind, type Mode, type RunFlag, runFlags } from "./run-flags.ts";

/** The flags that were given, by name; `true` for one without a value. Lists may be given in several parts. */
export type FlagValues = ReadonlyMap<string, string | true | readonly string[]>;

/**
 * The configuration that follows from flags, equal to that of an equivalent file. What they leave out has the defaults of
 * kube-proxy's mode nftables. With a file, only the flags count that say which node this is, and where its API server is.
 */
export function configFromFlags(given: FlagValues, file?: Config): DecodedConfig {
  const values = new Map([...given].filter(([name, value]) => name !== "hostname-override" || !isBlank(value)));
  return file === undefined ? fromFlags(values) : besideFile(values, file);
}

/** As an unset variable in a manifest makes it. */
function isBlank(value: string | true | readonly string[]): boolean {
  return typeof value === "string" && value.trim() === "";
}

function besideFile(values: FlagValues, file: Config): DecodedConfig {
  const counts = ([name]: readonly [string, unknown]) => name === "hostname-override" || name === "kubeconfig";
  const { config, errors } = fromFlags(new Map([...values].filter(counts)));
  const ignored = [...values].filter((each) => !counts(each)).map(([name]) => name);
  const kubeconfig = config?.clientConnection.kubeconfig || file.clientConnection.kubeconfig;
  return {
    config: config && {
      ...file,
      hostnameOverride: config.hostnameOverride || file.hostnameOverride,
      clientConnection: { ...file.clientConnection, kubeconfig },
    },
    problems: [],
    notes: ignored.map((name) => problem(name, "is ignored because --config is given")),
    errors,
  };
}

function fromFlags(values: FlagValues): DecodedConfig {
  const chosen = values.get("proxy-mode");
  const mode = chosen === "" ? "iptables" : (modes.find((each) => each === chosen) ?? "nftables");
  const notes: Problem[] = [];
  const errors: Problem[] = [];
  const fields = new Map<string, unknown>([["mode", mode]]);
  for (const flag of runFlags) {
    const value = values.get(flag.name);
    const field = flag.field(mode);
    if (value === undefined || flag.kind === "port") continue;
    if (field === undefined) notes.push(problem(flag.name, hasNoEffect(flag, mode)));
    else fields.set(field, fieldValue(flag.kind, value));
    if (flag.kind === "period" && typeof value === "string" && milliseconds(value) === 0) {
      errors.push(problem(flag.name, `${quote(value)} is not more than zero`));
    }
  }
  const decoded = decodeConfig(JSON.stringify({ ...header, ...sections(fields) }));
  const ports = { report: (name: string, message: string) => errors.push(problem(name, message)), values };
  const config = decoded.config && {
    ...decoded.config,
    healthzBindAddress: listens(decoded.config.healthzBindAddress, "healthz", ports),
    metricsBindAddress: listens(decoded.config.metricsBindAddress, "metrics", ports),
  };
  if (config && config.metricsBindAddress === undefined)
    errors.push(problem("metrics-bind-address", "cannot be switched off"));
  const named = (all: readonly Problem[]) => all.map((each) => inFlags(each, mode));
  errors.push(...named(decoded.errors));
  return {
    config: errors.length === 0 ? config : undefined,
    problems: named(decoded.problems),
    notes: [...notes, ...named(decoded.notes)],
    errors,
  };
}

const modes: readonly Mode[] = ["nftables", "iptables", "ipvs"];

const header = { apiVersion: "kubeproxy.config.k8s.io/v1alpha1", kind: "KubeProxyConfiguration" };

function hasNoEffect({ field }: RunFlag, mode: Mode): string {
  return modes.some((other) => field(other) !== undefined) ? `has no effect in the mode ${mode}` : "has no effect";
}

/** As Go reads flags. Text that cannot be read stays text, which the field then rejects. */
function fieldValue(kind: FlagKind, value: string | true | readonly string[]): unknown {
  if (typeof value !== "string") return kind === "list" && value !== true ? value.flatMap(items) : value;
  switch (kind) {
    case "number":
      return /^-?\d+(?:\.\d+)?$/.test(value) ? Number(value) : value;
    case "boolean":
      return truth(value) ?? value;
    case "list":
      return items(value);
    case "text":
    case "address":
    case "port":
    case "duration":
    case "period":
      return value;
  }
}

function items(text: string): readonly string[] {
  return text.split(",").filter((item) => item !== "");
}

/** Fields as `nftables.syncPeriod` in objects. */
function sections(fields: ReadonlyMap<string, unknown>): object {
  const plain: Record<string, unknown> = {};
  const nested: Record<string, Record<string, unknown>> = {};
  for (const [field, value] of fields) {
    const [section = "", name] = field.split(".");
    if (name === undefined) plain[section] = value;
    else nested[section] = { ...nested[section], [name]: value };
  }
  return { ...plain, ...nested };
}

type Ports = { readonly values: FlagValues; readonly report: (name: string, message: string) => void };

/** Where a server listens; undefined if nowhere. The flag for its port counts if the flag for its address has no port. */
function listens(
  listen: ListenAddress | undefined,
  server: "healthz" | "metrics",
  { values, report }: Ports,
): ListenAddress | undefined {
  const text = values.get(`${server}-bind-address`);
  const number = values.get(`${server}-port`);
  if (text === "" || number === "0") return undefined;
  if (listen === undefined || number === undefined) return listen;
  const given = port(Number(number));
  if (given === undefined) {
    report(`${server}-port`, `${quote(number)} is not a port number (0 to 65535)`);
    return listen;
  }
  const hasPort = typeof text === "string" && address(text) === undefined;
  return hasPort ? listen : { ...listen, port: given };
}

/** A problem with a file, expressed as a problem with the equivalent flags. */
function inFlags({ field, message }: Problem, mode: Mode): Problem {
  const flags = runFlags.flatMap(({ name, field: fieldIn }) => {
    const own = fieldIn(mode);
    return own === undefined ? [] : [{ name, own }];
  });
  const flag = flags.find(({ own }) => field === own || field.startsWith(`${own}[`) || field.startsWith(`${own}.`));
  const words = flags.reduce(
    (text, { name, own }) => (own.includes(".") ? text.replaceAll(own, `--${name}`) : text),
    message,
  );
  return flag === undefined ? { object: "", field, message: words } : problem(flag.name, words);
}

function problem(flag: string, message: string): Problem {
  return { object: "", field: `--${flag}`, message };
}
