// What the page asks its own server: the endpoints of `ExplorerController`.

/** URL of the page, which its files are below. */
export const PAGE = new URL(/* @vite-ignore */ '..', import.meta.url);

export interface ServerInfo {
  readonly path: string;
  readonly route: string;
  readonly name: string;
  readonly title: string;
  readonly version: string;
  readonly signIn: 'connect' | 'offer' | 'call' | 'none';
  readonly resource?: string;
  readonly metadataURL?: string;
  /** That clients are told to ask for, or that a rule needs. */
  readonly scopes: readonly string[];
  /** That clients are told to ask for. */
  readonly published: readonly string[];
}

export interface Config {
  readonly servers: readonly ServerInfo[];
  readonly issuer: string;
  readonly needsSignIn: boolean;
  readonly emulator: boolean;
  readonly acceptedTokens: readonly string[];
}

export interface Refusal {
  readonly reason: string;
  readonly message: string;
  readonly cure: string;
  /** Scopes that the caller could still be granted. */
  readonly scopes?: readonly string[];
  readonly answer?: { readonly status: number; readonly headers: Readonly<Record<string, string>> };
}

export interface Cell {
  readonly allowed: boolean;
  readonly conditions: readonly {
    readonly condition: string;
    readonly holds: boolean;
    readonly reason?: string;
  }[];
  readonly refusal?: Refusal;
}

export interface MatrixEntry {
  readonly kind: 'tool' | 'resource' | 'template' | 'prompt';
  readonly key: string;
  readonly title: string;
  readonly source: string;
  readonly rule: number;
  readonly offered: boolean;
  readonly task?: 'optional' | 'required';
}

export interface Matrix {
  readonly rules: readonly { readonly text: string; readonly short: string }[];
  readonly entries: readonly MatrixEntry[];
  readonly callers: readonly {
    readonly id: string;
    readonly caller: CallerFacts | null;
    readonly refusal?: Refusal;
    readonly cells: readonly Cell[];
  }[];
}

export interface CallerFacts {
  readonly tokenType: string;
  readonly subject: string;
  readonly userId?: string;
  readonly scopes?: readonly string[];
  readonly organization?: { readonly id: string; readonly slug?: string; readonly role?: string };
  readonly expiresAt?: number;
  readonly actor?: string;
}

export interface Account {
  readonly id: string;
  readonly emailAddress: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly organization: {
    readonly id: string;
    readonly name: string;
    readonly slug: string;
    readonly role: string;
  } | null;
}

export interface People {
  readonly users: readonly Account[];
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
