import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { connect, listObjects } from "../../src/io/kube/kube.ts";
import { service } from "./objects.ts";
import { spawnAPIServer } from "./spawn.ts";

test("an API server in a process of its own serves a generated cluster and what it is told", async () => {
  const server = await spawnAPIServer(["--services", "100", "--endpoints", "150", "--nodes", "3"]);
  const directory = await mkdtemp(join(tmpdir(), "kube-nft-"));
  try {
    const before = process.hrtime.bigint();
    const { result, at } = await server.timed("put", service("web"));
    expect(Number(result)).toBeGreaterThan(0);
    expect(at).toBeGreaterThan(before);
    expect(at).toBeLessThan(process.hrtime.bigint());
    const connection = connect({ kubeconfig: await server.call("writeKubeconfig", directory) });
    expect(await listObjects(connection)).toHaveLength(101 + 200 + 3 + 1);
    connection.close();
    expect(await server.call("count", { resource: "endpointslices" })).toBe(1);
    await expect(server.call("delete", service("nobody"))).rejects.toThrow("not found");
  } finally {
    await server.stop();
    await rm(directory, { recursive: true });
  }
});
