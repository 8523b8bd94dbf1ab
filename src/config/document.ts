import * as z from "zod";
import { Unchecked } from "../decode/part.ts";
import { quote, quoteField } from "../decode/quote.ts";
import { KubeProxyConfiguration, sections } from "./schema.ts";
import { parseLeniently } from "./yaml.ts";

/** The configuration in a text, still unread; undefined, with the reason as the last complaint, where there is none. */
export type ConfigDocument = { readonly object: unknown; readonly complaints: readonly Complaint[] };

export type Complaint = { readonly field: string; readonly message: string };

export const apiVersion = "kubeproxy.config.k8s.io/v1alpha1";

const Fields = z.record(z.string(), z.unknown());

const Document = z.object({ apiVersion: Unchecked, kind: Unchecked, data: Unchecked });

/**
 * The KubeProxyConfiguration in a text of YAML or JSON. Of several documents, as kubeadm keeps them in one file, it is
 * the one of that kind. In a ConfigMap, as kubectl prints it, it is a text under `data`.
 */
export function configDocument(text: string): ConfigDocument {
  return findIn(text, true);
}

function findIn(text: string, mayBeConfigMap: boolean): ConfigDocument {
  const { documents, complaint } = parseLeniently(text);
  const complaints = complaint === undefined ? [] : [{ field: "", message: complaint }];
  for (const object of documents ?? []) {
    const read = Document.safeParse(object).data;
    if (read?.kind === "KubeProxyConfiguration") {
      if (read.apiVersion === apiVersion) return { object, complaints };
      const message = `${quote(read.apiVersion)} is not ${apiVersion}`;
      return { object: undefined, complaints: [...complaints, { field: "apiVersion", message }] };
    }
    if (read?.kind === "ConfigMap" && mayBeConfigMap) return findIn(embeddedText(read.data), false);
  }
  if (documents === undefined) return { object: undefined, complaints };
  return {
    object: undefined,
    complaints: [...complaints, { field: "kind", message: "is not KubeProxyConfiguration" }],
  };
}

/** kubeadm names the text config.conf, others otherwise. */
function embeddedText(data: unknown): string {
  const texts = Fields.safeParse(data).data ?? {};
  const all = [texts["config.conf"], ...Object.values(texts)].filter((text) => typeof text === "string");
  return all.find((text) => text.includes("KubeProxyConfiguration")) ?? "";
}

/** The fields that the file cannot have, misspelt ones above all. */
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
