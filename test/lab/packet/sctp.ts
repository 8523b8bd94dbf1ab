/**
 * The first two packets of an SCTP association, INIT and INIT ACK (RFC 9260), made and read by hand: a kernel without
 * SCTP sockets still translates and tracks them. The answer of the server travels in the state cookie of the INIT ACK.
 */

export interface Init {
  readonly sourcePort: number;
  readonly port: number;
  /** Chosen by the sender; the answer must carry it, or conntrack takes it for a stray. */
  readonly tag: number;
}

export interface InitAck extends Init {
  readonly cookie: string;
}

const initType = 1;
const initAckType = 2;
const cookieParameter = 7;

export function writeInit({ sourcePort, port, tag }: Init): Buffer {
  return packet(sourcePort, port, 0, initType, tag, Buffer.alloc(0));
}

/** The answer to an INIT. */
export function writeInitAck(init: Init, cookie: string): Buffer {
  const text = Buffer.from(cookie);
  const parameter = Buffer.alloc(4 + Math.ceil(text.length / 4) * 4);
  parameter.writeUInt16BE(cookieParameter, 0);
  parameter.writeUInt16BE(4 + text.length, 2);
  text.copy(parameter, 4);
  return packet(init.port, init.sourcePort, init.tag, initAckType, init.tag, parameter);
}

export function readSctp(
  bytes: Buffer,
): ({ readonly kind: "init" } & Init) | ({ readonly kind: "ack" } & InitAck) | undefined {
  if (bytes.length < 32) {
    return undefined;
  }
  const init = { sourcePort: bytes.readUInt16BE(0), port: bytes.readUInt16BE(2), tag: bytes.readUInt32BE(16) };
  switch (bytes.readUInt8(12)) {
    case initType:
      return { kind: "init", ...init };
    case initAckType:
      return bytes.length < 36
        ? undefined
        : { kind: "ack", ...init, cookie: bytes.toString("utf8", 36, 32 + bytes.readUInt16BE(34)) };
    default:
      return undefined;
  }
}

function packet(
  source: number,
  port: number,
  verification: number,
  type: number,
  tag: number,
  parameters: Buffer,
): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(32), parameters]);
  bytes.writeUInt16BE(source, 0);
  bytes.writeUInt16BE(port, 2);
  bytes.writeUInt32BE(verification, 4);
  bytes.writeUInt8(type, 12);
  bytes.writeUInt16BE(bytes.length - 12, 14);
  bytes.writeUInt32BE(tag, 16);
  bytes.writeUInt32BE(65536, 20); // receive window
  bytes.writeUInt16BE(1, 24); // outbound streams
  bytes.writeUInt16BE(1, 26); // inbound streams
  bytes.writeUInt32BE(1, 28); // first sequence number
  bytes.writeUInt32LE(crc32c(bytes), 8);
  return bytes;
}

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) {
    remainder = remainder & 1 ? (remainder >>> 1) ^ 0x82f63b78 : remainder >>> 1;
  }
  return remainder >>> 0;
});

function crc32c(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc = (table[(crc ^ byte) & 255] ?? 0) ^ (crc >>> 8);
  }
  return ~crc >>> 0;
}
