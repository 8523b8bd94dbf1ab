/** The `Status` object with which the API answers what it does not do. */
export type Status = {
  readonly kind: "Status";
  readonly apiVersion: "v1";
  readonly metadata: Readonly<Record<string, never>>;
  readonly status: "Failure";
  readonly message: string;
  readonly reason: string;
  readonly details?: { readonly retryAfterSeconds?: number; readonly causes?: readonly object[] };
  readonly code: number;
};

const reasons: Readonly<Record<number, string>> = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  405: "MethodNotAllowed",
  409: "AlreadyExists",
  410: "Expired",
  422: "Invalid",
  429: "TooManyRequests",
  500: "InternalError",
  503: "ServiceUnavailable",
  504: "Timeout",
};

export function status(code: number, message: string, details?: NonNullable<Status["details"]>): Status {
  const base = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message } as const;
  const reason = reasons[code] ?? "";
  return details === undefined ? { ...base, reason, code } : { ...base, reason, details, code };
}

/** A request that is answered with a Status. */
export class Refusal extends Error {
  readonly status: Status;

  constructor(code: number, message: string, details?: NonNullable<Status["details"]>) {
    super(message);
    this.status = status(code, message, details);
  }
}
