import type { KubeConfig } from "@kubernetes/client-node";
import type { ConnectOptions } from "./config.ts";

/** Who we are to the API server, in the kubeconfig's terms: `user kube-proxy of /etc/kube-proxy.conf, by a token file`. */
export function identityOf(config: KubeConfig, { kubeconfig }: ConnectOptions): string {
  const user = config.getCurrentUser();
  if (user === null || user.name === bareUser) return "nobody";
  if (user.name === podUser) return "the service account of this pod";
  const { token, certData, certFile, authProvider, username } = user;
  const means = [
    ...(token ? ["a token"] : []),
    ...(authProvider ? [providers.get(authProvider.name) ?? authProvider.name] : []),
    ...(certData || certFile ? ["a client certificate"] : []),
    ...(username ? ["a password"] : []),
  ];
  const by = means.length > 0 ? `by ${means.join(" and ")}` : "without credentials";
  return `user ${user.name} of ${kubeconfig ?? "the kubeconfig of kubectl"}, ${by}`;
}

/** The name of the user if there is only an address, and no kubeconfig. */
export const bareUser = "nobody";

/** client-node's name for the user of a pod. */
const podUser = "inClusterUser";

const providers: ReadonlyMap<string, string> = new Map([
  ["tokenFile", "a token file"],
  ["kube-nft-plugin", "a plugin"],
]);

/** What makes the connection to the API server insecure. */
export function dangersOf(config: KubeConfig): readonly string[] {
  const { server = "", skipTLSVerify = false } = config.getCurrentCluster() ?? {};
  if (isPlain(server)) return [`${server} is not encrypted; no credentials are sent`];
  if (!skipTLSVerify) return [];
  return [
    `insecure-skip-tls-verify is set; the certificate of ${server} is not verified, and the server gets our credentials`,
  ];
}

/** Whether anyone on the way can read the requests, and change the answers. */
export function isPlain(server: string): boolean {
  return server.startsWith("http:");
}
