import type { Icon, Implementation } from '@modelcontextprotocol/server';

/** What server cards and the MCP registry say of a server, without its entries. */
export interface ServerIdentity {
  /** In reverse DNS form, such as `com.example.mcp/notes`. */
  readonly name: string;
  readonly title?: string;
  /** 1 to 100 characters. */
  readonly description: string;
  readonly version: string;
  readonly websiteUrl?: string;
  readonly icons?: readonly Icon[];
}

/** Texts of the identity that the server itself does not have. */
export interface IdentityOptions {
  /** Default: from the host of the URL, and the name of the server. */
  readonly name?: string | undefined;
  readonly description: string | undefined;
}

/**
 * Describes a server for those who do not know it yet.
 *
 * @param url public URL of its endpoint
 * @returns the identity, or what is wrong with its texts and what to do
 */
export function identityOf(
  { name, title, version, websiteUrl, icons }: Implementation,
  url: string,
  given: IdentityOptions,
): ServerIdentity | { readonly problem: string } {
  const identity = {
    name: given.name ?? `${reversed(new URL(url).hostname)}/${asName(name)}`,
    ...(title !== undefined && title !== '' && title.length <= MAX_TITLE && { title }),
    description: given.description?.trim() ?? '',
    version,
    ...(websiteUrl !== undefined && { websiteUrl }),
    ...(icons && icons.length > 0 && { icons }),
  };
  const problem = problemOf(identity);
  return problem === undefined ? identity : { problem };
}

function problemOf({ name, description, version }: ServerIdentity): string | undefined {
  if (!NAME.test(name) || name.length > MAX_NAME) {
    return `name is ${JSON.stringify(name.slice(0, MAX_NAME))}. Write a domain of yours, backwards, a slash, and the name of the server: com.example/notes.`;
  }
  if (description === '') return 'description is missing. Say in a sentence what the server does.';
  if (description.length > MAX_DESCRIPTION) {
    return `description has ${description.length} characters. Use ${MAX_DESCRIPTION} at most.`;
  }
  if (/[\^~*<>=| ]|\.x\b/.test(version) || version === '') {
    return `version is ${JSON.stringify(version)}. Write one version, such as 1.4.0.`;
  }
  return undefined;
}

const NAME = /^[a-zA-Z0-9.-]+\/[a-zA-Z0-9._-]+$/;
const MAX_NAME = 200;
const MAX_TITLE = 100;
const MAX_DESCRIPTION = 100;

/** `com.example.mcp` for `mcp.example.com`. An address has no domain. */
function reversed(hostname: string): string {
  const isAddress = /^[\d.]+$|^\[/.test(hostname);
  return isAddress ? 'localhost' : hostname.split('.').toReversed().join('.');
}

function asName(name: string): string {
  return name.replace(/[^a-zA-Z0-9._-]+/g, '-').replace(/^-+|-+$/g, '') || 'mcp';
}
