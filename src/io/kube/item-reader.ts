/** What becomes of a list's items. */
export type ItemSink = {
  readonly onItem: (object: unknown) => void;
  /** Called with what people may want to know of an item that cannot be read. */
  readonly onMalformed: (text: string) => void;
};

/** Takes a list apart while it arrives, so that no more than one of its items is held as it came. */
export type ItemReader = {
  /** Takes the next bytes, and hands on the items that end in them. Throws a SyntaxError where they are not of a list, a KubeError where they are too many. */
  push(chunk: Buffer): void;
  /** The list, its items left out. Throws a SyntaxError where it was not complete. */
  end(): unknown;
};
