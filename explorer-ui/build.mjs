// node explorer-ui/build.mjs: builds the page of the explorer into explorer-assets/.
//
// `--if-possible` is for `npm install`, which must not fail where the development packages are left out: the
// page is then absent, or the one that was built before.
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const HERE = import.meta.dirname;
const isOptional = process.argv.includes('--if-possible');
const vite = existsSync(join(HERE, 'vite.config.ts')) ? await loaded().catch(absent) : undefined;
await vite?.build({ root: HERE, configFile: join(HERE, 'vite.config.ts'), logLevel: 'warn' });

/** Vite, if all that the page is built from is installed. */
async function loaded() {
  for (const needed of ['preact', '@preact/signals', '@modelcontextprotocol/client']) {
    import.meta.resolve(needed);
  }
  return import('vite');
}

function absent(error) {
  if (isOptional && error.code === 'ERR_MODULE_NOT_FOUND') return undefined;
  throw error;
}
