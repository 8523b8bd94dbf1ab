import { type Family, familyName } from "../../model/address.ts";

/**
 * Whether kube-proxy has written its rules in these families, according to its metrics. Its `/healthz` is not sufficient:
 * it answers 200 some seconds earlier.
 *
 * - `not yet`: there is no answer, kube-nft answers, or a family is missing.
 * - `some`: kube-proxy 1.32 and older has one value for both families. The other family follows within seconds.
 */
export function kubeProxyRules(page: string, families: readonly Family[]): "written" | "some" | "not yet" {
  if (/^kube_nft_build_info\b/m.test(page)) return "not yet";
  const name = "kubeproxy_sync_proxy_rules_last_timestamp_seconds";
  const isWritten = (labels: string) => new RegExp(`^${name}${labels} [^0\\s]`, "m").test(page);
  if (families.every((family) => isWritten(`\\{ip_family="${familyName(family)}"\\}`))) return "written";
  return isWritten("") ? "some" : "not yet";
}
