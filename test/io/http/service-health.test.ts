import { createServer } from "node:net";
import { afterEach, expect, test } from "@jest/globals";
import type { ServiceHealth } from "../../../src/daemon/follow/service-health.ts";
import { ServiceHealthServers } from "../../../src/io/http/service-health.ts";
import { type Address, address, type Family } from "../../../src/model/address.ts";
import { port } from "../../../src/model/port.ts";
import type { ObjectKey } from "../../../src/model/service.ts";
import { eventually } from "../../support/eventually.ts";
import { connect, freePort, listening, request } from "../../support/http.ts";

const servers: ServiceHealthServers[] = [];
afterEach(async () => {
  for (const each of servers.splice(0)) await each.close();
});

const key: ObjectKey = "default/web";

function start(isHealthy = () => true, most = 1000) {
  const failures: string[] = [];
  const heard: string[] = [];
  const started = new ServiceHealthServers({
    isHealthy,
    onFailure: (service, error) => failures.push(`${service}: ${error.message}`),
    onListening: (service, ip, number) => heard.push(`${service} ${ip} ${number}`),
    retryAfter: 20,
    most,
  });
  servers.push(started);
  return { servers: started, failures, heard };
}

function serving(ip: readonly string[] | "any", ip6: readonly string[] | "any" = []) {
  const side = (list: readonly string[] | "any") => ({
    any: list === "any",
    addresses: list === "any" ? [] : list.flatMap(known),
  });
  return { ip: side(ip), ip6: side(ip6) };
}

function known(text: string): readonly Address[] {
  const ip = address(text);
  return ip === undefined ? [] : [ip];
}

function health(number: number, localEndpoints: Partial<Record<Family, number>>): ServiceHealth {
  const hcPort = port(number);
  if (hcPort === undefined) throw new Error("no port");
  return { namespace: "default", name: "web", port: hcPort, localEndpoints };
}

function until(isSo: () => boolean): Promise<void> {
  return eventually(async () => isSo(), true);
}

test("B-247, B-249 the answer, for any path and method", async () => {
  let isHealthy = true;
  const { servers, heard } = start(() => isHealthy);
  const number = await freePort();
  servers.setAddresses(serving("any"));
  servers.setService(key, health(number, { ip: 2 }));
  await until(() => heard.length === 1);
  const answer = await request(number, "/whatever", { method: "POST" });
  expect(answer.code).toBe(200);
  expect(answer.body).toBe(
    '{\n\t"service": {\n\t\t"namespace": "default",\n\t\t"name": "web"\n\t},\n' +
      '\t"localEndpoints": 2,\n\t"serviceProxyHealthy": true\n}',
  );
  expect(answer.headers).toMatchObject({
    "content-type": "application/json",
    "x-content-type-options": "nosniff",
    "x-load-balancing-endpoint-weight": "2",
  });
  servers.setService(key, health(number, { ip: 0 }));
  const none = await request(number, "/");
  expect(none).toMatchObject({ code: 503, headers: { "x-load-balancing-endpoint-weight": "0" } });
  servers.setService(key, health(number, { ip: 1 }));
  isHealthy = false;
  expect(await request(number, "/")).toMatchObject({ code: 503, headers: { "x-load-balancing-endpoint-weight": "1" } });
});

test("B-246 it listens in the families of the Service, each with its own count", async () => {
  const { servers, heard } = start();
  const number = await freePort();
  servers.setAddresses(serving("any", "any"));
  servers.setService(key, health(number, { ip: 1, ip6: 2 }));
  await until(() => heard.length === 2);
  const weight = "x-load-balancing-endpoint-weight";
  expect((await request(number, "/", { host: "127.0.0.1" })).headers[weight]).toBe("1");
  expect((await request(number, "/", { host: "::1" })).headers[weight]).toBe("2");
});

test("W-15 it follows the addresses that serve NodePorts", async () => {
  const { servers, heard } = start();
  const number = await freePort();
  servers.setAddresses(serving(["127.0.0.2"]));
  servers.setService(key, health(number, { ip: 1 }));
  await until(() => heard.length === 1);
  expect(await request(number, "/", { host: "127.0.0.2" })).toMatchObject({ code: 200 });
  await expect(request(number, "/", { host: "127.0.0.3" })).rejects.toThrow("ECONNREFUSED");
  servers.setAddresses(serving(["127.0.0.3", "127.0.0.4"]));
  await until(() => heard.length === 3);
  await expect(request(number, "/", { host: "127.0.0.2" })).rejects.toThrow("ECONNREFUSED");
  expect(await request(number, "/", { host: "127.0.0.3" })).toMatchObject({ code: 200 });
  expect(await request(number, "/", { host: "127.0.0.4" })).toMatchObject({ code: 200 });
});

test("W-16 nowhere to listen is reported once", async () => {
  const { servers, failures } = start();
  servers.setAddresses(serving([]));
  servers.setService(key, health(32000, { ip: 1 }));
  servers.setService(key, health(32000, { ip: 2 }));
  servers.setAddresses(serving([]));
  expect(failures).toEqual(["default/web: no IPv4 address of this node serves NodePorts"]);
});

test("B-250 a changed port closes the previous one", async () => {
  const { servers, heard } = start();
  const [first, second] = [await freePort(), await freePort()];
  servers.setAddresses(serving(["127.0.0.1"]));
  servers.setService(key, health(first, { ip: 1 }));
  await until(() => heard.length === 1);
  servers.setService(key, health(second, { ip: 1 }));
  await until(() => heard.length === 2);
  await expect(request(first, "/")).rejects.toThrow("ECONNREFUSED");
  expect(await request(second, "/")).toMatchObject({ code: 200 });
});

test("B-252 a port in use is reported, does not hold back other addresses, and is tried again", async () => {
  const { servers, heard, failures } = start();
  const number = await freePort();
  const other = createServer();
  await listening(other, number, "127.0.0.2");
  servers.setAddresses(serving(["127.0.0.1", "127.0.0.2"]));
  servers.setService(key, health(number, { ip: 1 }));
  await until(() => failures.length === 1 && heard.length === 1);
  expect(failures).toEqual([`${key}: listen EADDRINUSE: address already in use 127.0.0.2:${number}`]);
  expect(await request(number, "/")).toMatchObject({ code: 200 });
  other.close();
  await until(() => heard.length === 2);
  expect(await request(number, "/", { host: "127.0.0.2" })).toMatchObject({ code: 200 });
});

test("one Service's port can become another's", async () => {
  const { servers, heard } = start();
  const number = await freePort();
  servers.setAddresses(serving("any"));
  servers.setService(key, health(number, { ip: 1 }));
  await until(() => heard.length === 1);
  servers.setService(key, undefined);
  servers.setService("default/api", { ...health(number, { ip: 1 }), name: "api" });
  await until(() => heard.length === 2);
  expect(heard).toEqual([`default/web 0.0.0.0 ${number}`, `default/api 0.0.0.0 ${number}`]);
});

test("W-21 a connected client that asks while the port closes gets 503, or nothing", async () => {
  const { servers, heard } = start();
  const number = await freePort();
  servers.setAddresses(serving("any"));
  servers.setService(key, health(number, { ip: 1 }));
  await until(() => heard.length === 1);
  const clients = await Promise.all(Array.from({ length: 20 }, () => connect(number)));
  servers.setService(key, undefined);
  for (const { ask } of clients) ask();
  const answers = await Promise.all(clients.map(({ rest }) => rest()));
  expect(answers.filter((answer) => !/^$|^HTTP\/1.1 503/.test(answer))).toEqual([]);
});

test("no more ports are open than allowed, and waiting ones are opened when others close", async () => {
  const { servers, heard, failures } = start(() => true, 2);
  const numbers = await Promise.all([freePort(), freePort(), freePort()]);
  servers.setAddresses(serving("any"));
  for (const [index, number] of numbers.entries()) servers.setService(`default/${index}`, health(number, { ip: 1 }));
  await until(() => heard.length === 2 && failures.length === 1);
  expect(failures).toEqual(["default/2: 2 health check node ports are open, which is the limit"]);
  servers.setService("default/0", undefined);
  await until(() => heard.length === 3);
  expect(await request(numbers[2] ?? 0, "/")).toMatchObject({ code: 200 });
});
