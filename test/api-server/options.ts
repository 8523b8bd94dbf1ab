import type { CertificateOptions } from "./certificates.ts";

export type APIServerOptions = {
  /** Where it listens; 127.0.0.1 is the default. */
  readonly host?: string;
  /** 0, the default, for any free one. */
  readonly port?: number;
  /** What its certificate is made for, besides localhost and the loopback addresses. */
  readonly certificate?: Partial<CertificateOptions>;
  /** How many changes of each resource it keeps at least; 1,000 is the default. */
  readonly historyLimit?: number;
  /** How often watches get a bookmark; each minute, as of the real one, is the default. */
  readonly bookmarkMs?: number;
};
