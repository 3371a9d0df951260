import type { ExchangeObserver } from '../../instrumentation/instrumentation.js';
import { isJsonObject } from '../../request/json-object.js';
import { JSON_TYPE } from '../protocol/accepted-types.js';
import { answerOf } from './observe-transport.js';

/**
 * Reports an answer that no server of the SDK has given: the SDK refuses some requests before it creates
 * one, and this package others.
 */
export async function reportAnswer(
  observer: ExchangeObserver | undefined,
  answer: Response,
): Promise<void> {
  if (!observer?.waits || !answer.headers.get('content-type')?.startsWith(JSON_TYPE)) return;
  const body: unknown = await answer.clone().json();
  for (const message of [body].flat()) {
    if (!isJsonObject(message)) continue;
    const { id } = message;
    if (typeof id === 'string' || typeof id === 'number') observer.answered(id, answerOf(message));
    else if (observer.waits && 'error' in message) refuse(observer, answer.status, message);
  }
}

function refuse(observer: ExchangeObserver, status: number, message: object): void {
  const answer = answerOf(message);
  if (answer.kind === 'error') observer.refused(status, answer.code);
}
