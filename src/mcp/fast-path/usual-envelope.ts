import { isJsonObject } from '../../request/json-object.js';

/**
 * Whether a client describes itself as nearly all do, which the schemas of the SDK accept for certain. They
 * take as long to be created as a tenth of the start of a process, and are left for other envelopes.
 */
export function isUsualEnvelope(capabilities: unknown, info: unknown): boolean {
  if (!isJsonObject(capabilities) || !(info === undefined || isUsualInfo(info))) return false;
  for (const name in capabilities) {
    if (!CAPABILITIES.has(name) || !isUsualCapability(capabilities[name])) return false;
  }
  return true;
}

function isUsualInfo(info: unknown): boolean {
  if (!isJsonObject(info) || typeof info['name'] !== 'string') return false;
  for (const name in info) if (!INFO.has(name) || typeof info[name] !== 'string') return false;
  return typeof info['version'] === 'string';
}

/** `{}`, or that with parts that are `{}`: the members of each such capability are objects. */
function isUsualCapability(capability: unknown): boolean {
  if (!isJsonObject(capability)) return false;
  for (const name in capability) {
    const part = capability[name];
    if (!PARTS.has(name) || !isJsonObject(part) || Object.keys(part).length > 0) return false;
  }
  return true;
}

const CAPABILITIES: ReadonlySet<string> = new Set(['elicitation', 'sampling', 'roots']);
const PARTS: ReadonlySet<string> = new Set(['form', 'url', 'context', 'tools']);
const INFO: ReadonlySet<string> = new Set([
  'name',
  'title',
  'version',
  'websiteUrl',
  'description',
]);
