import { Writable } from "node:stream";
import { destination, pino } from "pino";

/** Where messages go: their text is static, and what varies is in the fields. */
export type Log = Readonly<Record<"debug" | "info" | "warn" | "error", (fields: object, message: string) => void>>;

/**
 * The log, on standard error: JSON lines for programs, or text where a person reads along. `verbosity` is kube-proxy's
 * `-v`: from 2 on, each watch and what it does; errors, warnings and rounds are always there.
 */
export function openLog(verbosity: number, isTerminal: boolean): Log {
  const level = verbosity >= 2 ? "debug" : "info";
  const options = { level, base: {}, timestamp: () => `,"time":"${new Date().toISOString()}"` };
  // In JSON, levels are words, as people filter by them.
  const formatters = { level: (label: string) => ({ level: label }) };
  const stream = isTerminal ? readable() : destination({ dest: 2, sync: true });
  return pino({ ...options, formatters }, stream);
}

/** `22:52:17 info  synced  family=ip elements=131` */
function readable(): Writable {
  return new Writable({
    write(line: Buffer, _, done) {
      const { level, time, msg, ...fields } = JSON.parse(line.toString());
      const text = Object.entries(fields).map(([name, value]) => `${name}=${show(value)}`);
      process.stderr.write(`${[time.slice(11, 19), level.padEnd(5), msg, ...text].join(" ")}\n`, done);
    },
  });
}

function show(value: unknown): string {
  if (typeof value === "object" && value !== null && "message" in value) return JSON.stringify(value.message);
  return typeof value === "string" && /^[\w./:-]+$/.test(value) ? value : JSON.stringify(value);
}
