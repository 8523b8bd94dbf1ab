import type { Conflict } from "../daemon/follow/conflicts.ts";
import type { Store } from "../daemon/store.ts";
import { Overrun } from "../daemon/table/kernel.ts";
import { quote } from "../decode/quote.ts";
import type { ObjectReference } from "../io/kube/event.ts";
import { nodeReference, serviceReference } from "../io/kube/event-subjects.ts";
import type { Recorder } from "../io/kube/recorder.ts";
import type { Family } from "../model/address.ts";
import type { ObjectKey } from "../model/service.ts";

export type EventsOptions = {
  readonly recorder: Pick<Recorder, "post" | "share">;
  readonly store: Pick<Store, "services">;
  readonly nodeName: string;
};

export type Events = ReturnType<typeof kubernetesEvents>;

/** What the agent reports as Kubernetes Events, so that `kubectl describe` shows it: on a Service, or on the Node. */
export function kubernetesEvents({ recorder, store, nodeName }: EventsOptions) {
  const onNode = nodeReference(nodeName);
  const onService = (key: ObjectKey) => {
    const [namespace = "", name = ""] = key.split("/");
    return serviceReference(store.services.get(key) ?? { namespace, name });
  };
  const warn = (reason: string, action: string, note: string, regarding: ObjectReference) =>
    recorder.post({ type: "Warning", reason, action, note, regarding });
  const share = (reason: string, regarding: ObjectReference, subject: string, note: () => string | undefined) =>
    recorder.share({ type: "Warning", reason, action: "Sync", regarding, subject, note });

  return {
    started(version: string): void {
      const note = `kube-nft ${version}`;
      recorder.post({ type: "Normal", reason: "Starting", action: "StartKubeNft", note, regarding: onNode });
    },

    /** A failure of one of this process's own servers, with the reason that kube-proxy uses. */
    serverFailed(reason: string, error: Error): void {
      warn(reason, "Listen", error.message, onNode);
    },

    portFailed(service: ObjectKey, error: Error): void {
      const note = `node ${nodeName}: ${error.message}`;
      warn("FailedToStartServiceHealthcheck", "Listen", note, onService(service));
    },

    loopbackPortFailed(service: ObjectKey, error: Error): void {
      const note = `node ${nodeName}: ${error.message}`;
      warn("FailedToListenAtLoopback", "Listen", note, onService(service));
    },

    socketTaken(note: string): void {
      warn("AgentSocketTaken", "Listen", note, onNode);
    },

    /** Without the pid, so that an Event is posted once for each program. */
    tableChanged(family: Family, program: string): void {
      const note = `${quote(program)} changed the table ${family} kube-nft; it is repaired`;
      warn("TableChanged", "Repair", note, onNode);
    },

    setAside(service: ObjectKey, error: Error): void {
      const what = error instanceof Overrun ? "nft takes too long for" : "nft refused";
      const note = `${what} the rules of this Service; it is not served: ${error.message}`;
      share("SetAside", onService(service), "", () => note);
    },

    conflict(conflict: Conflict): void {
      share("FrontendConflict", onService(conflict.service), conflict.winner, () => conflictNote(conflict));
    },

    clientsLimited(service: ObjectKey, clients: number): void {
      const note = `has ${clients} sticky clients on node ${nodeName}, which leaves little room for those of others: for a while, its clients are not kept with their endpoints`;
      share("AffinityLimited", onService(service), "", () => note);
    },

    /** `count` is the total. */
    problems(service: ObjectKey, first: readonly string[], count: number): void {
      const more = count > first.length ? ` (and ${count - first.length} more)` : "";
      const note = `${first.join("; ")}${more}`;
      share("ServiceProblem", onService(service), note, () => note);
    },
  };
}

/** Undefined if the conflict is over. */
function conflictNote({ winner, frontends }: Conflict): string | undefined {
  const [first] = frontends.keys();
  const others = frontends.size - 1;
  if (first === undefined) return undefined;
  return others === 0
    ? `${first} belongs to Service ${winner}; it is not served for this Service`
    : `${first} and ${others} more frontends belong to Service ${winner}; they are not served for this Service`;
}
