import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { execa } from "execa";

const module = fileURLToPath(new URL("../../../src/io/host/process.ts", import.meta.url));

test.each(["throw new Error('oops')", "Promise.reject(new Error('oops'))"])(
  "an uncaught %s is logged, and ends the process",
  async (crash) => {
    const script = `import { endAtCrash } from ${JSON.stringify(module)};
      endAtCrash((error) => console.log("told of " + error.message));
      setTimeout(() => { ${crash} }, 1);
      setTimeout(() => console.log("goes on"), 500);`;
    const flags = ["--disable-warning=ExperimentalWarning", "--input-type=module"];
    const { stdout, stderr, exitCode } = await execa(process.execPath, [...flags, "-e", script], { reject: false });
    expect({ stdout, stderr, exitCode }).toEqual({ stdout: "told of oops", stderr: "", exitCode: 1 });
  },
);
