import { existsSync, readdirSync } from "node:fs";
import { bridgeSysctls } from "../../ask/doctor/node/bridges.ts";
import { forwardingSysctls } from "../../ask/doctor/node/forwarding.ts";
import type { ConntrackFacts, Interface } from "../../ask/doctor/node/node-facts.ts";
import { synSentTimeout } from "../../ask/doctor/node/service-flows.ts";
import { conntrackFill } from "./conntrack-fill.ts";
import { textOf } from "./text-of.ts";

/**
 * The values that affect Services.
 *
 * @param root where /proc is
 */
export function sysctlValues(root = ""): ReadonlyMap<string, string> {
  const folder = `${root}/proc/sys/net/ipv4/conf`;
  const reversePaths = names(folder).map((each) => [`net.ipv4.conf.${each}.rp_filter`, `${folder}/${each}/rp_filter`]);
  const others = [...Object.values(forwardingSysctls), ...bridgeSysctls, synSentTimeout];
  const files = [...reversePaths, ...others.map((name) => [name, `${root}/proc/sys/${name.replaceAll(".", "/")}`])];
  return new Map(
    files.flatMap(([name = "", file = ""]) => {
      const value = textOf(file);
      return value === undefined ? [] : [[name, value.trim()] as const];
    }),
  );
}

/**
 * The interfaces of this network namespace. Only their names are known if /sys belongs to another namespace.
 *
 * @param root where /proc and /sys are
 */
export function networkInterfaces(root = ""): readonly Interface[] {
  const lines = (textOf(`${root}/proc/net/dev`) ?? "").matchAll(/^ *([^:|\s]+):/gm);
  const found = Array.from(lines, ([, name = ""]) => name);
  const folder = `${root}/sys/class/net`;
  const isSame =
    [...found].sort().join() ===
    names(folder)
      .filter((name) => name !== "bonding_masters")
      .sort()
      .join();
  return found.map((name) => ({
    name,
    mtu: isSame ? Number(textOf(`${folder}/${name}/mtu`)) : undefined,
    isBridge: isSame ? existsSync(`${folder}/${name}/bridge`) : undefined,
  }));
}

/**
 * Undefined if the kernel does not track connections.
 *
 * @param root where /proc is
 */
export function conntrackFacts(root = ""): ConntrackFacts | undefined {
  const fill = conntrackFill(root);
  if (fill === undefined) return undefined;
  const [heading = "", ...processors] = (textOf(`${root}/proc/net/stat/nf_conntrack`) ?? "").trim().split("\n");
  const columns = heading.trim().split(/\s+/);
  const sum = (name: string) => {
    const at = columns.indexOf(name);
    if (at < 0) return 0;
    return processors.reduce((all, line) => all + (Number.parseInt(line.split(/\s+/)[at] ?? "", 16) || 0), 0);
  };
  return { ...fill, drop: sum("drop"), earlyDrop: sum("early_drop"), insertFailed: sum("insert_failed") };
}

/** The tables of a family that iptables-legacy has loaded. */
export function legacyTables(file: "ip_tables_names" | "ip6_tables_names", root = ""): readonly string[] {
  return (textOf(`${root}/proc/net/${file}`) ?? "").split("\n").filter((name) => name === "nat" || name === "filter");
}

/** The number of Services that IPVS balances. */
export function virtualServers(root = ""): number {
  return [...(textOf(`${root}/proc/net/ip_vs`) ?? "").matchAll(/^(TCP|UDP|SCTP|FWM) /gm)].length;
}

function names(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
