import type { ExplainedRefusal, RuleExplanation } from '../../src/access/rule-explanation.js';
import type { EmulatorAccount } from '../../src/emulator/emulator-account.js';
import type {
  AccessMatrix,
  DescribedPrincipal,
  DescribedServer,
  ExplorerConfig,
  MatrixEntry,
} from '../../src/explorer/explorer-answers.js';

// What the page asks its own server: the endpoints of `ExplorerController`.

/** URL of the page, which its files are below. */
export const PAGE = new URL(/* @vite-ignore */ '..', import.meta.url);

// Types alone: nothing of the server gets into the page.
export type Config = ExplorerConfig;
export type ServerInfo = DescribedServer;
export type Matrix = AccessMatrix;
export type { MatrixEntry };
export type CallerFacts = DescribedPrincipal;
export type Refusal = ExplainedRefusal;
export type Cell = RuleExplanation;

export interface People {
  readonly users: readonly EmulatorAccount[];
  readonly organizations: readonly { readonly name: string; readonly slug: string }[];
  readonly memberships: readonly {
    readonly organization: string;
    readonly user: string;
    readonly role: string;
  }[];
  readonly machines: readonly { readonly id: string; readonly name: string }[];
  readonly scopes: Readonly<Record<string, string>>;
  readonly accepted: readonly string[];
}

/** The server of the page refused, or did not answer. */
export class AskError extends Error {
  constructor(
    message: string,
    /** 0 if nothing answered. */
    readonly status: number,
  ) {
    super(message);
  }
}

/** @throws {AskError} */
export async function ask<T>(path: string, body: object = {}, token?: string): Promise<T> {
  const response = await fetch(new URL(`api/${path}`, PAGE), {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  }).catch(() => {
    throw new AskError('The server does not answer.', 0);
  });
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok) return answer as T;
  throw new AskError(
    messageIn(answer) ?? `The server answered ${response.status}.`,
    response.status,
  );
}

function messageIn(answer: unknown): string | undefined {
  const { message, error_description: description } = Object(answer) as {
    message?: unknown;
    error_description?: unknown;
  };
  const text = description ?? message;
  return typeof text === 'string' ? text : undefined;
}
