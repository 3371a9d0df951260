import { InvalidHandlerError } from '../mcp.errors.js';
import type { OptionsOf } from '../../request/known-options.js';
import { assertMethod, assertParentheses, markHandler } from './mark-handler.js';
import {
  DESCRIPTION_OPTIONS,
  ResourceMetadata,
  type McpResourceOptions,
} from './mcp-resource.decorator.js';

/**
 * Makes a method of a provider the page of an MCP App: a resource with HTML that a host shows in a sandbox
 * beside the result of a tool. The method returns the HTML, and gets `({ uri }, context)`. A tool names it
 * in `_meta.ui.resourceUri`; an unknown one stops the boot.
 *
 * @see https://github.com/modelcontextprotocol/ext-apps (SEP-1865)
 * @example
 * ```ts
 * @McpApp({ uri: 'ui://notes/list.html', csp: { connectDomains: ['https://api.example.com'] } })
 * list() {
 *   return readFile('list.html', 'utf8');
 * }
 *
 * @McpTool({ description: 'Lists the notes', _meta: { ui: { resourceUri: 'ui://notes/list.html' } } })
 * notes() {
 *   return this.store.list();
 * }
 * ```
 */
export function McpApp(options: McpAppOptions) {
  assertParentheses(APP, arguments);
  return <M extends (input: { uri: string }, ...rest: never[]) => unknown>(
    prototype: object,
    method: string,
    descriptor: TypedPropertyDescriptor<M>,
  ): void => {
    assertMethod(APP, options, [prototype, method, descriptor]);
    const { csp, permissions, domain, prefersBorder, _meta, ...resource } = options;
    assertApp(`${prototype.constructor.name}.${method}`, options);
    const ui = {
      ...(csp && { csp }),
      ...(permissions && { permissions: Object.fromEntries(permissions.map((one) => [one, {}])) }),
      ...(domain !== undefined && { domain }),
      ...(prefersBorder !== undefined && { prefersBorder }),
    };
    const hasUi = Object.keys(ui).length > 0;
    ResourceMetadata({
      ...resource,
      mimeType: APP_MIME_TYPE,
      ...((_meta ?? hasUi) && { _meta: { ..._meta, ...(hasUi && { ui }) } }),
    })(prototype, method, descriptor);
    markHandler(prototype, method);
  };
}

/** Options of `@McpApp()`. */
export interface McpAppOptions extends Omit<McpResourceOptions, 'mimeType' | 'uri'> {
  /** Its URI, with the scheme `ui`, such as `ui://notes/list.html`. */
  readonly uri: `ui://${string}`;
  /** Origins that the page may use. Default: none; the host blocks everything else. */
  readonly csp?: McpAppCsp;
  /** What the page asks the host to allow. Default: nothing. */
  readonly permissions?: readonly McpAppPermission[];
  /** Origin that the host serves the page from, if the host supports it. */
  readonly domain?: string;
  /** Whether the page wants a border. Default: the host decides. */
  readonly prefersBorder?: boolean;
}

/** Origins of a page, such as `https://api.example.com` or `https://*.example.com`. */
export interface McpAppCsp {
  /** For `fetch`, XHR and WebSocket. */
  readonly connectDomains?: readonly string[];
  /** For scripts, styles, images, fonts and media. */
  readonly resourceDomains?: readonly string[];
  /** For nested frames. */
  readonly frameDomains?: readonly string[];
  /** For the base URI of the document. */
  readonly baseUriDomains?: readonly string[];
}

/** A permission of a page. */
export type McpAppPermission = 'camera' | 'microphone' | 'geolocation' | 'clipboardWrite';

const PERMISSIONS: readonly McpAppPermission[] = [
  'camera',
  'microphone',
  'geolocation',
  'clipboardWrite',
];

const { mimeType: _fixed, ...DESCRIBED } = DESCRIPTION_OPTIONS;

const APP_OPTIONS = {
  ...DESCRIBED,
  uri: true,
  size: true,
  csp: { connectDomains: true, resourceDomains: true, frameDomains: true, baseUriDomains: true },
  permissions: true,
  domain: true,
  prefersBorder: true,
} as const satisfies OptionsOf<McpAppOptions>;

/** `@McpApp()`, for the checks of its use. */
const APP = { name: '@McpApp', key: ResourceMetadata.KEY, options: APP_OPTIONS } as const;

/** Media type of the page of an MCP App. */
export const APP_MIME_TYPE = 'text/html;profile=mcp-app';

/** URI of the app that a tool names in its `_meta`, checked by nobody; `undefined` if it names none. */
export function appUriOf(meta: Readonly<Record<string, unknown>> | undefined): unknown {
  const ui: unknown = meta?.['ui'];
  const nested: unknown = typeof ui === 'object' && ui ? Reflect.get(ui, 'resourceUri') : undefined;
  // The form of drafts before 2026-01-26, which hosts still read.
  return nested ?? meta?.['ui/resourceUri'];
}

/** Whether a URI is one of an MCP App. */
export function isAppUri(uri: unknown): uri is string {
  return typeof uri === 'string' && /^ui:\/\/./.test(uri);
}

function assertApp(source: string, { uri, csp = {}, permissions = [] }: McpAppOptions): void {
  if (!isAppUri(uri)) {
    throw new InvalidHandlerError(
      source,
      `${JSON.stringify(uri)} is not the URI of an MCP App. Use the scheme ui, such as ui://notes/list.html.`,
    );
  }
  for (const [name, origins] of Object.entries(csp)) {
    const wrong = [origins].flat().find((origin) => !ORIGIN.test(String(origin)));
    if (wrong === undefined) continue;
    throw new InvalidHandlerError(
      source,
      `csp.${name} has ${JSON.stringify(wrong)}. Use origins such as https://api.example.com, without a path.`,
    );
  }
  const unknown = permissions.find((one) => !PERMISSIONS.includes(one));
  if (unknown === undefined) return;
  throw new InvalidHandlerError(
    source,
    `permissions has ${JSON.stringify(unknown)}. Use some of ${PERMISSIONS.join(', ')}.`,
  );
}

/** Anything else could add directives to the policy that the host builds. */
const ORIGIN = /^(https?|wss?):\/\/(\*\.)?[\w.-]+(:\d+)?$/;
