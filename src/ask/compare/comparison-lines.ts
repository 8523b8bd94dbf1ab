import { familyName } from "../../model/address.ts";
import { shortened } from "../shortened.ts";
import type { ComparedFrontend, Comparison, Difference } from "./compare.ts";

/** A comparison for people: a paragraph for each frontend that differs, and a line with totals. */
export function comparisonLines({ family, mode, equal, frontends, settings }: Comparison): readonly string[] {
  const isKnown = ({ differences }: ComparedFrontend) => differences.every(({ known }) => known !== undefined);
  const known = frontends.filter(isKnown).length;
  const unexpected = frontends.filter((each) => !isKnown(each));
  const count = (kind: ComparedFrontend["kind"]) => unexpected.filter((each) => each.kind === kind).length;
  const counts = [
    `${equal} equal`,
    `${count("different")} different`,
    `${count("only here")} only here`,
    `${count("only there")} only there`,
    `${known} different as known`,
  ];
  return [
    ...settings.map((each) => differenceLine(each)),
    ...frontends.flatMap((each) => [
      `${frontendText(each.frontend)}  ${each.service ?? "?"}  ${each.kind}`,
      ...each.differences.map((difference) => `    ${differenceLine(difference)}`),
    ]),
    `${familyName(family)} frontends beside kube-proxy's mode ${mode}: ${counts.join(", ")}`,
  ];
}

/** `10.96.0.10 port 80/tcp` or `nodePort 30080/tcp` */
function frontendText(key: string): string {
  const [port, protocol, address] = key.split(" ").toReversed();
  return address === undefined ? `nodePort ${port}/${protocol}` : `${address} port ${port}/${protocol}`;
}

function differenceLine({ what, clients, here, there, known }: Difference): string {
  const subject = clients === undefined ? what : `${what} (${clients.join(", ")})`;
  return `${subject}: ${sides(here, there)}${known === undefined ? "" : `  [known: ${known}]`}`;
}

/** Common values are left out. */
function sides(here: readonly string[], there: readonly string[]): string {
  const only = (own: readonly string[], other: readonly string[]) => own.filter((each) => !other.includes(each));
  const text = (all: readonly string[], rest: readonly string[]) => (all.length === 0 ? "nothing" : shortened(rest));
  const [ours, theirs] = [only(here, there), only(there, here)];
  return [
    ...(ours.length > 0 || here.length === 0 ? [`here ${text(here, ours)}`] : []),
    ...(theirs.length > 0 || there.length === 0 ? [`there ${text(there, theirs)}`] : []),
  ].join(", ");
}
