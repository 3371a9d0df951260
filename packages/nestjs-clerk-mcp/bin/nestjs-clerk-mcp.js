#!/usr/bin/env node
import { existsSync } from 'node:fs';

// In a checkout of the repository nothing is packed, and the build of the service has the same commands.
const packed = new URL('../dist/cli/main.js', import.meta.url);
const built = new URL('../../../dist/cli/main.js', import.meta.url);
if (!existsSync(packed) && !existsSync(built)) {
  process.stderr.write('Run npm run build first: this checkout has not been built.\n');
  process.exit(1);
}
await import(String(existsSync(packed) ? packed : built));
