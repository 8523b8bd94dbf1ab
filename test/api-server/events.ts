import { randomUUID } from "node:crypto";
import { resources, type Target } from "./resources.ts";
import { Refusal } from "./status.ts";
import type { KubernetesObject, Store } from "./store.ts";

type EventBody = Readonly<Record<"eventTime" | "type" | "note", unknown>> & {
  readonly metadata?: { readonly name?: string; readonly generateName?: string };
  readonly regarding?: { readonly namespace?: string };
};

/** Stores an Event as `POST` does, after the checks of the real server; returns it as stored. */
export function createEvent(store: Store, { namespace = "default" }: Target, body: unknown): KubernetesObject {
  const event = body as EventBody;
  const { name, generateName, ...metadata } = event.metadata ?? {};
  for (const wrong of eventProblems(event, namespace)) throw new Refusal(422, `Event "${name}" is invalid: ${wrong}`);
  const object = {
    ...event,
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    metadata: { ...metadata, name: name ?? `${generateName}${randomUUID().slice(0, 5)}`, namespace },
  };
  if (store.get(object) !== undefined) throw new Refusal(409, `events "${object.metadata.name}" already exists`);
  store.put(object);
  return store.get(object) ?? object;
}

/** Changes an Event by a merge patch; returns it as stored. */
export function patchEvent(store: Store, target: Target, patch: unknown): KubernetesObject {
  const { namespace = "default", objectName = "" } = target;
  const reference = { apiVersion: "events.k8s.io/v1", kind: "Event", metadata: { namespace, name: objectName } };
  if (store.get(reference) === undefined) throw new Refusal(404, `${resources.events.name} "${objectName}" not found`);
  store.patch(reference, patch);
  return store.get(reference) as KubernetesObject;
}

/** What `pkg/apis/core/validation/events.go` refuses in a new Event of events.k8s.io/v1. */
function* eventProblems(event: EventBody, namespace: string): Generator<string> {
  if ((event.regarding?.namespace ?? "default") !== namespace) {
    yield "involvedObject.namespace: Invalid value: does not match event.namespace";
  }
  const { eventTime, type, note = "" } = event;
  const microTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;
  if (typeof eventTime !== "string" || !microTime.test(eventTime)) yield "eventTime: Required value";
  const limits = { reportingController: Number.POSITIVE_INFINITY, reportingInstance: 128, action: 128, reason: 128 };
  const texts: Readonly<Record<string, unknown>> = event;
  for (const [field, limit] of Object.entries(limits)) {
    const value = texts[field];
    if (typeof value !== "string" || value === "") yield `${field}: Required value`;
    else if (value.length > limit) yield `${field}: Invalid value: can have at most ${limit} characters`;
  }
  if (type !== "Normal" && type !== "Warning") yield "type: Invalid value";
  if (typeof note !== "string" || Buffer.byteLength(note) > 1024) yield "note: can have at most 1024 characters";
}
