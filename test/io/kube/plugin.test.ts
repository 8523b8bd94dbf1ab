import { mkdtemp, readFile, rm } from "node:fs/promises";
import type { RequestOptions } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { PluginAuthenticator, pluginUser } from "../../../src/io/kube/plugin.ts";

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "kube-nft-"));
});
afterEach(() => rm(directory, { recursive: true }));

/** The user of a plugin that is a script, and of which each run leaves a line in the file `runs`. */
function scripted(script: string) {
  const args = ["-c", `cd '${directory}'; echo >>runs; ${script}`];
  return pluginUser({ name: "me" }, { apiVersion: "client.authentication.k8s.io/v1", command: "sh", args });
}

async function runs(): Promise<number> {
  return (await readFile(join(directory, "runs"), "utf8")).length;
}

async function authorization(authenticator: PluginAuthenticator, user: ReturnType<typeof scripted>) {
  const options: RequestOptions = {};
  await authenticator.applyAuthentication(user, options);
  return options.headers;
}

function credential(expires?: number): string {
  const expirationTimestamp = expires === undefined ? {} : { expirationTimestamp: new Date(expires).toISOString() };
  return `echo '${JSON.stringify({ status: { token: "secret", ...expirationTimestamp } })}'`;
}

const bearer = { Authorization: "Bearer secret" };

test.each([
  ["without a time", credential(), 1],
  ["for an hour", credential(Date.now() + 3_600_000), 1],
  ["that are over", credential(Date.now() - 1000), 5],
])("for credentials %s, a plugin runs as often as it must", async (_, script, most) => {
  const authenticator = new PluginAuthenticator();
  const user = scripted(script);
  const atOnce = await Promise.all([1, 2, 3].map(() => authorization(authenticator, user)));
  expect(atOnce).toEqual([bearer, bearer, bearer]);
  expect(await authorization(authenticator, user)).toEqual(bearer);
  expect(await runs()).toBeLessThanOrEqual(most);
  if (most > 1) expect(await runs()).toBeGreaterThan(1);
});

test("a plugin that hangs is stopped, and started again for the next request", async () => {
  const authenticator = new PluginAuthenticator(200);
  const user = scripted("exec sleep 600");
  for (const run of [1, 2]) {
    await expect(authorization(authenticator, user)).rejects.toThrow("did not exit within 0.2 s and was killed");
    expect(await runs()).toBe(run);
  }
});
