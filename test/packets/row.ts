import type { Protocol } from "../lab/messages.ts";
import { type Place, places } from "../lab/world.ts";

/**
 * What comes of a packet, as a sentence:
 *
 *     B-109 client -> 203.0.113.200:80/tcp: pod1:8080 or pod5:8080, masqueraded
 *     B-153 client -> 10.96.0.10:80/udp: pod1:53 or pod5:53, masqueraded, always the same
 *     B-115 pod1 -> 10.96.0.10:80/tcp: pod1:8080 masqueraded or pod5:8080
 *     B-093 client (192.0.2.104) -> [2001:db8:203::200]:80/tcp: dropped
 *     B-094 client -> 10.96.0.10/icmp: refused
 *
 * It begins with the behaviours that it shows. Who answers sees the client's own address and port, unless masqueraded.
 * Each of those who are named answers now and then, and nobody else; of those named for a sticky frontend, each client
 * has one. `left alone`: the rules do nothing, and the packet gets to where the node routes it.
 */
export type Row = {
  readonly sentence: string;
  readonly from: Place | `${Place}:${string}`;
  readonly to: string;
  readonly port: number;
  readonly protocol: Protocol;
  /** In the words of the lab. */
  readonly outcomes: readonly string[];
  readonly isSticky: boolean;
};

/** Sentences by what they are about: a fixture, or a file beside them. */
export type Table = Readonly<Record<string, readonly string[]>>;

/** Throws an Error on what is not such a sentence. */
export function row(sentence: string): Row {
  const { client, source, ipv6, ipv4, port = "0", protocol, outcome = "" } = grammar.exec(sentence)?.groups ?? {};
  const from = places.find((place) => place === client);
  const to = ipv6 ?? ipv4;
  if (from === undefined || to === undefined || !isProtocol(protocol) || (port === "0") !== (protocol === "icmp")) {
    throw new Error(`not a row: ${sentence}`);
  }
  const isSticky = outcome.endsWith(sticky);
  const probe = { to, port: Number(port), protocol };
  return {
    sentence,
    from: source === undefined ? from : `${from}:${source}`,
    ...probe,
    outcomes: outcomes(isSticky ? outcome.slice(0, -sticky.length) : outcome, probe).sort(),
    isSticky,
  };
}

const grammar =
  /^[ABDW]-\d{2,3}(?:, [ABDW]-\d{2,3})* (?<client>\w+)(?: \((?<source>[\da-f.:]+)\))? -> (?:\[(?<ipv6>[\da-f:]+)\]|(?<ipv4>[\d.]+))(?::(?<port>\d+))?\/(?<protocol>\w+): (?<outcome>.+)$/;

const masqueraded = ", masqueraded";
const sticky = ", always the same";

function outcomes(outcome: string, { to, port, protocol }: Pick<Row, "to" | "port" | "protocol">): string[] {
  switch (outcome) {
    case "dropped":
      return ["dropped"];
    case "refused":
      return [protocol === "tcp" ? "refused (reset)" : "refused (port unreachable)"];
    case "left alone":
      return [
        protocol === "icmp"
          ? `ping ${isOfNode(to) ? "node" : "outside"}`
          : isOfNode(to)
            ? `node:${port}`
            : outside(port, protocol),
      ];
    default: {
      const isMasqueraded = outcome.endsWith(masqueraded);
      const answers = isMasqueraded ? outcome.slice(0, -masqueraded.length) : outcome;
      return answers.split(" or ").map((answer) => {
        if (!/^\w+:\d+(?: masqueraded)?$|^dropped$/.test(answer)) throw new Error(`not an answer: ${answer}`);
        return isMasqueraded ? `${answer} masqueraded` : answer;
      });
    }
  }
}

/** All virtual addresses lead there in the end. With SCTP it answers on any port. */
function outside(port: number, protocol: Protocol): string {
  return `outside:${protocol === "sctp" ? port : 7}`;
}

function isOfNode(address: string): boolean {
  return /^(?:192\.0\.2\.1[01]|172\.16\.0\.10|2001:db8:2::1[01]|2001:db8:172::10)$/.test(address);
}

function isProtocol(word: string | undefined): word is Protocol {
  return word === "tcp" || word === "udp" || word === "sctp" || word === "icmp";
}
