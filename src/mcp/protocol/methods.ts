import { specTypeSchemas, type StandardSchemaV1Sync } from '@modelcontextprotocol/server';

/** The lists of the protocol, by the name of the member in their result. */
export type ListName = 'tools' | 'prompts' | 'resources' | 'resourceTemplates';

/** An entry that a message names, by name or URI. */
export interface MessageTarget {
  readonly kind: 'tool' | 'prompt' | 'resource';
  readonly key: string;
}

/** The properties of a method. */
export interface MethodTraits {
  /** The list that it returns. */
  readonly list?: ListName;
  /** The kind of entry that it uses, and the param that names it. */
  readonly uses?: { readonly kind: MessageTarget['kind']; readonly param: 'name' | 'uri' };
  /** Whether it is about a task, which `taskId` names. */
  readonly ofTask?: true;
  /** Whether it completes an argument, which names its entries in its own way. */
  readonly completes?: true;
  /** Whether its answer is a stream that stays open. */
  readonly opensStream?: true;
  /** Whether each of its `arguments` is text. */
  readonly textArguments?: true;
  /** The params that the fast path accepts. Absent: the SDK serves the method. */
  readonly fastParams?: ReadonlySet<string>;
  /** The schema of its request, for methods whose params the SDK does not validate by itself. */
  readonly schema?: StandardSchemaV1Sync;
  /** `legacy`: not part of 2026-07-28. `modern`: not part of the revisions before it. */
  readonly era?: 'legacy' | 'modern';
}

const CALL_PARAMS: ReadonlySet<string> = new Set(['name', 'arguments', '_meta']);
const READ_PARAMS: ReadonlySet<string> = new Set(['uri', '_meta']);
const LIST_PARAMS: ReadonlySet<string> = new Set(['cursor', '_meta']);
const COMPLETE_PARAMS: ReadonlySet<string> = new Set(['ref', 'argument', 'context', '_meta']);
const NO_PARAMS: ReadonlySet<string> = new Set(['_meta']);
const INITIALIZE_PARAMS: ReadonlySet<string> = new Set([
  'protocolVersion',
  'capabilities',
  'clientInfo',
]);

/**
 * The methods of the protocol and of the tasks extension. Everything that depends on the method of
 * a message is in this table.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/schema
 */
export const METHODS: ReadonlyMap<string, MethodTraits> = new Map<string, MethodTraits>([
  ['initialize', { era: 'legacy', fastParams: INITIALIZE_PARAMS }],
  ['ping', { era: 'legacy', fastParams: NO_PARAMS }],
  ['server/discover', { era: 'modern', fastParams: NO_PARAMS }],
  ['logging/setLevel', { era: 'legacy', schema: specTypeSchemas.SetLevelRequest }],
  [
    'tools/list',
    { list: 'tools', fastParams: LIST_PARAMS, schema: specTypeSchemas.ListToolsRequest },
  ],
  // The catalog validates the arguments of a tool.
  ['tools/call', { uses: { kind: 'tool', param: 'name' }, fastParams: CALL_PARAMS }],
  [
    'prompts/list',
    { list: 'prompts', fastParams: LIST_PARAMS, schema: specTypeSchemas.ListPromptsRequest },
  ],
  [
    'prompts/get',
    {
      uses: { kind: 'prompt', param: 'name' },
      textArguments: true,
      fastParams: CALL_PARAMS,
      schema: specTypeSchemas.GetPromptRequest,
    },
  ],
  [
    'resources/list',
    { list: 'resources', fastParams: LIST_PARAMS, schema: specTypeSchemas.ListResourcesRequest },
  ],
  [
    'resources/templates/list',
    {
      list: 'resourceTemplates',
      fastParams: LIST_PARAMS,
      schema: specTypeSchemas.ListResourceTemplatesRequest,
    },
  ],
  [
    'resources/read',
    {
      uses: { kind: 'resource', param: 'uri' },
      fastParams: READ_PARAMS,
      schema: specTypeSchemas.ReadResourceRequest,
    },
  ],
  [
    'resources/subscribe',
    {
      uses: { kind: 'resource', param: 'uri' },
      era: 'legacy',
      schema: specTypeSchemas.SubscribeRequest,
    },
  ],
  ['resources/unsubscribe', { era: 'legacy', schema: specTypeSchemas.UnsubscribeRequest }],
  ['subscriptions/listen', { opensStream: true }],
  [
    'completion/complete',
    { completes: true, fastParams: COMPLETE_PARAMS, schema: specTypeSchemas.CompleteRequest },
  ],
  ['tasks/get', { ofTask: true }],
  ['tasks/update', { ofTask: true }],
  ['tasks/cancel', { ofTask: true }],
]);
