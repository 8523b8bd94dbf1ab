import { decodeService } from "../../src/decode/service.ts";
import type { Service } from "../../src/model/service.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The least that a Service needs, with more fields of its metadata and its spec. */
export function service({ metadata, spec, ...rest }: Fields & { metadata?: Fields; spec?: Fields } = {}) {
  return {
    metadata: { name: "web", ...metadata },
    spec: { clusterIP: "10.96.0.1", ports: [{ port: 80 }], ...spec },
    ...rest,
  };
}

/** A decoded Service, with its problems as one line each. */
export function decoded(object: unknown): {
  readonly value: Service | undefined;
  readonly problems: readonly string[];
} {
  const { value, problems } = decodeService(object);
  return { value, problems: problems.map(({ field, message }) => `${field}: ${message}`) };
}
