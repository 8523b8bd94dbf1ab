import { styleText } from "node:util";
import { type Answers, type Call, expectedShare } from "./demo-calls.ts";
import { addresses, familyOf, places, podGateways } from "./world.ts";

/** What was seen of a call, in at most 100 columns: a line for each endpoint that should have answered, or did. */
export function callLines(call: Call, answers: readonly Answers[]): string {
  const expected = call.isSticky ? [] : call.endpoints;
  const endpoints = [...new Set([...expected, ...answers.map(({ endpoint }) => endpoint)])].sort();
  const lines = endpoints.map((endpoint, index) => {
    const { count, sources } = answers.find((each) => each.endpoint === endpoint) ?? { count: 0, sources: [] };
    return line(
      index === 0 ? frontend(call) : "",
      endpoint,
      String(count),
      percent(count / call.count),
      percent(expectedShare(call, answers, endpoint)),
      sources.map(named).join(", "),
    );
  });
  return `\n${bold(call.title)}\n${lines.join("")}`;
}

export function header(): string {
  return bold(line("frontend", "endpoint", "connections", "share", "expected", "source that the endpoint saw"));
}

function line(frontend: string, endpoint: string, count: string, share: string, expected: string, source: string) {
  const left = `${frontend.padEnd(20)} ${endpoint.padEnd(10)}`;
  return `${left} ${count.padStart(11)} ${share.padStart(8)} ${expected.padStart(9)}   ${source}`
    .trimEnd()
    .concat("\n");
}

function frontend({ to, port }: Call): string {
  return familyOf(to) === 4 ? `${to}:${port}` : `[${to}]:${port}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** `10.244.1.13 (pod3)`, or `10.244.1.1 (node)` for what the node put in its place. */
function named(address: string): string {
  const isGateway = podGateways.some((gateway) => gateway === address);
  const owner = isGateway ? "node" : places.find((place) => addresses[place].includes(address));
  return owner === undefined ? address : `${address} (${owner})`;
}

function bold(text: string): string {
  return styleText("bold", text, { stream: process.stdout });
}
