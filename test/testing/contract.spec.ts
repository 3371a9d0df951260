import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Injectable, type Type } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  RequirePolicy,
  Authenticated,
  DenyImpersonation,
  Public,
  RequireAnyOf,
  RequireByToken,
  RequireRole,
  RequireScopes,
} from '../../src/access/access.decorators.js';
import { requirement } from '../../src/access/requirement.js';
import { McpCompletion, McpPrompt } from '../../src/mcp/authoring/mcp-prompt.decorator.js';
import { McpResource } from '../../src/mcp/authoring/mcp-resource.decorator.js';
import { McpTool } from '../../src/mcp/authoring/mcp-tool.decorator.js';
import { McpModule } from '../../src/mcp/mcp.module.js';
import { checkContract, createMcpTest, type CatalogContract } from '../../src/testing/index.js';

/** The contract of a server with these providers. */
async function contractOf(...providers: readonly Type[]): Promise<CatalogContract> {
  const server = McpModule.forRoot({
    name: 'test',
    version: '1.0.0',
    instructions: 'Be nice.',
    guards: [],
  });
  await using test = await createMcpTest({ imports: [server], providers: [...providers] });
  return test.contract();
}

const Note = z.object({ text: z.string() });

@Injectable()
class Notes {
  @McpTool({ description: 'Adds', input: Note, output: Note })
  add(note: z.infer<typeof Note>) {
    return note;
  }

  @McpResource({ uri: 'notes://all' })
  all() {
    return '';
  }

  @McpPrompt({ description: 'Sums up', input: z.object({ style: z.string() }) })
  sumUp() {
    return '';
  }

  @McpCompletion({ prompt: 'sumUp', argument: 'style' })
  styles() {
    return ['short'];
  }
}

describe('the contract', () => {
  it('says who may use each entry, in the words of needs', async () => {
    @Injectable()
    class Tools {
      @Public()
      @McpTool({ description: '1' })
      open() {}

      @Authenticated()
      @McpTool({ description: '2' })
      signedIn() {}

      @RequireScopes('a', 'b')
      @RequireRole('org:admin')
      @DenyImpersonation()
      @McpTool({ description: '3' })
      strict() {}

      @RequireAnyOf(
        [requirement.anyScope('a', 'b')],
        [requirement.organization(), requirement.plan('pro')],
      )
      @McpTool({ description: '4' })
      either() {}

      @RequirePolicy(function workingHours() {
        return true;
      })
      @McpTool({ description: '6' })
      ownRule() {}

      @RequireByToken({ session_token: [requirement.permission('org:notes:write')], api_key: [] })
      @McpTool({ description: '5' })
      byToken() {}
    }
    const { tools } = await contractOf(Tools);
    expect(Object.fromEntries(tools.map(({ name, access }) => [name, access]))).toEqual({
      open: 'public',
      signedIn: 'authenticated',
      strict: {
        needs: expect.arrayContaining([
          { scopes: ['a', 'b'] },
          { role: 'org:admin' },
          'noImpersonation',
        ]),
      },
      either: {
        needs: [{ anyOf: [[{ anyScope: ['a', 'b'] }], ['organization', { plan: 'pro' }]] }],
      },
      ownRule: { needs: [{ policy: 'workingHours' }] },
      byToken: {
        needs: [{ byToken: { session_token: [{ permission: 'org:notes:write' }], api_key: [] } }],
      },
    });
  });

  it('is plain data, and says nothing of the version', async () => {
    const contract = await contractOf(Notes);
    expect(JSON.parse(JSON.stringify(contract))).toEqual(contract);
    expect(contract.server).toEqual({ name: 'test', instructions: 'Be nice.' });
  });
});

describe('checkContract', () => {
  let folder: string;
  let file: string;
  let contract: CatalogContract;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'contract-'));
    file = join(folder, 'mcp.contract.json');
    contract = await contractOf(Notes);
  });
  afterEach(() => rm(folder, { recursive: true }));

  const changesOf = (changed: unknown) =>
    checkContract(changed as CatalogContract, file).then(
      () => [],
      ({ changes }: { changes: string[] }) => changes,
    );

  it('writes what is reviewed, and holds what is written', async () => {
    await checkContract(contract, file, { update: true });
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(contract);
    await checkContract(contract, file);
  });

  it('fails where nothing was reviewed yet, and writes nothing', async () => {
    await expect(checkContract(contract, file)).rejects.toThrow(/tools: is new.*update: true/s);
    await expect(readFile(file)).rejects.toThrow();
  });

  it('names each change by its path, whatever the order of keys', async () => {
    await checkContract(contract, file, { update: true });
    const [add] = contract.tools;
    expect(await changesOf({ ...contract, tools: [{ ...add, access: 'public' }] })).toEqual([
      'tools.add.access: "authenticated" is now "public"',
    ]);
    expect(await changesOf({ ...contract, tools: [] })).toEqual(['tools.add: is gone']);
    expect(await changesOf({ ...contract, prompts: [...contract.prompts, { name: 'x' }] })).toEqual(
      ['prompts.x: is new'],
    );
    const { server, ...rest } = contract;
    expect(await changesOf({ ...rest, server })).toEqual([]);
  });
});
