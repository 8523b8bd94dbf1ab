import type { Problem } from "../../model/problem.ts";

/** Unusable input. */
export class InputError extends Error {
  readonly problems: readonly Problem[];

  constructor(message: string, problems: readonly Problem[], options: ErrorOptions = {}) {
    super(message, options);
    this.name = "InputError";
    this.problems = problems;
  }
}
