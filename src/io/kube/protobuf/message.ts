import { type BinaryReader, WireType } from "@bufbuild/protobuf/wire";

/** The fields of a message to read, by number. All others are skipped. */
export type Message = readonly (Field | undefined)[];

export type Field = {
  /** Its name in JSON. */
  readonly name: string;
  readonly type: FieldType;
  readonly isRepeated: boolean;
  /**
   * Whether zero is a value. Without a pointer in Go, the server writes the field even if it is zero, and JSON leaves it
   * out.
   */
  readonly isPointer: boolean;
};

/** `time`: a metav1.Time. `strings`: a map from strings to strings. */
export type FieldType = "string" | "integer" | "boolean" | "bytes" | "time" | "strings" | Message;

/** Describes a message by its fields: `message({ name: [1, "string"] })`. */
export function message(fields: Readonly<Record<string, readonly [number, FieldType | Modified]>>): Message {
  const all: (Field | undefined)[] = [];
  for (const [name, [number, type]] of Object.entries(fields)) {
    const plain = { isRepeated: false, isPointer: false };
    all[number] = typeof type === "object" && "type" in type ? { ...plain, name, ...type } : { ...plain, name, type };
  }
  return all;
}

type Modified = Pick<Field, "type"> & Partial<Field>;

export function list(type: FieldType): Modified {
  return { type, isRepeated: true };
}

export function pointer(type: FieldType): Modified {
  return { type, isPointer: true };
}

export type MessageObject = { [name: string]: unknown };

/**
 * Reads a message up to a position into the object that JSON would give. What JSON leaves out is missing, so the same
 * decoders read both. Throws if the bytes are not such a message.
 */
export function readMessage(fields: Message, reader: BinaryReader, end = reader.len): MessageObject {
  const object: MessageObject = {};
  while (reader.pos < end) {
    const tag = reader.uint32();
    const field = fields[tag >>> 3];
    if (field === undefined) {
      reader.skip(tag & 7, tag >>> 3);
      continue;
    }
    const value = readValue(field.type, tag & 7, reader, end);
    if (field.isRepeated) {
      const values = object[field.name];
      if (Array.isArray(values)) values.push(value);
      else object[field.name] = [value];
    } else if (field.isPointer || (value !== "" && value !== 0 && value !== false)) {
      object[field.name] =
        field.type === "strings" ? Object.assign(object[field.name] ?? Object.create(null), value) : value;
    }
  }
  if (reader.pos !== end) throw new RangeError("a field is longer than its message");
  return object;
}

function readValue(type: FieldType, wireType: number, reader: BinaryReader, end: number): unknown {
  if (type === "integer" || type === "boolean") {
    expectWireType(wireType, WireType.Varint);
    return type === "boolean" ? reader.bool() : Number(reader.int64());
  }
  expectWireType(wireType, WireType.LengthDelimited);
  if (type === "string") return reader.string();
  if (type === "bytes") return reader.bytes();
  const length = reader.uint32();
  const last = reader.pos + length;
  if (last > end) throw new RangeError("a message is longer than the one that it is in");
  switch (type) {
    case "time":
      return timeText(readMessage(time, reader, last));
    case "strings": {
      const { key = "", value = "" } = readMessage(entry, reader, last);
      return { [String(key)]: value };
    }
    default:
      return readMessage(type, reader, last);
  }
}

function expectWireType(is: number, expected: WireType): void {
  if (is !== expected) throw new TypeError(`a field has wire type ${is} instead of ${expected}`);
}

const time = message({ seconds: [1, pointer("integer")] });
const entry = message({ key: [1, "string"], value: [2, "string"] });

/** In JSON's form, RFC 3339 in whole seconds; undefined for Go's zero time, which is an empty message, and for no time. */
function timeText({ seconds }: MessageObject): string | undefined {
  const date = new Date(Number(seconds) * 1000);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString().replace(".000Z", "Z");
}
