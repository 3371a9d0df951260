import {
  ProtocolError,
  ProtocolErrorCode,
  ResourceNotFoundError,
} from '@modelcontextprotocol/server';
import { withoutStack } from '../../request/without-stack.js';
import type { MessageTarget } from '../protocol/methods.js';

/** The answer to the use of an entry that does not exist, as an error of the protocol. */
export function unknownEntry({ kind, key }: MessageTarget): ProtocolError {
  return withoutStack(() =>
    kind === 'resource'
      ? new ResourceNotFoundError(key)
      : new ProtocolError(ProtocolErrorCode.InvalidParams, `Unknown ${kind}: ${key}`),
  );
}
