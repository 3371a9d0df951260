import { Controller, Injectable, Module } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { Public, RequireScopes } from '../../../src/access/access.decorators.js';
import { DuplicateEntryError } from '../../../src/mcp/mcp.errors.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import { call, mcpApp, boot, toolNames } from '../fixtures.js';

@Injectable()
class Notes {
  private readonly store = ['first'];

  @McpTool({ description: 'Lists the notes' })
  listNotes() {
    return this.store.join(', ');
  }

  @McpTool({ name: 'notes.add', description: 'Adds a note' })
  add() {
    return 'added';
  }

  helper() {
    return 'no tool';
  }
}

abstract class Base {
  abstract readonly answer: string;

  @McpTool({ description: 'Answers' })
  answers() {
    return this.answer;
  }
}

@Injectable()
class Concrete extends Base {
  readonly answer = 'concrete';

  @McpTool({ description: 'More' })
  more() {
    return 'more';
  }
}

describe('HandlerDiscovery', () => {
  it('finds the methods that say @McpTool, by their own names or the given ones', async () => {
    const { url } = await mcpApp([Notes]);
    expect(await toolNames(url)).toEqual(['listNotes', 'notes.add']);
    expect((await call(url, 'listNotes')).text).toBe('first');
    expect((await call(url, 'notes.add')).text).toBe('added');
  });

  it('finds none in an application without tools', async () => {
    const { url } = await mcpApp([]);
    expect(await toolNames(url)).toEqual([]);
  });

  it('finds a class behind a token of its own', async () => {
    const { url } = await mcpApp([{ provide: 'NOTES', useClass: Notes }]);
    expect((await call(url, 'listNotes')).text).toBe('first');
  });

  it.each([
    ['an alias', { provide: 'ALIAS', useExisting: Notes }],
    [
      'a factory that hands on the same instance',
      { provide: 'SAME', useFactory: (notes: Notes) => notes, inject: [Notes] },
    ],
  ])('counts a provider with %s once', async (_, second) => {
    const { url } = await mcpApp([second, Notes]);
    expect(await toolNames(url)).toEqual(['listNotes', 'notes.add']);
  });

  it('finds inherited tools, also of an abstract class', async () => {
    const { url } = await mcpApp([Concrete]);
    expect(await toolNames(url)).toEqual(['answers', 'more']);
    expect((await call(url, 'answers')).text).toBe('concrete');
  });

  it('finds the tools of both where an abstract class is the token', async () => {
    const { url } = await mcpApp([{ provide: Base, useClass: Concrete }]);
    expect(await toolNames(url)).toEqual(['answers', 'more']);
  });

  it('takes the access rule of the class that is instantiated, not of its token', async () => {
    class Open {
      @Public()
      @McpTool({ description: 'Whom is it for?' })
      tool() {
        return 'open';
      }
    }
    class Closed extends Open {
      @RequireScopes('secret')
      @McpTool({ description: 'Whom is it for?' })
      override tool() {
        return 'closed';
      }
    }
    const { url } = await mcpApp([{ provide: Open, useClass: Closed }]);
    expect((await call(url, 'tool')).status).toBe(403);
    expect((await call(url, 'tool', {}, { as: 'alice:secret' })).text).toBe('closed');
  });

  it('finds what an imported module provides, once however often it is imported', async () => {
    @Module({ providers: [Notes], exports: [Notes] })
    class NotesModule {}
    @Module({ imports: [NotesModule], exports: [NotesModule] })
    class Reexporting {}
    const { url } = await mcpApp([], { metadata: { imports: [NotesModule, Reexporting] } });
    expect(await toolNames(url)).toEqual(['listNotes', 'notes.add']);
  });

  it('finds tools of a value and of a factory', async () => {
    class Other {
      @McpTool({ description: 'Made by a factory' })
      made() {
        return 'made';
      }
    }
    const { url } = await mcpApp([
      { provide: Notes, useValue: new Notes() },
      { provide: 'OTHER', useFactory: async () => new Other() },
    ]);
    expect(await toolNames(url)).toEqual(['listNotes', 'made', 'notes.add']);
    expect((await call(url, 'made')).text).toBe('made');
  });

  it('refuses two tools of one name, and names both', async () => {
    class Second {
      @McpTool({ name: 'listNotes', description: 'Lists other notes' })
      list() {}
    }
    await expect(boot([Notes, Second])).rejects.toThrow(
      'Two tools are named "listNotes": Notes.listNotes and Second.list.',
    );
  });

  it('refuses a class that two modules provide, and says what to do', async () => {
    @Module({ providers: [Notes] })
    class One {}
    @Module({ providers: [Notes] })
    class Two {}
    const booting = boot([], { metadata: { imports: [One, Two] } });
    await expect(booting).rejects.toThrow(DuplicateEntryError);
    await expect(booting).rejects.toThrow('two modules provide the class of Notes.listNotes');
  });

  it('refuses tools on methods of a controller that are no routes', async () => {
    @Controller()
    class Mistaken {
      @McpTool({ description: 'On the wrong class' })
      tool() {}
    }
    await expect(boot([], { metadata: { controllers: [Mistaken] } })).rejects.toThrow(
      'Mistaken.tool cannot be served: it is a method of a controller, and no route.',
    );
  });

  it('leaves out what is excluded, and refuses to exclude what is not there', async () => {
    const { url } = await mcpApp([Notes], { exclude: ['notes.add'] });
    expect(await toolNames(url)).toEqual(['listNotes']);
    expect((await call(url, 'notes.add')).error?.code).toBe(-32602);
    await expect(boot([Notes], { exclude: ['notes/rm'] })).rejects.toThrow('notes/rm');
  });
});
