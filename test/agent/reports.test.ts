import { expect, test } from "@jest/globals";
import { Chronicle } from "../../src/agent/chronicle.ts";
import { kubernetesEvents } from "../../src/agent/events.ts";
import { reports } from "../../src/agent/reports.ts";
import { FrontendOwners } from "../../src/compile/table/frontend-owners.ts";
import { Health } from "../../src/daemon/health.ts";
import { Store } from "../../src/daemon/store.ts";
import { openLog } from "../../src/io/host/log.ts";
import { Metrics } from "../../src/io/metrics/metrics.ts";
import { settings } from "../support/arbitrary-cluster.ts";

test.each([
  ["the first", { kind: "full", elements: 0, causes: ["start"] }, true],
  ["one of elements", { kind: "partial", elements: 1, causes: ["EndpointSlice"] }, true],
  ["one of rules alone", { kind: "partial", elements: 0, causes: ["configuration", "Service"] }, true],
  ["one that changes nothing", { kind: "partial", elements: 0, causes: ["Service", "EndpointSlice"] }, false],
] as const)("of rounds, %s is logged or not", (_, fields, isLogged) => {
  const lines: string[] = [];
  const now = () => 0;
  const families = ["ip"] as const;
  const report = reports({
    log: openLog(0, false, (line) => lines.push(line)),
    metrics: new Metrics({ families, version: "0", now }),
    health: new Health({ families, patience: 1, now }),
    events: kubernetesEvents({ recorder: { post() {}, share() {} }, store: new Store(), nodeName: "node-1" }),
    chronicle: new Chronicle({ now, text: String }),
    isObserving: false,
  });
  const about = { services: new Map(), problems: new Map(), settings, owners: new FrontendOwners() };
  report.synced({ family: "ip", ...about, milliseconds: 1, began: 0, ...fields });
  expect(lines.map((line) => JSON.parse(line).msg)).toEqual(isLogged ? ["synced"] : []);
});
