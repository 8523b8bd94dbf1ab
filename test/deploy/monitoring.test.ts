import { existsSync, readFileSync } from "node:fs";
import { copyFile, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { execa } from "execa";
import { load } from "js-yaml";
import { decodeConfig } from "../../src/config/config.ts";
import { root } from "../golden/fixture.ts";
import { testUnless } from "../support/kernel-test.ts";
import { agent, manifests, readDeploy } from "./manifests.ts";
import { alerts, panels, queries, rules } from "./queries.ts";

const promtool = ["/usr/bin/promtool", `${root}/.cache/promtool`].find(existsSync);
const reason = promtool === undefined ? "there is no promtool" : undefined;
const tests = `${root}/deploy/monitoring/tests`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kube-nft-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** Runs promtool in a folder with a rule file; what it says, and how it exits. */
async function check(ruleFile: object, ...args: readonly string[]) {
  await writeFile(join(folder, "rules.yaml"), JSON.stringify(ruleFile));
  const { all, exitCode } = await execa(promtool ?? "promtool", args, { cwd: folder, all: true, reject: false });
  return { all, exitCode };
}

testUnless(reason, "the alerts are on and off when their tests want it", async () => {
  const files = await readdir(tests);
  for (const file of files) await copyFile(join(tests, file), join(folder, file));
  const { all, exitCode } = await check(rules, "test", "rules", ...files);
  expect({ all, exitCode }).toEqual({ all: expect.not.stringContaining("FAILED"), exitCode: 0 });
});

testUnless(reason, "every query of alerts and dashboard is PromQL", async () => {
  const named = queries.map(({ expr }, index) => ({ record: `query:${index}`, expr }));
  const { all, exitCode } = await check({ groups: [{ name: "all", rules: named }] }, "check", "rules", "rules.yaml");
  expect({ all, exitCode }).toEqual({ all: expect.stringContaining(`${named.length} rules found`), exitCode: 0 });
});

test("each alert is tried, and says what it is about, what to do, and where more is written", async () => {
  const texts = await Promise.all((await readdir(tests)).map((file) => readFileSync(join(tests, file), "utf8")));
  const headings = [...readFileSync(`${root}/docs/troubleshooting.md`, "utf8").matchAll(/^#+ (.*)$/gm)].map(
    ([, heading = ""]) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\w -]/g, "")
        .replaceAll(" ", "-"),
  );
  for (const { alert, labels, annotations } of alerts) {
    expect({ alert, isTried: texts.some((text) => text.includes(`exp_alerts`) && text.includes(alert)) }).toEqual({
      alert,
      isTried: true,
    });
    expect(["warning", "critical"]).toContain(labels.severity);
    expect(Object.keys(annotations)).toEqual(["summary", "action", "runbook"]);
    const [file, anchor] = annotations.runbook.split("#");
    expect(file).toBe("docs/troubleshooting.md");
    expect(headings).toContain(anchor);
  }
});

test("the PodMonitor finds the agent's port for metrics", () => {
  const { spec } = load(readDeploy("monitoring/pod-monitor.yaml")) as {
    readonly spec: {
      readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
      readonly jobLabel: string;
      readonly podMetricsEndpoints: readonly { readonly port: string; readonly honorLabels: boolean }[];
    };
  };
  const labels: Readonly<Record<string, string>> = { ...manifests.daemonSet.spec.template.metadata.labels };
  expect(labels).toMatchObject(spec.selector.matchLabels);
  expect(labels[spec.jobLabel]).toBe("kube-nft");
  const [{ port, honorLabels } = { port: "", honorLabels: false }] = spec.podMetricsEndpoints;
  expect(honorLabels).toBe(true);
  const { config } = decodeConfig(manifests.configMap.data["config.conf"] ?? "");
  expect(agent.ports?.find(({ name }) => name === port)?.containerPort).toBe(config?.metricsBindAddress?.port);
});

test("the panels of the dashboard have numbers of their own, and lie beside each other", () => {
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const taken = new Set<string>();
  for (const { title, gridPos, targets, type } of panels) {
    expect({ title, hasQuery: (targets ?? []).length > 0 }).toEqual({ title, hasQuery: type !== "row" });
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        expect({ title, x, y, isTaken: x >= 24 || taken.has(`${x} ${y}`) }).toMatchObject({ isTaken: false });
        taken.add(`${x} ${y}`);
      }
    }
  }
});
