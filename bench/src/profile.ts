import { writeFile } from 'node:fs/promises';
import { startBenchClerk } from './clerk.js';
import { drive } from './load/drive.js';
import { echoCall, listCall } from './load/workload.js';
import { summarize } from './report/profile-summary.js';
import { SubjectProcess } from './subject-process.js';

/** `npm run bench:profile -- [script] [modern|legacy|list|first-sight]`: where the time of a server goes. */
const [script = 'nestjs-clerk-mcp', what = 'modern'] = process.argv.slice(2);
const workload =
  what === 'list' ? listCall('modern', 1) : echoCall(what === 'legacy' ? 'legacy' : 'modern');
const CONNECTIONS = 64;
const clerk = await startBenchClerk();
const subject = await SubjectProcess.start(script, clerk.settings);
try {
  const load = async () => {
    const tokens = await clerk.tokens(what === 'first-sight' ? 320 * CONNECTIONS : 1);
    const amount = tokens.length > 1 ? { requests: tokens.length } : { seconds: 6 };
    return { url: subject.url, workload, tokens, connections: CONNECTIONS, ...amount };
  };
  // The compiler is to be done before the clock starts.
  await drive(await load());
  const measured = await load();
  await subject.startProfile();
  const before = await subject.usage();
  const { requests } = await drive(measured);
  const after = await subject.usage();
  const profile = await subject.stopProfile();
  const { packages, functions } = summarize(profile, 45);
  const micros = (after.cpuMicros - before.cpuMicros) / requests;
  console.log(`${script}, ${workload.name}: ${micros.toFixed(1)} CPU µs / request (profiled)\n`);
  for (const shares of [packages, functions]) {
    for (const { place, percent } of shares)
      console.log(`${percent.toFixed(1).padStart(5)} %  ${place}`);
    console.log();
  }
  await writeFile(
    new URL(`../build/${script}-${what}.cpuprofile`, import.meta.url),
    JSON.stringify(profile),
  );
} finally {
  await subject.stop();
  await clerk.close();
}
