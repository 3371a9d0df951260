import { Verdicts } from './verdicts.js';
import type { SubjectSettings } from '../settings.js';

/** The limit of the service on a body, in bytes. */
export const BODY_LIMIT = 4 * 1024 * 1024;

/** What the service checks of every request, done as cheaply as one can: the host, and a cached token. */
export class BareChecks {
  private readonly hosts = new Set(['127.0.0.1', 'localhost']);
  private readonly verdicts: Verdicts;

  constructor(settings: SubjectSettings) {
    this.verdicts = new Verdicts(settings);
  }

  isServed(host = ''): boolean {
    const port = host.lastIndexOf(':');
    return this.hosts.has(port === -1 ? host : host.slice(0, port));
  }

  /** @returns `undefined` without a valid token */
  userOf(authorization: string | undefined): Promise<string | undefined> {
    return this.verdicts.userOf(authorization);
  }
}
