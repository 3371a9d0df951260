import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { endpointGroup } from '../control/endpoint-groups.js';
import type { Fault } from '../control/faults.js';
import type { EmulatorCore } from '../emulator-core.js';

/** Applies faults to requests, and knows the fault of each request in progress. */
export class RequestFaults {
  readonly #faults = new WeakMap<FastifyRequest, Fault>();

  constructor(
    private readonly core: EmulatorCore,
    /** Ends delays when the server closes. */
    private readonly closing: AbortSignal,
  ) {}

  /** Counts the request and applies the fault of its group. */
  async apply(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const route = request.routeOptions.url;
    // A CORS preflight is not counted and has no fault.
    if (route === undefined || request.method === 'OPTIONS') return;
    this.core.counters.count(request.method, route);
    const group = endpointGroup(route);
    const fault = group && this.core.faults.take(group);
    if (!fault) return;
    this.#faults.set(request, fault);

    if (fault.kind === 'slow') await this.#wait(fault.milliseconds);
    if (fault.kind === 'hang') reply.hijack();
    if (fault.kind === 'reset') {
      reply.hijack();
      request.raw.socket.resetAndDestroy();
    }
    if (fault.kind === 'status') {
      if (fault.retryAfter !== undefined) reply.header('retry-after', String(fault.retryAfter));
      await reply.code(fault.status).send(faultBody(route, fault.status));
    }
  }

  /** Whether the request has a fault of this kind. */
  affects(request: FastifyRequest, kind: Fault['kind']): boolean {
    return this.#faults.get(request)?.kind === kind;
  }

  async #wait(milliseconds: number): Promise<void> {
    try {
      await delay(milliseconds, undefined, { signal: this.closing });
    } catch {
      // The server is closing, so the connection ends anyway.
    }
  }
}

const FAULT_MESSAGE = 'This fault is active in the emulator.';

function faultBody(route: string, status: number): unknown {
  if (route.startsWith('/oauth/') || route.startsWith('/.well-known/')) {
    return {
      error: status < 500 ? 'temporarily_unavailable' : 'server_error',
      error_description: FAULT_MESSAGE,
    };
  }
  const code = status === 429 ? 'too_many_requests' : 'internal_clerk_error';
  return {
    errors: [
      {
        code,
        message: FAULT_MESSAGE,
        long_message: null,
        meta: {},
      },
    ],
    clerk_trace_id: 'fault',
  };
}
