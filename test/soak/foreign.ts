import { execa } from "execa";
import type { Caller } from "./caller.ts";
import type { ChangingService } from "./cluster.ts";

/** What tells whether the tables are as they should be: an element that is there, or is not, or connections that are answered. */
type Witness =
  | { readonly kind: "element"; readonly element: string; readonly mustBe: boolean }
  | { readonly kind: "connection"; readonly clusterIP: string };

/** What somebody else does to the tables. */
export type ForeignChange = {
  readonly name: string;
  readonly command: string;
  /** Whose connections suffer until it is repaired. */
  readonly harms: "all" | "victim" | "nobody";
  readonly witness: Witness;
};

/** `calm`: a Service that never changes; `victim`: one that does not while this goes on. Both have pods. */
export function foreignChanges(calm: ChangingService, victim: ChangingService): readonly ForeignChange[] {
  const frontendOf = ({ clusterIP }: ChangingService) => element(`services { ${clusterIP} . tcp . 80 }`);
  const endpointOf = ({ clusterIP }: ChangingService) => element(`endpoints-tcp { ${clusterIP} . 80 . 0 }`);
  const stray = "endpoints-tcp { 10.111.255.254 . 80 . 0";
  const hasCalm = frontendOf(calm);
  return [
    { name: "ruleset flushed", command: "flush ruleset", harms: "all", witness: hasCalm },
    { name: "table deleted", command: `delete table ${table}`, harms: "all", witness: hasCalm },
    { name: "services flushed", command: `flush map ${table} services`, harms: "all", witness: hasCalm },
    { name: "endpoints flushed", command: `flush map ${table} endpoints-tcp`, harms: "all", witness: endpointOf(calm) },
    {
      name: "chain flushed",
      command: `flush chain ${table} dispatch`,
      harms: "all",
      witness: { kind: "connection", clusterIP: victim.clusterIP },
    },
    {
      name: "set flushed",
      command: `flush set ${table} cluster-ips`,
      harms: "nobody",
      witness: element(`cluster-ips { ${calm.clusterIP} }`),
    },
    {
      name: "element added",
      command: `add element ${table} ${stray} : 10.128.0.1 . 8080 }`,
      harms: "nobody",
      witness: { kind: "element", element: `${stray} }`, mustBe: false },
    },
    {
      name: "frontend deleted",
      command: `delete element ${table} ${frontendOf(victim).element}`,
      harms: "victim",
      witness: frontendOf(victim),
    },
    {
      name: "endpoint deleted",
      command: `delete element ${table} ${endpointOf(victim).element}`,
      harms: "victim",
      witness: endpointOf(victim),
    },
    {
      name: "rule added",
      command: `insert rule ${table} dispatch ip daddr ${victim.clusterIP} drop`,
      harms: "victim",
      witness: { kind: "connection", clusterIP: victim.clusterIP },
    },
  ];
}

/**
 * Whether the tables are as they should be again.
 *
 * nft must not list anything here: it reads all elements for that, and begins anew with each commit of the agent meanwhile.
 * But it can ask the kernel whether an element could be deleted, which is to say whether it is there.
 */
export async function isRepaired({ witness }: ForeignChange, caller: Caller): Promise<boolean> {
  switch (witness.kind) {
    case "element": {
      const check = await execa("nft", ["-c", `delete element ${table} ${witness.element}`], { reject: false });
      return (check.exitCode === 0) === witness.mustBe;
    }
    case "connection": {
      const { outcome } = await caller.call(witness.clusterIP, 80, 300);
      return outcome.kind === "answered";
    }
  }
}

function element(text: string) {
  return { kind: "element", element: text, mustBe: true } as const;
}

const table = "ip kube-nft";
