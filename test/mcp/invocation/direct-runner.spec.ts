import {
  Catch,
  Injectable,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  createParamDecorator,
  type ArgumentMetadata,
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  type NestInterceptor,
  type PipeTransform,
  type Provider,
  type Type,
} from '@nestjs/common';
import {
  APP_FILTER,
  APP_GUARD,
  APP_INTERCEPTOR,
  APP_PIPE,
  ExternalContextCreator,
  ModulesContainer,
} from '@nestjs/core';
import nest from '@nestjs/core/package.json' with { type: 'json' };
import { Test, type TestingModule } from '@nestjs/testing';
import * as fc from 'fast-check';
import { isObservable } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { McpContext } from '../../../src/mcp/authoring/mcp-context.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import { InputPipe } from '../../../src/mcp/authoring/schema.js';
import type { HandlerRunner } from '../../../src/mcp/invocation/declared-handler.js';
import { createDirectRunner } from '../../../src/mcp/invocation/direct-runner.js';
import { createNestRunner } from '../../../src/mcp/invocation/nest-runner.js';
import { SealedReply } from '../../../src/mcp/invocation/sealed-reply.js';
import { contextsOf, describeParameters, mayTake } from '../../../src/mcp/nest-internals.js';
import { runs } from '../../support/runs.js';
import {
  FILTERS,
  Failure,
  GUARDS,
  HANDLERS,
  INTERCEPTORS,
  PIPES,
  note,
  recorded,
  storage,
} from './behaviours.js';

// Every handler of this file runs by Nest's pipeline and by ours. What it returns or throws, what Nest logs,
// and what ran in which order must be the same. What guards and the like do is told by the scenario of a run.

const LEVELS = ['global', 'class', 'method'] as const;
type Level = (typeof LEVELS)[number];
type AtLevels<T> = Readonly<Record<Level, T>>;

interface Scenario {
  readonly guards: AtLevels<keyof typeof GUARDS>;
  readonly interceptors: AtLevels<keyof typeof INTERCEPTORS>;
  readonly pipes: AtLevels<keyof typeof PIPES> & { readonly parameter: keyof typeof PIPES };
  readonly filters: AtLevels<keyof typeof FILTERS>;
  readonly handler: keyof typeof HANDLERS;
  readonly input: unknown;
}

let scenario: Scenario;
const placeOf = (host: ArgumentsHost): string =>
  `${host.getType()}:${host.getArgs().length}:${host.getArgByIndex(0)?.name}`;
const handlerOf = (context: ExecutionContext): string =>
  `${placeOf(context)}:${context.getClass().name}.${context.getHandler().name}`;

const guardAt = (level: Level): CanActivate => ({
  canActivate: (context) => {
    note(`${level} guard of ${handlerOf(context)}`);
    return GUARDS[scenario.guards[level]](context);
  },
});
const interceptorAt = (level: Level): NestInterceptor => ({
  intercept: (context: ExecutionContext, next: CallHandler) => {
    note(`${level} interceptor of ${handlerOf(context)}`);
    return INTERCEPTORS[scenario.interceptors[level]](context, next);
  },
});
const pipeAt = (level: keyof Scenario['pipes']): PipeTransform => ({
  transform: (value: unknown, metadata: ArgumentMetadata) => {
    note(`${level} pipe: ${describeValue(value)} ${describeMetadata(metadata)}`);
    return PIPES[scenario.pipes[level]](value);
  },
});
function filterAt(level: Level): ExceptionFilter {
  @Catch(Failure)
  class LevelFilter implements ExceptionFilter {
    catch(error: unknown, host: ArgumentsHost): unknown {
      note(`${level} filter of ${placeOf(host)}`);
      return FILTERS[scenario.filters[level]](error);
    }
  }
  return new LevelFilter();
}
const describeValue = (value: unknown): string =>
  value instanceof McpContext ? 'the context' : JSON.stringify(value);
const describeMetadata = (metadata: ArgumentMetadata): string =>
  JSON.stringify({ ...metadata, metatype: metadata.metatype?.name }, METADATA);
const METADATA = ['data', 'metatype', 'schema', 'type'];

const Who = createParamDecorator((who: string, context: ExecutionContext) => {
  const { name } = context.switchToHttp().getRequest();
  return who === 'later' ? Promise.resolve(name) : name;
});
class Input {
  readonly n!: number;
}
const run = (...values: unknown[]): unknown => {
  recorded.calls += 1;
  note(`handler: ${values.map(describeValue).join()}`);
  return HANDLERS[scenario.handler](values);
};

/** Puts enhancers on a class or a method. */
const use =
  (level: Level, kinds: ReadonlySet<string>): ClassDecorator & MethodDecorator =>
  (...target: [any, any?, any?]) => {
    if (kinds.has('guards')) UseGuards(guardAt(level))(...target);
    if (kinds.has('interceptors')) UseInterceptors(interceptorAt(level))(...target);
    if (kinds.has('pipes')) UsePipes(pipeAt(level))(...target);
    if (kinds.has('filters')) UseFilters(filterAt(level))(...target);
  };

/** An application with these kinds of enhancers at each level around its two handlers. */
async function runners(...kinds: string[]) {
  const all = new Set(kinds);
  class Base {
    @use('method', all)
    @McpTool({ description: 'Inherited' })
    inherited(input: Input, context: McpContext): unknown {
      return run(this.constructor.name, input, context);
    }
  }
  @use('class', all)
  @Injectable()
  class Tools extends Base {
    @use('method', all)
    @McpTool({ description: 'Has parameters of all kinds' })
    tool(
      input: Input,
      @Who('now', ...(all.has('pipes') ? [pipeAt('parameter')] : [])) who: string,
      context: McpContext,
      @Who('later') later: string,
    ): unknown {
      return run(input, who, context, later);
    }

    @use('method', all)
    @McpTool({ description: 'Has our parameters' })
    plain(input: Input, context: McpContext): unknown {
      return run(input, context);
    }

    @use('method', all)
    @McpTool({ description: 'Takes no context' })
    unaware(input: Input): unknown {
      return run(input);
    }
  }
  const globals: [string, Provider][] = [
    ['guards', { provide: APP_GUARD, useValue: guardAt('global') }],
    ['interceptors', { provide: APP_INTERCEPTOR, useValue: interceptorAt('global') }],
    ['pipes', { provide: APP_PIPE, useValue: pipeAt('global') }],
    ['filters', { provide: APP_FILTER, useValue: filterAt('global') }],
  ];
  const used = globals.flatMap(([kind, provider]) => (all.has(kind) ? [provider] : []));
  const module = await Test.createTestingModule({ providers: [Tools, ...used] })
    .setLogger({ error: (error) => note(`logged: ${String(error)}`), warn: note, log: note })
    .compile();
  await module.init();
  afterAll(() => module.close());
  return (method: 'tool' | 'plain' | 'unaware' | 'inherited') => runnersOf(module, Tools, method);
}

interface Runners {
  readonly nest: HandlerRunner;
  readonly direct: HandlerRunner;
}

function runnersOf(app: TestingModule, type: Type<object>, method: string): Runners {
  const [wrapper] = [...app.get(ModulesContainer).values()].flatMap(({ providers }) => {
    const found = providers.get(type);
    return found ? [found] : [];
  });
  if (!wrapper) throw new Error('The class is no provider.');
  const contexts = contextsOf(app.get(ExternalContextCreator), wrapper);
  const instance = wrapper.instance as object; // The provider is a class.
  const declared = { instance, handler: Reflect.get(instance, method) };
  const parameters = describeParameters(type, method, {
    inputPipe: new InputPipe(method, Schema),
    takesContext: mayTake(type, method, 1),
  });
  const bound = { host: { wrapper, type }, method, parameters };
  const direct = createDirectRunner(contexts, declared, bound);
  if (!direct) throw new Error('Nest could not be asked.');
  return {
    nest: createNestRunner(contexts, declared, bound),
    direct: (...call) => direct(instance, ...call),
  };
}

const IS_NEST_11 = nest.version.startsWith('11.');

const Schema = z.object({ n: z.number().transform((n) => n * 10) });

async function outcomeOf(runner: HandlerRunner, one: Scenario) {
  scenario = one;
  recorded.events = [];
  recorded.calls = 0;
  const call: Parameters<HandlerRunner> = [
    { name: 'alice' },
    new SealedReply({ reply: {} }),
    structuredClone(one.input),
    Object.create(McpContext.prototype),
  ];
  const ended = await storage.run('the call', async () => {
    try {
      const value = await runner(...call);
      return { value: isObservable(value) ? 'an observable' : value };
    } catch (error) {
      return { error: String(error) };
    }
  });
  // Pipes and subscriptions that nobody awaits.
  await new Promise(setImmediate);
  const { events } = recorded;
  return { ended, events: isConcurrent(one) || IS_NEST_11 ? events.toSorted() : events };
}

/**
 * Whether the handler runs twice at a time. Which step of which run is first is then nobody's promise. Nor
 * is which parameter has its pipe first: in Nest 11 one that was promised is not behind the others.
 */
function isConcurrent({ interceptors }: Scenario): boolean {
  const used = Object.values(interceptors);
  return used.some((name) => name.startsWith('subscribes twice') || name.includes('and lets'));
}

async function expectTheSame({ nest, direct }: Runners, one: Scenario): Promise<void> {
  const expected = await outcomeOf(nest, one);
  expect(await outcomeOf(direct, one), JSON.stringify(one, null, 1)).toEqual(expected);
}

const namesOf = <T extends object>(table: T) =>
  fc.constantFrom(...(Object.keys(table) as (keyof T)[]));
/** Mostly the usual, which lets the others have their say. */
const mostly = <T>(usual: T, other: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 2, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: other });
const each = <T>(one: fc.Arbitrary<T>) => fc.record({ global: one, class: one, method: one });
const pipe = mostly('passes', namesOf(PIPES));
const scenarios: fc.Arbitrary<Scenario> = fc.record({
  guards: each(mostly('passes', namesOf(GUARDS))),
  interceptors: each(mostly('lets through', namesOf(INTERCEPTORS))),
  pipes: fc.record({ global: pipe, class: pipe, method: pipe, parameter: pipe }),
  filters: each(namesOf(FILTERS)),
  handler: namesOf(HANDLERS),
  input: mostly<unknown>({ n: 1 }, fc.constantFrom<unknown>({}, { n: 'text' }, 1)),
});

describe.each([
  ['everything', ['guards', 'interceptors', 'pipes', 'filters']],
  ['guards', ['guards', 'filters']],
  ['interceptors', ['interceptors', 'filters']],
  ['pipes', ['pipes', 'filters']],
  ['nothing', []],
])('a handler with %s around it runs as by Nest', (_, kinds) => {
  let runnersFor: Awaited<ReturnType<typeof runners>>;
  beforeAll(async () => {
    runnersFor = await runners(...kinds);
  });

  it.each(['tool', 'plain', 'unaware', 'inherited'] as const)(
    '%s, in any combination',
    async (method) => {
      const pair = runnersFor(method);
      await fc.assert(
        fc.asyncProperty(scenarios, (one) => {
          // Which run is the first one that fails is as little a promise.
          fc.pre(!isConcurrent(one) || !one.handler.startsWith('fails at first'));
          return expectTheSame(pair, one);
        }),
        { numRuns: runs(200), seed: 15 },
      );
    },
  );
});
