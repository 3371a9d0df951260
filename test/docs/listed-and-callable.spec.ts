import { Injectable } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Public, RequireRole, RequireScopes } from '../../src/access/access.decorators.js';
import { ClerkAuthModule } from '../../src/clerk/clerk-auth.module.js';
import { ClerkAuthGuard } from '../../src/clerk/http/clerk-auth.guard.js';
import { McpTool } from '../../src/mcp/authoring/mcp-tool.decorator.js';
import { McpModule } from '../../src/mcp/mcp.module.js';
import type { SignInMode } from '../../src/mcp/mcp-options.js';
import { createMcpTest } from '../../src/testing/create-mcp-test.js';
import type { McpTest } from '../../src/testing/mcp-test.js';
import type { Person } from '../../src/testing/sign-in/person.js';
import { readPage } from './pages.js';

@Injectable()
class NotesTools {
  @Public()
  @McpTool({ description: 'Says what this server is for' })
  about() {
    return 'Notes of your team';
  }

  @McpTool({ description: 'Lists your notes' })
  list() {
    return [];
  }

  @RequireScopes('notes:write')
  @McpTool({ description: 'Adds a note' })
  add() {
    return 'added';
  }

  @RequireRole('org:admin')
  @McpTool({ description: 'Deletes all notes' })
  purge() {
    return 'done';
  }
}

const MEMBER: Person = {
  email: 'grace@example.com',
  organization: 'analytical-engines',
  role: 'org:member',
  scopes: ['profile', 'notes:write'],
};

/** The callers of the page. */
const CALLERS: Readonly<Record<string, { readonly mode: SignInMode; readonly person?: Person }>> = {
  'nobody, mode `connect`': { mode: 'connect' },
  'nobody, mode `offer`': { mode: 'offer' },
  'nobody, mode `call`': { mode: 'call' },
  'a member, without `notes:write`': {
    mode: 'connect',
    person: { ...MEMBER, scopes: ['profile'] },
  },
  'a member, with `notes:write`': { mode: 'connect', person: MEMBER },
  'an administrator, with `notes:write`': {
    mode: 'connect',
    person: { ...MEMBER, email: 'ada@example.com', role: 'org:admin' },
  },
};

describe('the table of docs/listed-and-callable.md', () => {
  const rows = tableAfter('| caller');
  const tests = new Map<SignInMode, McpTest>();
  beforeAll(async () => {
    for (const mode of ['connect', 'offer', 'call'] as const) {
      const test = await createMcpTest({
        imports: [
          ClerkAuthModule.forRoot({
            secretKey: '',
            baseURL: 'https://mcp.test',
            scopes: ['profile', 'notes:write'],
          }),
          McpModule.forRoot({
            name: 'notes',
            version: '1.0.0',
            guards: [ClerkAuthGuard],
            signIn: mode,
          }),
        ],
        providers: [NotesTools],
      });
      tests.set(mode, test);
    }
  });
  afterAll(() => Promise.all([...tests.values()].map((test) => test.close())));

  it('has every caller', () => {
    expect(rows.map(([caller]) => caller)).toEqual(Object.keys(CALLERS));
  });

  it.each(Object.entries(CALLERS))('says what %s sees and calls', async (name, caller) => {
    const test = tests.get(caller.mode);
    const client = caller.person ? await test?.as(caller.person) : test?.anonymous();
    const ask = async (method: string, params: object = {}) => {
      const response = await client?.fetch(test?.url ?? '', request(method, params));
      return { response, body: JSON.parse((await response?.text()) || '{}') };
    };
    const listed = await ask('tools/list');
    const calls = await Promise.all(
      ['add', 'purge'].map((tool) => ask('tools/call', { name: tool, arguments: {} })),
    );
    expect([name, seen(listed), ...calls.map(outcome)]).toEqual(rows.find(([row]) => row === name));
  });
});

interface Answer {
  readonly response: Response | undefined;
  readonly body: {
    readonly result?: {
      readonly isError?: boolean;
      readonly tools?: readonly { readonly name: string }[];
    };
  };
}

function seen({ response, body }: Answer): string {
  if (response?.status === 401) return 'is asked to sign in, 401';
  const names = body.result?.tools?.map(({ name }) => name) ?? [];
  return names.length === 4
    ? 'all four'
    : ['about', 'list', 'add', 'purge']
        .filter((name) => names.includes(name))
        .map((name) => `\`${name}\``)
        .join(', ');
}

function outcome({ response, body }: Answer): string {
  const challenge = response?.headers.get('www-authenticate') ?? '';
  if (response?.status === 401) return challenge ? '401 with a challenge' : '401';
  if (response?.status === 403) {
    return challenge.includes('notes:write') ? '403, the challenge names the scope' : '403';
  }
  if (!body.result) return 'a protocol error';
  return body.result.isError ? '`isError`, with the reason' : 'works';
}

function request(method: string, params: object): RequestInit {
  return {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  };
}

function tableAfter(heading: string): readonly (readonly string[])[] {
  const lines = readPage('docs/listed-and-callable.md').split('\n');
  const start = lines.findIndex((line) => line.startsWith(heading)) + 2;
  const end = lines.findIndex((line, index) => index > start && !line.startsWith('|'));
  return lines.slice(start, end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}
