// Bundles src/cli/main.ts and everything that it imports into dist/, or the folder given, so that a node needs no node_modules.
// Code behind a dynamic import becomes a chunk of its own, which is read only when it is needed.
import { chmod, copyFile, readdir, readFile, rm, writeFile } from "node:fs/promises";
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
const { metafile } = await build({
  entryPoints: { cli: "src/cli/main.ts" },
  outdir,
  metafile: true,
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
await copyFile("src/cli/output.schema.json", `${outdir}/output.schema.json`);
await chmod(`${outdir}/cli.js`, 0o755);
await writeFile(`${outdir}/NOTICE`, await notice(Object.keys(metafile.inputs)));

/** The licences of the packages that files are of. Throws if one is not permissive. */
async function notice(files) {
  const folders = new Set(files.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? []));
  const parts = await Promise.all(
    [...folders].sort().map(async (folder) => {
      const { name, version, license } = JSON.parse(await readFile(`${folder}/package.json`, "utf8"));
      const text = (await readdir(folder)).find((file) => /^licen[cs]e/i.test(file));
      const licences = license.match(/[\w.-]+/g).filter((word) => word !== "AND");
      if (!licences.every((each) => /^(MIT|ISC|Apache-2\.0|BSD-[23]-Clause)$/.test(each)))
        throw new Error(`${name}: the licence ${license} is not among those that build.mjs allows`);
      const words = text === undefined ? "" : `\n${(await readFile(`${folder}/${text}`, "utf8")).trim()}\n`;
      return `${name} ${version} (${licences.join(" and ")})\n${words}`;
    }),
  );
  return ["kube-nft contains these packages:\n", ...parts].join(`\n${"-".repeat(80)}\n\n`);
}
