import { connect } from "node:net";
import type { Outcome } from "../messages.ts";
import type { Sighting } from "../packet/sighting.ts";
import { answered, type Call, codeOf, unanswered, within } from "./call.ts";

/** Connects, reads one answer and resets the connection, which so leaves no TIME-WAIT behind. */
export async function callTcp(call: Call, sighted: Promise<Sighting>): Promise<Outcome> {
  const socket = connect({ host: call.to, port: call.port, localAddress: call.source, localPort: call.sourcePort });
  const connected = Promise.withResolvers<string>();
  const answer = Promise.withResolvers<string>();
  socket.once("connect", () => connected.resolve("connected"));
  socket.on("error", (error) => connected.resolve(codeOf(error)));
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk;
    if (text.endsWith("\n")) {
      answer.resolve(text);
    }
  });
  try {
    const event = await within(connected.promise, call.patience);
    switch (event) {
      case undefined:
        return { kind: "dropped" };
      case "connected": {
        const line = await within(answer.promise, talkative);
        return line === undefined ? { kind: "failed", code: "no answer" } : answered(call, line);
      }
      case "ECONNREFUSED": {
        // The system gives the same code for a reset and for an ICMP error.
        const cause = await within(sighted, talkative);
        return cause ? unanswered(cause) : { kind: "failed", code: event };
      }
      default:
        return { kind: "failed", code: event };
    }
  } finally {
    socket.resetAndDestroy();
  }
}

/** Milliseconds for what is sure to come, however busy the machine is. */
const talkative = 5000;
