import type { ExternalContextCreator } from '@nestjs/core';
import { isObservable, lastValueFrom } from 'rxjs';
import { catchError, andThen, type MaybePromise } from '../../request/value-or-promise.js';
import { InputPipe } from '../authoring/schema.js';
import {
  CONTEXT_PARAMETER,
  INPUT_PARAMETER,
  parametersOf,
  enhancersAround,
  type InstanceWrapper,
} from '../nest-internals.js';
import { type HandlerHost, type DeclaredHandler, type HandlerRunner } from './declared-handler.js';

/**
 * Calls a handler without Nest's pipeline if that would run nothing: no guard, interceptor or pipe
 * of the method, the class or the application, and no foreign parameter decorators. Nest itself is
 * asked. Errors go through Nest, with its filters and its log.
 *
 * @param contexts those of the host
 * @returns `undefined` where Nest has something to run, or cannot tell
 */
export function createDirectRunner(
  contexts: ExternalContextCreator,
  { instance, handler }: DeclaredHandler,
  { type, wrapper }: HandlerHost,
  { method, parameters: key }: { readonly method: string; readonly parameters: string },
): HandlerRunner | undefined {
  const parameters = ourParameters(type, method, key);
  if (!parameters || !bindsNothing(contexts, { instance, handler }, wrapper)) return undefined;
  const { input: inputAt, context: contextAt, pipe } = parameters;
  // Created with the first error: most handlers never throw.
  let thrower: ReturnType<typeof createThrower> | undefined;
  const invoke = (input: unknown, context: unknown): unknown => {
    const args: unknown[] = [];
    args[inputAt] = input;
    args[contextAt] = context;
    return Reflect.apply(handler, instance, args);
  };
  return (request, reply, input, context) => {
    const thrown = (error: unknown): Promise<unknown> => {
      thrower ??= createThrower(contexts, { instance, handler }, method, wrapper.id);
      return thrower(request, reply.view, input, context, error);
    };
    const run = (value: unknown): MaybePromise<unknown> => unwrap(invoke(value, context));
    return catchError(() => (pipe ? andThen(pipe.transform(input), run) : run(input)), thrown);
  };
}

/** Awaits promises and observables, as Nest does with what a handler returns. */
function unwrap(returned: unknown): MaybePromise<unknown> {
  if (typeof returned !== 'object' || returned === null) return returned;
  if (isObservable(returned)) return lastValueFrom(returned);
  return 'then' in returned ? Promise.resolve(returned) : returned;
}

/** Positions of our parameters; `undefined` where there are other parameters or pipes. */
function ourParameters(
  type: HandlerHost['type'],
  method: string,
  key: string,
): OurParameters | undefined {
  let ours: OurParameters = { input: 0, context: 1, pipe: undefined };
  for (const [kind, { index, pipes }] of Object.entries(parametersOf(type, method, key))) {
    const [pipe, second] = pipes;
    if (kind.startsWith(`${CONTEXT_PARAMETER}:`)) ours = { ...ours, context: index };
    else if (!kind.startsWith(`${INPUT_PARAMETER}:`) || second !== undefined) return undefined;
    else if (pipe === undefined) ours = { ...ours, input: index };
    else if (pipe instanceof InputPipe) ours = { ...ours, input: index, pipe };
    else return undefined;
  }
  return ours;
}

interface OurParameters {
  readonly input: number;
  readonly context: number;
  readonly pipe: InputPipe | undefined;
}

function bindsNothing(
  contexts: ExternalContextCreator,
  { instance, handler }: DeclaredHandler,
  { host, id: inquirerId }: InstanceWrapper,
): boolean {
  if (!host) return false;
  const moduleKey = host.token;
  const around = enhancersAround(contexts, { instance, handler, moduleKey, inquirerId });
  return around !== undefined && Object.values(around).every(({ length }) => length === 0);
}

/** Creates a handler that throws its last argument inside Nest's pipeline. */
function createThrower(
  contexts: ExternalContextCreator,
  { instance, handler }: DeclaredHandler,
  method: string,
  inquirerId: string,
): (...args: unknown[]) => Promise<unknown> {
  const thrower = (...args: unknown[]): never => {
    throw args.at(-1);
  };
  for (const key of Reflect.getMetadataKeys(handler)) {
    Reflect.defineMetadata(key, Reflect.getMetadata(key, handler), thrower);
  }
  const none = { guards: false, interceptors: false, filters: true };
  return contexts.create(
    instance,
    thrower,
    method,
    undefined,
    undefined,
    undefined,
    inquirerId,
    none,
    'mcp',
  );
}
