// The suite imports `globSync` from `fs`, which Node 20 does not have, for a command that is not run
// here. Preloaded, this lets it start on Node 20.
import { register } from 'node:module';

register('./resolve-fs.mjs', import.meta.url);
