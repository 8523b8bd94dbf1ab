import type { Repair } from "./foreign-disturber.ts";
import type { SoakOptions } from "./options.ts";
import type { Counts } from "./tally.ts";
import type { Growth } from "./vitals.ts";

type Times = Readonly<Record<string, number>>;

export type Verdict = {
  readonly options: SoakOptions;
  /** What was wrong; it held where nothing was. */
  readonly wrong: readonly string[];
  /** What makes the counts themselves worth little, as on a busy machine. */
  readonly doubts: readonly string[];
  readonly seconds: number;
  readonly changes: number;
  readonly actions: Times;
  readonly disturbances: Times;
  readonly repairs: readonly Repair[];
  /** How often the kernel was compared with a fresh compile, and how often it was equal. */
  readonly comparisons: { readonly done: number; readonly equal: number };
  readonly connections: Counts;
  /** Rounds of the agent that changed something. */
  readonly rounds: number;
  readonly growth: readonly Growth[];
  /** Warnings and errors in the agent's log. */
  readonly log: Times;
};

/** The verdict for people. */
export function verdictText(verdict: Verdict): string {
  const { options, wrong, doubts, comparisons, connections, growth } = verdict;
  const rows: readonly (readonly [string, string])[] = [
    [
      "run",
      `${Math.round(verdict.seconds)} s, ${options.services} Services of ${options.endpoints}, seed ${options.seed}`,
    ],
    ["changes", `${verdict.changes} of Services, slices and the Node: ${timesText(verdict.actions)}`],
    ["disturbances", timesText(verdict.disturbances)],
    ["repairs", repairsText(verdict.repairs)],
    ["kernel", `equal to a fresh compile at ${comparisons.equal} of ${comparisons.done} times`],
    ["connections", connectionsText(connections)],
    [
      "agent",
      `${verdict.rounds} rounds; ${growth.map(growthText).join(", ") || "it did not live long enough to grow"}`,
    ],
    ["its log", timesText(verdict.log) || "no warnings"],
  ];
  const lines = rows.map(([name, text]) => `${name.padEnd(14)}${text}\n`);
  const shown = wrong.slice(0, shownAtMost).map((what) => `wrong: ${what}\n`);
  const more = wrong.length > shownAtMost ? [`and ${wrong.length - shownAtMost} more\n`] : [];
  const doubtful = doubts.map((what) => `in doubt: ${what}\n`);
  return [...lines, ...shown, ...more, ...doubtful, wrong.length === 0 ? "all held\n" : "it did not hold\n"].join("");
}

const shownAtMost = 20;

function timesText(times: Times): string {
  return Object.entries(times)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([what, count]) => `${count} ${what}`)
    .join(", ");
}

function repairsText(repairs: readonly Repair[]): string {
  const sorted = repairs.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
  if (sorted.length === 0) return "none";
  return `${sorted.length}, half of them within ${sorted[sorted.length >> 1]} ms, the slowest ${sorted.at(-1)} ms`;
}

function connectionsText({ answered, refused, dropped, certain, excused, unexplained }: Counts): string {
  const right = answered + refused + dropped;
  const total = right + excused + unexplained;
  const share = ((100 * certain) / Math.max(1, total)).toFixed(1);
  const asExpected = `${answered} answered, ${refused} refused, ${dropped} dropped as they had to be`;
  return `${total}: ${asExpected} (${share} % with one outcome possible); ${excused} excused, ${unexplained} unexplained`;
}

function growthText({ what, early, late }: Growth): string {
  const unit = what === "memory" ? " MB" : "";
  return `${what} ${Math.round(early)}${unit} early, ${Math.round(late)}${unit} late`;
}
