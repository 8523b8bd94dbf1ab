// Bundles src/cli/main.ts and everything that it imports into dist/, or the folder given, so that a node needs no node_modules.
// Code behind a dynamic import becomes a chunk of its own, which is read only when it is needed.
import { chmod, rm } from "node:fs/promises";
import { build } from "esbuild";

// Packages in CommonJS that are bundled into a module still call require.
const requireForCommonJs =
  'import { createRequire as createRequireOfBundle } from "node:module"; const require = createRequireOfBundle(import.meta.url);';

/** Of client-node, only KubeConfig is used. Its generated API, and undici for that, would be most of the bundle. */
const withoutGeneratedAPI = {
  name: "without the generated API of client-node",
  setup({ onResolve, onLoad }) {
    const namespace = "left-out";
    onResolve({ filter: /^(undici|\.\/gen\/.*|\.\/middleware\.js)$/ }, ({ importer, path }) =>
      importer.includes("/@kubernetes/client-node/") ? { namespace, path } : undefined,
    );
    onLoad({ filter: /./, namespace }, () => ({ contents: "module.exports = {}" }));
  },
};

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
  alias: { "@kubernetes/client-node": "@kubernetes/client-node/dist/config.js" },
  plugins: [withoutGeneratedAPI],
  // White space is memory: V8 keeps the text. Names stay for stack traces, whose places the maps tell.
  minifyWhitespace: true,
  minifySyntax: true,
  sourcemap: true,
  sourcesContent: false,
  banner: { js: requireForCommonJs },
  legalComments: "eof",
  logLevel: "warning",
});
// The agent's page, for browsers.
await build({
  entryPoints: ["src/page/page.ts", "src/page/page.css", "src/page/index.html"],
  outdir: `${outdir}/page`,
  bundle: true,
  minify: true,
  format: "esm",
  platform: "browser",
  target: "es2022",
  loader: { ".html": "copy" },
  logLevel: "warning",
});
await chmod(`${outdir}/cli.js`, 0o755);
