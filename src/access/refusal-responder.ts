import type { Refusal } from './refusal.js';

/** A refusal as it goes on the wire. */
export interface RefusalAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * Turns a refusal into status, headers and body. The authentication module provides it; whoever
 * serves a protected resource asks for it.
 */
export abstract class RefusalResponder {
  /** @param path of the protected resource that was asked for. Default: the primary one */
  abstract answer(refusal: Refusal, path?: string): RefusalAnswer;
}
