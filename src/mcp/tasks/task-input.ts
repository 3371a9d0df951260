import {
  MissingRequiredClientCapabilityError,
  ProtocolError,
  ProtocolErrorCode,
  isSpecType,
  type ClientCapabilities,
  type InputRequest,
} from '@modelcontextprotocol/server';
import type { InputRequests } from './stored-task.js';

/** What a client answered, by key. It comes from outside. */
export type InputResponses = Readonly<Record<string, unknown>>;

/**
 * Holds a request for input to what the client can do, as the SDK does for a call that is no task.
 *
 * @throws {MissingRequiredClientCapabilityError} -32021
 */
export function assertAskable(requests: InputRequests, declared: ClientCapabilities): void {
  for (const request of Object.values(requests)) {
    const required = capabilityFor(request, declared);
    if (required)
      throw new MissingRequiredClientCapabilityError({ requiredCapabilities: required });
  }
}

/**
 * Holds the answers to the shape of what was asked. Keys that nobody waits for are not looked at: they
 * are ignored, as the extension wants it.
 *
 * @throws {ProtocolError} -32602 names the keys whose answers cannot be read
 */
export function assertAnswers(requests: InputRequests, responses: InputResponses): void {
  const wrong = Object.entries(requests)
    .filter(([key, request]) => Object.hasOwn(responses, key) && !answers(request, responses[key]))
    .map(([key]) => key);
  if (wrong.length === 0) return;
  throw new ProtocolError(
    ProtocolErrorCode.InvalidParams,
    `Invalid params: inputResponses has no valid answer for ${wrong.join(', ')}`,
  );
}

function answers({ method }: InputRequest, response: unknown): boolean {
  switch (method) {
    case 'elicitation/create':
      return isSpecType.ElicitResult(response);
    case 'sampling/createMessage':
      return isSpecType.CreateMessageResult(response);
    case 'roots/list':
      return isSpecType.ListRootsResult(response);
  }
}

/** What the client lacks for a request; `undefined` where it lacks nothing. */
function capabilityFor(
  request: InputRequest,
  { elicitation, sampling, roots }: ClientCapabilities,
): ClientCapabilities | undefined {
  switch (request.method) {
    case 'elicitation/create':
      if (request.params.mode === 'url') return elicitation?.url ? undefined : NEEDS.page;
      // Without any mode, the capability means forms.
      return elicitation && (elicitation.form || !elicitation.url) ? undefined : NEEDS.form;
    case 'sampling/createMessage':
      if (request.params.tools || request.params.toolChoice) {
        return sampling?.tools ? undefined : NEEDS.samplingTools;
      }
      return sampling ? undefined : NEEDS.sampling;
    case 'roots/list':
      return roots ? undefined : NEEDS.roots;
  }
}

const NEEDS = {
  page: { elicitation: { url: {} } },
  form: { elicitation: { form: {} } },
  sampling: { sampling: {} },
  samplingTools: { sampling: { tools: {} } },
  roots: { roots: {} },
} as const satisfies Record<string, ClientCapabilities>;
