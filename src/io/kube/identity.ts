import type { KubeConfig } from "@kubernetes/client-node";
import type { ConnectOptions } from "./config.ts";

/** Who we are to the API server, in the kubeconfig's words: `user kube-proxy of /etc/kube-proxy.conf, by a token file`. */
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

/** The name of the user where there is no kubeconfig but an address. */
export const bareUser = "nobody";

/** What client-node calls the user of a pod. */
const podUser = "inClusterUser";

const providers: ReadonlyMap<string, string> = new Map([
  ["tokenFile", "a token file"],
  ["kube-nft-plugin", "a plugin"],
]);

/** What makes the way to the API server unsafe. */
export function dangersOf(config: KubeConfig): readonly string[] {
  const { server = "", skipTLSVerify = false } = config.getCurrentCluster() ?? {};
  if (isPlain(server)) return [`${server} is not encrypted; no credentials are sent`];
  if (!skipTLSVerify) return [];
  return [
    `insecure-skip-tls-verify is set; the certificate of ${server} is not verified, and the server gets our credentials`,
  ];
}

/** Whether everybody on the way can read what is sent, and change what is answered. */
export function isPlain(server: string): boolean {
  return server.startsWith("http:");
}
