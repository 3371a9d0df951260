import type { JSONRPCResponse } from '@modelcontextprotocol/server';
import type { Backplane, Json } from '../../backplane/backplane.js';
import { NodeGoneError } from '../../backplane/backplane.errors.js';
import { isJsonObject } from '../../request/json-object.js';
import { JSON_RPC } from '../protocol/json-rpc-error.js';
import { isResponse, parseMessages } from './client-messages.js';
import { refuse } from './legacy-refusals.js';
import type { SessionDirectory } from './session-directory.js';
import { sessionsUnavailable } from './sessions-unavailable.js';

/** Brings the answers of clients to the nodes that have asked. */
export class SessionAnswers {
  private readonly subject: string;
  /** Ends taking answers. */
  readonly close: () => void;

  /** @param path of the endpoint */
  constructor(
    private readonly backplane: Pick<Backplane, 'mailbox'>,
    path: string,
    private readonly sessions: SessionDirectory,
  ) {
    this.subject = `answer ${path}`;
    this.close = backplane.mailbox.handle(this.subject, (mail) => this.receive(mail));
  }

  /** @returns the HTTP answer if it did not arrive */
  async send(node: string, id: string, message: JSONRPCResponse): Promise<Response | undefined> {
    try {
      await this.backplane.mailbox.ask(node, this.subject, { v: 1, id, message });
      return undefined;
    } catch (error) {
      if (!(error instanceof NodeGoneError)) return sessionsUnavailable();
      return refuse(400, JSON_RPC.serverError, 'Bad Request: the call that asked has ended');
    }
  }

  /** @throws {Error} the mail is of another version: its sender answers 503 */
  private receive({ v, id, message }: Json): Json {
    if (v !== 1) throw new Error('unknown version');
    const session = typeof id === 'string' ? this.sessions.peek(id) : undefined;
    const [answer] = isJsonObject(message) ? (parseMessages(message) ?? []) : [];
    if (session && answer && isResponse(answer)) session.transport.receiveAnswer(answer);
    return {};
  }
}
