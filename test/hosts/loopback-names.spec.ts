import { connect, type IncomingHttpHeaders } from 'node:http2';
import { once } from 'node:events';
import { Controller, Get, Injectable, Module, UseGuards } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuthModule } from '../../src/auth/auth.module.js';
import { ClerkAuthGuard } from '../../src/clerk/http/clerk-auth.guard.js';
import { ClerkAuthModule } from '../../src/clerk/clerk-auth.module.js';
import type { ClerkAuthOptions } from '../../src/clerk/clerk-auth.options.js';
import { startClerkEmulator, type ClerkEmulator } from '../../src/emulator/index.js';
import { McpTool } from '../../src/mcp/authoring/mcp-tool.decorator.js';
import { McpModule } from '../../src/mcp/mcp.module.js';
import { ResourcePath } from '../../src/request/guard-phase.js';
import { ADAPTERS, createAdapter } from '../support/adapters.js';
import { freePort } from '../support/free-port.js';
import { CLIENT_KINDS, signedIn } from '../support/mcp-clients.js';
import { ENVELOPE, modernHeaders } from '../support/mcp-request.js';
import { OAuthClient } from '../support/oauth-client.js';
import { ADA } from '../support/people.js';
import { rawPost, sendRaw } from '../support/raw-socket.js';
import { signingKey } from '../support/signing-key.js';

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

const NAMES = ['localhost', '127.0.0.1', '[::1]'] as const;
const METADATA = '/.well-known/oauth-protected-resource';

interface Host {
  readonly port: number;
  readonly clerk: ClerkEmulator;
  stop(): Promise<void>;
}

/** An application with two servers and a route, whose URL is `http://127.0.0.1:PORT`. */
async function startHost(
  adapter: ReturnType<typeof createAdapter>,
  options: Partial<ClerkAuthOptions> = { loopbackNames: true },
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
        secretKey: clerk.secretKey,
        publishableKey: clerk.publishableKey,
        clerkDomain: clerk.url,
        apiURL: clerk.url,
        baseURL: `http://127.0.0.1:${port}`,
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
  await app.listen(port, '127.0.0.1');
  const stop = async () => {
    await app.close();
    await clerk.close();
  };
  return { port, clerk, stop };
}

interface Seen {
  readonly status: number;
  readonly head: string;
  readonly json: Readonly<Record<string, unknown>>;
}

/** A GET with exactly these lines above the empty one. */
async function get(port: number, target: string, lines: readonly string[]): Promise<Seen> {
  const bytes = [`GET ${target} HTTP/1.1`, ...lines, 'Connection: close', '', ''].join('\r\n');
  return read(await sendRaw(`http://127.0.0.1:${port}`, bytes));
}

/** A call of the tool `echo`. */
async function call(
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

const challengeIn = ({ head }: Seen): string => /^www-authenticate: (.*)$/im.exec(head)?.[1] ?? '';

/** What a `Host` may look like that is not one of the names with the port of the service. */
function otherHosts(port: number): readonly string[] {
  const own = NAMES.flatMap((name) => [
    name,
    `${name}:`,
    `${name}:0${port}`,
    `${name}:${port + 1}`,
    `${name}:80`,
    `${name}:${port}.evil.example`,
    `${name}.:${port}`,
    `${name}.evil.example:${port}`,
    `evil.example@${name}:${port}`,
    `${name}:${port}@evil.example`,
    `evil.example,${name}:${port}`,
    `${name}:${port}, evil.example`,
    `${name}:${port}/evil`,
    `${name}:${port}"`,
    `"${name}:${port}"`,
    `http://${name}:${port}`,
  ]);
  const spelled = ['127.1', '0x7f.1', '2130706433', '[0:0:0:0:0:0:0:1]', '[::1%lo]', '::1'];
  return [
    ...own,
    ...spelled.map((name) => `${name}:${port}`),
    `evil.example:${port}`,
    'evil.example',
    '127.0.0.2',
    '',
    'x'.repeat(3_000),
  ];
}

describe.each(ADAPTERS)('loopback names, on %s', (adapter) => {
  let host: Host;
  beforeAll(async () => {
    host = await startHost(createAdapter(adapter));
  });
  afterAll(() => host.stop());

  const documents = [
    [METADATA, 'notes/mcp'],
    [`${METADATA}/notes/mcp`, 'notes/mcp'],
    [`${METADATA}/admin`, 'admin'],
  ] as const;

  it.each(NAMES)('%s: documents and challenges answer with it', async (name) => {
    const { port } = host;
    for (const spelled of [name, name.toUpperCase()]) {
      const asked = `${spelled}:${port}`;
      for (const [document, path] of documents) {
        const { status, json } = await get(port, document, [`Host: ${asked}`]);
        expect(status).toBe(200);
        expect(json['resource']).toBe(`http://${name}:${port}/${path}`);
      }
      for (const path of ['notes/mcp', 'admin']) {
        const { status, challenge } = await call(port, `/${path}`, asked);
        expect(status).toBe(401);
        const url = `http://${name}:${port}${METADATA}/${path}`;
        expect(challenge).toContain(`resource_metadata="${url}"`);
        const bad = await call(port, `/${path}`, asked, 'oat_unknown');
        expect(bad.challenge).toContain(`resource_metadata="${url}"`);
      }
      const route = await get(port, '/export', [`Host: ${asked}`]);
      expect(route.status).toBe(401);
      expect(challengeIn(route)).toContain(`http://${name}:${port}${METADATA}/admin`);
    }
  });

  it('are the only hosts that shape a document or a header', async () => {
    const { port } = host;
    const lines = otherHosts(port).map((other) => [`Host: ${other}`]);
    const several = [
      [`Host: localhost:${port}`, 'Host: evil.example'],
      [`Host: evil.example`, `Host: localhost:${port}`],
      [`Host: localhost:${port}`, `Host: [::1]:${port}`],
      [`Host: 127.0.0.1:${port}`, `X-Forwarded-Host: localhost:${port}`],
      ['Host: evil.example', `X-Forwarded-Host: localhost:${port}`, `Forwarded: host=localhost`],
    ];
    for (const one of [...lines, ...several]) {
      for (const target of [`${METADATA}/admin`, '/export']) {
        const seen = await get(port, target, one);
        // Some are refused before they get here.
        expect(seen.head + JSON.stringify(seen.json), one.join()).not.toMatch(/evil|localhost|::1/);
        if (seen.status !== 200 && seen.status !== 401) continue;
        const shown = seen.json['resource'] ?? challengeIn(seen);
        expect(shown, one.join()).toContain(`http://127.0.0.1:${port}/`);
      }
    }
    for (const origin of [`http://localhost:${port}`, 'http://evil.example', 'http://[::1]']) {
      const seen = await get(port, `${origin}${METADATA}/admin`, [`Host: localhost:${port}`]);
      expect(seen.head + JSON.stringify(seen.json)).not.toMatch(/evil|localhost|::1/);
    }
  });

  it('are not mixed up by a cache', async () => {
    for (const [document] of documents) {
      const { head } = await get(host.port, document, [`Host: localhost:${host.port}`]);
      expect(head).toMatch(/^cache-control: no-store$/im);
      expect(head).toMatch(/^access-control-allow-origin: \*$/im);
    }
    const { head } = await call(host.port, '/admin', `localhost:${host.port}`);
    expect(head).toMatch(/^cache-control: no-store$/im);
  });

  it.each(['jwt', 'opaque'] as const)('are each an audience of %s tokens', async (format) => {
    const { port, clerk } = host;
    for (const issuedFor of NAMES) {
      const token = await clerk.issue.oauthAccessToken({
        user: ADA,
        resource: `http://${issuedFor}:${port}/admin`,
        format,
      });
      for (const name of NAMES) {
        expect((await call(port, '/admin', `${name}:${port}`, token)).status).toBe(200);
        const foreign = await call(port, '/notes/mcp', `${name}:${port}`, token);
        expect(foreign.status).toBe(401);
        expect(foreign.challenge).toContain('CLERK_AUDIENCES');
        expect(foreign.challenge).toContain(`http://${name}:${port}${METADATA}/notes/mcp`);
      }
    }
  });

  describe.each(CLIENT_KINDS)('the $name', (kind) => {
    it.each(['localhost', '127.0.0.1'])('signs in at %s', async (name) => {
      const url = `http://${name}:${host.port}/notes/mcp`;
      const provider = new OAuthClient({ account: ADA });
      host.clerk.configure({ alwaysRefreshToken: true });
      const client = await signedIn(kind, url, provider);
      expect((await client.callTool('echo')).content[0]?.text).toBe('notes');
      expect(decodeJwt(provider.current.access_token).aud).toBe(url);
      const { structuredContent: info } = await client.callTool('getAuthInfo');
      expect(info).toMatchObject({
        resource: url,
        resourceMetadataUrl: `http://${name}:${host.port}${METADATA}/notes/mcp`,
      });
      const renewed = await client.callTool('refreshToken', {
        refreshToken: provider.current.refresh_token,
        clientId: provider.clientId,
      });
      expect(decodeJwt(String(renewed.structuredContent?.['access_token'])).aud).toBe(url);
      expect(provider.callbacks).toHaveLength(1);
      await client.close();
    });
  });
});

describe('loopback names on HTTP/2', () => {
  it('are found in :authority', async () => {
    const host = await startHost(new FastifyAdapter({ http2: true } as object));
    const client = connect(`http://127.0.0.1:${host.port}`);
    const ask = async (headers: Record<string, string>) => {
      const stream = client.request({ ':path': `${METADATA}/admin`, ...headers });
      const [answer] = (await once(stream, 'response')) as [IncomingHttpHeaders];
      let text = '';
      for await (const chunk of stream) text += String(chunk);
      return { status: answer[':status'], resource: JSON.parse(text)['resource'] as string };
    };
    const own = `http://127.0.0.1:${host.port}/admin`;
    for (const name of NAMES) {
      const authority = `${name}:${host.port}`;
      expect((await ask({ ':authority': authority })).resource).toBe(`http://${authority}/admin`);
    }
    const authority = `localhost:${host.port}`;
    for (const headers of [
      { ':authority': 'evil.example' },
      { ':authority': 'localhost:1' },
      { ':authority': authority, host: 'evil.example' },
      { ':authority': 'evil.example', host: authority },
    ]) {
      expect((await ask(headers)).resource).toBe(own);
    }
    client.close();
    await host.stop();
  });
});

describe('without the option', () => {
  it('the URL of the server is exact, whatever host was asked', async () => {
    const host = await startHost(createAdapter('fastify'), {});
    const { port } = host;
    for (const name of NAMES) {
      const seen = await get(port, `${METADATA}/admin`, [`Host: ${name}:${port}`]);
      expect(seen.json['resource']).toBe(`http://127.0.0.1:${port}/admin`);
      expect(seen.head).toMatch(/^cache-control: public, max-age=300$/im);
      const { challenge } = await call(port, '/admin', `${name}:${port}`);
      expect(challenge).toContain(`http://127.0.0.1:${port}${METADATA}/admin`);
    }
    const token = await host.clerk.issue.oauthAccessToken({
      user: ADA,
      resource: `http://localhost:${port}/admin`,
    });
    expect((await call(port, '/admin', `localhost:${port}`, token)).status).toBe(401);
    await host.stop();
  });
});
