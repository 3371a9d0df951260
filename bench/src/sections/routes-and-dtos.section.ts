import { echoCall } from '../load/workload.js';
import { NEST, OURS } from '../subjects.js';
import { ABOUT_ROWS, measureRows, rowsTable, rowTargets, type Row } from './against-floors.js';
import type { Bench, Report, Section } from './section.js';

/** A tool whose input is a class, against a controller of Nest with ValidationPipe. */
export const dto: Section = {
  name: 'dto',
  run: (bench) => {
    const workload = echoCall('modern', {
      arguments: { limit: 7, state: 'open', author: { name: 'Ada' } },
    });
    return run(bench, 'A class with the decorators of class-validator as input', {
      what: 'tools/call with a DTO',
      subject: { ...OURS, script: 'dto' },
      bare: {
        ...NEST,
        script: 'bare-nest-dto',
        label: 'a bare Nest controller with ValidationPipe',
      },
      workload,
      // The controller takes the class as the body, not within a message of JSON-RPC.
      floorWorkload: { ...workload, route: '/mcp' },
      atLeast: 0.75,
    });
  },
};

/** A route as a tool, against a request to the route itself. */
export const route: Section = {
  name: 'route',
  run: (bench) => {
    const workload = echoCall('modern');
    const subject = { ...OURS, script: 'route' };
    return run(bench, 'A route as a tool', {
      what: 'tools/call of a route',
      subject,
      floor: { ...subject, label: 'the route itself' },
      workload,
      floorWorkload: { ...workload, route: '/echo' },
      atLeast: 0.5,
    });
  },
};

async function run({ clerk }: Bench, title: string, row: Omit<Row, 'token'>): Promise<Report> {
  const [token = ''] = await clerk.tokens(1);
  const measured = await measureRows([{ ...row, token }], { settings: clerk.settings, rounds: 21 });
  return {
    title,
    about: row.floor ? ABOUT_ROUTE : ABOUT_ROWS,
    table: rowsTable(measured),
    targets: rowTargets(measured),
    numbers: { measured },
  };
}

const ABOUT_ROUTE =
  'The tool and the route are measured in turn, in short rounds, each in a process of its own; × floor is requests per CPU second, compared within a round. A call of the tool is a request of MCP that makes a request to the route, inside of the process. ClerkAuthGuard protects both.';
