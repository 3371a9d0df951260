import { Controller, Get, Injectable, Module, UseGuards } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { AuthModule } from '../../src/auth/auth.module.js';
import { ClerkAuthGuard } from '../../src/clerk/http/clerk-auth.guard.js';
import { ClerkAuthModule } from '../../src/clerk/clerk-auth.module.js';
import type { ClerkAuthOptions } from '../../src/clerk/clerk-auth.options.js';
import { startClerkEmulator, type ClerkEmulator } from '../../src/emulator/index.js';
import { McpTool } from '../../src/mcp/authoring/mcp-tool.decorator.js';
import { McpModule } from '../../src/mcp/mcp.module.js';
import { ResourcePath } from '../../src/request/guard-phase.js';
import type { createAdapter } from '../support/adapters.js';
import { optionsOf } from '../support/clerk-app.js';
import { freePort } from '../support/free-port.js';
import { ENVELOPE, modernHeaders } from '../support/mcp-request.js';
import { rawPost, sendRaw } from '../support/raw-socket.js';
import { signingKey } from '../support/signing-key.js';

/** The names of the loopback interface. */
export const NAMES = ['localhost', '127.0.0.1', '[::1]'] as const;

@Injectable()
class NotesTools {
  @McpTool({ description: 'Says it again' })
  echo() {
    return 'notes';
  }
}

@Module({ providers: [NotesTools] })
class NotesModule {}

@Injectable()
class AdminTools {
  @McpTool({ description: 'Says it again' })
  echo() {
    return 'admin';
  }
}

@Module({ providers: [AdminTools] })
class AdminModule {}

@ResourcePath('admin')
@UseGuards(ClerkAuthGuard)
@Controller('export')
class ExportController {
  @Get()
  read() {
    return { users: 3 };
  }
}

export interface Host {
  readonly port: number;
  readonly clerk: ClerkEmulator;
  stop(): Promise<void>;
}

/** An application with two servers and a route, whose URL is `http://127.0.0.1:PORT`. */
export async function startHost(
  adapter: ReturnType<typeof createAdapter>,
  options: Partial<ClerkAuthOptions> = { loopbackNames: true },
  address = '127.0.0.1',
): Promise<Host> {
  const port = await freePort();
  const resources = ['notes/mcp', 'admin'].flatMap((path) =>
    NAMES.map((name) => `http://${name}:${port}/${path}`),
  );
  const clerk = await startClerkEmulator({
    signingKey: signingKey(),
    resources,
    unregisteredResource: 'refused',
  });
  const module = await Test.createTestingModule({
    imports: [
      ClerkAuthModule.forRoot({
        ...optionsOf(clerk, `http://127.0.0.1:${port}`),
        ...options,
      }),
      McpModule.forRoot({
        name: 'notes',
        version: '1.0.0',
        path: 'notes/mcp',
        guards: [ClerkAuthGuard],
        include: [NotesModule, AuthModule],
      }),
      McpModule.forRoot({
        name: 'admin',
        version: '1.0.0',
        path: 'admin',
        guards: [ClerkAuthGuard],
        include: [AdminModule],
      }),
      NotesModule,
      AdminModule,
      AuthModule,
    ],
    controllers: [ExportController],
  }).compile();
  const app = module.createNestApplication(adapter, { logger: false, forceCloseConnections: true });
  await app.listen(port, address);
  const stop = async () => {
    await app.close();
    await clerk.close();
  };
  return { port, clerk, stop };
}

export interface Seen {
  readonly status: number;
  readonly head: string;
  readonly json: Readonly<Record<string, unknown>>;
}

/** A GET with exactly these lines above the empty one. */
export async function get(port: number, target: string, lines: readonly string[]): Promise<Seen> {
  const bytes = [`GET ${target} HTTP/1.1`, ...lines, 'Connection: close', '', ''].join('\r\n');
  return read(await sendRaw(`http://127.0.0.1:${port}`, bytes));
}

/** A call of the tool `echo`. */
export async function call(
  port: number,
  path: string,
  host: string,
  token?: string,
): Promise<Seen & { readonly challenge: string }> {
  const params = { name: 'echo', arguments: {}, _meta: ENVELOPE };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params });
  const headers = Object.entries({
    Host: host,
    'Content-Type': 'application/json',
    Accept: 'application/json, text/event-stream',
    ...modernHeaders('tools/call', params),
    ...(token !== undefined && { Authorization: `Bearer ${token}` }),
  });
  const seen = read(await sendRaw(`http://127.0.0.1:${port}`, rawPost(path, headers, body)));
  return { ...seen, challenge: challengeIn(seen) };
}

function read({ status, text }: { readonly status: number; readonly text: string }): Seen {
  const [head = '', body = ''] = text.split('\r\n\r\n', 2);
  const json = /^content-type: application\/json/im.test(head) && body.startsWith('{');
  return { status, head, json: json ? JSON.parse(body) : {} };
}

export const challengeIn = ({ head }: Seen): string =>
  /^www-authenticate: (.*)$/im.exec(head)?.[1] ?? '';
