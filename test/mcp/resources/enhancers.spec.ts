import {
  BadRequestException,
  Catch,
  Injectable,
  Scope,
  UseFilters,
  UseGuards,
  UseInterceptors,
  createParamDecorator,
  type ArgumentsHost,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  type NestInterceptor,
  type PipeTransform,
} from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Public } from '../../../src/access/access.decorators.js';
import { principalOf } from '../../../src/request/request-record.js';
import { z } from 'zod';
import { McpCompletion, McpPrompt } from '../../../src/mcp/authoring/mcp-prompt.decorator.js';
import {
  McpResourceTemplate,
  McpResource,
} from '../../../src/mcp/authoring/mcp-resource.decorator.js';
import { ask } from '../answer.js';
import { startMcpApp, type McpApp } from '../fixtures.js';

const seen: string[] = [];

@Injectable()
class AliceGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    seen.push(`guard of ${context.getType()} ${context.getHandler().name}`);
    const caller = principalOf(context.switchToHttp().getRequest());
    return caller?.subject === 'user_alice';
  }
}

@Injectable()
class Noting implements NestInterceptor {
  intercept(context: ExecutionContext, next: { handle(): any }) {
    seen.push(`interceptor of ${context.getHandler().name}`);
    return next.handle();
  }
}

@Injectable()
class Shouting implements PipeTransform {
  transform(value: string) {
    return value.toUpperCase();
  }
}

class Odd extends Error {}

@Catch(Odd)
class OddFilter implements ExceptionFilter {
  catch(_error: Odd, _host: ArgumentsHost): never {
    throw new BadRequestException('that was odd');
  }
}

const Caller = createParamDecorator(
  (_data: unknown, context: ExecutionContext) =>
    principalOf(context.switchToHttp().getRequest())?.subject ?? 'nobody',
);

@Injectable({ scope: Scope.REQUEST })
class PerRequest {
  static made = 0;
  readonly number = (PerRequest.made += 1);
}

@Injectable()
@Public()
@UseGuards(AliceGuard)
@UseInterceptors(Noting)
@UseFilters(OddFilter)
class Enhanced {
  constructor(private readonly perRequest: PerRequest) {}

  private result(caller: string): string {
    if (caller === 'ODD') throw new Odd();
    return `${caller} ${this.perRequest.number}`;
  }

  @McpResource({ uri: 'x://resource' })
  resource(_input: object, @Caller(Shouting) caller: string) {
    return this.result(caller);
  }

  @McpResource({ uri: 'x://odd' })
  oddResource() {
    return this.result('ODD');
  }

  @McpResourceTemplate({ uriTemplate: 'x://of/{id}' })
  template({ id }: { id: string }, @Caller(Shouting) caller: string) {
    return this.result(id === 'odd' ? 'ODD' : caller);
  }

  @McpPrompt({ input: z.object({ odd: z.string().optional() }) })
  prompt({ odd }: { odd?: string | undefined }, @Caller(Shouting) caller: string) {
    return this.result(odd ? 'ODD' : caller);
  }

  @McpCompletion({ prompt: 'prompt', argument: 'odd' })
  completion({ value }: { value: string }, @Caller(Shouting) caller: string) {
    return [this.result(value === 'odd' ? 'ODD' : caller)];
  }
}

let mcp: McpApp;
beforeAll(async () => {
  mcp = await startMcpApp([Enhanced, PerRequest]);
});
afterAll(() => mcp.app.close());

const complete = (value = '') => ({
  ref: { type: 'ref/prompt', name: 'prompt' },
  argument: { name: 'odd', value },
});

describe.each([
  ['resource', 'resources/read', { uri: 'x://resource' }, { uri: 'x://odd' }],
  ['template', 'resources/read', { uri: 'x://of/it' }, { uri: 'x://of/odd' }],
  ['prompt', 'prompts/get', { name: 'prompt' }, { name: 'prompt', arguments: { odd: 'odd' } }],
  ['completion', 'completion/complete', complete(), complete('odd')],
])('on a %s', (handler, method, params, odd) => {
  it('guards, interceptors, pipes and parameter decorators run as on a route', async () => {
    seen.length = 0;
    const { result } = await ask(mcp.url, method, params);
    expect(JSON.stringify(result)).toContain('USER_ALICE');
    expect(seen).toEqual([`guard of mcp ${handler}`, `interceptor of ${handler}`]);
  });

  it('a guard that says no ends it', async () => {
    seen.length = 0;
    const { result, error } = await ask(mcp.url, method, params, { as: 'bob' });
    expect(result).toBeUndefined();
    expect(error).toMatchObject({ code: -32602, message: 'Forbidden resource' });
    expect(seen).toEqual([`guard of mcp ${handler}`]);
  });

  it('a request-scoped provider is a new one for each request', async () => {
    const before = PerRequest.made;
    const texts = [await ask(mcp.url, method, params), await ask(mcp.url, method, params)].map(
      ({ result }) => /USER_ALICE (\d+)/.exec(JSON.stringify(result))?.[1],
    );
    expect(texts).toEqual([`${before + 1}`, `${before + 2}`]);
  });

  it('a filter says what the caller is told', async () => {
    const { error } = await ask(mcp.url, method, odd);
    expect(error).toMatchObject({ code: -32602, message: 'that was odd' });
  });
});
