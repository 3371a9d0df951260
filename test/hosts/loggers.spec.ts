import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import {
  ConsoleLogger,
  Injectable,
  Logger,
  type DynamicModule,
  type INestApplication,
  type LoggerService,
} from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { Logger as PinoLoggerService, LoggerModule } from 'nestjs-pino';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { Public } from '../../src/access/access.decorators.js';
import { AuditModule } from '../../src/audit/audit.module.js';
import { ClerkAuthGuard } from '../../src/clerk/http/clerk-auth.guard.js';
import { CurrentRequest } from '../../src/clerk/http/current-request.js';
import { ClerkAuthModule } from '../../src/clerk/clerk-auth.module.js';
import { LimitsModule } from '../../src/limits/limits.module.js';
import { McpTool } from '../../src/mcp/authoring/mcp-tool.decorator.js';
import { McpModule } from '../../src/mcp/mcp.module.js';
import { FakeClerk } from '../clerk/support/fake-clerk.js';
import { ADAPTERS, createAdapter, type AdapterName } from '../support/adapters.js';
import { callTool, sendBody } from '../support/mcp-request.js';

/** One line, as far as all loggers say it. */
interface Line {
  readonly context: unknown;
  readonly text: string;
  readonly requestId?: unknown;
  readonly traceId?: unknown;
}

/** A logger that a host may use, and the lines that it wrote. */
interface HostLogger {
  readonly modules: readonly DynamicModule[];
  use(app: INestApplication): void;
  lines(): readonly Line[];
}

const PERCENT = 'notes://%d/%s %o %c 100%';
const TRACE_ID = 'ab'.repeat(16);
const TRACEPARENT = `00-${TRACE_ID}-${'cd'.repeat(8)}-01`;

@Public()
@Injectable()
class Tools {
  @McpTool({ description: 'Works' })
  works() {
    return 'worked';
  }

  @McpTool({ description: 'Returns what JSON cannot say' })
  fails() {
    return { [PERCENT]: new Map() };
  }

  @McpTool({ description: 'Throws a text' })
  throwsText(): never {
    // oxlint-disable-next-line no-throw-literal -- as careless code does
    throw PERCENT;
  }

  @McpTool({ description: 'Throws a long text' })
  throwsLong(): never {
    // oxlint-disable-next-line no-throw-literal -- as careless code does
    throw '"\u0001'.repeat(50_000);
  }
}

/** nestjs-pino keeps the stream of its first use for all applications of a process. */
let pinoOutput = '';
const pinoStream = new Writable({
  write: (chunk, _encoding, done) => {
    pinoOutput += String(chunk);
    done();
  },
});

/** As docs/telemetry.md shows it: headers and queries may have tokens. */
function named({ id, method, url }: { id: unknown; method: string; url: string }) {
  return { id, method, url: url.split('?', 1)[0] };
}

function pinoLogger(): HostLogger {
  pinoOutput = '';
  let request: CurrentRequest | undefined;
  return {
    modules: [
      LoggerModule.forRoot({
        pinoHttp: {
          stream: pinoStream,
          serializers: { req: named },
          mixin: () => request?.logged() ?? {},
          level: 'debug',
        },
      }),
    ],
    use: (app) => {
      request = app.get(CurrentRequest, { strict: false });
      app.useLogger(app.get(PinoLoggerService));
    },
    lines: () =>
      pinoOutput
        .split('\n')
        .filter(Boolean)
        .map((text) => ({ ...JSON.parse(text), text }))
        .map(({ context, text, requestId, traceId }) => ({ context, text, requestId, traceId }))
        // One per request, of pino-http itself.
        .filter(({ text }) => !text.includes('"msg":"request ')),
  };
}

function consoleLogger(): HostLogger {
  const written = capturedOutput();
  return {
    modules: [],
    use: (app) => app.useLogger(new ConsoleLogger({ json: true, colors: false })),
    lines: () =>
      written()
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((text) => ({ context: JSON.parse(text).context, text })),
  };
}

/** The `Logger` of Nest with a context, which it adds to each line that is written with it. */
function nestLogger(): HostLogger {
  const written = capturedOutput();
  return {
    modules: [],
    use: (app) => app.useLogger(new Logger('Host')),
    lines: () =>
      stripVTControlCharacters(written())
        // A stack has lines of its own.
        .split(/^(?=\[Nest\])/m)
        .filter((record) => record.startsWith('[Nest]'))
        .map((text) => ({ context: /\[(?!Nest\])([^\]]+)\]/.exec(text)?.[1], text })),
  };
}

/** What is written to the standard streams until the test ends. */
function capturedOutput(): () => string {
  let written = '';
  const spies = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockImplementation((chunk) => {
      written += String(chunk);
      return true;
    }),
  );
  onTestFinished(() => spies.forEach((spy) => spy.mockRestore()));
  return () => written;
}

function customLogger(): HostLogger {
  const lines: Line[] = [];
  const write = (message: unknown, ...more: unknown[]) => {
    lines.push({ context: more.at(-1), text: [message, ...more].map(String).join(' ') });
  };
  const logger: LoggerService = {
    log: write,
    error: write,
    warn: write,
    debug: write,
    verbose: write,
  };
  return { modules: [], use: (app) => app.useLogger(logger), lines: () => lines };
}

const LOGGERS = {
  'nestjs-pino': pinoLogger,
  'ConsoleLogger, JSON': consoleLogger,
  'Logger with a context': nestLogger,
  'a LoggerService': customLogger,
} as const;

let clerk: FakeClerk;
beforeAll(async () => {
  clerk = await FakeClerk.start();
});
afterAll(() => clerk.close());
afterEach(() => Logger.overrideLogger(false));

async function start(adapter: AdapterName, logger: HostLogger) {
  const module = await Test.createTestingModule({
    imports: [
      ...logger.modules,
      AuditModule.forRoot({ log: 'all' }),
      ClerkAuthModule.forRoot(clerk.options()),
      LimitsModule.forRoot({}),
      McpModule.forRoot({ name: 'host', version: '1.0.0', guards: [ClerkAuthGuard] }),
    ],
    providers: [Tools],
  }).compile();
  const app = module.createNestApplication(createAdapter(adapter), {
    bufferLogs: true,
    forceCloseConnections: true,
  });
  onTestFinished(() => app.close());
  logger.use(app);
  await app.listen(0, '127.0.0.1');
  const url = `${await app.getUrl()}/mcp`;
  return { url, since: () => logger.lines() };
}

describe.each(ADAPTERS)('on %s', (adapter) => {
  describe.each(Object.entries(LOGGERS))('%s', (name, create) => {
    it('gets every line, with its context, as it was written', async () => {
      const { url, since } = await start(adapter, create());
      await callTool(url, 'works');
      await callTool(url, 'fails');
      await callTool(url, 'throwsText', {}, { headers: { traceparent: TRACEPARENT } });
      const texts = since().map(({ text }) => text);
      expect(texts.filter((text) => text.includes('Tools.fails failed'))[0]).toContain('Map');
      const thrown = texts.find((text) => text.includes('Tools.throwsText failed')) ?? '';
      expect(thrown).toContain(PERCENT);
      const calls = since().filter(({ text }) => /\\?"type\\?":\\?"call\\?"/.test(text));
      expect(new Set(calls.map(({ context }) => context))).toEqual(new Set(['Audit']));
      expect(since().filter(({ text }) => /^\W*Audit\W*$/.test(text))).toEqual([]);
      expect(since().filter(({ context }) => typeof context !== 'string')).toEqual([]);
      if (name !== 'nestjs-pino') return;
      const failed = since().find(({ text }) => text.includes('Tools.throwsText failed'));
      expect(failed?.traceId).toBe(TRACE_ID);
      const events = since().filter(({ context }) => context === 'Audit');
      const same = events.filter(({ requestId }) => requestId === failed?.requestId);
      expect(same.length).toBeGreaterThan(0);
      // The id in the event is that of the line.
      for (const { text, requestId } of same) {
        expect(JSON.parse(JSON.parse(text).msg).requestId).toBe(requestId);
      }
    });

    it('gets no token, and no line of more than 8 KB', async () => {
      const { url, since } = await start(adapter, create());
      const token = await clerk.oauthToken();
      const secrets = [token, `${token}x`, 'oat_secretsecretsecret', 'ak_secretsecretsecret'];
      for (const secret of secrets) {
        await callTool(url, 'works', {}, { token: secret });
        await callTool(url, 'throwsLong', {}, { token: secret });
        await sendBody(url, `{"access_token":"${secret}"`, { token: secret });
        await sendBody(`${url}?access_token=${secret}`, '{}');
      }
      const lines = since();
      expect(lines.length).toBeGreaterThan(secrets.length);
      for (const { text } of lines) {
        expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(8_192);
      }
    });
  });
});
