import { Injectable } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import {
  McpApp,
  McpResource,
  McpResourceTemplate,
  McpTool,
  type McpAppOptions,
} from '../../../src/index.js';
import { ask, ERAS } from '../answer.js';
import { boot, mcpApp } from '../fixtures.js';

const MIME = 'text/html;profile=mcp-app';
const UI = {
  csp: { connectDomains: ['https://api.example.com', 'wss://*.example.com:8443'] },
  permissions: { camera: {}, clipboardWrite: {} },
  domain: 'notes.example.com',
  prefersBorder: false,
};

@Injectable()
class Pages {
  @McpApp({
    uri: 'ui://notes/list.html',
    title: 'Notes',
    csp: UI.csp,
    permissions: ['camera', 'clipboardWrite'],
    domain: UI.domain,
    prefersBorder: false,
    _meta: { own: 1 },
  })
  list() {
    return '<p>Notes</p>';
  }

  @McpApp({ uri: 'ui://notes/plain.html' })
  plain() {
    return '<p>Plain</p>';
  }

  @McpResource({ uri: 'notes://contents', _meta: { a: 1 } })
  contents() {
    return [
      { uri: 'notes://contents', text: 'one' },
      { uri: 'notes://contents', text: 'two', _meta: { b: 2 } },
      { uri: 'notes://other', text: 'three' },
    ];
  }

  @McpResource({ uri: 'notes://whole', _meta: { a: 1 } })
  whole() {
    return { contents: [{ uri: 'notes://whole', text: 'one' }], _meta: { c: 3 } };
  }

  @McpResource({ uri: 'notes://json', _meta: { a: 1 } })
  json() {
    return { n: 1 };
  }

  @McpResourceTemplate({ uriTemplate: 'ui://notes/{id}/page', _meta: { ui: UI } })
  one() {
    return '<p>One</p>';
  }

  @McpTool({ description: 'Lists', _meta: { ui: { resourceUri: 'ui://notes/list.html' } } })
  notes() {
    return { notes: [] };
  }

  @McpTool({ description: 'Shows', _meta: { 'ui/resourceUri': 'ui://notes/7/page' } })
  note() {
    return { id: 7 };
  }
}

describe.each(ERAS)('the page of an MCP App, %s', (era) => {
  it('is listed and read with its media type and its policy', async () => {
    const { url } = await mcpApp([Pages]);
    const { result } = await ask(url, 'resources/list', {}, { era });
    const _meta = { own: 1, ui: UI };
    expect(result.resources).toContainEqual({
      uri: 'ui://notes/list.html',
      name: 'list',
      title: 'Notes',
      mimeType: MIME,
      _meta,
    });
    expect(result.resources).toContainEqual({
      uri: 'ui://notes/plain.html',
      name: 'plain',
      mimeType: MIME,
    });
    const read = async (uri: string) =>
      (await ask(url, 'resources/read', { uri }, { era })).result.contents;
    expect(await read('ui://notes/list.html')).toEqual([
      { uri: 'ui://notes/list.html', mimeType: MIME, text: '<p>Notes</p>', _meta },
    ]);
    expect(await read('ui://notes/plain.html')).toEqual([
      { uri: 'ui://notes/plain.html', mimeType: MIME, text: '<p>Plain</p>' },
    ]);
    expect(await read('ui://notes/7/page')).toMatchObject([{ _meta: { ui: UI } }]);
  });

  it('keeps the _meta of every resource, and that of its contents', async () => {
    const { url } = await mcpApp([Pages]);
    const read = async (uri: string) => (await ask(url, 'resources/read', { uri }, { era })).result;
    expect((await read('notes://contents')).contents).toEqual([
      { uri: 'notes://contents', text: 'one', _meta: { a: 1 } },
      { uri: 'notes://contents', text: 'two', _meta: { b: 2 } },
      { uri: 'notes://other', text: 'three' },
    ]);
    const whole = await read('notes://whole');
    expect(whole.contents).toEqual([{ uri: 'notes://whole', text: 'one', _meta: { a: 1 } }]);
    expect(whole._meta).toMatchObject({ c: 3 });
    expect((await read('notes://json')).contents).toEqual([
      { uri: 'notes://json', mimeType: 'application/json', text: '{"n":1}', _meta: { a: 1 } },
    ]);
  });
});

describe('the boot stops', () => {
  const toolOf = (resourceUri: unknown) => {
    class Tools {
      @McpTool({ description: 'Has an app', _meta: { ui: { resourceUri } } })
      show() {
        return {};
      }
    }
    return Tools;
  };

  it('for a tool that names an app which its server does not have', async () => {
    await expect(boot([Pages, toolOf('ui://notes/lst.html')])).rejects.toThrow(
      "Tools.show cannot be served: its _meta names the app ui://notes/lst.html, which this server does not have. Add @McpApp({ uri: 'ui://notes/lst.html' })",
    );
    await expect(boot([Pages, toolOf('ui://notes/list.html')])).resolves.toBeUndefined();
    await expect(boot([toolOf('ui://later')], { dynamic: true })).resolves.toBeUndefined();
  });

  it.each(['https://example.com', 7, 'ui://'])('for a tool that names %j', async (uri) => {
    await expect(boot([toolOf(uri)], { dynamic: true })).rejects.toThrow('Use a URI such as ui://');
  });

  it.each<[string, object]>([
    ['is not the URI of an MCP App', { uri: 'https://example.com' }],
    ['is not the URI of an MCP App', {}],
    ['csp.connectDomains has "https://a.b/c"', { csp: { connectDomains: ['https://a.b/c'] } }],
    ['csp.frameDomains has "*"', { csp: { frameDomains: ['*'] } }],
    [
      'csp.resourceDomains has "https://a.b; script-src *"',
      { csp: { resourceDomains: ['https://a.b; script-src *'] } },
    ],
    ['permissions has "usb"', { permissions: ['usb'] }],
  ])('with "%s"', (message, wrong) => {
    const uri = message.startsWith('is not') ? {} : { uri: 'ui://a' };
    expect(() => {
      class Wrong {
        @McpApp({ ...uri, ...wrong } as McpAppOptions)
        page() {
          return '';
        }
      }
      return Wrong;
    }).toThrow(message);
  });

  it.each(['notes://{id}', 'ui://notes/{id}'])(
    'for the template %s as the URI of one resource',
    async (uri) => {
      class Notes {
        @McpResource({ uri })
        one() {
          return '';
        }
      }
      await expect(boot([Notes])).rejects.toThrow(
        `Notes.one cannot be served: "${uri}" is a URI template, and @McpResource() is for one URI. Use @McpResourceTemplate({ uriTemplate: '${uri}' })`,
      );
    },
  );
});
