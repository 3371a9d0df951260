import { createParamDecorator } from '@nestjs/common';
import { expect, it } from 'vitest';
import { z } from 'zod';
import {
  McpCompletion,
  McpPrompt,
  type CompletionInput,
} from '../../../src/mcp/authoring/mcp-prompt.decorator.js';
import {
  McpResourceTemplate,
  McpResource,
} from '../../../src/mcp/authoring/mcp-resource.decorator.js';
import type { McpContext } from '../../../src/mcp/authoring/mcp-context.js';

const User = createParamDecorator(() => 'alice');
const Id = z.object({ id: z.coerce.number() });

// What must compile, and what must not: `tsc -p test` checks the comments.
class Resources {
  @McpResource({ uri: 'x://fits' })
  fits({ uri }: { uri: string }, _context: McpContext, @User() _user: string) {
    return uri;
  }

  @McpResource({ uri: 'x://takes-nothing' })
  async takesNothing() {}

  // @ts-expect-error a resource gets its URI only
  @McpResource({ uri: 'x://wrong' })
  wrongInput({ id }: { id: string }) {
    return id;
  }

  // @ts-expect-error a resource has a URI
  @McpResource({ name: 'x' })
  withoutUri() {}

  // @ts-expect-error there are two scopes
  @McpResource({ uri: 'x://cached', cache: { ttlMs: 1, scope: 'shared' } })
  wrongCache() {}
}

class Templates {
  @McpResourceTemplate({ uriTemplate: 'x://{id}/{rest*}{?lang,tag*}' })
  fits(variables: { id: string; rest: string[]; lang?: string; tag?: string[] }, _c: McpContext) {
    return variables;
  }

  @McpResourceTemplate({ uriTemplate: 'x://{id}/{rest}' })
  takesLess({ id }: { id: string }) {
    return id;
  }

  @McpResourceTemplate({ uriTemplate: 'x://{id}', variables: Id })
  withSchema({ id }: { id: number }) {
    return id;
  }

  // @ts-expect-error the template names no such variable
  @McpResourceTemplate({ uriTemplate: 'x://{id}' })
  unknownVariable({ name }: { name: string }) {
    return name;
  }

  // @ts-expect-error without a schema a variable is text
  @McpResourceTemplate({ uriTemplate: 'x://{id}' })
  wrongType({ id }: { id: number }) {
    return id;
  }

  // @ts-expect-error an exploded variable is a list
  @McpResourceTemplate({ uriTemplate: 'x://{/id*}' })
  noList({ id }: { id: string }) {
    return id;
  }

  // @ts-expect-error a variable of the query may be left out
  @McpResourceTemplate({ uriTemplate: 'x://y{?q}' })
  mandatoryQuery({ q }: { q: string }) {
    return q;
  }

  // @ts-expect-error the schema gives a number
  @McpResourceTemplate({ uriTemplate: 'x://{id}', variables: Id })
  againstSchema({ id }: { id: string }) {
    return id;
  }
}

class Prompts {
  @McpPrompt({ input: Id })
  fits({ id }: { id: number }, _context: McpContext, @User() _user: string) {
    return `${id}`;
  }

  @McpPrompt({})
  takesNothing() {
    return '';
  }

  // @ts-expect-error the schema gives a number
  @McpPrompt({ input: Id })
  wrongInput({ id }: { id: string }) {
    return id;
  }

  @McpPrompt({ input: { type: 'object' } })
  plainJsonSchema() {}

  // @ts-expect-error no schema at all
  @McpPrompt({ input: 'object' })
  noSchema() {}
}

class Completions {
  @McpCompletion({ prompt: 'p', argument: 'a' })
  async fits({ value, arguments: known }: CompletionInput, _context: McpContext) {
    return [value, ...Object.values(known)];
  }

  @McpCompletion({ uriTemplate: 'x://{id}', variable: 'id' })
  takesLess({ value }: { value: string }): readonly string[] {
    return [value];
  }

  // @ts-expect-error candidates are text
  @McpCompletion({ prompt: 'p', argument: 'a' })
  numbers() {
    return [1];
  }

  // @ts-expect-error candidates are a list
  @McpCompletion({ prompt: 'p', argument: 'a' })
  single() {
    return 'one';
  }

  // @ts-expect-error an argument of a prompt or a variable of a template
  @McpCompletion({ prompt: 'p', variable: 'a' })
  mixed() {
    return [];
  }
}

it('a handler whose signature does not fit its decorator does not compile', () => {
  expect([Resources, Templates, Prompts, Completions]).toHaveLength(4);
});
