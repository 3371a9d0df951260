import {
  Controller,
  Get,
  Inject,
  Injectable,
  Module,
  RequestMethod,
  Scope,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  VERSION_NEUTRAL,
  Version,
  type CanActivate,
  type ExceptionFilter,
  type NestInterceptor,
  type PipeTransform,
} from '@nestjs/common';
import { ApplicationConfig, ExternalContextCreator, ModuleRef, REQUEST } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CONTEXT_PARAMETER,
  ENHANCER_METADATA,
  ENTRY_PROVIDER_WATERMARK,
  ExecutionContextHost,
  FORBIDDEN_MESSAGE,
  HOST_METADATA,
  INPUT_PARAMETER,
  InstanceWrapper,
  METHOD_METADATA,
  PATH_METADATA,
  RoutePathFactory,
  VERSION_METADATA,
  bindHandlerParameters,
  describeParameters,
  contextsOf,
  callPrivate,
  httpOnlyParameters,
  mayTake,
  parametersOf,
  requestContextId,
} from '../../src/mcp/nest-internals.js';
import { wrapperIn } from './wrapper-in.js';

@Injectable()
class OwnGuard implements CanActivate {
  canActivate = () => true;
}
class OwnInterceptor implements NestInterceptor {
  intercept: NestInterceptor['intercept'] = (_, next) => next.handle();
}
class OwnPipe implements PipeTransform {
  transform = (value: unknown) => value;
}
class OwnFilter implements ExceptionFilter {
  catch = () => undefined;
}

@Injectable()
class Tools {
  @UseGuards(OwnGuard)
  @UseInterceptors(OwnInterceptor)
  @UsePipes(OwnPipe)
  @UseFilters(OwnFilter)
  tool(input: unknown, context: unknown): unknown {
    return [input, context];
  }
}

@Injectable({ scope: Scope.REQUEST })
class PerRequest {
  constructor(@Inject(REQUEST) readonly request: unknown) {}
}

@Controller({ path: 'notes', host: 'a.example', version: '1' })
class Notes {
  @Get('all')
  @Version(VERSION_NEUTRAL)
  all(): string {
    return 'all';
  }
}

@Module({
  controllers: [Notes],
  providers: [Tools, OwnGuard, OwnInterceptor, OwnPipe, PerRequest],
})
class Root {}

const Noted: MethodDecorator = () => undefined;
const Replaced: MethodDecorator = (_target, _method, descriptor) => {
  const original = descriptor.value as unknown as (...args: unknown[]) => unknown;
  Reflect.set(descriptor, 'value', function (this: unknown, ...args: unknown[]) {
    return Reflect.apply(original, this, args);
  });
};

class Handlers {
  @Noted
  none(): unknown {
    return [];
  }
  @Noted
  input(input: unknown): unknown {
    return input;
  }
  @Noted
  context(input: unknown, context: unknown): unknown {
    return [input, context];
  }
  @Noted
  byDefault(input: unknown = {}): unknown {
    return input;
  }
  @Noted
  rest(...all: unknown[]): unknown {
    return all;
  }
  @Replaced
  replaced(input: unknown): unknown {
    return input;
  }
  untold(input: unknown): unknown {
    return input;
  }
  @Noted
  overridden(input: unknown): unknown {
    return input;
  }
}
class MoreHandlers extends Handlers {
  override overridden(input: unknown, _context?: unknown): unknown {
    return input;
  }
}

let app: Awaited<ReturnType<typeof boot>>;
const boot = async () => (await Test.createTestingModule({ imports: [Root] }).compile()).init();
beforeAll(async () => {
  app = await boot();
});
afterAll(() => app.close());

const wrapperOf = (token: unknown) => wrapperIn(app, token);

describe('Of the internals of Nest', () => {
  it('a provider knows the key of its module, where its handlers find their enhancers', () => {
    const contexts = app.get(ExternalContextCreator);
    const { moduleKey, wrapper } = wrapperOf(Tools);
    expect(wrapper.host?.token).toBe(moduleKey);
    const replaced = ['getContextModuleKey', 'handlerMetadataStorage'];
    expect(replaced.filter((name) => !Reflect.has(contexts, name))).toEqual([]);
    expect(callPrivate(contextsOf(contexts, wrapper), 'getContextModuleKey', Root)).toBe(moduleKey);
  });

  it('a method that is not there gives nothing', () => {
    expect(callPrivate(undefined, 'create')).toBeUndefined();
    expect(callPrivate({}, 'create')).toBeUndefined();
  });

  it('the keys of enhancers are those under which decorators note them', () => {
    const noted = ENHANCER_METADATA.map(
      (key): unknown => Reflect.getMetadata(key, Tools.prototype.tool)?.[0],
    );
    expect(noted).toEqual([OwnGuard, OwnInterceptor, OwnPipe, OwnFilter]);
  });

  it('the keys of routes are those under which decorators note them', () => {
    const read = (key: string, holder: object): unknown => Reflect.getMetadata(key, holder);
    expect([PATH_METADATA, HOST_METADATA, VERSION_METADATA].map((key) => read(key, Notes))).toEqual(
      ['notes', 'a.example', '1'],
    );
    const { all } = Notes.prototype;
    expect([PATH_METADATA, METHOD_METADATA, VERSION_METADATA].map((key) => read(key, all))).toEqual(
      ['all', RequestMethod.GET, VERSION_NEUTRAL],
    );
  });

  it('the factory of paths puts a global prefix in front', () => {
    const config = new ApplicationConfig();
    config.setGlobalPrefix('api');
    const paths = new RoutePathFactory(config).create(
      { ctrlPath: '/notes', methodPath: '/all', globalPrefix: config.getGlobalPrefix() },
      RequestMethod.GET,
    );
    expect(paths).toEqual(['/api/notes/all']);
  });

  it('a provider as the container holds it says whether it is one per request', () => {
    expect(wrapperOf(Tools).wrapper).toBeInstanceOf(InstanceWrapper);
    expect(wrapperOf(Tools).wrapper.isDependencyTreeStatic()).toBe(true);
    expect(wrapperOf(PerRequest).wrapper.isDependencyTreeStatic()).toBe(false);
  });

  it('a request has one sub-tree of the container, which its request-scoped providers share', async () => {
    const request = { url: '/' };
    const moduleRef = app.get(ModuleRef);
    const id = requestContextId(request, moduleRef);
    expect(requestContextId(request, moduleRef)).toBe(id);
    const [one, other] = await Promise.all([
      moduleRef.resolve(PerRequest, id, { strict: false }),
      moduleRef.resolve(PerRequest, id, { strict: false }),
    ]);
    expect(one).toBe(other);
    expect(one.request).toBe(request);
  });

  it('an execution context gives its arguments, class and handler', () => {
    const context = new ExecutionContextHost([1, 2], Notes, Notes.prototype.all);
    context.setType('mcp');
    expect([context.getType(), context.getArgByIndex(1), context.getClass()]).toEqual([
      'mcp',
      2,
      Notes,
    ]);
    expect(context.getHandler()).toBe(Notes.prototype.all);
  });

  it('parameters of a handler are described in the form that Nest reads', () => {
    bindHandlerParameters(Tools, 'tool');
    expect(Object.keys(parametersOf(Tools, 'tool'))).toEqual([
      `${INPUT_PARAMETER}:0`,
      `${CONTEXT_PARAMETER}:1`,
    ]);
    expect(httpOnlyParameters(Tools, 'tool')).toEqual([]);
  });

  it.each([
    ['none', false],
    ['input', false],
    ['context', true],
    ['byDefault', true],
    ['rest', true],
    ['replaced', true],
    ['untold', true],
    ['overridden', true],
  ])(
    '%s: whether a method may read its second parameter is told by the types that are noted',
    (method, may) => {
      expect(mayTake(MoreHandlers, method, 1)).toBe(may);
    },
  );

  it('a context that is no parameter is not described', () => {
    bindHandlerParameters(Tools, 'tool');
    const key = describeParameters(Tools, 'tool', { takesContext: false });
    expect(Object.keys(parametersOf(Tools, 'tool', key))).toEqual([`${INPUT_PARAMETER}:0`]);
  });

  it('parameters of a handler may be described more than once, each time with another pipe', async () => {
    bindHandlerParameters(Tools, 'tool');
    const run = (prefix: string) => {
      const pipe = { transform: (value: unknown) => `${prefix} ${String(value)}` };
      const key = describeParameters(Tools, 'tool', { inputPipe: pipe, takesContext: true });
      const tools = app.get(Tools);
      const none = { guards: false, interceptors: false, filters: false };
      // Nest 11 by itself remembers the first description of a method.
      const contexts = contextsOf(
        app.get(ExternalContextCreator),
        new InstanceWrapper({ token: Tools, metatype: Tools }),
      );
      return contexts.create(
        tools,
        tools.tool,
        'tool',
        key,
        { exchangeKeyForValue: (parameter: number) => parameter },
        undefined,
        undefined,
        none,
        'mcp',
      );
    };
    const [first, second] = [run('first'), run('second')];
    const context = CONTEXT_PARAMETER;
    expect(await first()).toEqual([`first ${INPUT_PARAMETER}`, context]);
    expect(await second()).toEqual([`second ${INPUT_PARAMETER}`, context]);
  });

  it('a guard that returns false is answered with its message, and entry providers have its mark', () => {
    expect(FORBIDDEN_MESSAGE).toBe('Forbidden resource');
    expect(ENTRY_PROVIDER_WATERMARK).toEqual(expect.any(String));
  });
});
