import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { diagnosis } from "../../../src/ask/doctor/doctor.ts";
import { findingLines } from "../../../src/ask/service/finding-lines.ts";
import { examinedFile } from "./examined-files.ts";

const folder = new URL("clusters/", import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith(".yaml"));

test.each(files)("%s", async (name) => {
  const findings = diagnosis(await examinedFile(new URL(name, folder)), undefined);
  const text = `${findingLines(findings).join("\n")}\n`.replaceAll(folder.pathname, "");
  const golden = new URL(name.replace(".yaml", ".txt"), folder);
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(golden, text);
  else expect(text).toBe(existsSync(golden) ? readFileSync(golden, "utf8") : "");
});

test("each golden text has its cluster", () => {
  const texts = readdirSync(folder).filter((name) => name.endsWith(".txt"));
  expect(texts.sort()).toEqual(files.map((name) => name.replace(".yaml", ".txt")).sort());
});
