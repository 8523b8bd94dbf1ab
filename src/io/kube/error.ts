import { isNativeError } from "node:util/types";

/** A request to the Kubernetes API, or the connection to it, failed. `message` says what a person can do about it. */
export class KubeError extends Error {
  /** Of the answer; undefined if there was none. */
  readonly status: number | undefined;
  /** How long the server asks clients to wait. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, { status, retryAfterMs, cause }: KubeErrorOptions = {}) {
    super(message, { cause });
    this.name = "KubeError";
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

export type KubeErrorOptions = {
  readonly status?: number | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
};

/** What went wrong with a connection, in words. */
export function connectionTrouble(error: unknown): string {
  const code = errorCode(error);
  if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID") {
    return `its certificate is not valid at this time: ${errorText(error)}; check the clock of this machine`;
  }
  if (code.startsWith("ERR_TLS_CERT") || certificateCodes.has(code)) {
    return `its certificate is not trusted: ${errorText(error)}; certificate-authority must be that of this API server`;
  }
  if (code.startsWith("ERR_OSSL")) return `our certificate or key cannot be used: ${errorText(error)}`;
  switch (code) {
    case "ERR_INVALID_CHAR":
      return "our token has invalid characters; check its file";
    case "ECONNREFUSED":
      return "connection refused; check that the API server runs at this address";
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "its name cannot be resolved";
    case "ECONNRESET":
    case "EPIPE":
      return "the connection was closed before the answer was complete";
    case "EPROTO":
      return `TLS failed: ${errorText(error)}`;
    default:
      return errorText(error);
  }
}

const certificateCodes: ReadonlySet<string> = new Set([
  "CERT_SIGNATURE_FAILURE",
  "CERT_UNTRUSTED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

export function errorText(error: unknown): string {
  return isNativeError(error) ? error.message || error.name : String(error);
}

/** `ECONNREFUSED` and the like. */
function errorCode(error: unknown): string {
  return isNativeError(error) && "code" in error ? String(error.code) : "";
}
