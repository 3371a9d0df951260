import { AsyncResource } from 'node:async_hooks';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { from, isObservable, lastValueFrom, Observable, of, type Subscriber } from 'rxjs';
import { isThenable, type MaybePromise } from '../../request/value-or-promise.js';

/**
 * Runs a handler inside interceptors as Nest does. Where an interceptor returns what `handle()` gave it, as
 * that of `ClsModule.forRoot()` does, nothing is subscribed to, and the run is as synchronous as the handler.
 *
 * @param handler may return a promise or an observable
 * @returns the last value
 * @throws {EmptyError} an observable without a value
 */
export function runInterceptors(
  interceptors: readonly NestInterceptor[],
  context: ExecutionContext,
  handler: () => unknown,
): MaybePromise<unknown> {
  if (interceptors.length === 0) return lastValueOf(handler());
  const chain: Chain = {
    begin: (at) => {
      const next: CallHandler = { handle: () => new InnerRun(new PartOfChain(chain, at + 1)) };
      return interceptors[at] ? interceptors[at].intercept(context, next) : HANDLER;
    },
    handler,
  };
  return lastValueOf(finish(chain, chain.begin(0)));
}

/** Awaits promises and observables. */
export function lastValueOf(outcome: unknown): MaybePromise<unknown> {
  // `Promise.resolve()` returns a promise as it is.
  if (isThenable(outcome)) return Promise.resolve(outcome).then(lastValueOf);
  return isObservable(outcome) ? lastValueFrom(from(outcome)) : outcome;
}

/** The interceptors of one call, and its handler. */
interface Chain {
  /** Calls an interceptor, and returns what it returns; {@link HANDLER} after the last one. */
  readonly begin: (at: number) => unknown;
  readonly handler: () => unknown;
}

const HANDLER = Symbol('The handler is next.');

/**
 * Goes on with what an interceptor has returned.
 *
 * @returns an observable, a value of the handler, or a promise of either
 */
function finish(chain: Chain, returned: unknown): unknown {
  if (returned === HANDLER) return chain.handler();
  if (returned instanceof InnerRun) return returned.enter();
  if (isThenable(returned)) return returned.then((promised) => finish(chain, promised));
  // Nest subscribes to whatever rxjs takes, and rxjs says what is wrong with the rest.
  return from(returned as Observable<unknown>);
}

/**
 * The next interceptor or the handler, as an interceptor has it from `handle()`. Its parts are methods: with
 * a function of its own for each, V8 would keep what a call refers to until the next full collection.
 */
class InnerRun extends Observable<unknown> {
  constructor(private readonly part: PartOfChain) {
    super((subscriber) => part.emitTo(subscriber));
  }

  /** Runs it without anybody subscribing. */
  enter(): unknown {
    const { part } = this;
    return part.end(part.begin());
  }
}

/** What follows in a chain after one interceptor. */
class PartOfChain {
  /** Whatever runs inside, runs in the asynchronous context in which `handle()` was called. */
  private readonly scope = new AsyncResource('McpInterceptor');

  constructor(
    private readonly chain: Chain,
    private readonly at: number,
  ) {}

  begin(): unknown {
    return this.scope.runInAsyncScope(this.chain.begin, undefined, this.at);
  }

  end(begun: unknown): unknown {
    return this.scope.runInAsyncScope(finish, undefined, this.chain, begun);
  }

  /**
   * Like Nest: the next interceptor is called at once, the handler after that, and nothing is emitted
   * while somebody subscribes.
   */
  emitTo(subscriber: Subscriber<unknown>): void {
    const emit = (outcome: unknown): void => {
      if (subscriber.closed) return;
      (isObservable(outcome) ? from(outcome) : of(outcome)).subscribe(subscriber);
    };
    new Promise((resolve) => resolve(this.begin()))
      .then((begun) => (subscriber.closed ? undefined : this.end(begun)))
      .then(emit, (error: unknown) => subscriber.error(error));
  }
}
