import { parseArgs } from "node:util";

export type SoakOptions = {
  readonly minutes: number;
  readonly services: number;
  readonly endpoints: number;
  readonly seed: number;
  readonly json: boolean;
  readonly sabotage: Sabotage | undefined;
  /** A file for what the agents log. */
  readonly log: string | undefined;
};

const sabotages = ["element", "service"] as const;

/** What the soak does to itself, to show that it notices. */
export type Sabotage = (typeof sabotages)[number];

export const usage = `Usage: npm run soak -- [--minutes M] [--services N] [--endpoints N] [--seed S] [--json] [--log FILE] [--sabotage WHAT]

Runs the built agent for M minutes (default 10) in a network namespace, against an API server with N Services (default
10000) of N endpoints (default 10, at most 100). Services change, come and go; the API server fails; the agent is ended;
others flush the tables. All the time, connections are made to Services. Needs root.

Every minute and at the end, when all has settled:
  the kernel must equal a fresh compile of the cluster,
  every connection must have come to what the cluster's state explains,
  the agent's memory, file descriptors and processes must not have grown.

--seed S         what happens, and in which order; the same for the same seed (default 1)
--json           print the verdict as JSON
--log FILE       keep what the agents log, each minute
--sabotage WHAT  show that trouble is noticed. element: one is deleted while the agent does not see it;
                 service: the connections to one Service are refused by somebody else's rule

Exit codes: 0 all held, 1 something was wrong, 2 it could not be done.
`;

/** Undefined where help is asked for. Throws where an option cannot be used. */
export function parseOptions(args: readonly string[]): SoakOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: "string", default: "10" },
      services: { type: "string", default: "10000" },
      endpoints: { type: "string", default: "10" },
      seed: { type: "string", default: "1" },
      json: { type: "boolean", default: false },
      sabotage: { type: "string" },
      log: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  const sabotage = sabotages.find((each) => each === values.sabotage);
  if (sabotage !== values.sabotage) throw new Error(`--sabotage is one of ${sabotages.join(", ")}`);
  return {
    minutes: number("minutes", values.minutes, 0.1, 10_000),
    services: whole("services", values.services, 20, 60_000),
    endpoints: whole("endpoints", values.endpoints, 1, 100),
    seed: whole("seed", values.seed, 0, 2 ** 32 - 1),
    json: values.json,
    log: values.log,
    sabotage,
  };
}

function number(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= least && value <= most)) {
    throw new Error(`--${name} is a number from ${least} to ${most}, not ${text}`);
  }
  return value;
}

function whole(name: string, text: string, least: number, most: number): number {
  const value = number(name, text, least, most);
  if (!Number.isInteger(value)) throw new Error(`--${name} is a whole number, not ${text}`);
  return value;
}
