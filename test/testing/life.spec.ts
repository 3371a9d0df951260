import '../../src/testing/vitest.js';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from 'vitest';
import { Public } from '../../src/access/access.decorators.js';
import { ClerkAuthGuard } from '../../src/clerk/http/clerk-auth.guard.js';
import { ClerkAuthModule } from '../../src/clerk/clerk-auth.module.js';
import { McpTool } from '../../src/mcp/authoring/mcp-tool.decorator.js';
import { McpModule } from '../../src/mcp/mcp.module.js';
import {
  createMcpTest,
  type McpRefusedError,
  NoSuchEndpointError,
  NoSuchToolError,
  NotOnEmulatorError,
  startTestEmulator,
  useTestEmulator,
} from '../../src/testing/index.js';
import {
  CLERK_OPTIONS,
  type ResolvedClerkOptions,
} from '../../src/clerk/resolved-clerk-options.js';
import { freePort } from '../support/free-port.js';
import { CLIENT_KINDS } from '../support/mcp-clients.js';
import { OAuthClient } from '../support/oauth-client.js';
import { NotesModule, NotesTools } from './notes.app.js';

@Injectable()
class Witness implements OnApplicationShutdown {
  ended = 0;
  onApplicationShutdown(): void {
    this.ended += 1;
  }
}

@Injectable()
class AdminTools {
  @McpTool({ description: 'Of the admins' })
  @Public()
  reset() {
    return 'reset';
  }
}

@Injectable()
class SecretTools {
  @McpTool({ description: 'Protected' })
  secret() {
    return 'told';
  }
}

const isUp = (url: string): Promise<boolean> =>
  fetch(url).then(
    () => true,
    () => false,
  );

describe.each(['in-process', 'http'] as const)('close(), %s', (transport) => {
  it('closes the application, its connections and the emulator once', async () => {
    const test = await createMcpTest({ imports: [NotesModule], providers: [Witness], transport });
    const witness = test.get(Witness);
    // A session of the older era keeps a stream open.
    await test.anonymous({ era: 'legacy' }).callTool('about');
    test.clock.freeze(0);
    await Promise.all([test.close(), test.close()]);
    expect(witness.ended).toBe(1);
    expect(test.clock.frozen).toBe(false);
    expect(await isUp(test.clerk.url)).toBe(false);
    expect(await isUp(test.url)).toBe(false);
  });

  it('does not close an emulator that was passed to it', async () => {
    await using clerk = await startTestEmulator();
    const test = await createMcpTest({ imports: [NotesModule], clerk, transport });
    await test.close();
    expect(await isUp(clerk.url)).toBe(true);
  });
});

describe('the port of the transport http', () => {
  it('is what challenges and documents lead to, below the path of the own URL', async () => {
    await using test = await createMcpTest({
      imports: [
        ClerkAuthModule.forRoot({ secretKey: '', baseURL: 'https://notes.example.com/v1' }),
        McpModule.forRoot({ name: 'a', version: '1', guards: [ClerkAuthGuard] }),
      ],
      providers: [SecretTools],
      configure: (app) => app.setGlobalPrefix('v1'),
      transport: 'http',
    });
    const refusal: unknown = await test
      .anonymous()
      .callTool('secret')
      .catch((error) => error);
    const { challenge } = refusal as McpRefusedError;
    const { origin } = new URL(test.url);
    expect(challenge['resource_metadata']).toMatch(`${origin}/`);
    expect(test.get<ResolvedClerkOptions>(CLERK_OPTIONS).resource).toBe(test.url);
  });

  it('is where a client signs in by itself', async () => {
    await using test = await createMcpTest({ imports: [NotesModule], transport: 'http' });
    for (const kind of CLIENT_KINDS) {
      const client = await kind.connect(test.url, new OAuthClient({ account: 'ada@example.com' }));
      await expect(client.callTool('me')).rejects.toSatisfy(kind.asksToSignIn);
      await client.finishSignIn();
      const { structuredContent } = await client.callTool('me');
      expect(structuredContent).toMatchObject({ email: 'ada@example.com' });
      await client.close();
    }
  });
});

describe('createMcpTest', () => {
  it('leaves nothing behind when the application does not start', async () => {
    const broken = { provide: 'BROKEN', useFactory: () => Promise.reject(new Error('no start')) };
    const port = await freePort();
    await expect(
      createMcpTest({ imports: [NotesModule], providers: [broken], clerk: { port } }),
    ).rejects.toThrow('no start');
    expect(await isUp(`http://127.0.0.1:${port}`)).toBe(false);
  });

  it('starts many at once, each on its own emulator', async () => {
    const tests = await Promise.all(
      Array.from({ length: 4 }, () => createMcpTest({ imports: [NotesModule], transport: 'http' })),
    );
    expect(new Set(tests.map(({ url }) => url)).size).toBe(4);
    const [first, second] = tests;
    const ada = await first?.as();
    const stranger = second?.withToken(ada?.token ?? '');
    await expect(stranger?.callTool('me')).toBeUnauthenticated('invalid_token');
    await Promise.all(tests.map((test) => test.close()));
  });

  it('takes a compiled module', async () => {
    await using clerk = await startTestEmulator();
    const builder = useTestEmulator(Test.createTestingModule({ imports: [NotesModule] }), clerk);
    await using test = await createMcpTest({ module: await builder.compile(), clerk });
    await expect((await test.as()).callTool('me')).not.toHaveToolError();
  });

  it('follows a global prefix, in the URL and not in the audience', async () => {
    await using test = await createMcpTest({
      imports: [NotesModule],
      configure: (app) => app.setGlobalPrefix('/v1/'),
    });
    expect(new URL(test.url).pathname).toBe('/v1/mcp');
    await expect((await test.as()).callTool('me')).not.toHaveToolError();
  });

  it('says so when the application trusts another Clerk instance', async () => {
    await using clerk = await startTestEmulator();
    await using other = await startTestEmulator();
    const builder = useTestEmulator(Test.createTestingModule({ imports: [NotesModule] }), other);
    await using test = await createMcpTest({ module: await builder.compile(), clerk });
    await expect(test.as()).rejects.toThrow(NotOnEmulatorError);
    await expect(test.anonymous().callTool('about')).toHaveToolOutput('notes');
  });

  it('tests a server without Clerk, as nobody', async () => {
    const server = McpModule.forRoot({ name: 'open', version: '1.0.0' });
    await using test = await createMcpTest({ imports: [server], providers: [AdminTools] });
    await expect(test.anonymous().callTool('reset')).toHaveToolOutput('reset');
    await expect(test.as()).rejects.toThrow('does not import ClerkAuthModule');
  });

  it('says so when there is no such endpoint, or no such tool', async () => {
    await using test = await createMcpTest({ imports: [NotesModule] });
    expect(() => test.anonymous({ endpoint: 'other' })).toThrow(NoSuchEndpointError);
    expect(() => test.contract('other')).toThrow('Use one of: mcp.');
    const call = test.anonymous().callTool(AdminTools, 'reset');
    await expect(call).rejects.toThrow(NoSuchToolError);
    await expect(call).rejects.toThrow(/AdminTools\.reset is not a tool.*NotesTools\.about/);
  });

  it('tells several endpoints apart, and their tokens', async () => {
    const guards = [ClerkAuthGuard];
    await using test = await createMcpTest({
      imports: [
        ClerkAuthModule.forRoot({ secretKey: '', baseURL: 'https://notes.example.com' }),
        McpModule.forRoot({ name: 'a', version: '1', path: 'a', guards }),
        McpModule.forRoot({ name: 'b', version: '1', path: 'b', guards }),
      ],
      providers: [AdminTools],
    });
    const onA = await test.as({}, { endpoint: 'a' });
    const onB = await test.as({}, { endpoint: '/b/' });
    await expect(onA.callTool('reset')).toHaveToolOutput('reset');
    await expect(onB.callTool('reset')).toHaveToolOutput('reset');
    const strayed = test.withToken(onA.token ?? '', { endpoint: 'b' });
    await expect(strayed.callTool('reset')).toBeUnauthenticated('invalid_token');
    expect(test.contract('b').server).toEqual({ name: 'b' });
  });

  it('is checked by the compiler', async () => {
    await using test = await createMcpTest({ imports: [NotesModule] });
    const ada = await test.as({ scopes: ['notes:read', 'notes:write'] });
    // @ts-expect-error the method takes a text
    await ada.callTool(NotesTools, 'add', { text: 1 });
    // @ts-expect-error no such method
    await ada.callTool(NotesTools, 'nothing', {}).catch(() => undefined);
    const { output } = await ada.callTool(NotesTools, 'add', { text: 'x' });
    const text: string = output.text;
    // @ts-expect-error the result has no such member
    expect(output.title).toBeUndefined();
    expect(text).toBe('x');
    const kept: 'deleted' | 'kept' | 'decline' | 'cancel' = (
      await ada.callTool(NotesTools, 'clear', {}, { answers: [{ sure: false }] })
    ).output;
    expect(kept).toBe('kept');
  });
});
