/**
 * The agent as one file for Node 20 or later. What it carries along is memory on every host, so that what it does not use
 * stays out: most of zod, and TLS until it connects to a server with TLS.
 */
import { readFile } from 'node:fs/promises';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { fromRoot, projectVersion } from './paths.ts';

/** `z` as an imported object takes all of zod along; as a namespace it takes what is used. */
const USED_PARTS_OF_ZOD: Plugin = {
  name: 'used-parts-of-zod',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/](?:agent|protocol)[\\/].*\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      return { contents: source.replace("import { z } from 'zod';", "import * as z from 'zod';"), loader: 'ts' };
    });
  },
};

/** `ws` loads these when it is loaded; here when it uses them. */
const LATE_MODULES: Plugin = {
  name: 'late-modules',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^(?:https|tls|zlib)$/ }, ({ path, importer }) =>
      /[\\/]node_modules[\\/]ws[\\/]/.test(importer) ? { path, namespace: 'late' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'late' }, ({ path }) => ({
      contents: `let loaded;
        module.exports = new Proxy({}, { get: (_target, name) => (loaded ??= require('node:${path}'))[name] });`,
    }));
  },
};

const OPTIONS: BuildOptions = {
  bundle: true,
  // Names stay, so that a stack trace from a machine far away can be read; `keepNames` would cost five megabytes at run time.
  minifyWhitespace: true,
  minifySyntax: true,
  format: 'esm',
  target: 'node20',
  platform: 'node',
  // Packages in CommonJS call `require` for Node's own modules.
  banner: {
    js: "#!/usr/bin/env node\nimport { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);",
  },
  external: ['bufferutil', 'utf-8-validate', 'bun:ffi'],
  plugins: [USED_PARTS_OF_ZOD, LATE_MODULES],
  logLevel: 'warning',
};

export async function bundleAgent(outfile = fromRoot('dist/agent.mjs')): Promise<void> {
  const define = { __DEPLOYX_VERSION__: JSON.stringify(projectVersion()) };
  await build({ ...OPTIONS, define, entryPoints: [fromRoot('agent/main.ts')], outfile });
}
