import { Injectable, NotFoundException } from '@nestjs/common';
import { z } from 'zod';
import { Authenticated, Public, RequireScopes } from '../../../src/access/access.decorators.js';
import {
  McpResourceTemplate,
  McpResource,
} from '../../../src/mcp/authoring/mcp-resource.decorator.js';
import type { McpContext } from '../../../src/mcp/authoring/mcp-context.js';

/** Resources of every access rule and every kind of content. */
@Injectable()
@Public()
export class ServedResources {
  @McpResource({
    uri: 'notes://open',
    mimeType: 'text/markdown',
    cache: { ttlMs: 5, scope: 'public' },
  })
  open() {
    return '# open';
  }

  @Authenticated()
  @McpResource({ uri: 'notes://mine', cache: { ttlMs: 60_000, scope: 'private' } })
  mine(_input: object, context: McpContext) {
    return { of: context.principal?.subject, uri: context.uri };
  }

  @RequireScopes('notes:read', 'notes:all')
  @McpResource({ uri: 'notes://all' })
  all() {
    return 'all';
  }

  @McpResource({ uri: 'notes://bytes', mimeType: 'image/png' })
  bytes() {
    return Buffer.from([1, 2, 3]);
  }

  @McpResource({ uri: 'notes://list' })
  list() {
    return [1, 'two', null];
  }

  @McpResource({ uri: 'notes://several' })
  several() {
    return [
      { uri: 'notes://several/1', text: 'one' },
      { uri: 'notes://several/2', blob: 'AQID', mimeType: 'image/png' },
    ];
  }

  @McpResource({ uri: 'notes://whole' })
  whole() {
    return { contents: [{ uri: 'notes://whole', text: 'whole' }], _meta: { kept: true } };
  }

  @McpResource({ uri: 'notes://gone' })
  gone(): unknown {
    throw new NotFoundException('It has been deleted');
  }

  @McpResource({ uri: 'notes://nothing' })
  nothing() {}

  @McpResource({ uri: 'notes://broken' })
  broken(): unknown {
    throw new Error('secret detail');
  }

  @McpResourceTemplate({
    uriTemplate: 'notes://by-number/{number}',
    variables: z.object({ number: z.coerce.number().int() }),
  })
  byNumber({ number }: { number: number }) {
    return { number };
  }

  @McpResourceTemplate({ uriTemplate: 'notes://find/{kind}{?q,tag*}' })
  find(variables: { kind: string; q?: string; tag?: string[] }) {
    return variables;
  }

  @Authenticated()
  @McpResourceTemplate({ uriTemplate: 'notes://of/{name}' })
  ofSomebody({ name }: { name: string }) {
    return `of ${name}`;
  }

  @McpResource({ uri: 'notes://of/everybody' })
  ofEverybody() {
    return 'exactly';
  }

  @RequireScopes('notes:read')
  @McpResourceTemplate({ uriTemplate: 'notes://files/{+path}' })
  files({ path }: { path: string }) {
    return `file ${path}`;
  }

  @McpResourceTemplate({ uriTemplate: 'notes://files/{name}' })
  file({ name }: { name: string }) {
    return `name ${name}`;
  }
}
