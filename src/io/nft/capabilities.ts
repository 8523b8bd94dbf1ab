import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { execa } from "execa";
import { probeTables } from "../../compile/probe.ts";
import { allCapabilities, type Capabilities, type HostCapabilities, noCapabilities } from "../../compile/settings.ts";
import { isOlder, oldestNft, versionIn, versionProblem } from "../../daemon/host-requirements.ts";
import { type Family, familyName } from "../../model/address.ts";
import { printRuleset } from "../../nft/print-ruleset.ts";
import { type Table, tableName } from "../../nft/ruleset.ts";
import { summary } from "./complaints.ts";
import { NftError, notFound, notPermitted, runApart } from "./nft.ts";

/** What a host supports of our tables. */
export type Examination = {
  /** The families that can have a table. */
  readonly families: readonly Family[];
  readonly capabilities: HostCapabilities;
  /** The features that are missing. */
  readonly lacks: readonly Lack[];
  /** In words, what every table needs and is missing; empty if there is a family. */
  readonly problems: readonly string[];
};

/** A feature that is left out; in words the consequence, and why. */
export type Lack = { readonly feature: keyof Capabilities | "family"; readonly message: string };

/** What this host supports, including what an agent needs: an nft that is new enough, and socat. */
export async function examineForAgent(
  families: readonly Family[],
): Promise<Examination & { readonly nftVersion: string }> {
  const [{ version: nftVersion, problem }, socat] = await Promise.all([nftHere(), socatProblem()]);
  const problems = [problem, socat].filter((each) => each !== undefined);
  const nothing = { families: [], capabilities: bothFamilies(allCapabilities), lacks: [], problems };
  return { ...(problems.length > 0 ? nothing : await examine(families, false)), nftVersion };
}

/** The same without trying anything: by the version of nft, and by what all kernels have that nft is for. */
export async function lookForAgent(
  families: readonly Family[],
): Promise<Examination & { readonly nftVersion: string }> {
  const [{ version: nftVersion, problem }, socat] = await Promise.all([nftHere(), socatProblem()]);
  const isOld = isOlder(versionIn(nftVersion) ?? [], dynamicIPv6Maps);
  const ip6 = isOld ? { ...allCapabilities, ...hash.more } : allCapabilities;
  return {
    families,
    capabilities: { ip: allCapabilities, ip6 },
    lacks: isOld ? [{ feature: "affinity", message: `IPv6: ${remember.otherwise}` }] : [],
    problems: [problem, socat].filter((each) => each !== undefined),
    nftVersion,
  };
}

/** The first nft that does not abort on them. */
const dynamicIPv6Maps = [1, 0, 7];

/** Why this nft cannot be used for our tables, in words; undefined if it can. */
export async function nftProblem(): Promise<string | undefined> {
  return (await nftHere()).problem;
}

async function nftHere(): Promise<{ readonly version: string; readonly problem: string | undefined }> {
  const run = await execa("nft", ["--version"], { reject: false, stdin: "ignore", timeout: 10_000 });
  if (run.code === "ENOENT") return { version: "", problem: notFound("nft", undefined).message };
  if (run.timedOut) return { version: "", problem: "nft --version does not exit" };
  const { stdout = "" } = run;
  const [version = ""] = /\d+(\.\d+)+/.exec(stdout) ?? [];
  return { version, problem: versionProblem("nft", stdout, oldestNft) };
}

/** Node cannot exchange netlink messages with the kernel, so socat does. */
async function socatProblem(): Promise<string | undefined> {
  for (const folder of process.env["PATH"]?.split(delimiter) ?? []) {
    const isThere = await access(join(folder, "socat"), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return undefined;
  }
  return "socat is not in PATH; install the package socat";
}

/**
 * Lets nft and the kernel check tables with every feature. Only if they refuse them, families and then features are checked
 * one after another, because each failed transaction may slow down later ones. Nothing is loaded except kernel modules.
 *
 * @param mayMakeNamespace if this process may not use nft here, it is tried in a temporary network namespace
 */
export async function examine(families: readonly Family[], mayMakeNamespace: boolean): Promise<Examination> {
  if ((await objectionTo(families, allCapabilities, mayMakeNamespace)) === undefined)
    return { families, capabilities: bothFamilies(allCapabilities), lacks: [], problems: [] };
  const found = await Promise.all(families.map((family) => examineFamily(family, mayMakeNamespace)));
  const usable = families.filter((_, index) => found[index]?.problem === undefined);
  const problems = found.flatMap(({ problem }) => (problem === undefined ? [] : [problem]));
  const unusable = usable.length === 0 ? [] : problems.map((message) => ({ feature: "family", message }) as const);
  const capabilitiesOf = (family: Family) => found[families.indexOf(family)]?.capabilities ?? allCapabilities;
  return {
    families: usable,
    capabilities: { ip: capabilitiesOf("ip"), ip6: capabilitiesOf("ip6") },
    lacks: [...unusable, ...found.flatMap(({ lacks }) => lacks)],
    problems: usable.length === 0 ? [...new Set(problems)] : [],
  };
}

export function bothFamilies(capabilities: Capabilities): HostCapabilities {
  return { ip: capabilities, ip6: capabilities };
}

type FamilyExamination = {
  readonly capabilities: Capabilities;
  readonly lacks: readonly Lack[];
  readonly problem?: string;
};

async function examineFamily(family: Family, mayMakeNamespace: boolean): Promise<FamilyExamination> {
  const objection = (capabilities: Capabilities) => objectionTo([family], capabilities, mayMakeNamespace);
  const capabilities = allCapabilities;
  const first = await objection(capabilities);
  if (first === undefined) return { capabilities, lacks: [] };
  if (first.includes(notPermitted)) {
    return { capabilities, lacks: [], problem: "nft needs CAP_NET_ADMIN; run it as root" };
  }
  const lack = ({ feature, otherwise }: Alternative, why: string): Lack => ({
    feature,
    message: `${familyName(family)}: ${otherwise}: ${why}`,
  });
  // An nft before 1.0.7 aborts, and nothing else is wrong.
  if (first.includes("Assertion") && (await objection({ ...capabilities, ...hash.more })) === undefined) {
    return { capabilities: { ...capabilities, ...hash.more }, lacks: [lack(remember, first)] };
  }
  const bare = await objection(noCapabilities);
  if (bare !== undefined) {
    const problem = `${familyName(family)}: nft or the kernel does not support what every table needs: ${bare}`;
    return { capabilities, lacks: [], problem };
  }
  let found = noCapabilities;
  const lacks: Lack[] = [];
  for (const alternatives of features) {
    for (const alternative of alternatives) {
      const more = { ...found, ...alternative.more };
      const why = await objection(more);
      if (why === undefined) {
        found = more;
        break;
      }
      lacks.push(lack(alternative, why));
    }
  }
  return { capabilities: found, lacks };
}

type Alternative = {
  readonly feature: keyof Capabilities;
  readonly more: Partial<Capabilities>;
  /** The consequence of a refusal. */
  readonly otherwise: string;
};

const remember: Alternative = {
  feature: "affinity",
  more: { affinity: "remember" },
  otherwise: "there is no session affinity (needs nft 1.0.7)",
};
const hash: Alternative = {
  feature: "affinity",
  more: { affinity: "hash" },
  otherwise: "endpoints cannot be chosen by a hash of the client's address",
};

/** Of each feature the best variant comes first. */
const features: readonly (readonly Alternative[])[] = [
  [
    {
      feature: "sourceRanges",
      more: { sourceRanges: true },
      otherwise: "load balancer IPs with source ranges are closed",
    },
  ],
  [
    {
      feature: "sourceHash",
      more: { sourceHash: true },
      otherwise: "endpoints are not chosen by a hash of the client",
    },
  ],
  [{ feature: "reject", more: { reject: true }, otherwise: "connections are dropped instead of refused" }],
  [
    {
      feature: "counters",
      more: { counters: true },
      otherwise: "neither new connections nor refused packets are counted",
    },
  ],
  [remember, hash],
];

/** Why nft refuses tables with all of this; undefined if it does not. */
async function objectionTo(
  families: readonly Family[],
  capabilities: Capabilities,
  mayMakeNamespace: boolean,
): Promise<string | undefined> {
  const texts = families.flatMap((family) => probeTables(family, capabilities).map(probeText));
  // A process without privileges can send only little to the kernel at once, and checks of one family have time.
  for (const input of families.length === 1 ? texts : [texts.join("")]) {
    const objection = await objectionToText(input, mayMakeNamespace);
    if (objection !== undefined) return objection;
  }
  return undefined;
}

async function objectionToText(input: string, mayMakeNamespace: boolean): Promise<string | undefined> {
  const options = { input, reject: false, timeout: 10_000 } as const;
  const { failed, code, stderr, shortMessage = "" } = await execa("nft", ["-c", "-f", "-"], options);
  if (!failed) return undefined;
  if (code === "ENOENT") throw notFound("nft", undefined);
  if (!mayMakeNamespace || !stderr.includes(notPermitted)) return stderr === "" ? shortMessage : summary(stderr);
  try {
    await runApart("nft -c -f -", input);
    return undefined;
  } catch (error) {
    if (error instanceof NftError) return error.message;
    throw error;
  }
}

/** A different name from ours, because our table may be there with other sets. */
function probeText(table: Table, index: number): string {
  return printRuleset([table]).replaceAll(` ${tableName}`, ` ${tableName}-probe-${index}`);
}
