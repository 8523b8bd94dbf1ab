import { spawn } from "node:child_process";
import { expect } from "@jest/globals";
import { ownSockets } from "../../../src/io/host/own-sockets.ts";
import { ip } from "../../compile/values.ts";
import { eventually } from "../../support/eventually.ts";
import { rootTest } from "../../support/kernel-test.ts";
import { NetNamespace } from "../../support/net-namespace.ts";

/** Programs that have a UDP socket, and how many sockets all have together with the kernel's own. */
const programs = [
  "udp4-recv:5001",
  "udp4-recv:5002,bind=127.0.0.1",
  "udp6-recv:5003",
  "udp6-recv:5004,bind=[::1]",
  "udp6-recv:5005,bind=[::ffff:127.0.0.1]",
  "udp4:127.0.0.1:5001,bind=127.0.0.1:5006",
] as const;

const places = [
  ["127.0.0.1 5001", true],
  ["127.0.0.2 5001", true],
  ["192.0.2.1 5001", false],
  ["::1 5001", false],
  ["127.0.0.1 5002", true],
  ["127.0.0.2 5002", false],
  ["::1 5003", true],
  ["127.0.0.1 5003", true],
  ["::1 5004", true],
  ["fd00::1 5004", false],
  ["127.0.0.1 5005", true],
  ["127.0.0.1 5006", false],
  ["127.0.0.1 8472", true],
  ["127.0.0.1 5007", false],
] as const;

rootTest("UDP sockets are those of programs and of the kernel that accept packets from everyone", async () => {
  const namespace = await NetNamespace.start();
  const [nsenter = "", ...enter] = namespace.enter;
  const vxlan = ["ip", "link", "add", "overlay0", "type", "vxlan", "id", "1", "dstport", "8472", "local", "127.0.0.1"];
  await namespace.must(vxlan);
  await namespace.must(["ip", "link", "set", "overlay0", "up"]);
  const children = programs.map((address) => spawn(nsenter, [...enter, "socat", "-u", address, "-"]));
  try {
    const net = `/proc/${namespace.pid}/net`;
    const lines = () => namespace.must(["cat", "/proc/net/udp", "/proc/net/udp6"]);
    await eventually(async () => (await lines()).split("\n").length, programs.length + 3);
    const own = ownSockets(net, (address) => address.startsWith("127.") || address === "::1");
    const seen = places.map(([place]) => {
      const [address = "", port] = place.split(" ");
      return [place, own.takesUDP(ip(address), Number(port))];
    });
    expect(seen).toEqual(places);
    const sockets = ["127.0.0.1 5006", "127.0.0.1 5001", "127.0.0.2 8472", "127.0.0.1 5007"];
    const isThere = sockets.map((place) => own.hasUDP(ip(place.split(" ")[0] ?? ""), Number(place.split(" ")[1])));
    expect(isThere).toEqual([true, true, true, false]);
  } finally {
    for (const child of children) child.kill();
    await namespace.close();
  }
});
