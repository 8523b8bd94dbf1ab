import type { ResourceName } from "./resources.ts";

export type Verb = "list" | "watch" | "get" | "create" | "patch";

/** Which requests are meant: all that fit what is given. `readyz` is the question whether the server is ready. */
export type Match = { readonly verb?: Verb; readonly resource?: ResourceName | "readyz" };

/** What goes wrong with a request. */
export type Fault =
  /** An answer with an error status. */
  | { readonly kind: "status"; readonly code: number; readonly retryAfterSeconds?: number; readonly message?: string }
  /** No answer, ever; the connection stays. */
  | { readonly kind: "stall" }
  /** A reset instead of an answer. */
  | { readonly kind: "reset" }
  /** The answer comes late. */
  | { readonly kind: "delay"; readonly ms: number }
  /** The answer is this text, whatever it is. */
  | { readonly kind: "text"; readonly text: string }
  /** The answer begins with a text and goes on with another, again and again, as fast as it is read. */
  | {
      readonly kind: "flood";
      readonly code?: number;
      readonly head: string;
      readonly text: string;
      readonly bytes: number;
    }
  /** A page of a list, with these items, that is not the last one; its `continue` is new each time, or not. */
  | { readonly kind: "page"; readonly items: readonly object[]; readonly isNew: boolean }
  /** A reset after this text. */
  | { readonly kind: "truncate"; readonly text: string };

/** Faults that are still to happen. */
export class Faults {
  /** How many have happened. */
  taken = 0;
  #pending: { readonly fault: Fault; readonly match: Match; times: number }[] = [];

  /** Lets the next `times` requests that fit go wrong. */
  add(fault: Fault, times: number, match: Match): void {
    this.#pending.push({ fault, match, times });
  }

  clear(): void {
    this.#pending = [];
  }

  /** The fault that a request meets, which is then done. */
  take(verb: Verb, resource: string): Fault | undefined {
    const next = this.#pending.find(({ match }) => fits(match, verb, resource));
    if (next === undefined) return undefined;
    next.times--;
    this.taken++;
    if (next.times <= 0) this.#pending = this.#pending.filter((each) => each !== next);
    return next.fault;
  }
}

export function fits(match: Match, verb: Verb, resource: string): boolean {
  return (match.verb ?? verb) === verb && (match.resource ?? resource) === resource;
}
