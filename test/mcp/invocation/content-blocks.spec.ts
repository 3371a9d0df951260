import { Injectable } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { McpResource, McpTool, type McpContext } from '../../../src/index.js';
import { InvalidContentError } from '../../../src/extend.js';
import { MAX_CONTENT_BYTES } from '../../../src/mcp/authoring/content-blocks.js';
import { ask, ERAS } from '../answer.js';
import { startMcpApp, type McpApp } from '../fixtures.js';

const PIXEL = Buffer.from([137, 80, 78, 71]);
/** The same bytes, in the middle of a larger buffer. */
const VIEW = new Uint8Array([0, 0, ...PIXEL, 0]).subarray(2, 6);
const image = { type: 'image', data: PIXEL.toString('base64'), mimeType: 'image/png' };

const values: Record<string, (context: McpContext) => unknown> = {
  image: (context) => context.image(PIXEL, 'image/png'),
  view: (context) => context.image(VIEW, 'image/png'),
  list: (context) => ['A picture:', context.image(PIXEL, 'image/png'), { type: 'text', text: '!' }],
  audio: (context) => context.audio(PIXEL, 'audio/wav'),
  file: (context) => context.file(PIXEL, { name: 'a b.bin', mimeType: 'application/octet-stream' }),
  text: (context) => context.file('a,b', { uri: 'notes://7/a.csv', mimeType: 'text/csv' }),
  nothing: (context) => context.file('', { name: 'empty.txt', mimeType: 'text/plain' }),
  empty: (context) => context.image(new Uint8Array(), 'image/png'),
  base64: (context) => context.image('iVBORw0KGgo=' as never, 'image/png'),
  missing: (context) => context.audio(undefined as never, 'audio/wav'),
  type: (context) => context.image(PIXEL, 'text/html'),
  noType: (context) => context.file(PIXEL, { name: 'x' } as never),
  noName: (context) => context.file(PIXEL, { name: '', mimeType: 'text/plain' }),
  relative: (context) => context.file(PIXEL, { uri: 'a/b', mimeType: 'text/plain' }),
  large: (context) => context.image(Buffer.alloc(MAX_CONTENT_BYTES + 1), 'image/png'),
};

@Injectable()
class Contents {
  @McpTool({ description: 'Returns content', input: z.object({ value: z.string() }) })
  give({ value }: { value: string }, context: McpContext) {
    return values[value]?.(context);
  }

  @McpTool({ description: 'Has an output', output: z.object({ type: z.string() }) })
  declared(_input: object, context: McpContext) {
    return context.image(PIXEL, 'image/png');
  }

  @McpResource({ uri: 'files://view', mimeType: 'image/png' })
  view() {
    return VIEW;
  }

  @McpResource({ uri: 'files://empty' })
  empty() {
    return Buffer.alloc(0);
  }

  @McpResource({ uri: 'files://large' })
  large() {
    return Buffer.alloc(MAX_CONTENT_BYTES + 1);
  }
}

let app: McpApp;
beforeAll(async () => {
  app = await startMcpApp([Contents]);
});
afterAll(() => app.app.close());

describe.each(ERAS)('content of bytes, %s', (era) => {
  const give = async (value: string) => {
    const params = { name: 'give', arguments: { value } };
    return (await ask(app.url, 'tools/call', params, { era })).result;
  };
  const read = (uri: string) => ask(app.url, 'resources/read', { uri }, { era });

  it.each([
    ['image', [image]],
    ['view', [image]],
    ['list', [{ type: 'text', text: 'A picture:' }, image, { type: 'text', text: '!' }]],
    ['audio', [{ type: 'audio', data: image.data, mimeType: 'audio/wav' }]],
    [
      'file',
      [
        {
          type: 'resource',
          resource: {
            uri: 'attachment:///a%20b.bin',
            mimeType: 'application/octet-stream',
            blob: image.data,
          },
        },
      ],
    ],
    [
      'text',
      [
        {
          type: 'resource',
          resource: { uri: 'notes://7/a.csv', mimeType: 'text/csv', text: 'a,b' },
        },
      ],
    ],
    [
      'nothing',
      [
        {
          type: 'resource',
          resource: { uri: 'attachment:///empty.txt', mimeType: 'text/plain', text: '' },
        },
      ],
    ],
  ])('%s is sent as blocks', async (value, content) => {
    const result = await give(value);
    expect(result.content).toEqual(content);
    expect(result).not.toHaveProperty('structuredContent');
    expect(result.isError).toBeUndefined();
  });

  it.each([
    ['empty', 'The image cannot be sent: it is empty.'],
    ['base64', 'it is not a Buffer or Uint8Array.'],
    ['missing', 'The audio cannot be sent: it is not a Buffer'],
    ['type', 'its media type is "text/html". Use one such as image/png.'],
    ['noType', 'The file cannot be sent: its media type is missing.'],
    ['noName', 'Give it a name.'],
    ['relative', 'no absolute URI'],
    ['large', `it has ${MAX_CONTENT_BYTES + 1} bytes, and at most ${MAX_CONTENT_BYTES}`],
  ])('%s is a bug, and the log says what', async (value, message) => {
    app.log.errors.length = 0;
    expect(await give(value)).toMatchObject({
      isError: true,
      content: [{ text: 'Internal error. The log of the server has the details.' }],
    });
    expect(app.log.errorsWith(message).length).toBeGreaterThan(0);
  });

  it('a value of an output schema is never taken for a block', async () => {
    const { result } = await ask(app.url, 'tools/call', { name: 'declared' }, { era });
    expect(result.structuredContent).toEqual({ type: 'image' });
  });

  it('a resource may return bytes, also none, but not too many', async () => {
    expect((await read('files://view')).result.contents).toEqual([
      { uri: 'files://view', mimeType: 'image/png', blob: image.data },
    ]);
    expect((await read('files://empty')).result.contents).toEqual([
      { uri: 'files://empty', blob: '' },
    ]);
    expect((await read('files://large')).error).toMatchObject({ code: -32603 });
    expect(app.log.errorsWith('The resource cannot be sent').length).toBeGreaterThan(0);
  });
});

it('the error has a stable code', () => {
  expect(new InvalidContentError('image', 'x')).toMatchObject({ code: 'INVALID_CONTENT' });
});
