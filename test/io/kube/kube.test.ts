import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { decodeCluster } from "../../../src/decode/cluster.ts";
import type { Connection, Exchange } from "../../../src/io/kube/connection.ts";
import { KubeError } from "../../../src/io/kube/error.ts";
import { connect, listObjects } from "../../../src/io/kube/kube.ts";
import { readList } from "../../../src/io/kube/list.ts";
import { services } from "../../../src/io/kube/resources.ts";
import { type APIServer, startAPIServer } from "../../api-server/api-server.ts";
import { type Credentials, clientCertificate } from "../../api-server/files.ts";
import { endpointSlice, node, service, serviceCIDR } from "../../api-server/objects.ts";

let server: APIServer;
let directory: string;
let connections: Connection[];

beforeEach(async () => {
  server = await startAPIServer();
  directory = await mkdtemp(join(tmpdir(), "kube-nft-"));
  connections = [];
});
afterEach(async () => {
  for (const connection of connections) connection.close();
  await server.stop();
  await rm(directory, { recursive: true });
});

async function list(options: Parameters<typeof connect>[0]): Promise<readonly unknown[]> {
  const connection = connect(options);
  connections.push(connection);
  return (await listObjects(connection)).map(({ object }) => object);
}

async function listAs(user?: Credentials): Promise<readonly unknown[]> {
  return list({ kubeconfig: await server.writeKubeconfig(directory, user) });
}

test("objects come with apiVersion and kind, without headless ones", async () => {
  server.put(
    service("web"),
    service("foreign", { labels: { "service.kubernetes.io/service-proxy-name": "" } }),
    service("headless", {}, { clusterIP: "None" }),
    endpointSlice("web", ["10.244.1.2"]),
    endpointSlice("headless", ["10.244.1.3"], { labels: { "service.kubernetes.io/headless": "" } }),
    node("node-1"),
    serviceCIDR("kubernetes", "10.96.0.0/16"),
  );
  const objects = await listAs();
  expect(objects).toMatchObject([
    { apiVersion: "v1", kind: "Service", metadata: { name: "web" } },
    { apiVersion: "v1", kind: "Service", metadata: { name: "foreign" } },
    { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", metadata: { name: "web-1" } },
    { apiVersion: "v1", kind: "Node", metadata: { name: "node-1" } },
    { apiVersion: "networking.k8s.io/v1", kind: "ServiceCIDR" },
  ]);
  const { cluster, problems } = decodeCluster(objects.map((object) => ({ object })));
  expect(problems).toEqual([]);
  expect(cluster).toMatchObject({
    services: [{ name: "web" }],
    otherClusterIPs: [expect.anything()],
    endpointSlices: [{ serviceName: "web" }],
    nodes: [{ name: "node-1" }],
    serviceCIDRs: [expect.anything()],
  });
});

test("an API server without ServiceCIDRs has none", async () => {
  server.disable("servicecidrs");
  server.put(service("web"));
  expect(await listAs()).toHaveLength(1);
});

test("lists are read in pages, each object once", async () => {
  for (let index = 0; index < 1234; index++) server.put(service(`s${index}`));
  const objects = await listAs();
  expect(new Set(objects.map((object) => JSON.stringify(object))).size).toBe(1234);
  expect(server.count({ verb: "list", resource: "services" })).toBe(4);
});

test("a list whose pages have expired starts again", async () => {
  server.put(...Array.from({ length: 600 }, (_, index) => endpointSlice(`s${index}`, ["10.244.1.2"])));
  server.fail({ kind: "delay", ms: 0 }, 1, { resource: "endpointslices" });
  server.fail({ kind: "status", code: 410 }, 1, { resource: "endpointslices" });
  expect(await listAs()).toHaveLength(600);
});

test.each<[string, () => Credentials | Promise<Credentials>]>([
  ["a token", () => ({ token: server.token })],
  ["a token file with a newline at its end", async () => ({ tokenFile: await tokenFile(`${server.token}\n`) })],
  ["a client certificate", () => clientCertificate(server.issue({ commonName: "me" }))],
  ["a plugin", () => ({ exec: plugin() })],
])("%s lets us in", async (_, credentials) => {
  server.put(service("web"));
  expect(await listAs(await credentials())).toHaveLength(1);
});

async function tokenFile(text: string): Promise<string> {
  const file = join(directory, "token");
  await writeFile(file, text);
  return file;
}

/** It does as the plugins of some clouds: without a task from its caller, it fails. */
function plugin() {
  const credential = JSON.stringify({ kind: "ExecCredential", status: { token: server.token } });
  const script = `case $KUBERNETES_EXEC_INFO in *ExecCredential*) echo '${credential}';; esac`;
  return { apiVersion: "client.authentication.k8s.io/v1", command: "sh", args: ["-c", script] };
}

test("a token that has been rotated is read again", async () => {
  const file = await tokenFile(server.token);
  const connection = connect({ kubeconfig: await server.writeKubeconfig(directory, { tokenFile: file }) });
  connections.push(connection);
  await listObjects(connection);
  await writeFile(file, server.rotateToken());
  expect(await listObjects(connection)).toEqual([]);
});

test("a kubeconfig that now names another address is read again", async () => {
  const kubeconfig = await server.writeKubeconfig(directory, undefined, "https://127.0.0.1:1");
  const connection = connect({ kubeconfig });
  connections.push(connection);
  await expect(listObjects(connection)).rejects.toThrow("connection refused");
  await rename(kubeconfig, `${kubeconfig}.old`);
  await expect(listObjects(connection)).rejects.toThrow("connection refused");
  await server.writeKubeconfig(directory);
  await expect(listObjects(connection)).rejects.toThrow("connection refused");
  expect(await listObjects(connection)).toEqual([]);
});

test("each request is reported, with its result", async () => {
  const told: Exchange[] = [];
  const file = await tokenFile(server.token);
  const kubeconfig = await server.writeKubeconfig(directory, { tokenFile: file });
  const connection = connect({ kubeconfig }, (exchange) => told.push(exchange));
  connections.push(connection);
  const signal = AbortSignal.timeout(10_000);
  const listServices = () =>
    readList(connection, services, { wants: "whole", onItem() {}, onMalformed() {}, onRestart() {}, signal }).catch(
      () => undefined,
    );
  await listServices();
  await writeFile(file, server.rotateToken());
  await listServices();
  server.refuse();
  await listServices();
  const { host } = new URL(server.url);
  const each = { verb: "list", method: "GET", host, milliseconds: expect.any(Number) };
  expect(told).toEqual([200, 401, 200, undefined].map((code) => ({ ...each, code })));
  await server.accept();
});

test("a pod finds its API server and its token", async () => {
  await server.writeServiceAccount(directory);
  const { port, hostname } = new URL(server.url);
  Object.assign(process.env, { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port });
  try {
    server.put(service("web"));
    expect(await list({ root: directory })).toHaveLength(1);
  } finally {
    for (const name of ["KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"]) delete process.env[name];
  }
});

test("master replaces the address of the kubeconfig", async () => {
  const { url } = server;
  const kubeconfig = await server.writeKubeconfig(directory, undefined, "https://127.0.0.1:1");
  expect(await list({ kubeconfig, master: `${url}/` })).toEqual([]);
});

test("plain HTTP is used if it is configured", async () => {
  const proxy = createServer((_, response) =>
    response.end('{"metadata":{"resourceVersion":"1"},"items":[{"spec":1}]}'),
  );
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const { port } = proxy.address() as AddressInfo;
  expect(await list({ master: `http://127.0.0.1:${port}` })).toHaveLength(5);
  proxy.close();
});

test("a server that does not answer is reported with its address", async () => {
  const kubeconfig = await server.writeKubeconfig(directory);
  server.refuse();
  await expect(list({ kubeconfig })).rejects.toThrow(`at ${server.url}: connection refused`);
  await server.accept();
});

test.each<[number, RegExp]>([
  [
    403,
    /cannot list nodes at https:.*: 403, forbidden; a ClusterRole .* must grant list on nodes \(nodes is forbidden: /,
  ],
  [500, /cannot list nodes at https:.*: 500 \(the test wants it so\)/],
])("an answer of %d is reported in words", async (code, words) => {
  if (code === 403) server.forbid({ resource: "nodes" });
  else server.fail({ kind: "status", code }, 1, { resource: "nodes" });
  const listing = listAs();
  await expect(listing).rejects.toThrow(words);
  await expect(listing).rejects.toMatchObject({ status: code });
});

test.each([
  ["fails", "echo log in first >&2; exit 1", "the plugin sh failed: log in first"],
  ["prints something else", "echo hello", "the plugin sh did not print an ExecCredential with a status"],
  ["prints no status", "echo {}", "the plugin sh did not print an ExecCredential with a status"],
])("a plugin that %s is reported", async (_, script, words) => {
  const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "sh", args: ["-c", script] };
  await expect(listAs({ exec })).rejects.toThrow(`cannot get the credentials of test: ${words}`);
});

test("a plugin that is not there is reported", async () => {
  const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "/nothing/here", args: [] };
  await expect(listAs({ exec })).rejects.toThrow("the plugin /nothing/here is not there");
});

test.each<[string, Credentials, RegExp]>([
  [
    "certificate",
    { "client-certificate-data": "bm9uZQ==", "client-key-data": "bm9uZQ==" },
    /our certificate or key cannot be used: /,
  ],
  ["token", { token: "in two\nlines" }, /our token has invalid characters/],
])("a %s that is none is reported", async (_, credentials, words) => {
  const listing = listAs(credentials);
  await expect(listing).rejects.toThrow(words);
  await expect(listing).rejects.toThrow(KubeError);
});

test.each(["foo", "10.0.0.1:6443", "http://", "ftp://10.0.0.1", "https://10.0.0.1:port"])(
  "an API server at %s is reported",
  async (master) => {
    await expect(list({ master })).rejects.toThrow(/ is not the address of an API server, such as https:/);
  },
);

test("a token file that is not there is reported", async () => {
  await expect(listAs({ tokenFile: "nothing" })).rejects.toThrow(/cannot get the credentials of test: ENOENT.*nothing/);
});

test("a wrong token is reported", async () => {
  await expect(listAs({ token: "wrong" })).rejects.toThrow(/401, our credentials are wrong or have expired/);
});

test("a server that is not the one of the kubeconfig is not trusted", async () => {
  const other = await startAPIServer();
  try {
    const kubeconfig = await server.writeKubeconfig(directory, undefined, other.url);
    await expect(list({ kubeconfig })).rejects.toThrow(/its certificate is not trusted: .*certificate-authority/);
  } finally {
    await other.stop();
  }
});

test("a certificate for another name is not trusted", async () => {
  const other = await startAPIServer({ certificate: { hosts: ["example.com"] } });
  try {
    const kubeconfig = await other.writeKubeconfig(directory);
    await expect(list({ kubeconfig })).rejects.toThrow(/its certificate is not trusted: .*127\.0\.0\.1/);
  } finally {
    await other.stop();
  }
});

test("an expired certificate is reported with a hint to check the clock", async () => {
  const other = await startAPIServer({ certificate: { days: -1 } });
  try {
    const kubeconfig = await other.writeKubeconfig(directory);
    await expect(list({ kubeconfig })).rejects.toThrow(/its certificate is not valid at this time: .*check the clock/);
  } finally {
    await other.stop();
  }
});

test.each([
  ["a file that is not there", "nothing/here", undefined, /cannot read the kubeconfig nothing\/here: ENOENT/],
  ["a file that is something else", undefined, undefined, /cannot read the kubeconfig .*: it is not one/],
])("%s is reported", async (_, missing, context, words) => {
  const file = missing ?? (await tokenFile("- a list"));
  await expect(list({ kubeconfig: file, context })).rejects.toThrow(words);
});

test("a missing context is reported with those that exist", async () => {
  const kubeconfig = await server.writeKubeconfig(directory);
  await expect(list({ kubeconfig, context: "prod" })).rejects.toThrow(`${kubeconfig} has no context prod: it has test`);
  expect(await list({ kubeconfig, context: "test" })).toEqual([]);
});

test.each(['{"kind":"ServiceList","items":[', '{"kind":"ServiceList"}', "<html>", '{"items":[{]}'])(
  "an answer of %s is not a list",
  async (text) => {
    server.fail({ kind: "text", text }, 1, { resource: "services" });
    await expect(listAs()).rejects.toThrow(/cannot (list|read)/);
  },
);
