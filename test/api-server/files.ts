import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Identity } from "./certificates.ts";

/** How a kubeconfig says who its user is. */
export type Credentials =
  | { readonly token: string }
  | { readonly tokenFile: string }
  | { readonly "client-certificate-data": string; readonly "client-key-data": string }
  | { readonly exec: { readonly apiVersion: string; readonly command: string; readonly args: readonly string[] } };

export function clientCertificate({ cert, key }: Identity): Credentials {
  return { "client-certificate-data": base64(cert), "client-key-data": base64(key) };
}

/** The text of a kubeconfig file with one context, `test`. JSON is YAML. */
export function kubeconfigText(server: string, caCert: string | undefined, user: Credentials): string {
  const certificateAuthority = caCert === undefined ? {} : { "certificate-authority-data": base64(caCert) };
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "test", cluster: { server, ...certificateAuthority } }],
    users: [{ name: "test", user }],
    contexts: [{ name: "test", context: { cluster: "test", user: "test" } }],
    "current-context": "test",
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}

/** Writes the files that a pod finds under `root`, of its service account; returns their directory. */
export async function writeServiceAccount(root: string, caCert: string, token: string): Promise<string> {
  const directory = join(root, "var/run/secrets/kubernetes.io/serviceaccount");
  await mkdir(directory, { recursive: true });
  const files = { "ca.crt": caCert, token, namespace: "kube-system" };
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
  return directory;
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
