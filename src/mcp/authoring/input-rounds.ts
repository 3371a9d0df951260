import {
  ProtocolError,
  ProtocolErrorCode,
  acceptedContent,
  inputRequired,
  inputResponse,
  type ClientCapabilities,
  type CreateMessageRequestParams,
  type InputRequest,
  type InputRequiredResult,
  type InputResponseView,
  type RequestStateCodec,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { z } from 'zod';
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
  /** Digest of the confirmed arguments. Kept for the rounds in which the handler itself asks. */
  #confirmed: string | undefined;

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
    const accepted = acceptedContent(this.#sdkContext.mcpReq.inputResponses, key, schema);
    return accepted as Validated<S> | undefined; // The same type, for a Standard Schema.
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
    const digest = this.#confirmed;
    const keeps = state !== undefined || digest !== undefined;
    const requestState = keeps
      ? await this.#mint({
          state,
          ...(digest !== undefined && { confirm: { digest, given: true } }),
        })
      : undefined;
    return inputRequired({
      ...(entries.length > 0 && { inputRequests: Object.fromEntries(entries) }),
      ...(requestState !== undefined && { requestState }),
    });
  }

  /**
   * How the client answered the question whether to make the call with these arguments. Without the
   * signed state of that question, or with other arguments, there is no answer.
   */
  confirmation(digest: string): Confirmation {
    const asked = this.#kept()?.confirm;
    if (asked?.digest !== digest) return 'missing';
    if (!asked.given) {
      const answer = this.answer(CONFIRM_KEY);
      if (answer.kind !== 'elicit') return 'missing';
      if (answer.action !== 'accept') return answer.action;
      const form = this.accepted(CONFIRM_KEY, CONFIRM_FORM);
      if (!form) return 'missing';
      if (!form.confirm) return 'decline';
    }
    this.#confirmed = digest;
    return 'accept';
  }

  /** The result that asks whether to make the call with these arguments. */
  async askToConfirm(digest: string, message: string): Promise<InputRequiredResult> {
    const form = { message, schema: CONFIRM_FORM };
    return inputRequired({
      inputRequests: { [CONFIRM_KEY]: toRequest({ form }) },
      requestState: await this.#mint({ confirm: { digest, given: false } }),
    });
  }

  #mint(kept: Omit<KeptState<unknown>, 'target'>): Promise<string> {
    // The codec reads only the method and the caller, which every context has.
    const context = this.#sdkContext as ServerContext;
    return this.#states.mint({ target: this.#target, ...kept }, context);
  }

  #kept<T>(): KeptState<T> | undefined {
    return this.#sdkContext.mcpReq.requestState<KeptState<T>>();
  }
}

/** The signed state. The codec binds it to method and principal; `target` binds it to the entry. */
interface KeptState<T> {
  readonly target: string;
  readonly state?: T;
  /** The confirmation of the call that is asked for, or `given` in an earlier round. */
  readonly confirm?: { readonly digest: string; readonly given: boolean };
}

/** The answer to the question of `@Confirm()`; `missing` if there is none for these arguments. */
export type Confirmation = 'accept' | 'decline' | 'cancel' | 'missing';

/** Key of the question of `@Confirm()`, beside the keys that a handler chooses. */
const CONFIRM_KEY = 'nestjs-clerk-mcp/confirm';

const CONFIRM_FORM = z.object({ confirm: z.boolean().meta({ title: 'Confirm' }) });

/** Whether a client that declares these capabilities can show a form. */
export function takesForms({ elicitation }: ClientCapabilities): boolean {
  // A capability without modes means forms.
  return elicitation !== undefined && (elicitation.form !== undefined || !elicitation.url);
}

/** Whether a client that declares these capabilities can open a page. */
export function takesPages({ elicitation }: ClientCapabilities): boolean {
  return elicitation?.url !== undefined;
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
