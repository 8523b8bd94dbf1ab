import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { isIP, isIPv6 } from "node:net";

/** A key and its certificate, in PEM. */
export type Identity = { readonly key: string; readonly cert: string };

export type CertificateOptions = {
  /** The subject's common name: for a client, the user. */
  readonly commonName: string;
  /** DNS names and IP addresses of a server. */
  readonly hosts?: readonly string[];
  /** How long it holds, from now; negative for one that has expired. */
  readonly days?: number;
};

/** A certificate authority of its own, made by hand from DER, so that no openssl has to be there. */
export class CertificateAuthority {
  readonly cert: string;
  readonly #keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  readonly #name: Buffer;

  constructor(commonName: string) {
    this.#name = distinguishedName(commonName);
    const extensions = [extension(oid.basicConstraints, true, sequence(boolean(true)))];
    this.cert = this.#certificate(this.#name, this.#keys.publicKey, 10, extensions);
  }

  issue({ commonName, hosts = [], days = 10 }: CertificateOptions): Identity {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const names = hosts.map((host) => (isIP(host) ? der(0x87, addressBytes(host)) : der(0x82, Buffer.from(host))));
    const extensions = names.length > 0 ? [extension(oid.subjectAltName, false, sequence(...names))] : [];
    return {
      key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      cert: this.#certificate(distinguishedName(commonName), publicKey, days, extensions),
    };
  }

  /** RFC 5280, 4.1. */
  #certificate(subject: Buffer, publicKey: KeyObject, days: number, extensions: readonly Buffer[]): string {
    const algorithm = sequence(der(0x06, oid.ecdsaWithSHA256));
    const now = Date.now();
    const [from, to] = days < 0 ? [now + (days - 1) * dayMs, now + days * dayMs] : [now - dayMs, now + days * dayMs];
    const body = sequence(
      der(0xa0, integer(Buffer.from([2]))),
      // A first byte between 1 and 127 makes it a positive number in its shortest form.
      integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
      algorithm,
      this.#name,
      sequence(utcTime(from), utcTime(to)),
      subject,
      publicKey.export({ type: "spki", format: "der" }),
      der(
        0xa3,
        sequence(
          extension(oid.subjectKeyIdentifier, false, der(0x04, keyIdentifier(publicKey))),
          extension(oid.authorityKeyIdentifier, false, sequence(der(0x80, keyIdentifier(this.#keys.publicKey)))),
          ...extensions,
        ),
      ),
    );
    const signature = sign("sha256", body, this.#keys.privateKey);
    const certificate = sequence(body, algorithm, der(0x03, Buffer.from([0]), signature));
    const lines = certificate.toString("base64").replace(/.{64}(?=.)/g, "$&\n");
    return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
  }
}

const dayMs = 86_400_000;

const oid = {
  commonName: Buffer.from("550403", "hex"),
  subjectKeyIdentifier: Buffer.from("551d0e", "hex"),
  subjectAltName: Buffer.from("551d11", "hex"),
  basicConstraints: Buffer.from("551d13", "hex"),
  authorityKeyIdentifier: Buffer.from("551d23", "hex"),
  ecdsaWithSHA256: Buffer.from("2a8648ce3d040302", "hex"),
};

function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, Math.floor(length / 0x100), length % 0x100];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function sequence(...contents: readonly Buffer[]): Buffer {
  return der(0x30, ...contents);
}

function boolean(value: boolean): Buffer {
  return der(0x01, Buffer.from([value ? 0xff : 0]));
}

/** Of a number that is not negative: a zero byte keeps the sign bit clear. */
function integer(bytes: Buffer): Buffer {
  return der(0x02, (bytes[0] ?? 0) < 0x80 ? bytes : Buffer.concat([Buffer.from([0]), bytes]));
}

function utcTime(ms: number): Buffer {
  const text = new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, "");
  return der(0x17, Buffer.from(text.slice(2)));
}

function distinguishedName(commonName: string): Buffer {
  return sequence(der(0x31, sequence(der(0x06, oid.commonName), der(0x0c, Buffer.from(commonName)))));
}

function extension(id: Buffer, critical: boolean, value: Buffer): Buffer {
  return sequence(der(0x06, id), ...(critical ? [boolean(true)] : []), der(0x04, value));
}

function keyIdentifier(publicKey: KeyObject): Buffer {
  return createHash("sha1")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest();
}

/** IPv4, and IPv6 written with at most one `::`. */
function addressBytes(address: string): Buffer {
  if (!isIPv6(address)) return Buffer.from(address.split(".").map(Number));
  const [head = "", tail] = address.split("::");
  const groups = (text: string) => (text === "" ? [] : text.split(":"));
  const before = groups(head);
  const after = groups(tail ?? "");
  const middle = Array.from({ length: 8 - before.length - after.length }, () => "0");
  return Buffer.from([...before, ...middle, ...after].map((group) => group.padStart(4, "0")).join(""), "hex");
}
