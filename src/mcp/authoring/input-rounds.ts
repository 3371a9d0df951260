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

/** A form for the user. The schema is an object of text, numbers, booleans and choices. */
export interface McpFormQuestion<S extends McpSchema = McpSchema> {
  readonly message: string;
  readonly schema: S;
}

/** A web page for the user, for input that the client must not see, such as a payment. */
export interface McpPageQuestion {
  readonly message: string;
  readonly url: string;
}

/** A question of a handler to the client. */
export type McpQuestion =
  | { readonly form: McpFormQuestion }
  | { readonly page: McpPageQuestion }
  | { readonly sample: CreateMessageRequestParams }
  | { readonly roots: true };

/** The answer of the client; `missing` if there is none (yet). */
export type McpAnswer = InputResponseView;

/**
 * The rounds of a call that needs input (multi-round-trip requests). The handler reads the answer,
 * and returns the question if there is none. A 2026-07-28 client calls again with the answer; a
 * client with a 2025-era session gets a request while the call runs.
 */
export class InputRounds {
  readonly #sdkContext: SdkContext;
  readonly #states: RequestStateCodec;
  readonly #target: string;

  /**
   * @param target name or URI of the called entry: a state is valid for this entry only
   * @throws {ProtocolError} -32602 the state belongs to another tool, prompt or resource
   */
  constructor(sdkContext: SdkContext, states: RequestStateCodec, target: string) {
    this.#sdkContext = sdkContext;
    this.#states = states;
    this.#target = target;
    const kept = this.#kept();
    if (kept === undefined || kept.target === target) return;
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'Invalid or expired requestState', {
      reason: 'invalid_request_state',
    });
  }

  /** The client's answer for this key. Not validated. */
  answer(key: string): McpAnswer {
    return inputResponse(this.#sdkContext.mcpReq.inputResponses, key);
  }

  /** The form that the user accepted for this key, validated; `undefined` for other answers. */
  accepted<S extends McpSchema>(key: string, schema: S): Validated<S> | undefined {
    return acceptedContent(this.#sdkContext.mcpReq.inputResponses, key, schema);
  }

  /** The state that an earlier round of this call returned. It is signed, but not encrypted. */
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
    // The codec reads only the method and the caller, which every context has.
    const context = this.#sdkContext as ServerContext;
    const requestState = state === undefined ? undefined : await this.#states.mint(kept, context);
    return inputRequired({
      ...(entries.length > 0 && { inputRequests: Object.fromEntries(entries) }),
      ...(requestState !== undefined && { requestState }),
    });
  }

  #kept<T>(): KeptState<T> | undefined {
    return this.#sdkContext.mcpReq.requestState<KeptState<T>>();
  }
}

/** The signed state. The codec binds it to method and principal; `target` binds it to the entry. */
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
