import { styleText } from "node:util";
import { destination, pino } from "pino";
import { visible } from "../../decode/quote.ts";

/**
 * Receives messages: their text is static, and what varies is in the fields. A field `err` is an Error, whose message is
 * written together with those of its causes.
 */
export type Log = Readonly<Record<"debug" | "info" | "warn" | "error", (fields: object, message: string) => void>>;

/**
 * `verbosity` is kube-proxy's `-v`, and can be changed: from 2, each watch and the changes of rounds; from 4, stack
 * traces.
 */
export type AdjustableLog = Log & { verbosity: number };

/** Takes a line with its newline. */
export type Write = (line: string) => void;

/**
 * The log, by default on standard error: JSON lines for programs, or text on a terminal. Errors, warnings and rounds are
 * always logged.
 */
export function openLog(verbosity: number, isTerminal: boolean, write: Write = toStandardError()): AdjustableLog {
  const err = (error: unknown) => errorFields(error, log.verbosity >= 4);
  const options = {
    level: levelOf(verbosity),
    base: {},
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    // In JSON, levels are words, because people filter by them.
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err },
  };
  const logger = pino(options, {
    write: (line: string) => write(`${isTerminal ? readable(line) : visible(line.trimEnd())}\n`),
  });
  let current = verbosity;
  const log: AdjustableLog = {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    get verbosity() {
      return current;
    },
    set verbosity(next) {
      current = next;
      logger.level = levelOf(next);
    },
  };
  return log;
}

function levelOf(verbosity: number): "debug" | "info" {
  return verbosity >= 2 ? "debug" : "info";
}

/**
 * Lines are written at once: they are few, and none may be lost when the process exits. What a full disk, or a closed
 * reader, does not accept is kept for the next attempt, up to a limit: the log is no reason to exit.
 */
function toStandardError(): Write {
  const stream = destination({ dest: 2, sync: true, maxLength: 1 << 20 });
  stream.on("error", () => undefined);
  return (line) => void stream.write(line);
}

function errorFields(error: unknown, hasStack: boolean): object {
  const chain: Error[] = [];
  for (let each = error; isError(each) && chain.length < 10; each = each.cause) chain.push(each);
  const [first] = chain;
  if (first === undefined) return { message: String(error) };
  const messages = chain.map(({ message }) => message);
  const message = messages.filter((text, index) => !messages[index - 1]?.includes(text)).join(": ");
  return { type: first.name, message, ...(hasStack ? { stack: first.stack } : {}) };
}

function isError(value: unknown): value is Error {
  return typeof value === "object" && value !== null && "name" in value && "message" in value;
}

/** `22:52:17 info  synced family=ip elements=131` */
function readable(line: string): string {
  const { level, time, msg, ...fields } = JSON.parse(line);
  const color = level === "error" ? "red" : level === "warn" ? "yellow" : "dim";
  const text = Object.entries(fields).map(([name, value]) => `${name}=${show(value)}`);
  const coloured = styleText(color, level.padEnd(5), { stream: process.stderr });
  return `${time.slice(11, 19)} ${coloured} ${visible([msg, ...text].join(" "))}`;
}

function show(value: unknown): string {
  if (typeof value === "object" && value !== null && "message" in value) return JSON.stringify(value.message);
  return typeof value === "string" && /^[\w./:-]+$/.test(value) ? value : JSON.stringify(value);
}
