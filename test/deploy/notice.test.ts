import { readdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { expect, test } from "@jest/globals";
import packageJSON from "../../package.json" with { type: "json" };
import { root } from "../golden/fixture.ts";
import { builtProgram } from "../support/built.ts";

test("NOTICE has the licences of the packages in the bundle", async () => {
  const notice = readFileSync(`${dirname(await builtProgram())}/NOTICE`, "utf8");
  const sources = readdirSync(`${root}/src`, { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".ts"),
  );
  const imported = sources.flatMap((file) =>
    Array.from(
      readFileSync(`${root}/src/${file}`, "utf8").matchAll(/^(?:import|\} from) .*"((?:@[\w-]+\/)?[\w-]+)[^":]*";$/gm),
      ([, name = ""]) => name,
    ),
  );
  const bundled = Object.keys(packageJSON.devDependencies).filter((name) => imported.includes(name));
  expect(bundled.length).toBeGreaterThan(6);
  for (const name of bundled) {
    const { version, license } = JSON.parse(readFileSync(`${root}/node_modules/${name}/package.json`, "utf8"));
    const heading = `\n${name} ${version} (${String(license).replace(/[()]/g, "").replace("AND", "and")})\n`;
    expect({ name, isThere: notice.includes(heading) }).toEqual({ name, isThere: true });
  }
  expect(notice).toContain("Permission is hereby granted, free of charge");
});

test("LICENSE is the text of the Apache License 2.0", () => {
  const text = readFileSync(`${root}/LICENSE`, "utf8");
  expect(text).toMatch(/^\s+Apache License\n\s+Version 2\.0, January 2004\n/);
  expect(text).toContain("END OF TERMS AND CONDITIONS");
});
