import type { ExplainedRefusal, RuleExplanation } from '../access/rule-explanation.js';
import type { Principal } from '../request/principal.js';

// What the endpoints of the page answer. The page imports these types, and nothing else of the server.

/** Who may use what. */
export interface AccessMatrix {
  readonly rules: readonly { readonly text: string; readonly short: string }[];
  readonly entries: readonly MatrixEntry[];
  readonly callers: readonly MatrixColumn[];
}

/** An entry, and which rule it has. */
export interface MatrixEntry {
  readonly kind: 'tool' | 'resource' | 'template' | 'prompt';
  readonly key: string;
  readonly title: string;
  /** Class and method. */
  readonly source: string;
  /** Index in the rules. */
  readonly rule: number;
  /** Whether lists name it to anonymous callers who may not use it. */
  readonly offered: boolean;
  /** Whether a call may, or must, become a task. */
  readonly task?: 'optional' | 'required';
}

/** What a caller may use. */
export interface MatrixColumn {
  readonly id: string;
  /** `null` for an anonymous caller, and for a refused token. */
  readonly caller: DescribedPrincipal | null;
  /** Why the token is refused. */
  readonly refusal?: ExplainedRefusal;
  /** By rule. */
  readonly cells: readonly RuleExplanation[];
}

/** A verified token, described, or why it is refused. */
export type CallerAnswer =
  { readonly caller: DescribedPrincipal } | { readonly refusal: ExplainedRefusal };

/** A principal without its claims. A credential that does not end has no `expiresAt`. */
export type DescribedPrincipal = Omit<Principal, 'claims' | 'expiresAt'> &
  Partial<Pick<Principal, 'expiresAt'>>;

/** An MCP server, and where it is. */
export interface DescribedServer {
  readonly path: string;
  readonly route: string;
  readonly name: string;
  readonly title: string;
  readonly version: string;
  readonly signIn: 'connect' | 'offer' | 'call' | 'none';
  readonly resource: string | undefined;
  readonly metadataURL: string | undefined;
  /** That clients are told to ask for, or that a rule needs. */
  readonly scopes: readonly string[];
  /** That clients are told to ask for. */
  readonly published: readonly string[];
}

/** What the page is to show. */
export interface ExplorerConfig {
  readonly servers: readonly DescribedServer[];
  readonly issuer: string;
  readonly needsSignIn: boolean;
  readonly emulator: boolean;
  readonly acceptedTokens: readonly string[];
}
