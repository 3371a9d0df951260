import { startBenchClerk } from './clerk.js';
import { measure, type Contender } from './load/rounds.js';
import { echoCall } from './load/workload.js';
import { toTable } from './report/table.js';
import { writeResults, type Section } from './report/write-results.js';
import { FLOOR, OURS, PEERS } from './subjects.js';

/** `npm run bench -- [modern] [legacy] [large]`: this package beside its peers and the floor. */
const SECTIONS = {
  modern: { workload: echoCall('modern'), connections: 64 },
  legacy: { workload: echoCall('legacy'), connections: 64 },
  large: { workload: echoCall('modern', 2 ** 20), connections: 8 },
} as const;

const asked = process.argv.slice(2);
const clerk = await startBenchClerk();
try {
  const tokens = await clerk.tokens(1);
  const sections: Section[] = [];
  for (const [name, { workload, connections }] of Object.entries(SECTIONS)) {
    if (asked.length > 0 && !asked.includes(name)) continue;
    const load = () => ({ workload, tokens, connections, seconds: 2 });
    const { era } = workload;
    const peers = name === 'large' ? [] : PEERS.filter(({ eras }) => eras.includes(era));
    const contenders: [Contender, ...Contender[]] = [
      { subject: FLOOR, load },
      { subject: OURS, load },
      ...peers.map((subject) => ({ subject, load })),
    ];
    const measurements = await measure(contenders, { settings: clerk.settings, rounds: 5 });
    const title = `${workload.name}, ${connections} connections`;
    console.log(`\n${title}\n\n${toTable(measurements)}`);
    sections.push({ name, title, measurements });
    await writeResults(sections);
  }
} finally {
  await clerk.close();
}
