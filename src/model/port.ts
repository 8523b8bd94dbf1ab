/** A port number, 1 to 65535. */
export type Port = number & { readonly brand: "Port" };

/** nft's name for a transport protocol that Services can use. */
export type Protocol = "tcp" | "udp" | "sctp";

export const protocols: readonly Protocol[] = ["tcp", "udp", "sctp"];

export function port(value: number): Port | undefined {
  return Number.isInteger(value) && value >= 1 && value <= 65535 ? (value as Port) : undefined;
}
