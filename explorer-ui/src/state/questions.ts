import { signal } from '@preact/signals';
import type { CreateMessageRequestParams, ElicitRequestParams } from '@modelcontextprotocol/client';

/** A question of the server in the middle of a call. */
export type Question = { readonly id: number; readonly askedAt: number } & (
  | {
      readonly kind: 'elicitation';
      readonly params: ElicitRequestParams;
      answer(action: 'accept' | 'decline' | 'cancel', content?: Record<string, unknown>): void;
    }
  | {
      readonly kind: 'sampling';
      readonly params: CreateMessageRequestParams;
      answer(text: string): void;
      refuse(): void;
    }
  | { readonly kind: 'roots'; answer(uris: readonly string[]): void }
);

/** What waits for an answer, oldest first. */
export const questions = signal<readonly Question[]>([]);
let lastId = 0;

type Asked<K extends Question['kind']> = Omit<Extract<Question, { kind: K }>, 'id' | 'askedAt'>;

/** Shows a question until it is answered, or its call ends. */
function pose<K extends Question['kind'], R>(
  make: (resolve: (result: R) => void, reject: (error: Error) => void) => Asked<K>,
  stopped?: AbortSignal,
): Promise<R> {
  const id = (lastId += 1);
  return new Promise<R>((resolve, reject) => {
    const question = { ...make(resolve, reject), id, askedAt: Date.now() } as unknown as Question;
    questions.value = [...questions.value, question];
    stopped?.addEventListener('abort', () => reject(new Error('The call has ended.')), {
      once: true,
    });
  }).finally(() => {
    questions.value = questions.value.filter((one) => one.id !== id);
  });
}

export type ElicitAnswer = {
  action: 'accept' | 'decline' | 'cancel';
  content?: Record<string, string | number | boolean | string[]>;
};

export function askElicitation(
  params: ElicitRequestParams,
  stopped?: AbortSignal,
): Promise<ElicitAnswer> {
  return pose<'elicitation', ElicitAnswer>(
    (resolve) => ({
      kind: 'elicitation',
      params,
      answer: (action, content) =>
        resolve({
          action,
          ...(content && { content: content as NonNullable<ElicitAnswer['content']> }),
        }),
    }),
    stopped,
  );
}

export function askSampling(
  params: CreateMessageRequestParams,
  stopped?: AbortSignal,
): Promise<string> {
  return pose<'sampling', string>(
    (resolve, reject) => ({
      kind: 'sampling',
      params,
      answer: resolve,
      refuse: () => reject(new Error('The person refused to answer.')),
    }),
    stopped,
  );
}

export function askRoots(stopped?: AbortSignal): Promise<readonly string[]> {
  return pose<'roots', readonly string[]>(
    (resolve) => ({ kind: 'roots', answer: resolve }),
    stopped,
  );
}
