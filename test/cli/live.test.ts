import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { type APIServer, startAPIServer } from "../api-server/api-server.ts";
import { endpointSlice, node, service, serviceCIDR } from "../api-server/objects.ts";
import { rootTest } from "../support/kernel-test.ts";
import { config } from "./manifests.ts";
import { kubeNFT } from "./program.ts";

let server: APIServer;
let folder: string;
let kubeconfig: string;

beforeEach(async () => {
  server = await startAPIServer();
  server.put(
    node("node-1"),
    service("web"),
    endpointSlice("web", ["10.244.1.11", "10.244.1.12"]),
    serviceCIDR("kubernetes", "10.96.0.0/16"),
  );
  folder = await mkdtemp(join(tmpdir(), "kube-nft-"));
  kubeconfig = await server.writeKubeconfig(folder);
});

afterEach(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

function render(...args: readonly string[]) {
  return kubeNFT(["render", "--config", config, "--family", "ip", ...args], { env: { HOME: folder, KUBECONFIG: "" } });
}

test("--kubeconfig renders a live cluster as the same objects in files", async () => {
  const live = await render("--kubeconfig", kubeconfig);
  const objects = [node("node-1"), service("web"), endpointSlice("web", ["10.244.1.11", "10.244.1.12"])];
  const input = JSON.stringify({ kind: "List", items: [...objects, serviceCIDR("kubernetes", "10.96.0.0/16")] });
  const files = await kubeNFT(["render", "--config", config, "--family", "ip", "-f", "-"], { input });
  expect(live).toEqual({ stdout: files.stdout, stderr: "", exitCode: 0 });
  expect(live.stdout).toContain("10.96.0.10 . 80 . 1 : 10.244.1.12 . 8080");
});

test("an API server before 1.31 is read as well, without its headless Services", async () => {
  const newer = await render("--kubeconfig", kubeconfig);
  server.disable("services", "spec.clusterIP");
  server.put(service("headless", {}, { clusterIP: "None", clusterIPs: ["None"] }));
  expect(await render("--kubeconfig", kubeconfig)).toEqual(newer);
});

test("KUBECONFIG is enough, and -f takes precedence", async () => {
  const env = { HOME: folder, KUBECONFIG: kubeconfig };
  const live = await kubeNFT(["render", "--config", config, "--family", "ip"], { env });
  expect(live).toEqual(await render("--kubeconfig", kubeconfig));
  const { stdout, exitCode } = await kubeNFT(["render", "--config", config, "-f", "fixtures/cluster-ip.yaml"], { env });
  expect(stdout).not.toContain("10.244.1.12");
  expect(exitCode).toBe(0);
});

test("an API server without ServiceCIDRs is read as well", async () => {
  server.delete(serviceCIDR("kubernetes"));
  const newer = await render("--kubeconfig", kubeconfig);
  server.disable("servicecidrs");
  expect(await render("--kubeconfig", kubeconfig)).toEqual(newer);
  expect(newer.exitCode).toBe(0);
});

test("--context alone uses kubectl's kubeconfig", async () => {
  const env = { KUBECONFIG: kubeconfig };
  const { stdout, exitCode } = await kubeNFT(["render", "--config", config, "--context", "test"], { env });
  expect(stdout).toContain("default/web");
  expect(exitCode).toBe(0);
});

test.each<[string, () => Promise<void> | void, () => readonly string[], RegExp]>([
  [
    "no such context",
    () => {},
    () => ["--kubeconfig", kubeconfig, "--context", "prod"],
    /has no context prod: it has test$/,
  ],
  [
    "no kubeconfig",
    () => {},
    () => ["--context", "prod"],
    /^kube-nft: no cluster is configured; use --kubeconfig, as KUBECONFIG /,
  ],
  [
    "a kubeconfig that is not there",
    () => {},
    () => ["--kubeconfig", "nowhere"],
    /^kube-nft: cannot read the kubeconfig nowhere: ENOENT/,
  ],
  [
    "an API server that is away",
    () => server.refuse(),
    () => ["--kubeconfig", kubeconfig],
    /: connection refused; check that the API server runs/,
  ],
  [
    "an API server that does not let us read",
    () => server.forbid({ resource: "nodes" }),
    () => ["--kubeconfig", kubeconfig],
    /cannot list nodes at https:\S+ 403, forbidden; a ClusterRole .* must grant list on nodes/,
  ],
  [
    "a wrong token",
    async () => void (await server.writeKubeconfig(folder, { token: "wrong" })),
    () => ["--kubeconfig", kubeconfig],
    /401, our credentials are wrong or have expired/,
  ],
  [
    "an answer that is none",
    () => server.fail({ kind: "text", text: "<html>" }, 1, { resource: "services" }),
    () => ["--kubeconfig", kubeconfig],
    /cannot (list|read) .*services/,
  ],
])("%s is said in one line, prints nothing, and ends with exit code 2", async (_title, prepare, args, words) => {
  await prepare();
  const { stdout, stderr, exitCode } = await render(...args());
  if (!server.url.endsWith(":0")) await server.accept().catch(() => {});
  expect(stdout).toBe("");
  expect(stderr.trimEnd()).toMatch(words);
  expect(stderr.split("\n")).toHaveLength(2);
  expect(exitCode).toBe(2);
});

rootTest("diff compares the kernel with a live cluster", async () => {
  const { stdout, exitCode } = await kubeNFT(["diff", "--kubeconfig", kubeconfig, "--config", config]);
  expect(stdout).toMatch(
    /^default\/web {2}\+ 10\.96\.0\.10 port 80\/tcp {2}\+ 10\.244\.1\.11:8080 {2}\+ 10\.244\.1\.12:8080$/m,
  );
  expect(exitCode).toBe(1);
});

test("a malformed object in the cluster is reported; all else is served", async () => {
  server.put(service("bad", {}, { clusterIP: "10.96.0.11", clusterIPs: ["10.96.0.11"], ports: [{ port: 70000 }] }));
  const { stdout, stderr, exitCode } = await render("--kubeconfig", kubeconfig, "--strict");
  expect(stdout).toContain('comment "default/web" : goto');
  expect(stderr).toBe(
    "Service default/bad: spec.ports[0].port: 70000 is not a port number (1 to 65535); this port is not served\n",
  );
  expect(exitCode).toBe(1);
});

test("other YAML is rejected as a kubeconfig", async () => {
  const file = join(folder, "other");
  await writeFile(file, "- a list\n");
  const { stderr, exitCode } = await render("--kubeconfig", file);
  expect(stderr).toBe(`kube-nft: cannot read the kubeconfig ${file}: it is not one\n`);
  expect(exitCode).toBe(2);
});

test("doctor and explain read why a Service has no endpoints, or none that is ready, where that is allowed", async () => {
  const template = { metadata: { labels: { app: "asleep" } } };
  const ofService = (last: number, app: string) => ({
    clusterIP: `10.96.0.${last}`,
    clusterIPs: [`10.96.0.${last}`],
    selector: { app },
  });
  const conditions = { ready: false, serving: false, terminating: false };
  const targetRef = { kind: "Pod", name: "starting-0" };
  const notReady = {
    type: "Ready",
    status: "False",
    lastTransitionTime: "2026-11-30T17:00:00Z",
    reason: "ContainersNotReady",
  };
  server.put(
    service("asleep", {}, ofService(11, "asleep")),
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "asleep", namespace: "default" },
      spec: { replicas: 0, template },
    },
    service("starting", {}, ofService(12, "starting")),
    { ...endpointSlice("starting", []), endpoints: [{ addresses: ["10.244.1.13"], conditions, targetRef }] },
    {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "starting-0", namespace: "default" },
      status: { conditions: [notReady] },
    },
  );
  const ask = async (...args: readonly string[]) =>
    (
      await kubeNFT([...args, "--config", config, "--kubeconfig", kubeconfig], {
        env: { HOME: folder, KUBECONFIG: "" },
      })
    ).stdout;
  const asleep =
    "note: default/asleep (IPv4) has no endpoints: Deployment asleep, whose pods it selects, is scaled to zero";
  const since = "the pod with 10.244.1.13 has not been since 2026-11-30T17:00:00Z (ContainersNotReady)";
  const all = await ask("doctor");
  expect(all).toContain(asleep);
  expect(all).toContain(since);
  expect(await ask("explain", "asleep")).toContain(asleep);
  expect(await ask("explain", "starting")).toContain(since);
  server.forbid({ verb: "list", resource: "pods" });
  server.forbid({ verb: "list", resource: "deployments" });
  const less = await ask("doctor");
  expect(less).toContain("error: default/asleep (IPv4) has no endpoints: its selector app=asleep matches no pod");
  expect(less).toContain("error: default/starting (IPv4) has 1 endpoint, but none is ready\n");
});
