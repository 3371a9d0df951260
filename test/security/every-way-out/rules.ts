import { Injectable, type Type } from '@nestjs/common';
import { z } from 'zod';
import { RequirePolicy, Public, VerifyAlways } from '../../../src/access/access.decorators.js';
import { McpCompletion, McpPrompt } from '../../../src/mcp/authoring/mcp-prompt.decorator.js';
import {
  McpResourceTemplate,
  McpResource,
} from '../../../src/mcp/authoring/mcp-resource.decorator.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import type { McpContext } from '../../../src/mcp/authoring/mcp-context.js';
import { POLICIES, declare, type Policy } from '../policies/entries.js';

const SHARED = [
  'open',
  'signed-in',
  'read',
  'admin',
  'organization',
  'own-rule',
  'kinds',
  'in-person',
  'delegable',
  'verified-now',
];

/** The rules under which something could come out. */
export const RULES: readonly Policy[] = [
  ...POLICIES.filter(({ name }) => SHARED.includes(name)),
  { name: 'verified', decorators: [VerifyAlways()], lets: ({ kind }) => kind !== undefined },
  { name: 'refused', decorators: [RequirePolicy(() => false)], lets: () => false },
];

/** Whether somebody with an OAuth token might be let in: by signing in, a caller may get there. */
export const isOffered = ({ name }: Policy): boolean => name !== 'open' && name !== 'kinds';

/** A policy that fails refuses its own entry, and makes lists impossible: it has a host of its own. */
export const FAILING_RULES: readonly Policy[] = [
  ...RULES.filter(({ name }) => name === 'open' || name === 'read'),
  {
    name: 'failing',
    decorators: [
      RequirePolicy(() => {
        throw new Error('The policy is broken.');
      }),
    ],
    lets: () => false,
  },
];

/** Everybody may hear of it: who has heard of it has heard all there was before. */
export const MARKER = 'data://marker';

/** Holds tasks back until the test has whoever listens in place. */
export class Door {
  open: () => void = () => undefined;
  private opened = Promise.resolve();

  close(): void {
    this.opened = new Promise((resolve) => {
      this.open = resolve;
    });
  }

  async pass(signal: AbortSignal): Promise<void> {
    const aborted = new Promise<void>((resolve) =>
      signal.addEventListener('abort', () => resolve()),
    );
    await Promise.race([this.opened, aborted]);
  }
}

const Words = z.object({ word: z.string().default('') });
const Sure = z.object({ sure: z.boolean() });

/** Something of every kind under each rule; what comes out of it names the rule. */
export function secretsUnder(rules: readonly Policy[], door: Door): Type {
  class Secrets {}
  const entry = (method: string, decorators: unknown[], run: (...args: any[]) => unknown) =>
    declare(Secrets, method, decorators, run);
  for (const { name, decorators } of rules) {
    const description = `listed:${name}`;
    entry(`tool ${name}`, [McpTool({ name, description }), ...decorators], tellsAll(name));
    entry(
      `job ${name}`,
      [McpTool({ name: `job-${name}`, description: 'A task', task: 'optional' }), ...decorators],
      async (_input: object, context: McpContext) => {
        await door.pass(context.signal);
        return `secret:${name}`;
      },
    );
    entry(
      `ask ${name}`,
      [McpTool({ name: `ask-${name}`, description: 'Asks' }), ...decorators],
      asksAll(name),
    );
    const uri = `data://${name}`;
    entry(
      `resource ${name}`,
      [McpResource({ name, uri, description }), ...decorators],
      () => `secret:${name}`,
    );
    const uriTemplate = `item://${name}/{id}`;
    entry(
      `template ${name}`,
      [McpResourceTemplate({ name, uriTemplate, description }), ...decorators],
      () => `secret:${name}`,
    );
    entry(
      `prompt ${name}`,
      [McpPrompt({ name, description, input: Words }), ...decorators],
      () => `secret:${name}`,
    );
    entry(`words ${name}`, [McpCompletion({ prompt: name, argument: 'word' }), Public()], () => [
      `secret:${name}`,
    ]);
    entry(`ids ${name}`, [McpCompletion({ uriTemplate, variable: 'id' }), Public()], () => [
      `secret:${name}`,
    ]);
    // The target is open, and the completion is not.
    entry(
      `own words ${name}`,
      [McpCompletion({ prompt: 'dictionary', argument: `of-${name}` }), ...decorators],
      () => [`secret:${name}`],
    );
  }
  entry('marker', [McpResource({ name: 'marker', uri: MARKER }), Public()], () => 'marker');
  const fields = Object.fromEntries(
    rules.map(({ name }) => [`of-${name}`, z.string().default('')]),
  );
  const input = z.object(fields);
  entry('dictionary', [McpPrompt({ name: 'dictionary', input }), Public()], () => 'words');
  Injectable()(Secrets);
  return Secrets;
}

const tellsAll = (name: string) => async (_input: object, context: McpContext) => {
  await context.progress(1, 2, `progress:${name}`);
  await context.log('info', `log:${name}`);
  return `secret:${name}`;
};

const asksAll = (name: string) => (_input: object, context: McpContext) => {
  const content = { type: 'text' as const, text: `sampled:${name}` };
  return context.ask({
    [`form:${name}`]: { form: { message: 'Sure?', schema: Sure } },
    [`sample:${name}`]: { sample: { messages: [{ role: 'user', content }], maxTokens: 1 } },
    [`roots:${name}`]: { roots: true },
  });
};
