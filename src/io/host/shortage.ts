/** Whether an error, or its cause, is a temporary shortage, such as of file descriptors. */
export function isShortage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ("code" in error && codes.has(error.code)) || isShortage(error.cause);
}

const codes: ReadonlySet<unknown> = new Set(["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", "EAGAIN"]);
