import type { EmulatorRoute } from './emulator-traffic.js';
import { findOperation } from './operations.js';
import type { Record_ } from './records.js';
import { isClerks } from './routes.js';

const UNDOCUMENTED = '@clerk/backend 3.25 has it, no document does: see test/emulator/sdk';

/** Cases that no route of the emulator can have, with the reason. */
export const NEEDLESS_CASES: Readonly<Record<string, Partial<Record<CaseKind, string>>>> = {
  'DELETE /v1/invitations/:id': {
    success: UNDOCUMENTED,
    'wrong key': UNDOCUMENTED,
    'unknown id': UNDOCUMENTED,
  },
  'POST /oauth/authorize': { refusal: 'redirects each form to GET, which decides' },
};

type CaseKind = 'success' | 'wrong key' | 'unknown id' | 'bad body' | 'refusal';

/** The cases that routes lack, such as `GET /v1/users/:id: unknown id`. */
export function missingCases(
  routes: readonly EmulatorRoute[],
  records: readonly Record_[],
): readonly string[] {
  return routes.filter(isClerks).flatMap(({ method, url }) => {
    const name = `${method} ${url}`;
    const own = records.filter((one) => one.method === method && one.route === url);
    return requiredCases({ method, url })
      .filter((kind) => NEEDLESS_CASES[name]?.[kind] === undefined)
      .filter((kind) => !own.some((one) => COUNTS[kind](one)))
      .map((kind) => `${name}: ${kind}`);
  });
}

const COUNTS: Readonly<Record<CaseKind, (record: Record_) => boolean>> = {
  success: ({ refused }) => !refused,
  'wrong key': ({ status }) => status === 401,
  'unknown id': ({ status }) => status === 404,
  'bad body': ({ status }) => status === 400 || status === 422,
  refusal: ({ refused, status }) => refused && status !== 501,
};

function requiredCases({ method, url }: EmulatorRoute): readonly CaseKind[] {
  const operation = findOperation(method, url.replace(/:\w+/g, 'x'));
  if (operation?.api === 'Frontend API') {
    return url.startsWith('/.well-known/') ? ['success'] : ['success', 'refusal'];
  }
  return [
    'success',
    'wrong key',
    ...(url.includes(':') ? (['unknown id'] as const) : []),
    ...(operation?.operation.requestBody ? (['bad body'] as const) : []),
  ];
}
