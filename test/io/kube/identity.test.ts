import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { Connection } from "../../../src/io/kube/connection.ts";
import { connect, listObjects } from "../../../src/io/kube/kube.ts";
import { type APIServer, startAPIServer } from "../../api-server/api-server.ts";
import { type Credentials, clientCertificate } from "../../api-server/files.ts";

const secret = "eyJhbGciOi.a-secret.of-ours";

let server: APIServer;
let directory: string;
let connections: Connection[];
let environment: NodeJS.ProcessEnv;

beforeEach(async () => {
  server = await startAPIServer();
  directory = await mkdtemp(join(tmpdir(), "kube-nft-"));
  connections = [];
  environment = { ...process.env };
});
afterEach(async () => {
  process.env = environment;
  for (const connection of connections) connection.close();
  await server.stop();
  await rm(directory, { recursive: true });
});

function open(options: ConstructorParameters<typeof Connection>[0]): Connection {
  const connection = connect(options);
  connections.push(connection);
  return connection;
}

function exec(script: string): Credentials {
  return { exec: { apiVersion: "client.authentication.k8s.io/v1", command: "sh", args: ["-c", script] } };
}

/** All that could be said of an error, with its causes. */
async function wordsOf(action: () => unknown): Promise<string> {
  try {
    await action();
  } catch (error) {
    return inspect(error, { depth: 10 });
  }
  throw new Error("nothing went wrong");
}

test.each<[string, object]>([
  ["a token", { token: secret }],
  ["a token file", { tokenFile: "token" }],
  ["a password", { username: "me", password: secret }],
  ["a plugin", exec(`echo '{"status":{"token":"${secret}"}}'`)],
])("%s is not sent where everybody could read it", async (_, user) => {
  await writeFile(join(directory, "token"), secret);
  const told: IncomingHttpHeaders[] = [];
  const plain: Server = createServer(({ headers }, response) => {
    told.push(headers);
    response.end('{"metadata":{"resourceVersion":"1"},"items":[]}');
  });
  await new Promise<void>((resolve) => plain.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(plain.address() as AddressInfo).port}`;
  const kubeconfig = await server.writeKubeconfig(directory, user as Credentials, url);
  const ofMaster = { kubeconfig: await server.writeKubeconfig(join(directory, "2"), user as Credentials), master: url };
  for (const options of [{ kubeconfig }, ofMaster]) {
    const connection = open(options);
    expect(await listObjects(connection)).toEqual([]);
    expect(connection.dangers).toEqual([`${url} is not encrypted; no credentials are sent`]);
  }
  expect(told.length).toBeGreaterThanOrEqual(8);
  expect(told.filter(({ authorization }) => authorization !== undefined)).toEqual([]);
  expect(JSON.stringify(told)).not.toContain(secret);
  plain.close();
});

test.each([
  ["a bad indentation", `users:\n- name: me\n  user:\n     token: ${secret}\n    x: 1\n`, /line \d+: /],
  ["a tab", `users:\n- name: me\n  user:\n\ttoken: ${secret}\n`, /line \d+: /],
  ["an open quote", `token: "${secret}\n`, /line \d+: /],
  ["an open flow", `{ users: [ { user: { token: ${secret} `, /line \d+: /],
  ["a second document", `token: ${secret}\n---\ntoken: ${secret}\n`, /cannot read the kubeconfig/],
  ["a wrong form", `users: ${secret}\n`, /it is not one/],
  ["no clusters", `users:\n- name: me\n  user: { token: ${secret} }\n`, /has no context x/],
])("a kubeconfig with %s is reported by line, without its text", async (_, text, words) => {
  const kubeconfig = join(directory, "kubeconfig");
  await writeFile(kubeconfig, text);
  const said = await wordsOf(() => open({ kubeconfig, context: "x" }));
  expect(said).toMatch(words);
  expect(said).not.toContain(secret);
});

test.each([
  ["no JSON", `printf %s 'token: ${secret}'`],
  ["cut JSON", `printf %s '{"status":{"token":"${secret}"'`],
  ["JSON of another form", `echo '{"status":{"token":["${secret}"]}}'`],
])("the output of a plugin that prints %s is not shown", async (_, script) => {
  const kubeconfig = await server.writeKubeconfig(directory, exec(script));
  const said = await wordsOf(() => listObjects(open({ kubeconfig })));
  expect(said).toContain("the plugin sh did not print an ExecCredential with a status");
  expect(said).not.toContain(secret);
});

test("a plugin's complaint is shown in one line without control characters", async () => {
  const kubeconfig = await server.writeKubeconfig(directory, exec("printf 'log\\033[2J\\nin' >&2; exit 1"));
  const listing = listObjects(open({ kubeconfig }));
  await expect(listing).rejects.toThrow("the plugin sh failed: log\\u001b[2J in");
});

test("a server address with credentials is refused, without showing them", async () => {
  const said = await wordsOf(() => open({ master: `https://me:${secret}@10.0.0.1:6443` }));
  expect(said).toContain("the address of the API server at 10.0.0.1:6443 must not contain a user or a password");
  expect(said).not.toContain(secret);
});

test("insecure-skip-tls-verify is obeyed and named, and nothing else switches verification off", async () => {
  const other = await startAPIServer();
  try {
    const kubeconfig = await server.writeKubeconfig(directory, { token: other.token }, other.url);
    process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
    const strict = open({ kubeconfig });
    expect(strict.dangers).toEqual([]);
    await expect(listObjects(strict)).rejects.toThrow("its certificate is not trusted");
    const cluster = { server: other.url, "insecure-skip-tls-verify": true };
    const config = JSON.parse(await readFile(kubeconfig, "utf8"));
    await writeFile(kubeconfig, JSON.stringify({ ...config, clusters: [{ name: "test", cluster }] }));
    const lax = open({ kubeconfig });
    expect(await listObjects(lax)).toEqual([]);
    expect(lax.dangers).toEqual([
      `insecure-skip-tls-verify is set; the certificate of ${other.url} is not verified, and the server gets our credentials`,
    ]);
  } finally {
    await other.stop();
  }
});

test.each<[string, object, string]>([
  ["a token", { token: secret }, "by a token"],
  ["a token file", { tokenFile: "token" }, "by a token file"],
  ["a plugin", exec("true"), "by a plugin"],
  ["a password", { username: "me", password: secret }, "by a password"],
  ["nothing", {}, "without credentials"],
])("who we are is said in the kubeconfig's words: %s", async (_, user, words) => {
  const kubeconfig = await server.writeKubeconfig(directory, user as Credentials);
  expect(open({ kubeconfig }).identity).toBe(`user test of ${kubeconfig}, ${words}`);
});

test("our identity in other cases", async () => {
  const kubeconfig = await server.writeKubeconfig(directory, clientCertificate(server.issue({ commonName: "me" })));
  expect(open({ kubeconfig }).identity).toBe(`user test of ${kubeconfig}, by a client certificate`);
  expect(open({ master: "https://10.0.0.1" }).identity).toBe("nobody");
  const { hostname, port } = new URL(server.url);
  process.env = { ...environment, KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port };
  await server.writeServiceAccount(directory);
  const pod = open({ root: directory });
  expect(pod.identity).toBe("the service account of this pod");
  expect(await listObjects(pod)).toEqual([]);
});

test("kubectl's kubeconfig is used only on request", async () => {
  const kubeconfig = await server.writeKubeconfig(directory);
  process.env = { ...environment, KUBECONFIG: kubeconfig, HOME: directory };
  expect(() => open({})).toThrow("no cluster is configured; use --kubeconfig, as this is not a pod");
  expect(open({ asKubectl: true }).server).toBe(server.url);
});
