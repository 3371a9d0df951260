import { Injectable } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { McpCatalog } from '../../src/mcp/catalog/mcp-catalog.js';
import { McpContext } from '../../src/mcp/authoring/mcp-context.js';
import { McpTool } from '../../src/mcp/authoring/mcp-tool.decorator.js';
import { McpPeers } from '../../src/mcp/server/mcp-peers.js';
import { callTool, send } from '../support/mcp-request.js';
import { eventually } from '../support/within.js';
import { ClientSession } from './support/client-session.js';
import { startNodes, type TestNodes } from './support/nodes.js';
import { Tools } from './support/tools.js';

/** 20,000 by `CALLS=20000 npm run test:nodes`. */
const CALLS = Number(process.env['CALLS'] ?? 2_000);
const CALLERS = 40;
const CONCURRENT = 24;

const FORM = z.object({ sure: z.boolean() });

@Injectable()
class Steps {
  @McpTool({ description: 'Asks in a second round' })
  steps(_input: unknown, context: McpContext) {
    const kept = context.state<{ subject: string }>();
    const subject = context.principal?.subject ?? '';
    if (!kept) return context.ask({ sure: { form: { message: '?', schema: FORM } } }, { subject });
    return { kept: kept.subject, subject };
  }

  @McpTool({ description: 'Says who calls, after a turn' })
  async later(_input: unknown, context: McpContext) {
    await new Promise((resolve) => setImmediate(resolve));
    return { subject: context.principal?.subject };
  }
}

interface Caller {
  readonly subject: string;
  readonly token: string;
  readonly session: ClientSession;
}

describe('Forty callers of three nodes', () => {
  let service: TestNodes;
  let callers: readonly Caller[];

  beforeAll(async () => {
    service = await startNodes([Tools, Steps]);
    callers = await Promise.all(
      Array.from({ length: CALLERS }, async (_, index): Promise<Caller> => {
        const { id } = service.clerk.users.create({ emailAddress: `caller${index}@example.com` });
        const token = await service.token(id);
        const session = await ClientSession.open(urlOf(index), token);
        return { subject: id, token, session };
      }),
    );
  });

  afterAll(() => service.stop());

  const urlOf = (index: number): string => service.nodes[index % 3]?.url ?? '';

  it('are answered as themselves, at every node and in both eras', async () => {
    const wrong: unknown[] = [];
    let next = 0;
    const work = async (): Promise<void> => {
      for (let call = next++; call < CALLS; call = next++) {
        const caller = callers[(call * 7) % CALLERS];
        if (!caller) return;
        const url = urlOf(call * 13 + Math.floor(call / 5));
        const name = call % 3 === 0 ? 'later' : 'whoami';
        const answer =
          call % 2 === 0
            ? (await callTool(url, name, {}, { token: caller.token })).body
            : await caller.session.call(url, name);
        const found = answer.result?.structuredContent as { subject?: string } | undefined;
        if (found?.subject !== caller.subject) wrong.push([call, found, answer]);
      }
    };

    await Promise.all(Array.from({ length: CONCURRENT }, work));

    expect(wrong).toEqual([]);
  });

  it('find no session of each other at any node', async () => {
    const statuses = await Promise.all(
      callers.map(({ session }, index) =>
        session.as(callers[(index + 1) % CALLERS]?.token).call(urlOf(index + 1), 'whoami'),
      ),
    );

    expect(new Set(statuses.map(({ status }) => status))).toEqual(new Set([404]));
  });

  it('continue a call of several rounds at another node, each their own', async () => {
    const capabilities = { elicitation: { form: {} } };
    const meta = { 'io.modelcontextprotocol/clientCapabilities': capabilities };
    for (const [index, { token, subject }] of callers.slice(0, 6).entries()) {
      const first = await callTool(urlOf(index), 'steps', {}, { token, meta });
      const { requestState } = first.body.result as { requestState?: string };
      expect(requestState).toBeDefined();
      const answered = {
        name: 'steps',
        arguments: {},
        requestState,
        inputResponses: { sure: { action: 'accept', content: { sure: true } } },
      };
      const second = await send(urlOf(index + 1), 'tools/call', answered, { token, meta });
      expect(second.body.result?.structuredContent).toEqual({ kept: subject, subject });
      const stranger = callers[index + 1]?.token;
      const stolen = await send(urlOf(index + 1), 'tools/call', answered, {
        token: stranger,
        meta,
      });
      expect(stolen.body.error).toMatchObject({ code: -32602 });
    }
  });

  it('use an entry that the application added at every node', async () => {
    for (const { app } of service.nodes) {
      app.get(McpPeers).on('plugin', ({ name }) => {
        const definition = { name: String(name), description: 'added', input: z.object({}) };
        app.get(McpCatalog).addTool(definition, () => 'done');
      });
    }
    const [caller] = callers;
    const peers = service.nodes[0]?.app.get(McpPeers);
    expect(peers?.isShared).toBe(true);

    expect(await peers?.broadcast('plugin', { name: 'added' })).toBe(true);

    for (const { url } of service.nodes) {
      await eventually(async () => {
        const { body } = await callTool(url, 'added', {}, { token: caller?.token });
        expect(body.result?.content).toEqual([{ type: 'text', text: 'done' }]);
      });
    }
  });
});
