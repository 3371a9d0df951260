import {
  ProtocolError,
  ProtocolErrorCode,
  acceptedContent,
  inputRequired,
  inputResponse,
  type CreateMessageRequestParams,
  type InputRequest,
  type InputRequiredResult,
  type InputResponseView,
  type RequestStateCodec,
  type ServerContext,
} from '@modelcontextprotocol/server';
import type { McpSchema, Validated } from './schema.js';
import type { SdkContext } from './sdk-context.js';

/** A form for the user. The schema is an object of plain fields: text, numbers, booleans, choices. */
export interface McpFormQuestion<S extends McpSchema = McpSchema> {
  readonly message: string;
  readonly schema: S;
}

/** A page for the user, for what must not pass through the client, such as a payment. */
export interface McpPageQuestion {
  readonly message: string;
  readonly url: string;
}

/** What a handler may ask the client for, under a key of its choice. */
export type McpQuestion =
  | { readonly form: McpFormQuestion }
  | { readonly page: McpPageQuestion }
  | { readonly sample: CreateMessageRequestParams }
  | { readonly roots: true };

/** What the client answered; `missing` where it has not (yet). */
export type McpAnswer = InputResponseView;

/**
 * The rounds of a call that needs input (multi-round-trip requests). The handler is written once: it
 * reads the answer, and where there is none it returns the question. A client of 2026-07-28 calls again
 * with the answer; one on a 2025-era session is asked by a request of its own, meanwhile.
 */
export class InputRounds {
  readonly #serving: SdkContext;
  readonly #states: RequestStateCodec;
  readonly #target: string;

  /**
   * @param target name or URI of what is called: a state is good for nothing else
   * @throws {ProtocolError} -32602 for a state that another tool, prompt or resource left
   */
  constructor(serving: SdkContext, states: RequestStateCodec, target: string) {
    this.#serving = serving;
    this.#states = states;
    this.#target = target;
    const kept = this.#kept();
    if (kept === undefined || kept.target === target) return;
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'Invalid or expired requestState', {
      reason: 'invalid_request_state',
    });
  }

  /** What the client answered under this key. It comes from outside: validate before use. */
  answer(key: string): McpAnswer {
    return inputResponse(this.#serving.mcpReq.inputResponses, key);
  }

  /** The form that the user accepted under this key, validated; `undefined` for anything else. */
  accepted<S extends McpSchema>(key: string, schema: S): Validated<S> | undefined {
    return acceptedContent(this.#serving.mcpReq.inputResponses, key, schema);
  }

  /** What an earlier round of this call left for this one. Signed; the client can read it. */
  state<T>(): T | undefined {
    return this.#kept<T>()?.state;
  }

  /** The result that asks these questions. Return it from the handler. */
  async ask(
    questions: Readonly<Record<string, McpQuestion>>,
    state?: unknown,
  ): Promise<InputRequiredResult> {
    const entries = Object.entries(questions).map(([key, question]) => [key, toRequest(question)]);
    const kept: KeptState<unknown> = { target: this.#target, state };
    // The codec reads method and caller of the message, which every one has.
    const serving = this.#serving as ServerContext;
    const requestState = state === undefined ? undefined : await this.#states.mint(kept, serving);
    return inputRequired({
      ...(entries.length > 0 && { inputRequests: Object.fromEntries(entries) }),
      ...(requestState !== undefined && { requestState }),
    });
  }

  #kept<T>(): KeptState<T> | undefined {
    return this.#serving.mcpReq.requestState<KeptState<T>>();
  }
}

/** What is signed. The codec binds it to method and principal, which does not tell tools apart. */
interface KeptState<T> {
  readonly target: string;
  readonly state: T;
}

function toRequest(question: McpQuestion): InputRequest {
  if ('form' in question) {
    const { message, schema } = question.form;
    return inputRequired.elicit({ message, requestedSchema: schema });
  }
  if ('page' in question) return inputRequired.elicitUrl(question.page);
  if ('sample' in question) return inputRequired.createMessage(question.sample);
  return inputRequired.listRoots();
}
