import { isJsonObject } from '../../request/json-object.js';
import { type Check, failure, ok } from '../doctor/report.js';
import type { ServerCatalog } from './server-catalog.js';

/**
 * Checks what directories of MCP servers demand of each tool: a title, a description, hints that do not
 * contradict each other, and a short name.
 */
export function checkDirectory(servers: readonly ServerCatalog[]): readonly Check[] {
  return servers.flatMap(({ path, contract }) => {
    const problems = contract.tools.flatMap((tool) => {
      const { name } = tool;
      return problemsOf(tool).map(([what, cure]) =>
        failure('directory', `${path}: the tool ${String(name)} ${what}`, cure),
      );
    });
    if (problems.length > 0) return problems;
    const count = contract.tools.length;
    return [ok('directory', `${path}: ${count} tools have a title, a description and hints`)];
  });
}

type Problem = readonly [what: string, cure: string];

function problemsOf(tool: Readonly<Record<string, unknown>>): readonly Problem[] {
  const name = String(tool['name']);
  const annotations = isJsonObject(tool['annotations']) ? tool['annotations'] : {};
  return [
    ...(isText(tool['title']) || isText(annotations['title'])
      ? []
      : [['has no title', "Write title: 'Find notes' in @McpTool()."] as const]),
    ...(isText(tool['description'])
      ? []
      : [['has no description', 'Write what it does, and when to use it.'] as const]),
    ...hintProblems(annotations),
    ...(name.length <= MAX_NAME
      ? []
      : [[`has a name of ${name.length} characters`, `Use ${MAX_NAME} at most.`] as const]),
  ];
}

function hintProblems({
  readOnlyHint: reads,
  destructiveHint: destroys,
}: Readonly<Record<string, unknown>>): readonly Problem[] {
  if (reads === true && destroys === true) {
    return [['is read-only and destructive at once', 'Correct one of its hints.']];
  }
  if (reads === true || typeof destroys === 'boolean') return [];
  return [
    [
      'does not say whether it changes or destroys something',
      'Write annotations: { readOnlyHint: true }, or { readOnlyHint: false, destructiveHint: … }.',
    ],
  ];
}

/** Characters, in the directory of Claude. */
const MAX_NAME = 64;

function isText(value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== '';
}
