import { type Address, addressOfBytes, type Family } from "../model/address.ts";
import { tableName } from "../nft/ruleset.ts";
import { elementData, elementKey, elementsAttribute, elementValue } from "./element-dump.ts";
import { type Attribute, attribute, items, type Message } from "./message.ts";
import { attributeOf, nestOf, request, textAttribute, transaction } from "./request.ts";

/** A client in an affinity map, whose key is the client and the frontend, and whose value is the endpoint. */
export type RememberedClient = {
  /** The same object for all clients of one answer with the same frontend and endpoint. */
  readonly path: RememberedPath;
  source(): Address;
  /** The bytes of the element's key. */
  key(): Uint8Array;
};

/** The frontend to which a client connects, and its endpoint. */
export type RememberedPath = {
  readonly destination: Address;
  readonly destinationPort: number;
  readonly endpoint: Address;
  readonly endpointPort: number;
};

/**
 * Returns a function that gives the clients in a part of the answer to an `elementsRequest` for an affinity map. There may
 * be hundreds of thousands of clients, and few paths.
 */
export function clientReader(family: Family): (message: Message) => Iterable<RememberedClient> {
  const length = addressLength[family];
  const paths = new Map<string, RememberedPath>();
  return function* ({ view, start, end }) {
    const list = attribute(view, { start, end }, elementsAttribute);
    if (list === undefined) return;
    for (const item of items(view, list)) {
      const [key, value] = [elementValue(view, item, elementKey), elementValue(view, item, elementData)];
      const frontend = { start: key.start + length, end: key.end };
      const text = wordsOf(view, frontend) + wordsOf(view, value);
      const path = paths.get(text) ?? pathOf(view, frontend.start, value.start, length);
      paths.set(text, path);
      yield { path, source: () => addressAt(view, key.start, length), key: () => bytesOf(view, key) };
    }
  };
}

/**
 * A request to delete elements by their keys, in transactions that each fit into a datagram.
 *
 * @param kind `delete` fails as a whole if one of them does not exist; kernels before 6.3 do not know `destroy`
 */
export function forgetRequest(
  family: Family,
  map: string,
  keys: readonly Uint8Array[],
  kind: "delete" | "destroy",
): Uint8Array {
  const elements = keys.map((key) => nestOf(listItem, nestOf(elementKey, attributeOf(dataValue, key))));
  const attributes = [
    ...textAttribute(tableAttribute, tableName),
    ...textAttribute(setAttribute, map),
    ...nestOf(elementsAttribute, ...elements),
  ];
  return transaction([request("nftables", messageTypes[kind], "acknowledge", family, attributes)]);
}

/** This many keys make a transaction of less than 32,000 bytes, which fits into one socket buffer. */
export const mostForgotten: Readonly<Record<Family, number>> = { ip: 1300, ip6: 650 };

function pathOf(view: DataView, frontend: number, value: number, length: number): RememberedPath {
  return {
    destination: addressAt(view, frontend, length),
    destinationPort: view.getUint16(frontend + length),
    endpoint: addressAt(view, value, length),
    endpointPort: view.getUint16(value + length),
  };
}

function addressAt({ buffer, byteOffset }: DataView, at: number, length: number): Address {
  return addressOfBytes([...new Uint8Array(buffer, byteOffset + at, length)]);
}

function wordsOf(view: DataView, { start, end }: Attribute): string {
  let words = "";
  for (let at = start; at < end; at += 2) words += String.fromCharCode(view.getUint16(at));
  return words;
}

/** A copy: the message's buffer holds many messages. */
function bytesOf({ buffer, byteOffset }: DataView, { start, end }: Attribute): Uint8Array {
  return new Uint8Array(buffer, byteOffset + start, end - start).slice();
}

const addressLength: Readonly<Record<Family, number>> = { ip: 4, ip6: 16 };

/** NFT_MSG_DELSETELEM, NFT_MSG_DESTROYSETELEM */
const messageTypes = { delete: 14, destroy: 30 } as const;

const tableAttribute = 1;
const setAttribute = 2;
const listItem = 1;
const dataValue = 1;
