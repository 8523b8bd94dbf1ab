import { spawn } from "node:child_process";
import { test } from "@jest/globals";
import { endpointSlice } from "../api-server/objects.ts";
import { eventually } from "../support/eventually.ts";
import { labNodeObject, service } from "./objects.ts";
import { describeWithNode } from "./with-node.ts";

/** Accepts two connections, and neither reads nor closes them. */
const server = `use IO::Socket::INET;
my $server = IO::Socket::INET->new(LocalPort => 7008, Listen => 2, ReuseAddr => 1) or die $!;
my @open = map { scalar $server->accept } 1, 2;
sleep 300;`;

describeWithNode("a connection that one end has closed", (start) => {
  test("B-295 is remembered for an hour, by ClusterIP and by NodePort", async () => {
    const node = await start();
    const ports = [{ port: 80, protocol: "TCP", nodePort: 30080 }];
    const slice = { ...endpointSlice("web", ["10.244.1.11"]), ports: [{ name: "", port: 7008, protocol: "TCP" }] };
    await node.put(labNodeObject(), service("web", 10, { type: "NodePort", ports }), slice);
    await node.run();
    const run = (host: "pod1" | "client", ...command: readonly string[]) => {
      const [program = "", ...args] = [...node.lab.enter(host), ...command];
      return spawn(program, args, { stdio: ["ignore", "ignore", "inherit"] });
    };
    // socat has no input, closes its end, and waits for the other.
    const close = (to: string) => run("client", "socat", "-t300", "-", `TCP:${to},retry=100,interval=0.1`);
    const processes = [run("pod1", "perl", "-e", server), close("10.96.0.10:80"), close("192.0.2.10:30080")];
    try {
      await eventually(async () => {
        const { stdout } = await node.lab.run("node", ["conntrack", "-L", "-p", "tcp", "--state", "CLOSE_WAIT"]);
        const times = [...stdout.matchAll(/^tcp +6 +(\d+) CLOSE_WAIT /gm)].map(([, seconds]) => Number(seconds));
        return times.filter((seconds) => seconds > 3400 && seconds <= 3600).length;
      }, 2);
    } finally {
      for (const each of processes) each.kill("SIGKILL");
    }
  });
});
