import type { ServerParts } from '../catalog-server.js';
import { PlainPrompt } from './plain-prompt.js';
import type { PlainRequest } from './plain-request.js';
import { PlainResource } from './plain-resource.js';
import type { PlainTarget } from './plain-target.js';
import { PlainTool } from './plain-tool.js';

/** The entry that a request uses; `undefined` where there is none, or only the SDK can use it. */
export function findTarget(
  { method, params }: PlainRequest,
  parts: ServerParts,
): PlainTarget | undefined {
  const { catalog } = parts;
  const { name, uri, arguments: input = {} } = params;
  if (method === 'resources/read' && typeof uri === 'string') {
    const found = catalog.resourceAt(uri);
    return found && new PlainResource(found.entry, found.uri, found.variables);
  }
  if (typeof name !== 'string') return undefined;
  if (method === 'prompts/get') {
    const prompt = catalog.prompts.get(name);
    return prompt && new PlainPrompt(prompt, input);
  }
  const tool = method === 'tools/call' ? catalog.tools.get(name) : undefined;
  return tool?.isPlain() ? new PlainTool(tool, input, parts) : undefined;
}
