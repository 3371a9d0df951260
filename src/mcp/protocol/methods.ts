/** The lists that a client can ask for. */
export type ListName = 'tools' | 'prompts' | 'resources' | 'resourceTemplates';

/** What a message wants to use, by the name or the URI that it gives. */
export interface MessageTarget {
  readonly kind: 'tool' | 'prompt' | 'resource';
  readonly key: string;
}

/** What is known of a method before its message is looked at. */
export interface MethodTraits {
  /** The list that it asks for. */
  readonly list?: ListName;
  /** What it uses, and the param that names it. */
  readonly uses?: { readonly kind: MessageTarget['kind']; readonly param: 'name' | 'uri' };
}

/**
 * The methods of the protocol and of the tasks extension. Any other is text of the caller.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/schema
 */
export const METHODS: ReadonlyMap<string, MethodTraits> = new Map<string, MethodTraits>([
  ['initialize', {}],
  ['ping', {}],
  ['server/discover', {}],
  ['logging/setLevel', {}],
  ['tools/list', { list: 'tools' }],
  ['tools/call', { uses: { kind: 'tool', param: 'name' } }],
  ['prompts/list', { list: 'prompts' }],
  ['prompts/get', { uses: { kind: 'prompt', param: 'name' } }],
  ['resources/list', { list: 'resources' }],
  ['resources/templates/list', { list: 'resourceTemplates' }],
  ['resources/read', { uses: { kind: 'resource', param: 'uri' } }],
  ['resources/subscribe', { uses: { kind: 'resource', param: 'uri' } }],
  ['resources/unsubscribe', {}],
  ['subscriptions/listen', {}],
  ['completion/complete', {}],
  ['tasks/get', {}],
  ['tasks/update', {}],
  ['tasks/cancel', {}],
]);
