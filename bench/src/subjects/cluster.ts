import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { sumOf, usage, type SubjectReport, type Usage } from '../subject.js';

/** Another server of the bench, in as many workers as the second argument says, on one port. */
const [script = '', count = '2'] = process.argv.slice(2);
cluster.setupPrimary({ exec: fileURLToPath(new URL(`${script}.js`, import.meta.url)), args: [] });
const workers = Array.from({ length: Number(count) }, () => cluster.fork());
const [listening] = await Promise.all(workers.map((worker) => reportOf(worker)));

process.on('message', (message) => {
  if (message === 'usage') void reportAll();
});
process.on('disconnect', () => process.exit(0));
process.send?.(listening);

/** What all take together, the one who hands out the connections among them. */
async function reportAll(): Promise<void> {
  const reports = workers.map((worker) => reportOf(worker));
  for (const worker of workers) worker.send('usage');
  const usages = [usage(), ...(await Promise.all(reports))] as readonly Usage[];
  process.send?.({ kind: 'usage', ...sumOf(usages) } satisfies SubjectReport);
}

async function reportOf(worker: Worker): Promise<SubjectReport> {
  const [report] = (await once(worker, 'message')) as [SubjectReport];
  return report;
}
