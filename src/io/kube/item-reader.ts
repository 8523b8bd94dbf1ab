/** Receives a list's items. */
export type ItemSink = {
  readonly onItem: (object: unknown) => void;
  /** Called with an explanation for people, for each item that cannot be read. */
  readonly onMalformed: (text: string) => void;
};

/** Splits a list while it arrives, so that at most one item is held in raw form. */
export type ItemReader = {
  /**
   * Takes the next bytes, and passes on the items that end in them. Throws a SyntaxError if they are not part of a list, a
   * KubeError if there are too many.
   */
  push(chunk: Buffer): void;
  /** The list without its items. Throws a SyntaxError if it was not complete. */
  end(): unknown;
};
