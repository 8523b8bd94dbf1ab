/** Something in the input that cannot be used. The rest of the input is not affected. */
export type Problem = {
  /** The position of the document in its file, counted from 1; undefined if there is no file. */
  readonly source?: { readonly file: string; readonly document?: number };
  /** `Service default/web`; empty if the document is not an object. */
  readonly object: string;
  /** `spec.ports[0].port`, or the name of a service port; empty if the problem is about the whole object. */
  readonly field: string;
  /** What is wrong, and what follows from it. */
  readonly message: string;
};

/** `web.yaml document 2: Service default/web: spec.ports[0].port: 70000 is not a port number` */
export function problemLine({ source, object, field, message }: Problem): string {
  const place = source && `${source.file}${source.document === undefined ? "" : ` document ${source.document}`}`;
  return [place, object, field, message].filter((part) => part !== undefined && part !== "").join(": ");
}
