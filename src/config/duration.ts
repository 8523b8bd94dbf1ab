const units: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  "\u00b5s": 1e-3,
  "\u03bcs": 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** The milliseconds of a duration in Go's syntax, `1m30s` or `250ms`; undefined if the text is invalid. */
export function milliseconds(duration: string): number | undefined {
  const [, sign, amount = ""] = /^([-+]?)(.*)$/.exec(duration) ?? [];
  if (amount === "0") return 0;
  let sum = 0;
  let rest = amount;
  while (rest !== "") {
    const [term, number = "", unit = ""] = /^(\d+\.?\d*|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/.exec(rest) ?? [];
    if (term === undefined) return undefined;
    sum += Number(number) * (units[unit] ?? 0);
    rest = rest.slice(term.length);
  }
  if (amount === "") return undefined;
  return sign === "-" ? -sum : sum;
}
