import { expect, test } from "@jest/globals";
import { withFolder } from "./folder.ts";
import { kubeNFT } from "./program.ts";

/**
 * No kubeconfig needs what the bundle leaves out of client-node: each way to a server and each kind of user gets as far.
 */
test.each([
  { way: "a SOCKS proxy", cluster: { "proxy-url": "socks5://127.0.0.1:2" }, says: "connect ECONNREFUSED 127.0.0.1:2" },
  { way: "an HTTP proxy", cluster: { "proxy-url": "http://127.0.0.1:2" }, says: "connection refused" },
  { way: "a password", user: { username: "me", password: "secret" }, says: "connection refused" },
  {
    way: "a program of gcloud",
    user: { "auth-provider": { name: "gcp", config: { "cmd-path": "false", expiry: "2001-01-01T00:00:00Z" } } },
    says: "cannot get the credentials of me: Failed to refresh token: Error: Command failed",
  },
])("the bundle knows $way", async ({ cluster, user, says }) => {
  const kubeconfig = {
    "current-context": "here",
    contexts: [{ name: "here", context: { cluster: "here", user: "me" } }],
    clusters: [{ name: "here", cluster: { server: "https://127.0.0.1:1", ...cluster } }],
    users: [{ name: "me", user: user ?? { token: "secret" } }],
  };
  const { exitCode, stderr } = await withFolder({ kubeconfig }, (folder) =>
    kubeNFT(["render", "--kubeconfig", `${folder}/kubeconfig`, "--node-name", "node-1"]),
  );
  expect(stderr).toContain(says);
  expect(exitCode).toBe(2);
});
