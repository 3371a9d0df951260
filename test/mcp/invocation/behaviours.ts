import { AsyncLocalStorage } from 'node:async_hooks';
import { ForbiddenException, type CanActivate, type NestInterceptor } from '@nestjs/common';
import {
  EMPTY,
  Observable,
  concat,
  from,
  lastValueFrom,
  merge,
  of,
  race,
  throwError,
  type Subscriber,
} from 'rxjs';
import {
  catchError,
  defaultIfEmpty,
  map,
  mergeMap,
  retry,
  take,
  tap,
  toArray,
} from 'rxjs/operators';

// What guards, interceptors, pipes, handlers and filters can do, by name.

/** What has happened since the start of a run. */
export const recorded = {
  events: [] as string[],
  /** How often the handler was called. */
  calls: 0,
};

export const storage = new AsyncLocalStorage<string>();
export const note = (event: string): number =>
  recorded.events.push(`${event} in ${storage.getStore()}`);

/** What the filters of the scenarios catch. */
export class Failure extends Error {}
const failure = (where: string): Failure => new Failure(`failed in ${where}`);
const thenable = (value: unknown): object => ({
  // oxlint-disable-next-line unicorn/no-thenable -- What is awaited need not be a promise.
  then: (resolve: (value: unknown) => void) => resolve(value),
});

export const GUARDS = {
  passes: () => true,
  refuses: () => false,
  'passes later': async () => true,
  'refuses later': async () => false,
  'returns something': () => 'something' as never,
  'returns nothing': () => undefined as never,
  'promises something': async () => 1 as never,
  'is a thenable': () => thenable(true) as never,
  observes: () => of(false, true),
  'observes a refusal': () => of(true, false),
  'observes nothing': () => EMPTY,
  throws: () => {
    throw new ForbiddenException('Not on Sundays');
  },
  'fails later': async () => {
    throw failure('a guard');
  },
  'replaces the input': (context) => {
    context.getArgs()[2] = { n: 7 };
    return true;
  },
  'enters a context': () => {
    storage.enterWith('context of a guard');
    return true;
  },
} satisfies Record<string, CanActivate['canActivate']>;

export const INTERCEPTORS = {
  'lets through': (_, next) => next.handle(),
  'lets through later': async (_, next) => {
    await undefined;
    return next.handle();
  },
  transforms: (_, next) => next.handle().pipe(map((value) => [value])),
  'transforms later': async (_, next) => {
    await undefined;
    return next.handle().pipe(map((value) => [value]));
  },
  'maps to a promise': (_, next) => next.handle().pipe(mergeMap(async (value) => [value])),
  'looks on': (_, next) =>
    next.handle().pipe(
      tap({
        subscribe: () => note('subscribed'),
        next: () => note('next'),
        error: () => note('error'),
        complete: () => note('complete'),
        finalize: () => note('finalized'),
      }),
    ),
  answers: () => of('answered'),
  'answers in the end': (_, next) => {
    next.handle();
    return from(Promise.resolve('answered'));
  },
  throws: () => {
    throw failure('an interceptor');
  },
  'fails later': async () => {
    throw failure('an interceptor');
  },
  'emits an error': () => throwError(() => failure('an interceptor')),
  'throws afterwards': (_, next) =>
    next.handle().pipe(
      map(() => {
        throw failure('map');
      }),
    ),
  catches: (_, next) => next.handle().pipe(catchError((error) => of(`caught ${error.message}`))),
  retries: (_, next) => next.handle().pipe(retry(2)),
  'runs twice': (_, next) => concat(next.handle(), next.handle()),
  'subscribes twice': (_, next) => {
    const handled = next.handle();
    return merge(handled, handled).pipe(toArray());
  },
  'subscribes and lets through': (_, next) => {
    const handled = next.handle();
    handled.pipe(catchError(() => EMPTY)).subscribe();
    return handled;
  },
  'adds values': (_, next) => merge(next.handle(), of('added')),
  races: (_, next) => race(next.handle(), of('first')),
  'emits several': (_, next) => next.handle().pipe(mergeMap((value) => of(1, value, 3))),
  collects: (_, next) => next.handle().pipe(toArray()),
  'emits nothing': () => EMPTY,
  'drops everything': (_, next) => next.handle().pipe(take(0)),
  'has a default': (_, next) => next.handle().pipe(defaultIfEmpty('default')),
  'awaits the value': async (_, next) => of(await lastValueFrom(next.handle())),
  'returns a list': () => ['a', 'b'] as never,
  'returns text': () => 'text' as never,
  'returns a number': () => 5 as never,
  'returns nothing': () => undefined as never,
  'promises a number': async () => 5 as never,
  'handles in a context': (_, next) => storage.run('handle', () => next.handle()),
  'handles in a context, and looks': (_, next) =>
    storage.run('handle', () => next.handle()).pipe(tap(() => note('tapped'))),
  'subscribes in a context': (_, next) =>
    observe((subscriber) => storage.run('subscription', () => next.handle().subscribe(subscriber))),
  'subscribes late in a context': (_, next) => {
    const handled = next.handle();
    return observe((subscriber) =>
      storage.run('subscription', async () => {
        await undefined;
        handled.pipe(tap(() => note('tapped'))).subscribe(subscriber);
      }),
    );
  },
  'replaces the input': (context, next) => {
    context.getArgs()[2] = { n: 8 };
    return next.handle();
  },
  'changes the input': (context, next) => {
    context.getArgByIndex(2).n = 9;
    return next.handle();
  },
} satisfies Record<string, NestInterceptor['intercept']>;

function observe(subscribe: (subscriber: Subscriber<unknown>) => unknown): Observable<unknown> {
  return new Observable((subscriber) => void subscribe(subscriber));
}

export const PIPES = {
  passes: (value) => value,
  'passes later': async (value) => value,
  'adds to the input': (value) => (value?.n === undefined ? value : { ...value, n: value.n + 1 }),
  'adds later': async (value) => (value?.n === undefined ? value : { ...value, n: value.n + 1 }),
  'spoils the input': (value) => (value?.n === undefined ? value : { n: 'no number' }),
  'is a thenable': (value) => thenable(value),
  throws: () => {
    throw failure('a pipe');
  },
  'throws for the input': (value) => {
    if (value?.n !== undefined) throw failure('a pipe');
    return value;
  },
  'fails later': async () => {
    throw failure('a pipe');
  },
} satisfies Record<string, (value: any) => unknown>;

export const HANDLERS = {
  returns: (values) => values,
  'returns later': async (values) => values,
  'returns nothing': () => undefined,
  'returns a list': () => [1, 2],
  'is a thenable': (values) => thenable(values),
  observes: (values) => of('first', values),
  'observes later': (values) => from(Promise.resolve(values)),
  'promises to observe': async () => of('first', 'last'),
  'observes nothing': () => EMPTY,
  'observes an error': () => throwError(() => failure('an observable')),
  throws: () => {
    throw failure('the handler');
  },
  refuses: () => {
    throw new ForbiddenException('Not you');
  },
  'throws text': () => {
    throw 'text';
  },
  'fails later': async () => {
    throw failure('the handler');
  },
  'fails at first': () => {
    if (recorded.calls < 3) throw failure(`call ${recorded.calls}`);
    return 'succeeded';
  },
  'fails at first, later': async () => {
    if (recorded.calls < 3) throw failure(`call ${recorded.calls}`);
    return 'succeeded';
  },
} satisfies Record<string, (values: object) => unknown>;

export const FILTERS = {
  'returns nothing': () => undefined,
  answers: (error) => `filtered ${error?.message}`,
  'answers later': async (error) => `filtered ${error?.message}`,
  'is a thenable': () => thenable('filtered'),
  observes: () => of('never observed'),
  'throws on': (error) => {
    throw error;
  },
  throws: () => {
    throw failure('a filter');
  },
  'fails later': async () => {
    throw failure('a filter');
  },
} satisfies Record<string, (error: any) => unknown>;
