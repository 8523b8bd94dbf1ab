import type { IncomingMessage } from "node:http";
import type { Connection } from "./connection.ts";
import { KubeError } from "./error.ts";
import { type KubeRequest, type SendOptions, send } from "./request.ts";
import type { Resource } from "./resources.ts";

/**
 * Requests the selected objects of a resource, or all of them if the API server does not know the field of an optional
 * field selector. Throws a KubeError.
 */
export async function sendSelecting(
  connection: Connection,
  verb: "list" | "watch",
  resource: Resource,
  query: Readonly<Record<string, string>>,
  options: SendOptions,
): Promise<{ readonly request: KubeRequest; readonly response: IncomingMessage }> {
  const { name, path, labelSelector, fieldSelector, hasOptionalField } = resource;
  const byLabel = { ...(labelSelector && { labelSelector }), ...query };
  const request: KubeRequest = { verb, resource: name, path, query: byLabel };
  const selecting = { ...request, query: { ...(fieldSelector && { fieldSelector }), ...byLabel } };
  const answer = async (each: KubeRequest) => ({ request: each, response: await send(connection, each, options) });
  if (connection.unknownFields.has(name)) return answer(request);
  try {
    return await answer(selecting);
  } catch (error) {
    if (!hasOptionalField || !(error instanceof KubeError) || error.status !== 400) throw error;
    const answered = await answer(request);
    connection.unknownFields.add(name);
    return answered;
  }
}
