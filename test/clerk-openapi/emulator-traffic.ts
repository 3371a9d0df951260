import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { FastifyInstance } from 'fastify';
import {
  type ClerkEmulator,
  type ClerkEmulatorOptions,
  startClerkEmulator,
} from '../../src/emulator/index.js';
import type { Exchange } from './exchange.js';

/** A route of the emulator. */
export interface EmulatorRoute {
  readonly method: string;
  readonly url: string;
}

export interface ObservedEmulator {
  readonly emulator: ClerkEmulator;
  readonly routes: readonly EmulatorRoute[];
}

/**
 * Starts an emulator and reports every exchange before its answer leaves, whoever sent the request: the
 * test, an SDK, a published client or a browser. Fastify announces each new server on a diagnostics
 * channel, so the emulator needs no hook of its own for this.
 */
export async function startObserved(
  options: ClerkEmulatorOptions,
  onExchange: (exchange: Exchange, id: string | undefined) => void,
): Promise<ObservedEmulator> {
  const routes: EmulatorRoute[] = [];
  const onServer = (message: unknown): void => {
    const { fastify } = message as { readonly fastify: FastifyInstance };
    fastify.addHook('onRoute', ({ method, url }) => {
      for (const one of [method].flat()) routes.push({ method: one, url });
    });
    fastify.addHook('onSend', async (request, reply, payload) => {
      const url = new URL(request.url, 'http://emulator');
      const id = request.headers[EXCHANGE_ID];
      onExchange(
        {
          method: request.method,
          path: url.pathname,
          route: request.routeOptions.url,
          query: url.searchParams,
          requestHeaders: request.headers,
          requestBody: request.body,
          status: reply.statusCode,
          answerHeaders: reply.getHeaders(),
          answerBody: typeof payload === 'string' ? payload : '',
        },
        typeof id === 'string' ? id : undefined,
      );
      return payload;
    });
  };
  subscribe(SERVER_CREATED, onServer);
  try {
    return { emulator: await startClerkEmulator(options), routes };
  } finally {
    unsubscribe(SERVER_CREATED, onServer);
  }
}

/** Request header that names an exchange, for the test that waits for its violations. */
export const EXCHANGE_ID = 'x-clerk-openapi-exchange';
const SERVER_CREATED = 'fastify.initialization';
