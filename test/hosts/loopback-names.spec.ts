import { connect, type IncomingHttpHeaders } from 'node:http2';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADAPTERS, createAdapter } from '../support/adapters.js';
import { CLIENT_KINDS, signedIn } from '../support/mcp-clients.js';
import { callTool } from '../support/mcp-request.js';
import { OAuthClient } from '../support/oauth-client.js';
import { ADA } from '../support/people.js';
import { call, challengeIn, get, NAMES, startHost, type Host } from './loopback-host.js';

const METADATA = '/.well-known/oauth-protected-resource';

const HAS_IPV6 = Object.values(networkInterfaces())
  .flat()
  .some((one) => one?.address === '::1');
/** In the name of what is skipped, so that a report says why. */
const ABSENT = HAS_IPV6 ? '' : ', WHICH THIS MACHINE DOES NOT HAVE';

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
      const route = client.request({ ':path': '/export', ':authority': authority });
      const [answer] = (await once(route, 'response')) as [IncomingHttpHeaders];
      expect(answer['www-authenticate']).toContain(`http://${authority}${METADATA}/admin`);
      route.close();
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

describe.skipIf(!HAS_IPV6)(`on the loopback interface of IPv6${ABSENT}`, () => {
  it.each(ADAPTERS)('a client signs in at [::1], on %s', async (adapter) => {
    const host = await startHost(createAdapter(adapter), { loopbackNames: true }, '::1');
    const origin = `http://[::1]:${host.port}`;
    const url = `${origin}/notes/mcp`;
    const document = await fetch(`${origin}${METADATA}/notes/mcp`);
    expect(await document.json()).toMatchObject({ resource: url });
    const refused = await callTool(url, 'echo', {}, { token: 'bad' });
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toContain(`${origin}${METADATA}/notes/mcp`);
    for (const kind of CLIENT_KINDS) {
      const provider = new OAuthClient({ account: ADA });
      const client = await signedIn(kind, url, provider);
      expect((await client.callTool('echo')).content[0]?.text).toBe('notes');
      expect(decodeJwt(provider.current.access_token).aud).toBe(url);
      await client.close();
    }
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
