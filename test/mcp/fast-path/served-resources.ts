import { Injectable, NotFoundException, UseGuards } from '@nestjs/common';
import { ProtocolError } from '@modelcontextprotocol/server';
import * as z from 'zod';
import {
  McpResource,
  McpResourceTemplate,
  Public,
  RequireReverification,
  RequireScopes,
  type McpContext,
} from '../../../src/index.js';
import { NeverGuard, ask, say, tell } from './what-handlers-do.js';

/** Resources whose reading ends in every way that it can end. */
@Injectable()
export class PlainResources {
  @Public()
  @McpResource({ uri: 'at://text', mimeType: 'text/markdown' })
  text() {
    return '# é\u2028"\\\ud800';
  }

  @McpResource({ uri: 'at://later' })
  async later() {
    await new Promise((resolve) => setImmediate(resolve));
    return 'later';
  }

  @McpResource({ uri: 'at://bytes', cache: { ttlMs: 60_000, scope: 'private' } })
  bytes() {
    return Buffer.from([0, 1, 255]);
  }

  @McpResource({ uri: 'at://value', cache: { ttlMs: 0, scope: 'private' } })
  value() {
    return { at: new Date(0), missing: undefined, number: -0, '2': 1, '1': 2 };
  }

  @McpResource({ uri: 'at://much' })
  much() {
    return Buffer.alloc(800_000, 7);
  }

  @McpResource({ uri: 'at://none' })
  none() {
    return [];
  }

  @McpResource({ uri: 'at://whole' })
  whole() {
    return { contents: [{ uri: 'x:y', text: 'x', more: { a: 1 } }], _meta: { note: 1 } };
  }

  @McpResource({ uri: 'at://meta-first', cache: { ttlMs: 5, scope: 'private' } })
  metaFirst() {
    return { _meta: { '1': 1, at: new Date(0) }, contents: [{ text: 'x', uri: 'x:y' }] };
  }

  @McpResource({ uri: 'at://more' })
  more() {
    return { more: true, contents: [], ttlMs: 7, cacheScope: 'public' };
  }

  @McpResource({ uri: 'at://instance' })
  instance() {
    class Whole {
      readonly contents = [{ uri: 'x:y', text: 'x' }];
      toJSON() {
        return { contents: [] };
      }
    }
    return new Whole();
  }

  @McpResource({ uri: 'at://claims' })
  claims() {
    const _meta = { 'io.modelcontextprotocol/serverInfo': { name: 'another', version: '1' } };
    return { contents: [], _meta };
  }

  @McpResource({ uri: 'at://missing' })
  missing() {}

  @McpResource({ uri: 'at://gone' })
  gone(): string {
    throw new NotFoundException('It has been deleted');
  }

  @McpResource({ uri: 'at://bug' })
  bug(): string {
    throw new Error('internal detail');
  }

  @McpResource({ uri: 'at://late-bug' })
  async lateBug(): Promise<string> {
    await new Promise((resolve) => setImmediate(resolve));
    throw new Error('internal detail');
  }

  @McpResource({ uri: 'at://bigint' })
  bigint() {
    return { big: 1n };
  }

  @McpResource({ uri: 'at://protocol' })
  protocol(): string {
    throw new ProtocolError(-32_002, 'not found', { uri: 'x:y' });
  }

  @UseGuards(NeverGuard)
  @McpResource({ uri: 'at://guarded' })
  guarded() {
    return 'never';
  }

  @McpResource({ uri: 'at://ask' })
  ask(_variables: object, context: McpContext) {
    return ask(context);
  }

  @McpResource({ uri: 'at://says' })
  async says(_variables: object, context: McpContext) {
    await say(context);
    return { aborted: context.signal.aborted };
  }

  @McpResource({ uri: 'at://context' })
  context(_variables: object, context: McpContext) {
    return tell(context);
  }

  @RequireScopes('notes:write')
  @McpResource({ uri: 'at://write' })
  write() {
    return 'written';
  }

  @RequireReverification('strict')
  @McpResource({ uri: 'at://verified' })
  verified() {
    return 'done';
  }

  @McpResourceTemplate({
    uriTemplate: 'of://{name}{?size}',
    variables: z.object({ name: z.string(), size: z.coerce.number().int().optional() }),
  })
  one(variables: { name: string; size?: number | undefined }, context: McpContext) {
    return { ...variables, uri: context.uri };
  }
}
