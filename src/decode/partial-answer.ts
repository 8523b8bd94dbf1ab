import * as z from "zod";
import { Unchecked } from "./part.ts";
import { printable, quote } from "./quote.ts";

const Status = z.object({ status: Unchecked, message: Unchecked, reason: Unchecked, code: Unchecked });
const ListMetadata = z.object({ metadata: z.object({ continue: z.string().min(1) }) });

/**
 * Why an object is an API server's answer without what was asked for: a failure, the first part of a list,
 * or what kubectl prints instead of objects. If it were treated as a cluster, Services would seem to be deleted.
 */
export function partialAnswer(
  kind: string,
  apiVersion: unknown,
  object: unknown,
): { readonly field: string; readonly message: string } | undefined {
  if (kind === "Status" && apiVersion === "v1") {
    const { status, message, reason, code } = Status.safeParse(object).data ?? {};
    if (status === "Success") return undefined;
    const said = typeof message === "string" && message !== "" ? printable(message) : quote(reason ?? status);
    return { field: "", message: `the API server's answer is a failure: ${said}${code ? ` (${quote(code)})` : ""}` };
  }
  if (typeof apiVersion === "string" && apiVersion.startsWith("meta.k8s.io/")) {
    return { field: "", message: "holds only extracts of objects; get whole objects with -o json or -o yaml" };
  }
  if (kind.endsWith("List") && ListMetadata.safeParse(object).success) {
    return { field: "metadata.continue", message: "is set: this is only a part of a list; get all of it" };
  }
  return undefined;
}
