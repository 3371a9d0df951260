import { echoCall } from '../load/workload.js';
import { toSvg } from '../report/bars.js';
import { ratioBar } from '../report/ratio-bar.js';
import { OURS } from '../subjects.js';
import { ABOUT_ROWS, measureRows, rowsTable, rowTargets } from './against-floors.js';
import type { Section } from './section.js';

/** The module in applications that have guards, interceptors, pipes and scopes of their own. */
export const hosts: Section = {
  name: 'hosts',
  run: async ({ clerk }) => {
    const [token = ''] = await clerk.tokens(1);
    const workload = echoCall('modern');
    const rows = HOSTS.map(({ what, variant, atLeast }) => ({
      what,
      subject: { ...OURS, script: 'hosts', args: [variant] },
      workload,
      token,
      atLeast,
    }));
    const measured = await measureRows(rows, { settings: clerk.settings, rounds: 11 });
    const title = `${workload.name}, in applications with something of their own`;
    return {
      title,
      about: `${ABOUT_ROWS} Each row is the bench module in an application with one thing more, which does next to nothing by itself.`,
      table: rowsTable(measured),
      picture: toSvg({
        title,
        subtitle: 'Requests per CPU second of the server, bare Fastify with the same checks = 1',
        bars: measured.map(({ row, ours }) => ratioBar(ours, `nestjs-clerk-mcp: ${row.what}`)),
      }),
      targets: rowTargets(measured),
      numbers: { measured },
    };
  },
};

const HOSTS = [
  { what: 'a global guard', variant: 'guard', atLeast: 0.45 },
  { what: 'a global interceptor', variant: 'interceptor', atLeast: 0.45 },
  { what: 'ClsModule.forRoot with its middleware', variant: 'cls', atLeast: 0.45 },
  { what: 'a zod pipe on the tool', variant: 'pipe', atLeast: 0.55 },
  { what: 'a global zod pipe', variant: 'global-pipe', atLeast: 0.55 },
  { what: 'a request-scoped tool', variant: 'request-scope', atLeast: 0.25 },
] as const;
