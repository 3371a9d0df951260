import {
  MissingRequiredClientCapabilityError,
  ProtocolError,
  ProtocolErrorCode,
  isSpecType,
  type ClientCapabilities,
  type InputRequest,
} from '@modelcontextprotocol/server';
import { takesForms, takesPages } from '../authoring/input-rounds.js';
import type { InputRequests } from './stored-task.js';

/** The answers of a client, by key. Not validated. */
export type InputResponses = Readonly<Record<string, unknown>>;

/**
 * Checks that the client supports the requested input, as the SDK does for calls without a task.
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
 * Validates the answers. Keys that were not requested are ignored, as the extension requires.
 *
 * @throws {ProtocolError} -32602 names the keys of malformed answers
 */
export function assertAnswers(requests: InputRequests, responses: InputResponses): void {
  const wrong = Object.entries(requests)
    .filter(
      ([key, request]) => Object.hasOwn(responses, key) && !isAnswerTo(request, responses[key]),
    )
    .map(([key]) => key);
  if (wrong.length === 0) return;
  throw new ProtocolError(
    ProtocolErrorCode.InvalidParams,
    `Invalid params: inputResponses has no valid answer for ${wrong.join(', ')}`,
  );
}

function isAnswerTo({ method }: InputRequest, response: unknown): boolean {
  switch (method) {
    case 'elicitation/create':
      return isSpecType.ElicitResult(response);
    case 'sampling/createMessage':
      return isSpecType.CreateMessageResult(response);
    case 'roots/list':
      return isSpecType.ListRootsResult(response);
  }
}

/** The capability that the client lacks for a request; `undefined` if it lacks none. */
function capabilityFor(
  request: InputRequest,
  declared: ClientCapabilities,
): ClientCapabilities | undefined {
  const { sampling, roots } = declared;
  switch (request.method) {
    case 'elicitation/create':
      if (request.params.mode === 'url') return takesPages(declared) ? undefined : NEEDS.page;
      return takesForms(declared) ? undefined : NEEDS.form;
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
