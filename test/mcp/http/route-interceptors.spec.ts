import { HttpException, type CallHandler, type NestInterceptor } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { catchError, delay, map, mergeMap, tap, throwError, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { rpc } from '../fixtures.js';
import { counted, headersOf, withoutId } from './planned-app.js';

describe('a request to the endpoint', () => {
  const late = () => new HttpException('late', 503);
  it.each<[string, (next: CallHandler) => unknown]>([
    ['observes', (next) => next.handle().pipe(tap({ complete: () => undefined }))],
    ['changes what nobody sends', (next) => next.handle().pipe(map(() => ({ changed: true })))],
    ['waits before', async (next) => (await Promise.resolve(), next.handle())],
    ['waits after', (next) => next.handle().pipe(delay(1))],
    [
      'throws',
      () => {
        throw late();
      },
    ],
    ['rejects', () => Promise.reject(late())],
    ['fails', () => throwError(late)],
    ['fails once it was answered', (next) => next.handle().pipe(mergeMap(() => throwError(late)))],
    ['replaces errors', (next) => next.handle().pipe(catchError(() => throwError(late)))],
  ])('is answered as by the router where an interceptor %s', async (_, intercept) => {
    const seen: unknown[] = [];
    for (const fastPath of [true, false]) {
      const events: string[] = [];
      const interceptor = (name: string): NestInterceptor => ({
        intercept: (context, next) => {
          events.push(`${name} ${context.getType()} ${context.getHandler().name}`);
          return (name === 'outer' ? next.handle() : intercept(next)) as Observable<unknown>;
        },
      });
      const { url, throughNest } = await counted({
        fastPath,
        configure: (app: NestFastifyApplication) =>
          app.useGlobalInterceptors(interceptor('outer'), interceptor('inner')),
      });
      const answers = [];
      for (const request of [
        () => rpc(url, 'tools/list', {}, { as: 'alice' }),
        () => rpc(url, 'tools/call', { name: 'about', arguments: {} }),
        () => rpc(url, 'tools/list', { cursor: 'x'.repeat(10_000) }, { as: 'alice' }),
      ]) {
        const response = await request();
        answers.push([response.status, headersOf(response), withoutId(await response.json())]);
      }
      expect(throughNest()).toBe(fastPath ? 0 : 3);
      seen.push([answers, events]);
    }
    expect(seen[0]).toEqual(seen[1]);
  });
});
