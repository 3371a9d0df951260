import { ProtocolErrorCode } from '@modelcontextprotocol/server';
import { MessageRefusedError } from './json-rpc-error.js';
import type { McpReading } from './read-messages.js';

/**
 * The only revision with batches: its base protocol introduces them, and the changelog of 2025-06-18
 * removes them again. Revision 2024-11-05 defines single messages only.
 *
 * @see https://modelcontextprotocol.io/specification/2025-03-26/basic#batching
 */
const BATCH_REVISION = '2025-03-26';

/**
 * Refuses a batch that its revision does not have, and one that initializes.
 *
 * @param revision of the request or of its session; `undefined` stands for 2025-03-26
 * @throws {MessageRefusedError} -32600 without an id, over HTTP with status 400
 */
export function assertBatchAllowed(
  { isBatch, messages }: McpReading,
  revision: string | undefined,
): void {
  if (!isBatch) return;
  if (!hasBatches(revision)) throw refusedBatch();
  // 2025-03-26 §Lifecycle: `initialize` must not be part of a batch.
  if (!messages.some(({ method }) => method === 'initialize')) return;
  throw refused('Invalid Request: initialize must not be part of a batch. Send it by itself.');
}

/** Whether a revision has batches; `undefined` stands for 2025-03-26. */
export function hasBatches(revision: string | undefined): boolean {
  return revision === undefined || revision === BATCH_REVISION;
}

/** The refusal of a batch of a revision without batches. */
export function refusedBatch(): MessageRefusedError {
  return refused(
    `Invalid Request: only protocol revision ${BATCH_REVISION} has batches. Send each message by itself.`,
  );
}

function refused(message: string): MessageRefusedError {
  return new MessageRefusedError(ProtocolErrorCode.InvalidRequest, message);
}
