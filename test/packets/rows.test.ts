import { beforeAll, describe, expect, test } from "@jest/globals";
import type { LabOptions } from "../lab/lab.ts";
import { rendered } from "./compiled.ts";
import { row, type Table } from "./row.ts";
import { clusterIP } from "./rows/cluster-ip.ts";
import { send } from "./send.ts";
import { describeWithLab } from "./with-lab.ts";

const tables: Readonly<Record<string, Table>> = {
  "cluster IPs": clusterIP,
};

for (const [topic, table] of Object.entries(tables)) rowTests(topic, table);

function rowTests(topic: string, table: Table, options: LabOptions = {}): void {
  describeWithLab(
    topic,
    ({ lab, ipv6Affinity }) => {
      describe.each(Object.entries(table))("%s", (fixture, sentences) => {
        const rows = sentences.map(row);
        let seen: ReadonlyMap<string, readonly string[]>;
        beforeAll(async () => {
          await lab().load(await rendered(fixture, ipv6Affinity));
          seen = new Map(await Promise.all(rows.map(async (row) => [row.sentence, await send(lab(), row)] as const)));
        });
        test.each(rows)("$sentence", ({ sentence, outcomes, isSticky }) => {
          const came = seen.get(sentence) ?? [];
          if (isSticky) expect(outcomes).toEqual(expect.arrayContaining([...came]));
          else expect(came).toEqual(outcomes);
        });
      });
    },
    options,
  );
}
