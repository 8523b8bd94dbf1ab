import { spawn } from "node:child_process";
import { expect } from "@jest/globals";
import { readListeners } from "../../../src/io/host/listeners.ts";
import { ip } from "../../compile/values.ts";
import { eventually } from "../../support/eventually.ts";
import { rootTest } from "../../support/kernel-test.ts";
import { NetNamespace } from "../../support/net-namespace.ts";

rootTest("programs that listen in another network namespace", async () => {
  const namespace = await NetNamespace.start();
  const children = ["TCP-LISTEN:8080", "TCP-LISTEN:8081,bind=127.0.0.1", "TCP6-LISTEN:8082,bind=[::1]", "UDP-RECV:53"];
  const running = children.map((listener) => {
    const [program = "", ...args] = [...namespace.enter, "socat", "-u", listener, "-"];
    return spawn(program, args, { stdio: "ignore" });
  });
  try {
    for (const address of ["10.77.3.4/32", "fd77::3:4/128"]) {
      await namespace.must(["ip", "address", "add", address, "dev", "lo", ...(address.includes(":") ? ["nodad"] : [])]);
    }
    const all = () => {
      const { listening } = readListeners();
      const four = (["tcp 8080", "tcp 8081", "tcp 8082", "tcp 9", "udp 53", "udp 9", "sctp 9"] as const).map(
        (place) => {
          const [protocol = "", port] = place.split(" ");
          return `${place} ${listening(ip("10.77.3.4"), protocol, Number(port))}`;
        },
      );
      return [
        ...four,
        `v6 ${listening(ip("fd77::3:4"), "tcp", 8082)}`,
        `other ${listening(ip("10.77.3.5"), "tcp", 8080)}`,
      ];
    };
    const expected = [
      "tcp 8080 yes",
      "tcp 8081 loopback",
      "tcp 8082 loopback",
      "tcp 9 no",
      "udp 53 yes",
      "udp 9 no",
      "sctp 9 undefined",
      "v6 loopback",
      "other undefined",
    ];
    await eventually(async () => all().join(), expected.join());
    expect(readListeners().programs.size).toBeGreaterThan(0);
    expect(readListeners().namespaces).toBeGreaterThan(0);
  } finally {
    for (const child of running) child.kill();
    await namespace.close();
  }
});
