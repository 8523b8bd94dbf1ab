import { createServer } from "node:http";
import { Socket } from "node:net";
import { expect, test } from "@jest/globals";
import { Connection } from "../../../src/io/kube/connection.ts";
import { listObjects } from "../../../src/io/kube/kube.ts";
import { ServerAddresses } from "../../../src/io/kube/server-addresses.ts";

test.each([
  ["https://192.0.2.1:6443", [{ address: "192.0.2.1", port: 6443 }]],
  ["https://192.0.2.1", [{ address: "192.0.2.1", port: 443 }]],
  ["http://[2001:DB8::1]/prefix", [{ address: "2001:db8::1", port: 80 }]],
  ["https://api.example.com:6443", []],
])("the address in %s is known at once", (url, known) => {
  expect(new ServerAddresses(url).known).toEqual(known);
});

test("the peers of connections are known, with all addresses of the name", async () => {
  const server = createServer((_, response) => response.end('{"metadata":{"resourceVersion":"1"},"items":[]}'));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const bound = server.address();
  const port = typeof bound === "object" && bound ? bound.port : 0;
  const connection = new Connection({ master: `http://localhost:${port}` });
  let changes = 0;
  connection.addresses.follow(() => {
    changes++;
  });
  await listObjects(connection);
  const { known } = connection.addresses;
  expect(known).toContainEqual({ address: "127.0.0.1", port });
  expect(changes).toBe(known.length);
  await listObjects(connection);
  expect(changes).toBe(known.length);
  connection.close();
  server.close();
});

test("a name that resolves to ever new addresses fills no memory", () => {
  const addresses = new ServerAddresses("https://192.0.2.1");
  for (let last = 0; last < 100; last++) {
    const socket = new Socket();
    Object.defineProperty(socket, "connecting", { value: true });
    addresses.note(socket);
    socket.emit("lookup", null, `198.51.100.${last}`);
    Object.defineProperty(socket, "remotePort", { value: 443 });
    socket.emit("connect");
  }
  expect(addresses.known).toHaveLength(16);
  expect(addresses.known.at(-1)).toEqual({ address: "198.51.100.99", port: 443 });
});
