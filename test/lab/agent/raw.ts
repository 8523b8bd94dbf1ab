/** Raw IP packets, sent by socat: Node has no sockets for them. */

import { spawn } from "node:child_process";
import { familyOf } from "../world.ts";

/** Settles when the packet is sent, with what the system said if it was not. The IP header is the kernel's work. */
export function sendRaw(
  protocol: "sctp" | "icmp",
  packet: Buffer,
  to: string,
  source: string | undefined,
): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const bind = source ? `,bind=${bracketed(source)}` : "";
  const number = numbers[`${protocol}${familyOf(to)}`];
  const socat = spawn("socat", ["-u", "STDIN", `IP${familyOf(to)}-SENDTO:${bracketed(to)}:${number}${bind}`], {
    stdio: ["pipe", "ignore", "pipe"],
  });
  const said: Buffer[] = [];
  socat.stderr.on("data", (chunk: Buffer) => said.push(chunk));
  socat.on("error", (error) => resolve(error.message));
  socat.on("close", (code) => resolve(code === 0 ? undefined : errorCode(Buffer.concat(said).toString())));
  socat.stdin.on("error", () => {}); // socat ended early, and says why
  socat.stdin.end(packet);
  return promise;
}

const numbers = { sctp4: 132, sctp6: 132, icmp4: 1, icmp6: 58 } as const;

function bracketed(address: string): string {
  return familyOf(address) === 4 ? address : `[${address}]`;
}

function errorCode(message: string): string {
  return Object.entries(codes).find(([text]) => message.includes(text))?.[1] ?? `socat: ${message.trim()}`;
}

const codes = {
  "Operation not permitted": "EPERM",
  "Network is unreachable": "ENETUNREACH",
  "No route to host": "EHOSTUNREACH",
  "Cannot assign requested address": "EADDRNOTAVAIL",
} as const;
