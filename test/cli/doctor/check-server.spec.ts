import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { startService } from '../../support/service.js';
import { doctorUnderTest } from './doctor-under-test.js';

const doctor = doctorUnderTest();

describe('nestjs-clerk-mcp doctor looks at the server from outside', () => {
  let proxy: Server | undefined;
  afterEach(() => {
    proxy?.closeAllConnections();
    proxy?.close();
  });

  it('finds that nothing listens', async () => {
    const { code, checks } = await doctor.examined(['--url', 'http://127.0.0.1:9/mcp']);
    expect(code).toBe(1);
    expect(checks['resource-metadata']).toMatchObject({
      status: 'failure',
      message: expect.stringContaining('cannot be reached'),
    });
    expect(checks['challenge']).toBeUndefined();
  });

  it('finds a public URL that is not https', async () => {
    const live = { ...doctor.environment, NODE_ENV: 'production' };
    const { checks } = await doctor.examined([], { environment: live });
    expect(checks['public-url']?.status).toBe('failure');
  });

  it('finds a proxy that keeps the well-known documents to itself', async () => {
    const url = await behind((request, response, pass) => {
      if (request.url?.startsWith('/.well-known/')) response.writeHead(404).end('not here');
      else pass();
    });
    const { checks } = await doctor.examined(['--url', url]);
    expect(checks['resource-metadata']).toMatchObject({
      status: 'failure',
      message: expect.stringMatching(/oauth-protected-resource\/mcp answers 404$/),
      cure: expect.stringContaining(
        'Configure the proxy to forward /.well-known/oauth-protected-resource',
      ),
    });
    expect(checks['authorization-server-metadata']?.status).toBe('warning');
  });

  it.each([
    ['connect', 'ok', 'anonymous clients are asked to sign in when they connect'],
    ['offer', 'ok', 'see the protected entries, and are asked to sign in when they use one'],
    ['call', 'warning', 'gets 2 tools and no word of a sign-in'],
  ])('says that the sign-in mode is %s', async (mode, status, meaning) => {
    const service = await startService({ env: { MCP_SIGN_IN: mode } });
    onTestFinished(() => service.stop());
    const { checks } = await doctor.examined(['--url', service.url]);
    expect(checks['sign-in-mode']).toMatchObject({
      status,
      message: expect.stringMatching(new RegExp(`^Sign-in mode ${mode}: .*${meaning}`)),
    });
    if (status === 'warning') {
      expect(checks['sign-in-mode']?.cure).toMatch(/set MCP_SIGN_IN.* to connect or offer/);
    }
  });

  it('finds a proxy that redirects', async () => {
    const url = await behind((request, response) => {
      response.writeHead(301, { location: `https://elsewhere.example${request.url}` }).end();
    });
    const { checks } = await doctor.examined(['--url', url]);
    expect(checks['resource-metadata']?.message).toMatch(
      /redirects \(301\) to https:\/\/elsewhere\.example/,
    );
  });

  it('is content with each name of a server without BASE_URL', async () => {
    const { BASE_URL, ...unnamed } = doctor.environment;
    const { port } = new URL(BASE_URL ?? '');
    for (const [HOST, name, ...args] of [
      ['127.0.0.1', '127.0.0.1'],
      ['localhost', 'localhost'],
      ['0.0.0.0', 'localhost'],
      ['127.0.0.1', 'localhost', '--url', `http://localhost:${port}/mcp`],
    ] as const) {
      const environment = { ...unnamed, HOST, PORT: port };
      const { code, checks } = await doctor.examined(args, { environment });
      expect(checks['public-url']?.message).toContain(`http://${name}:${port}/mcp`);
      expect(checks['resource-metadata']?.status).toBe('ok');
      expect(checks['challenge']?.status).toBe('ok');
      expect(code).toBe(0);
    }
  });

  it('finds a BASE_URL that is not the public one', async () => {
    const url = await behind((_request, _response, pass) => pass());
    const { checks } = await doctor.examined(['--url', url]);
    expect(checks['resource-metadata']).toMatchObject({
      status: 'failure',
      message: expect.stringContaining(`describes ${doctor.service.url}, but clients use`),
    });
  });

  it('finds a proxy that swallows the challenge, and one that lets nobody in', async () => {
    const swallowing = await behind((request, response, pass) => {
      if (request.url === '/mcp') response.writeHead(401).end('{}');
      else pass();
    });
    const swallowed = await doctor.examined(['--url', swallowing]);
    expect(swallowed.checks['challenge']?.message).toMatch(/^The 401 of .* does not name/);
    proxy?.close();
    const forbidding = await behind((request, response, pass) => {
      if (request.url === '/mcp') response.writeHead(403).end('{}');
      else pass();
    });
    const forbidden = await doctor.examined(['--url', forbidding]);
    expect(forbidden.checks['challenge']?.cure).toMatch(/ALLOWED_HOSTS/);
  });

  it('warns that the server uses the emulator when no variable names an instance', async () => {
    const { code, checks } = await doctor.examined([], {
      environment: { BASE_URL: doctor.service.baseURL },
    });
    expect(code).toBe(0);
    expect(checks['configuration']).toMatchObject({
      status: 'warning',
      message: `No variable names a Clerk instance: the server uses the local Clerk emulator ${doctor.service.clerk.url}`,
    });
    expect(checks['pkce']?.status).toBe('ok');
  });

  /** A proxy before the service; the handler may answer in its place. */
  async function behind(
    handler: (
      request: Parameters<RequestListener>[0],
      response: Parameters<RequestListener>[1],
      pass: () => void,
    ) => void,
  ): Promise<string> {
    proxy = createServer((request, response) => {
      handler(request, response, () => void passOn(request, response));
    });
    await new Promise<void>((resolve) => proxy?.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/mcp`;
  }
});

async function passOn({ url = '' }: IncomingMessage, response: ServerResponse): Promise<void> {
  const answer = await fetch(`${doctor.service.baseURL}${url}`);
  response.writeHead(answer.status, { 'content-type': 'application/json' });
  response.end(await answer.text());
}
