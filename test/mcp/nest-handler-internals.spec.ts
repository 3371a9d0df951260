import {
  BadRequestException,
  Injectable,
  Scope,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  type CanActivate,
  type ExceptionFilter,
  type NestInterceptor,
  type PipeTransform,
} from '@nestjs/common';
import { APP_GUARD, ExternalContextCreator } from '@nestjs/core';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  boundParametersOf,
  enhancersAround,
  filtersAround,
  hasStaticEnhancers,
} from '../../src/mcp/nest-handler-internals.js';
import {
  CONTEXT_PARAMETER,
  ExecutionContextHost,
  INPUT_PARAMETER,
  bindHandlerParameters,
  describeParameters,
  contextsOf,
} from '../../src/mcp/nest-internals.js';
import { wrapperIn } from './wrapper-in.js';

@Injectable()
class OwnGuard implements CanActivate {
  canActivate = () => true;
}
@Injectable()
class AppGuard implements CanActivate {
  canActivate = () => true;
}
@Injectable({ scope: Scope.REQUEST })
class GuardPerRequest implements CanActivate {
  canActivate = () => true;
}
class OwnInterceptor implements NestInterceptor {
  intercept: NestInterceptor['intercept'] = (_, next) => next.handle();
}
class OwnPipe implements PipeTransform {
  transform = (value: unknown) => value;
}
class OwnFilter implements ExceptionFilter {
  catch = (error: Error) => error.message;
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

@Injectable()
class GuardedPerRequest {
  @UseGuards(GuardPerRequest)
  tool(): void {}
}

let app: TestingModule;
beforeAll(async () => {
  app = await Test.createTestingModule({
    providers: [Tools, GuardedPerRequest, { provide: APP_GUARD, useClass: AppGuard }],
  }).compile();
  await app.init();
});
afterAll(() => app.close());

const wrapperOf = (token: unknown) => wrapperIn(app, token);

describe('What Nest knows of a handler', () => {
  it('the creators of enhancers answer for a handler, as the router asks them', () => {
    const contexts = app.get(ExternalContextCreator);
    const { moduleKey, wrapper } = wrapperOf(Tools);
    const instance = app.get(Tools);
    const around = enhancersAround(contexts, {
      instance,
      handler: instance.tool,
      moduleKey,
      inquirerId: wrapper.id,
    });
    expect(around?.guards.map((guard) => guard?.constructor)).toEqual([AppGuard, OwnGuard]);
    expect(around?.interceptors.map((one) => one?.constructor)).toEqual([OwnInterceptor]);
    expect(around?.pipes.map((pipe) => pipe?.constructor)).toEqual([OwnPipe]);
  });

  it('the filters around a handler take an error, or throw it again', () => {
    const contexts = app.get(ExternalContextCreator);
    const { moduleKey, wrapper } = wrapperOf(Tools);
    const instance = app.get(Tools);
    const target = { instance, moduleKey, inquirerId: wrapper.id };
    const host = new ExecutionContextHost([]);
    const handleError = filtersAround(contexts, { ...target, handler: instance.tool });
    expect(handleError?.(new RangeError('filtered'), host)).toBe('filtered');
    const throwOn = filtersAround(contexts, { ...target, handler: () => 1 });
    expect(() => throwOn?.(new BadRequestException('thrown'), host)).toThrow('thrown');
  });

  it('parameters are bound as for its own pipeline', () => {
    bindHandlerParameters(Tools, 'tool');
    const { moduleKey, wrapper } = wrapperOf(Tools);
    const instance = app.get(Tools);
    const target = { instance, handler: instance.tool, moduleKey, inquirerId: wrapper.id };
    const key = describeParameters(Tools, 'tool', { inputPipe: new OwnPipe(), takesContext: true });
    const bound = boundParametersOf(contextsOf(app.get(ExternalContextCreator), wrapper), target, {
      method: 'tool',
      key,
      type: 'mcp',
    });
    expect(bound).toMatchObject([
      { index: 0, type: INPUT_PARAMETER, metatype: Object, pipes: [expect.any(OwnPipe)] },
      { index: 1, type: CONTEXT_PARAMETER, metatype: Object, pipes: [] },
    ]);
    const call = ['request', 'reply', 'input', 'context'];
    expect(bound?.map(({ extractValue }) => extractValue(...call))).toEqual(['input', 'context']);
  });

  it('a provider knows what around its handlers is one per request', () => {
    expect(hasStaticEnhancers(wrapperOf(Tools).wrapper)).toBe(true);
    expect(hasStaticEnhancers(wrapperOf(GuardedPerRequest).wrapper)).toBe(false);
  });

  it('without the creators nothing is assumed about a handler', () => {
    const handler = { instance: {}, handler: () => 1, moduleKey: '', inquirerId: '' };
    const none = {} as ExternalContextCreator;
    expect(enhancersAround(none, handler)).toBeUndefined();
    expect(filtersAround(none, handler)).toBeUndefined();
    const described = { method: 'tool', key: 'key', type: 'mcp' };
    expect(boundParametersOf(none, handler, described)).toBeUndefined();
  });
});
