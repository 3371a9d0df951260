import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { EmulatorCore } from '../emulator-core.js';
import { ClerkApiError } from '../emulator.errors.js';
import type { Machine } from '../instance/machines.js';
import { parseInput } from './request-input.js';

/**
 * Prefixes of the routes of API keys, M2M tokens and access tokens: `@clerk/backend` omits `/v1`,
 * which the OpenAPI document has.
 */
export const MACHINE_AUTH_PREFIXES = ['', '/v1'] as const;

/**
 * Parses a body. Other than the rest of the Backend API, these routes answer a wrong one with 400.
 *
 * @throws ClerkApiError 400
 */
export function parseMachineAuthBody<Output>(schema: z.ZodType<Output>, body: unknown): Output {
  return asBadRequest(() => parseInput(schema, body));
}

/** @throws ClerkApiError 400 in place of 422 */
export function asBadRequest<Output>(parse: () => Output): Output {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof ClerkApiError) || error.status !== 422) throw error;
    throw new ClerkApiError(400, error.code, error.message);
  }
}

/** The machine whose secret key the request has; `undefined` when it has the key of the instance. */
export function machineOf(core: EmulatorCore, request: FastifyRequest): Machine | undefined {
  return core.machines.findBySecretKey(bearerOf(request));
}

export function bearerOf(request: FastifyRequest): string {
  return /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
}
