import { writeFile } from 'node:fs/promises';
import { startBenchClerk } from './clerk.js';
import { drive, sessionsFor, type Load } from './load/drive.js';
import { entryLoads } from './load/entry-loads.js';
import { echoCall, listCall, type Workload } from './load/workload.js';
import { summarize } from './report/profile-summary.js';
import { SubjectProcess } from './subject-process.js';
import { SERVICE } from './subjects.js';

/**
 * `npm run bench:profile -- [shipped|SCRIPT] [modern|legacy|list|first-sight|ENTRY] [ARGUMENT ...] [--promises]`:
 * where the time of a server goes. ENTRY is how the name of a row of the section `entries` begins, whose script
 * is `entries`. `--promises` counts the promises instead, which depends on nothing else on the machine. The
 * arguments are those of the script.
 */
const words = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const [named = 'nestjs-clerk-mcp', what = 'modern', ...args] = words;
const script = named === 'shipped' ? SERVICE.script : named;
const CONNECTIONS = 64;
const clerk = await startBenchClerk();
const entry = (await entryLoads(clerk)).find(({ workload: { name } }) => name.startsWith(what));
const workload = entry?.workload ?? namedWorkload();
const subject = await SubjectProcess.start(script, clerk.settings, { args });
try {
  const load = async (): Promise<Load> => {
    const tokens = entry ? [entry.token] : await tokensOf(what === 'first-sight');
    const amount = tokens.length > 1 ? { requests: tokens.length } : { seconds: 6 };
    return { url: subject.url, workload, tokens, connections: CONNECTIONS, ...amount };
  };
  await (process.argv.includes('--promises') ? countPromises(load) : profile(load));
} finally {
  await subject.stop();
  await clerk.close();
}

function namedWorkload(): Workload {
  return what === 'list'
    ? listCall('modern', 1)
    : echoCall(what === 'legacy' ? 'legacy' : 'modern');
}

/** @param isNew whether each request is to bring a token that the server has never seen */
function tokensOf(isNew: boolean): Promise<readonly string[]> | readonly string[] {
  const count = isNew ? 320 * CONNECTIONS : 1;
  return script === 'opaque' ? clerk.opaqueTokens(count) : clerk.tokens(count);
}

async function profile(load: () => Promise<Load>): Promise<void> {
  // The compiler is to be done before the clock starts.
  await drive(await load());
  const measured = await load();
  await subject.startProfile();
  const before = await subject.usage();
  const { requests } = await drive(measured);
  const after = await subject.usage();
  const recorded = await subject.stopProfile();
  const { packages, functions } = summarize(recorded, 45);
  const micros = (after.cpuMicros - before.cpuMicros) / requests;
  console.log(`${script}, ${workload.name}: ${micros.toFixed(1)} CPU µs / request (profiled)\n`);
  for (const shares of [packages, functions]) {
    for (const { place, percent } of shares)
      console.log(`${percent.toFixed(1).padStart(5)} %  ${place}`);
    console.log();
  }
  await writeFile(
    new URL(`../build/${script}-${what.replace(/\W+/g, '-')}.cpuprofile`, import.meta.url),
    JSON.stringify(recorded),
  );
}

async function countPromises(load: () => Promise<Load>): Promise<void> {
  const first = await load();
  const sessions = await sessionsFor(first);
  // Caches are filled, and what happens once has happened.
  const few = { ...first, sessions, requests: 10 * CONNECTIONS };
  await drive(few);
  subject.countPromises();
  const { requests } = await drive(few);
  const promises = (await subject.promises()) / requests;
  console.log(`${script}, ${workload.name}: ${promises.toFixed(1)} promises / request`);
}
