// Bundles src/cli/main.ts and everything that it imports into dist/, or the folder given, so that a node needs no node_modules.
// Code behind a dynamic import becomes a chunk of its own, which is read only when it is needed.
import { chmod, rm } from "node:fs/promises";
import { build } from "esbuild";

// Packages in CommonJS that are bundled into a module still call require.
const requireForCommonJs =
  'import { createRequire as createRequireOfBundle } from "node:module"; const require = createRequireOfBundle(import.meta.url);';

const outdir = process.argv[2] ?? "dist";
await rm(outdir, { recursive: true, force: true });
await build({
  entryPoints: { cli: "src/cli/main.ts" },
  outdir,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node22.19",
  banner: { js: requireForCommonJs },
  legalComments: "eof",
  logLevel: "warning",
});
await chmod(`${outdir}/cli.js`, 0o755);
