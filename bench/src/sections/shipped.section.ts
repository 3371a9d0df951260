import { ratioOf } from '../load/rounds.js';
import { echoCall } from '../load/workload.js';
import { toSvg } from '../report/bars.js';
import { ratioBar } from '../report/ratio-bar.js';
import { OURS, SERVICE } from '../subjects.js';
import { ABOUT_ROWS, measureRows, rowsTable, rowTargets, type Row } from './against-floors.js';
import type { Section } from './section.js';

/** The service as people run it, with limits and audit, beside the bare module. */
export const shipped: Section = {
  name: 'shipped',
  run: async ({ clerk }) => {
    const [token = ''] = await clerk.tokens(1);
    const withoutEmail = await clerk.tokenOfNewClient();
    const [modern, legacy] = [echoCall('modern'), echoCall('legacy')];
    const rows: readonly Row[] = [
      { what: 'service, 2026-07-28', subject: SERVICE, workload: modern, token, atLeast: 0.55 },
      { what: 'module, 2026-07-28', subject: OURS, workload: modern, token, atLeast: 0.68 },
      {
        what: 'service, 2026-07-28, token without email',
        subject: SERVICE,
        workload: modern,
        token: withoutEmail,
      },
      {
        what: 'service, 2025-11-25 on a session',
        subject: { ...SERVICE },
        workload: legacy,
        token,
        atLeast: 0.5,
      },
      {
        what: 'module, 2025-11-25 on a session',
        subject: { ...OURS },
        workload: legacy,
        token,
      },
    ];
    const measured = await measureRows(rows, {
      settings: clerk.settings,
      rounds: 15,
    });
    const [service, module] = measured;
    const title = 'tools/call of a protected echo, as shipped';
    return {
      title,
      about: `${ABOUT_ROWS} ${ABOUT}`,
      table: rowsTable(measured),
      picture: toSvg({
        title,
        subtitle: 'Requests per CPU second of the server, bare Fastify with the same checks = 1',
        bars: measured.map(({ row, ours }) => ratioBar(ours, `nestjs-clerk-mcp: ${row.what}`)),
      }),
      targets: [
        ...rowTargets(measured),
        ...(service && module
          ? [
              {
                what: 'service, 2026-07-28, against the module',
                measured: ratioOf(service.ours, module.ours),
                atLeast: 0.85,
                unit: ' ×',
              },
            ]
          : []),
      ],
      numbers: { measured },
    };
  },
};

const ABOUT =
  'The service is `dist/main.js` with limits and audit on; its rate limit counts each call and is never reached. Its `echo` returns the address of the caller, which Clerk is asked for every 30 seconds, unless the token has OAuth scopes without `email`. The module has neither limits nor audit, and its `echo` returns no address.';
