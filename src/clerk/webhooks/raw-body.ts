import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { PayloadTooLargeException, SetMetadata } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import { createPrivateMember } from '../../request/private-member.js';
import { carrierOf } from '../../request/request-record.js';

/** Largest accepted delivery, in bytes. Clerk's are a few KB. */
export const MAX_WEBHOOK_BYTES = 131_072;

/**
 * Marks a route whose raw body is kept, in its Fastify configuration. It does not import Fastify, which an
 * Express application may not have.
 */
export const KeepRawBody = (): MethodDecorator =>
  SetMetadata('__fastify_route_config__', { [RAW_BODY_ROUTE]: true });

/** Keeps the raw bodies of marked routes on Fastify. On Express, `rawBody: true` does this. */
export function keepRawBodies(adapters: HttpAdapterHost): void {
  // A testing module creates its providers before it has the adapter.
  adapters.init$.subscribe(() => {
    const adapter: HttpAdapterHost['httpAdapter'] | null | undefined = adapters.httpAdapter;
    if (adapter?.getType() !== 'fastify') return;
    const fastify: FastifyInstance = adapter.getInstance();
    fastify.addHook('onRoute', (route) => {
      if (isMarked(route)) route.preParsing = [route.preParsing ?? [], keepBytes].flat();
    });
  });
}

/** The raw body of a request; `undefined` if it was not kept. */
export function rawBodyOf(request: object): Buffer | undefined {
  const kept = RAW_BODIES.get(carrierOf(request));
  if (kept) return kept;
  const raw: unknown = Reflect.get(request, 'rawBody');
  return Buffer.isBuffer(raw) ? raw : undefined;
}

/** Whether the content type of a request is JSON. */
export function isJson(headers: IncomingHttpHeaders): boolean {
  return /^application\/json\s*(;|$)/i.test(headers['content-type']?.trim() ?? '');
}

/** Whether a request has a body. */
export function hasBody(headers: IncomingHttpHeaders): boolean {
  return (headers['content-length'] ?? '0') !== '0' || headers['transfer-encoding'] !== undefined;
}

const RAW_BODY_ROUTE = 'nestjs-clerk-mcp:raw-body';
const RAW_BODIES = createPrivateMember<Buffer>();

function isMarked({ config }: RouteOptions): boolean {
  return typeof config === 'object' && Reflect.get(config, RAW_BODY_ROUTE) === true;
}

/** Reads the whole body, up to the limit, before it is parsed. */
async function keepBytes(
  request: FastifyRequest,
  _reply: unknown,
  payload: Readable,
): Promise<Readable> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // The stream must stay open after an error, because the response uses its connection.
  for await (const chunk of payload.iterator({ destroyOnReturn: false })) {
    bytes += chunk.byteLength;
    if (bytes > MAX_WEBHOOK_BYTES) throw new PayloadTooLargeException();
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  RAW_BODIES.set(request.raw, body);
  return Readable.from([body]);
}
