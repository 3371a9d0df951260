import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ClerkAuthOptions } from '../../../src/clerk/clerk-auth.options.js';
import { FakeClerk, opaqueVerdict, RESOURCE, VERIFY_PATH } from '../support/fake-clerk.js';
import { createVerifier, refusalOf } from '../support/token-verifier.js';

let clerk: FakeClerk;
beforeAll(async () => {
  clerk = await FakeClerk.start();
});
afterAll(() => clerk.close());
const warn = vi.spyOn(Logger.prototype, 'warn');
beforeEach(() => {
  clerk.reset();
  warn.mockReset().mockImplementation(() => undefined);
});
afterAll(() => warn.mockRestore());

const logged = () => warn.mock.calls.map(([message]) => String(message));

/** One token for each way of verifying: the audience is in a JWT, or in an answer of Clerk. */
const FORMATS = {
  jwt: (aud: unknown) => clerk.oauthToken({ aud }),
  opaque: (aud: unknown) => {
    clerk.on(VERIFY_PATH, () => ({ json: opaqueVerdict({ aud }) }));
    return Promise.resolve(`oat_${Math.random().toString(36).slice(2)}`);
  },
} as const;

describe.each(['jwt', 'opaque'] as const)('the audience of a token, %s', (format) => {
  const create = (options: Partial<ClerkAuthOptions> = {}) =>
    createVerifier(clerk.options(options));
  const verify = async (
    aud: unknown,
    options: Partial<ClerkAuthOptions> = {},
    { verifier } = create(options),
    resource?: string,
  ) => verifier.verify(await FORMATS[format](aud), resource);
  const refused = async (aud: unknown, options: Partial<ClerkAuthOptions> = {}) => {
    const refusal = await refusalOf(verify(aud, options));
    return refusal.reason === 'invalid_token' ? refusal.description : refusal.reason;
  };

  const LOOPBACK = { baseURL: 'http://127.0.0.1:3000', loopbackNames: true };
  const NAMES = ['localhost', '127.0.0.1', '[::1]'];

  it.each(NAMES)(
    'may be each loopback name, such as %s, where they are one server',
    async (name) => {
      const aud = `http://${name}:3000/mcp`;
      for (const base of NAMES) {
        const options = { ...LOOPBACK, baseURL: `http://${base}:3000` };
        expect(await verify(aud, options)).toMatchObject({ userId: 'user_alice' });
      }
      expect(await verify([aud, 'https://other.example.com'], LOOPBACK)).toBeTruthy();
    },
  );

  it.each(NAMES)('must be the one of baseURL, such as %s, where nothing says so', async (name) => {
    const baseURL = `http://${name}:3000`;
    expect(await verify(`${baseURL}/mcp`, { baseURL })).toBeTruthy();
    for (const other of NAMES.filter((one) => one !== name)) {
      expect(await refused(`http://${other}:3000/mcp`, { baseURL })).toMatch(/another resource/);
    }
  });

  it.each([
    'http://localhost:3001/mcp',
    'http://localhost/mcp',
    'https://localhost:3000/mcp',
    'http://localhost:3000/',
    'http://localhost:3000/mcp/',
    'http://localhost.:3000/mcp',
    'http://127.0.0.2:3000/mcp',
    'http://localhost.example.com:3000/mcp',
    'http://localhost@evil.example:3000/mcp',
    'http://127.1:3000/mcp',
  ])('may not be %s', async (aud) => {
    expect(await refused(aud, LOOPBACK)).toMatch(/another resource/);
  });

  it('may be one of the further ones, in any spelling of the same URI', async () => {
    const audiences = ['https://old.example.com/mcp', `${RESOURCE}?tenant=a%2db`, `${RESOURCE}/`];
    const spelled = [
      ...audiences,
      'HTTPS://OLD.example.com:443/./mcp',
      `${RESOURCE}?tenant=a-b`,
      RESOURCE,
    ];
    for (const aud of spelled) expect(await verify(aud, { audiences })).toBeTruthy();
    for (const aud of [
      'https://old.example.com/mcp/',
      'https://old.example.com/',
      'https://old.example.com/mcp?x=1',
      `${RESOURCE}?tenant=b`,
      `${RESOURCE}?tenant=a-b&x=1`,
      `${RESOURCE}//`,
    ]) {
      expect(await refused(aud, { audiences })).toMatch(/another resource/);
    }
  });

  it('is that of a client which writes the slash of a root, or leaves it out', async () => {
    for (const aud of ['https://mcp.example.com', 'https://mcp.example.com/']) {
      expect(await verify(aud, { path: '/' })).toBeTruthy();
    }
  });

  it('opens one endpoint and no other', async () => {
    const paths = { notes: { audiences: ['https://old.example.com/mcp'] }, admin: {} };
    const parts = createVerifier(clerk.options({ ...LOOPBACK, resources: paths }), [
      'notes',
      'admin',
    ]);
    const [notes, admin] = ['notes', 'admin'].map((path) => `http://127.0.0.1:3000/${path}`);
    const opens = async (aud: string, resource: string | undefined) =>
      verify(aud, {}, parts, resource).then(
        () => true,
        () => false,
      );
    for (const name of NAMES) {
      expect(await opens(`http://${name}:3000/notes`, notes)).toBe(true);
      expect(await opens(`http://${name}:3000/notes`, admin)).toBe(false);
      expect(await opens(`http://${name}:3000/admin`, admin)).toBe(true);
      expect(await opens(`http://${name}:3000/admin`, notes)).toBe(false);
    }
    expect(await opens('https://old.example.com/mcp', notes)).toBe(true);
    expect(await opens('https://old.example.com/mcp', admin)).toBe(false);
    expect(await opens('http://127.0.0.1:3000/unknown', 'http://127.0.0.1:3000/unknown')).toBe(
      true,
    );
    expect(await opens('https://old.example.com/mcp', 'http://127.0.0.1:3000/unknown')).toBe(false);
  });

  it('shares no verdict between services that accept other audiences', async () => {
    const aud = 'https://old.example.com/mcp';
    const wide = create({ audiences: [aud] });
    const narrow = create();
    vi.spyOn(wide.verdicts, 'set').mockImplementation((key, verdict) =>
      narrow.verdicts.set(key, verdict),
    );
    const token = await FORMATS[format](aud);
    await wide.verifier.verify(token);
    expect((await refusalOf(narrow.verifier.verify(token))).reason).toBe('invalid_token');
  });

  it('tells the client which setting lets it in, and shows it nothing of the token', async () => {
    const aud = 'https://evil.example.com/"x"?secret=geheim';
    const other = await refused(aud);
    expect(other).toMatch(/issued for another resource\..*CLERK_AUDIENCES/s);
    expect(other).not.toMatch(/evil|geheim/);
    for (const none of [undefined, null, []]) {
      const missing = await refused(none);
      expect(missing).toMatch(/names no audience.*"resource".*CLERK_AUDIENCE=foreign-only/s);
      expect(await verify(none, { audience: 'foreign-only' })).toBeTruthy();
    }
    expect(await refused(aud, { audience: 'foreign-only' })).toMatch(/CLERK_AUDIENCES/);
    for (const odd of ['', [''], [RESOURCE, 7], {}, 7]) {
      expect(await refused(odd, { audience: 'foreign-only' })).toMatch(/another resource/);
    }
  });

  it('tells the operator which audience was refused, once', async () => {
    const parts = create();
    const aud = 'https://old.example.com/mcp?tenant=a';
    for (let n = 0; n < 3; n += 1) {
      await refusalOf(verify(aud, {}, parts));
      await refusalOf(verify(undefined, {}, parts));
    }
    expect(logged()).toEqual([
      expect.stringMatching(
        /for "https:\/\/old\.example\.com\/mcp\?tenant=a" was refused at https:\/\/mcp\.example\.com\/mcp\..*CLERK_AUDIENCES/,
      ),
      expect.stringMatching(/without audience.*CLERK_AUDIENCE=foreign-only/),
    ]);
  });

  it('tells the operator the first five audiences of a token', async () => {
    await refused(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
    expect(logged()).toEqual([
      `[Clerk] A token for "a", "b", "c", "d", "e" was refused at ${RESOURCE}. If that is a name of this server, add it to CLERK_AUDIENCES (option audiences).`,
    ]);
    expect(warn.mock.contexts).toEqual([expect.objectContaining({ context: 'ClerkAuthModule' })]);
  });

  it('writes a bounded log, whatever clients ask for', async () => {
    const parts = create();
    const long = `https://evil.example/\r\n${'x'.repeat(3_000)}`;
    await refusalOf(verify([long, long, long, long, long, long, long], {}, parts));
    for (let n = 0; n < 40; n += 1) {
      await refusalOf(verify(`https://evil.example/${n}`, {}, parts));
    }
    expect(logged()).toHaveLength(21);
    expect(logged().at(-1)).toContain('Further audiences');
    expect(logged().join('').length).toBeLessThan(10_000);
    expect(logged().join('')).not.toMatch(/[\r\n]/);
  });
});

describe('other kinds of token', () => {
  it('are refused for another reason than their audience without a word about it in the log', async () => {
    const { verifier } = createVerifier(
      clerk.options({ authorizedParties: ['https://admin.example.com'] }),
    );
    expect(await refusalOf(verifier.verify(await clerk.sessionToken()))).toMatchObject({
      description: 'The session token was made for another site.',
    });
    expect(logged()).toEqual([]);
  });

  it('accept the same audiences, and values that are no resource are compared as they are', async () => {
    const options = {
      audiences: ['https://old.example.com/mcp'],
      acceptedTokens: ['jwt_template', 'id_token', 'session_token', 'm2m_token'] as const,
      idTokenClientIds: ['client_1'],
      sessionAudiences: ['https://api.example.com/'],
    };
    const { verifier } = createVerifier(clerk.options(options));
    const OLD = 'HTTPS://old.example.com/mcp';
    expect(await verifier.verify(await clerk.templateToken({ aud: OLD }))).toBeTruthy();
    const session = (aud: string) => clerk.sessionToken({ aud });
    expect(await verifier.verify(await session('https://api.example.com/'))).toBeTruthy();
    for (const aud of ['https://api.example.com', 'https://API.example.com/', OLD]) {
      expect(await refusalOf(verifier.verify(await session(aud)))).toMatchObject({
        description: 'The access token was issued for another resource.',
      });
    }
    expect(await refusalOf(verifier.verify(await clerk.idToken({ aud: OLD })))).toMatchObject({
      reason: 'invalid_token',
    });
  });
});
