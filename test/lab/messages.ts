/** What the lab and the agents in its namespaces say to each other: lines of JSON on the agent's stdin and stdout. */

import type { Place } from "./world.ts";

export type Protocol = "tcp" | "udp" | "sctp" | "icmp";

/** One attempt to reach somebody, seen from the namespace that makes it. */
export interface Attempt {
  readonly protocol: Protocol;
  readonly to: string;
  /** 0 for ICMP. */
  readonly port: number;
  /** Where it comes from; without it the kernel chooses. */
  readonly source?: string | undefined;
  /** Without it the agent takes its next free one. */
  readonly sourcePort?: number | undefined;
  /** Milliseconds of silence that mean "dropped". */
  readonly patience: number;
}

/** What came of an attempt. */
export type Outcome =
  | Answered
  /** An answer to a ping, which the kernel gives: nobody can say what source address it saw. */
  | { readonly kind: "echoed"; readonly by: Place }
  /** By a TCP reset, or by an ICMP error whose code is "port unreachable". */
  | { readonly kind: "refused"; readonly with: "reset" | "port unreachable" }
  | { readonly kind: "dropped" }
  /** An error code of the system, such as EHOSTUNREACH, or the name of an unexpected ICMP error. */
  | { readonly kind: "failed"; readonly code: string };

export interface Answered extends Answer {
  readonly kind: "answered";
  /** Whether the server saw our own address. */
  readonly addressKept: boolean;
  /** Whether the server saw our own address and port: masquerading changes the port even where the address stays. */
  readonly sourceKept: boolean;
}

/** What a server tells everyone who calls: who it is, where it was reached, and by whom. */
export interface Answer {
  readonly by: Place;
  readonly port: number;
  readonly source: string;
  readonly sourcePort: number;
}

/** Attempts that differ only in their source port, and in their source address if several are given. */
export interface Volley {
  readonly attempt: Attempt;
  readonly count: number;
  readonly sources: readonly string[];
  readonly atOnce: number;
}

/** How often each outcome came, by `words(outcome)`. */
export type UseCounts = Readonly<Record<string, number>>;

/** An attempt whose TCP connection stays open. The lab chooses the number that it has from then on. */
export interface Open {
  readonly connection: number;
  readonly attempt: Attempt;
}

/** One more exchange on an open connection. */
export interface Again {
  readonly connection: number;
  readonly patience: number;
}

/** Where somebody listens, with TCP and UDP. */
export interface Listener {
  readonly address: string;
  readonly port: number;
  /** Whether everything is sent back, and nothing else said. */
  readonly isEcho?: boolean;
}

/** So many bytes to a listener that sends them back. */
export interface Bulk {
  readonly attempt: Attempt;
  readonly bytes: number;
}

/** The questions that an agent answers, and the type of each answer. */
export interface Questions {
  readonly listen: { readonly question: readonly Listener[]; readonly answer: undefined };
  readonly attempt: { readonly question: Attempt; readonly answer: Outcome };
  readonly volley: { readonly question: Volley; readonly answer: UseCounts };
  /** The answer is `whole`, or what happened instead. */
  readonly bulk: { readonly question: Bulk; readonly answer: string };
  readonly open: { readonly question: Open; readonly answer: Outcome };
  readonly again: { readonly question: Again; readonly answer: Outcome };
  readonly hangUp: { readonly question: number; readonly answer: undefined };
}

export type Question = {
  readonly [Kind in keyof Questions]: { readonly kind: Kind; readonly question: Questions[Kind]["question"] };
}[keyof Questions];

/** On the wire a question is a line of JSON with an id, and its reply a line with the id, a space and JSON. */
export type Asked = Question & { readonly id: number };
export type Reply<Answer> =
  | { readonly kind: "answer"; readonly answer: Answer }
  | { readonly kind: "error"; readonly message: string };

/** The id of an agent's first line, which says that it is ready. */
export const readiness = 0;

/** An outcome in a few words: `pod1:8080`, `pod1:8080 masqueraded`, `ping pod1`, `refused (reset)`, `dropped`, `EPERM`. */
export function words(outcome: Outcome): string {
  switch (outcome.kind) {
    case "answered":
      return `${outcome.by}:${outcome.port}${outcome.sourceKept ? "" : " masqueraded"}`;
    case "echoed":
      return `ping ${outcome.by}`;
    case "refused":
      return `refused (${outcome.with})`;
    case "dropped":
      return "dropped";
    case "failed":
      return outcome.code;
  }
}
