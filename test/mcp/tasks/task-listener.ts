import { within } from '../fixtures.js';
import type { TaskClient } from './task-client.js';

/** A subscription, read message by message. */
export interface TaskListener {
  readonly status: number;
  readonly headers: Headers;
  /** The next message; `undefined` at the end of the stream. */
  next(): Promise<any>;
  close(): void;
}

/** Opens a subscription. What is no stream is one message. */
export async function listen(client: TaskClient, notifications: object): Promise<TaskListener> {
  const connection = new AbortController();
  const { signal } = connection;
  const response = await client.open('subscriptions/listen', { notifications }, { signal });
  const { status, headers } = response;
  if (!response.body) throw new Error('The subscription has no body.');
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const isStream = headers.get('content-type')?.startsWith('text/event-stream');
  let buffer = '';
  const next = async (): Promise<any> => {
    const end = buffer.indexOf('\n\n');
    if (end < 0) {
      const { done, value } = await reader.read();
      if (done && !isStream && buffer) return JSON.parse(take(buffer.length));
      if (done) return undefined;
      buffer += value;
      return next();
    }
    const frame = take(end + 2);
    return frame.startsWith(':') ? next() : JSON.parse(frame.slice(frame.indexOf('data: ') + 6));
  };
  const take = (length: number): string => {
    const taken = buffer.slice(0, length);
    buffer = buffer.slice(length);
    return taken;
  };
  return {
    status,
    headers,
    next: () => within(next(), 'a message'),
    close: () => connection.abort(),
  };
}
