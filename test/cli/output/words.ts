import * as z from "zod";

/** Everything may be missing that is not known. */
export const text = z.string();
export const number = z.number();
export const family = z.enum(["ip", "ip6"]);
export const protocol = z.enum(["tcp", "udp", "sctp"]);
export const serviceName = z.templateLiteral([z.string(), "/", z.string()]).describe("namespace/name");
export const time = z.string().describe("RFC 3339");
export const servicePort = z.string().describe("namespace/name:port");

export const place = z.strictObject({ address: text, port: number }).meta({ id: "place" });
