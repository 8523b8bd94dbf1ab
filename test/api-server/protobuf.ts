import { readFileSync } from "node:fs";
import { join } from "node:path";
import protobuf from "protobufjs";

/** Kubernetes' protobuf encoding of objects, by an encoder that shares nothing with our decoder. */

const file = join(import.meta.dirname, "kubernetes.proto");
const { root } = protobuf.parse(readFileSync(file, "utf8"), { keepCase: true });

export const protobufType = "application/vnd.kubernetes.protobuf";

/** An object, or a list, by itself. Throws where it is none that the real server could hold. */
export function encode(kind: string, object: unknown): Uint8Array {
  const type = root.lookupType(kind);
  return type.encode(type.fromObject(fieldsOf(type, object))).finish();
}

/** As an answer has it. */
export function envelope(apiVersion: string, kind: string, raw: Uint8Array): Buffer {
  const type = root.lookupType("Unknown");
  const unknown = { typeMeta: { apiVersion, kind }, raw, contentEncoding: "", contentType: "" };
  return Buffer.concat([Buffer.from("k8s\0"), type.encode(type.create(unknown)).finish()]);
}

/** A list whose items are encoded already. */
export function encodeList(apiVersion: string, kind: string, metadata: object, items: readonly Uint8Array[]): Buffer {
  const head = encode(`${kind}List`, { metadata });
  const writer = protobuf.Writer.create();
  for (const item of items) writer.uint32((2 << 3) | 2).bytes(item);
  return envelope(apiVersion, `${kind}List`, Buffer.concat([head, writer.finish()]));
}

/** An event of a watch, with the length before it. */
export function frame(type: string, object: Uint8Array): Buffer {
  const event = root.lookupType("WatchEvent");
  const bytes = event.encode(event.create({ type, object: { raw: object } })).finish();
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** What the real server's Go structs hold of a JSON object: fields that JSON may leave out are there, and empty. */
function fieldsOf(type: protobuf.Type, value: unknown): Record<string, unknown> {
  if (type.name === "Time") return timeOf(value);
  if (type.name === "FieldsV1") return { Raw: Buffer.from(JSON.stringify(value)) };
  if (type.name === "IntOrString") return intOrString(value);
  const given = record(value, type.name);
  const fields: Record<string, unknown> = {};
  for (const field of type.fieldsArray) {
    const own = fieldOf(field.resolve(), given[field.name] ?? undefined);
    if (own !== undefined) fields[field.name] = own;
  }
  return fields;
}

function fieldOf(field: protobuf.Field, value: unknown): unknown {
  if (field instanceof protobuf.MapField) {
    return Object.fromEntries(Object.entries(record(value ?? {}, field.name)).map(([key, each]) => [key, text(each)]));
  }
  if (field.repeated) {
    if (value !== undefined && !Array.isArray(value)) throw new TypeError(`${field.name} is no list`);
    return (value ?? []).map((each: unknown) => single(field, each));
  }
  if (value === undefined && field.options?.["(pointer)"]) return undefined;
  return single(field, value);
}

function single(field: protobuf.Field, value: unknown): unknown {
  const { resolvedType, type } = field;
  if (resolvedType instanceof protobuf.Type) {
    return value === undefined && resolvedType.name === "Time" ? {} : fieldsOf(resolvedType, value ?? {});
  }
  if (type === "string") return text(value ?? "");
  if (type === "bool") return flag(value ?? false);
  return number(value ?? 0);
}

function timeOf(value: unknown): Record<string, unknown> {
  const milliseconds = Date.parse(text(value));
  if (Number.isNaN(milliseconds)) throw new TypeError(`${value} is no time`);
  return { seconds: Math.floor(milliseconds / 1000), nanos: 0 };
}

function intOrString(value: unknown): Record<string, unknown> {
  if (typeof value === "string") return { type: 1, intVal: 0, strVal: value };
  return { type: 0, intVal: Object.keys(Object(value)).length === 0 ? number(Number(value) || 0) : 0, strVal: "" };
}

function record(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new TypeError(`${what} is no object`);
  return value as Record<string, unknown>;
}

function text(value: unknown): string {
  if (typeof value !== "string") throw new TypeError(`${value} is no string`);
  return value;
}

function flag(value: unknown): boolean {
  if (typeof value !== "boolean") throw new TypeError(`${value} is no boolean`);
  return value;
}

function number(value: unknown): number {
  if (!Number.isInteger(value)) throw new TypeError(`${value} is no whole number`);
  return value as number;
}
