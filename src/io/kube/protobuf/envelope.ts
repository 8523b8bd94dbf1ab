import { BinaryReader } from "@bufbuild/protobuf/wire";
import * as z from "zod";
import { quote } from "../../../decode/quote.ts";
import { message, readMessage } from "./message.ts";
import { messages } from "./objects.ts";

/** The first bytes of an object or a list; a runtime.Unknown follows. See package serializer/protobuf of apimachinery. */
export const magic = Buffer.from("k8s\0");

const unknown = message({
  typeMeta: [1, message({ apiVersion: [1, "string"], kind: [2, "string"] })],
  raw: [2, "bytes"],
  contentEncoding: [3, "string"],
});

const Envelope = z.object({
  typeMeta: z.object({ kind: z.string(), apiVersion: z.string() }),
  raw: z.instanceof(Uint8Array).default(new Uint8Array()),
  contentEncoding: z.undefined().optional(),
});

/** The object in an envelope, with its apiVersion and kind. Throws if there is none, or if its kind is not supported. */
export function readObject(bytes: Uint8Array): object {
  if (!magic.equals(bytes.subarray(0, magic.length))) throw new TypeError("it does not begin as an object does");
  const { typeMeta, raw } = Envelope.parse(readMessage(unknown, new BinaryReader(bytes.subarray(magic.length))));
  const fields = messages.get(typeMeta.kind);
  if (fields === undefined) throw new TypeError(`a ${quote(typeMeta.kind)} is not read`);
  return { ...typeMeta, ...readMessage(fields, new BinaryReader(raw)) };
}
