import {
  ProtocolError,
  ProtocolErrorCode,
  ResourceNotFoundError,
} from '@modelcontextprotocol/server';
import { withoutStack } from '../../request/without-stack.js';
import type { MessageTarget } from '../protocol/methods.js';

/** The answer to the use of an entry that does not exist, as an error of the protocol. */
export function unknownEntry(target: MessageTarget): ProtocolError {
  const { kind, key } = target;
  return withoutStack(() =>
    kind === 'resource'
      ? new ResourceNotFoundError(key)
      : new ProtocolError(ProtocolErrorCode.InvalidParams, unknownText(target)),
  );
}

/** What is said of a tool or a prompt that does not exist. */
export function unknownText({ kind, key }: MessageTarget): string {
  return `Unknown ${kind}: ${key}`;
}
