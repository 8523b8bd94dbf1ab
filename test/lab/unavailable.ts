import { spawnSync } from "node:child_process";

/** Why there can be no lab here, in words for people; undefined where there can be one. */
export function labUnavailable(): string | undefined {
  found ??= look();
  return found === "" ? undefined : found;
}

/** Tests with packets are left out where there can be no lab, but never in CI: there they fail. */
export function labSkipped(): boolean {
  const { CI } = process.env;
  return CI !== "true" && labUnavailable() !== undefined;
}

let found: string | undefined;

function look(): string {
  if (process.platform !== "linux") {
    return "it takes Linux";
  }
  if (process.getuid?.() !== 0) {
    return "it takes root";
  }
  const { stdout, stderr, status } = spawnSync("sh", ["-c", script], { encoding: "utf8", timeout: 60_000 });
  const missing = stdout.trim();
  if (missing !== "") {
    return `not installed: ${missing.replaceAll("\n", ", ")}`;
  }
  return status === 0 ? "" : `no network namespaces with nftables and veth: ${stderr.trim()}`;
}

const script = `
for program in unshare nsenter setpriv ip nft iptables-restore conntrack perl; do
  command -v $program >/dev/null || echo $program
done
[ -d /proc/sys/net/ipv6 ] || { echo "no IPv6" >&2; exit 1; }
exec unshare --net sh -c '
  ip link add lab1 type veth peer name lab2 && ip link add lab3 type bridge && nft add table ip lab && conntrack --flush &&
  echo 1 >/proc/sys/net/ipv4/ip_forward'
`;
