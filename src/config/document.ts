import * as z from "zod";
import { flattenLists } from "../decode/objects.ts";
import { quote, quoteField } from "../decode/quote.ts";
import { KubeProxyConfiguration, sections } from "./schema.ts";
import { parseLeniently } from "./yaml.ts";

/** The configuration in a text, not decoded yet. If there is none it is undefined, and the last problem says why. */
export type ConfigDocument = { readonly object: unknown; readonly complaints: readonly Complaint[] };

export type Complaint = { readonly field: string; readonly message: string };

export const apiVersion = "kubeproxy.config.k8s.io/v1alpha1";

/**
 * The first KubeProxyConfiguration in a text of YAML or JSON: one of its documents, as kubeadm keeps them in one file, or
 * a text under `data` of a ConfigMap, as kubectl prints it, also in a List.
 */
export function configDocument(text: string): ConfigDocument {
  const found = configurations(text);
  const usable = found.filter(({ object }) => object !== undefined);
  const { object, complaints } = usable[0] ?? found[0] ?? { object: undefined, complaints: [notFound] };
  if (usable.length < 2) return { object, complaints };
  const message = `there are ${usable.length} configurations in the file; the first one counts`;
  return { object, complaints: [...complaints, { field: "", message }] };
}

const notFound: Complaint = { field: "kind", message: "is not KubeProxyConfiguration" };

/** All configurations in a text, and why others cannot be used. `mapped`: the text is from a ConfigMap, so it contains none. */
function configurations(text: string, mapped = false): readonly ConfigDocument[] {
  const { documents, complaint } = parseLeniently(text);
  const complaints = complaint === undefined ? [] : [{ field: "", message: complaint }];
  if (documents === undefined) return [{ object: undefined, complaints }];
  const { objects } = flattenLists(documents.map((object) => ({ object })));
  return objects.flatMap(({ object, kind, apiVersion: version }): readonly ConfigDocument[] => {
    if (kind === "ConfigMap" && !mapped) return embeddedTexts(object).flatMap((each) => configurations(each, true));
    if (kind !== "KubeProxyConfiguration") return [];
    if (version === apiVersion) return [{ object, complaints }];
    const message = `${quote(version)} is not ${apiVersion}`;
    return [{ object: undefined, complaints: [...complaints, { field: "apiVersion", message }] }];
  });
}

const Fields = z.record(z.string(), z.unknown());
const ConfigMap = z.object({ data: Fields });

/** The texts in a ConfigMap that may be a configuration. kubeadm uses the key config.conf, others use other keys. */
function embeddedTexts(configMap: unknown): readonly string[] {
  const { "config.conf": usual, ...others } = ConfigMap.safeParse(configMap).data?.data ?? {};
  return [usual, ...Object.values(others)].flatMap((text) =>
    typeof text === "string" && text.includes("KubeProxyConfiguration") ? [text] : [],
  );
}

/** The fields that do not exist in the file's schema, mostly misspelt ones. */
export function unknownFields(object: unknown): readonly string[] {
  const fields = Fields.safeParse(object).data ?? {};
  const unknown = unknownIn(fields, KubeProxyConfiguration.shape);
  const nested = Object.entries(sections).flatMap(([section, known]) =>
    unknownIn(Fields.safeParse(fields[section]).data ?? {}, known).map((field) => `${section}.${field}`),
  );
  return [...unknown, ...nested];
}

function unknownIn(fields: object, known: object): readonly string[] {
  return Object.keys(fields)
    .filter((field) => !Object.hasOwn(known, field))
    .map(quoteField);
}
