import { randomBytes } from 'node:crypto';

/** A refusal in the shape of Clerk's Backend API. */
export class ClerkApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'ClerkApiError';
  }

  static notFound(what: string): ClerkApiError {
    return new ClerkApiError(404, 'resource_not_found', `${what} was not found.`);
  }

  toJSON(): Record<string, unknown> {
    const { code, message } = this;
    return {
      errors: [{ code, message, long_message: message, meta: {} }],
      clerk_trace_id: randomBytes(16).toString('hex'),
    };
  }
}
