/** Something in the input that cannot be used as it stands. It never stops the rest. */
export type Problem = {
  /** The document's place in its file, counted from 1; undefined where there is no file. */
  readonly source?: { readonly file: string; readonly document?: number };
  /** `Service default/web`; empty where a document could not be read as an object. */
  readonly object: string;
  /** `spec.ports[0].port`, or a service port's name; empty where it is about the whole object. */
  readonly field: string;
  /** What is wrong, and what follows from it. */
  readonly message: string;
};

/** `web.yaml document 2: Service default/web: spec.ports[0].port: 70000 is not a port number` */
export function problemLine({ source, object, field, message }: Problem): string {
  const place = source && `${source.file}${source.document === undefined ? "" : ` document ${source.document}`}`;
  return [place, object, field, message].filter((part) => part !== undefined && part !== "").join(": ");
}
