import type { FastifyPluginAsync } from 'fastify';
import type { EmulatorCore } from '../emulator-core.js';
import { fullName } from '../instance/users.js';
import { escapeHtml } from './html.js';

/** Pictures of users (round) and organizations (square): initials on a colored background. */
export function images(core: EmulatorCore): FastifyPluginAsync {
  return async (app) => {
    app.get('/favicon.ico', (_request, reply) => reply.code(204).send());
    app.get<{ Params: { file: string } }>('/img/:file', async (request, reply) => {
      const id = request.params.file.replace(/\.svg$/, '');
      const user = core.users.find(id);
      const name = user ? (fullName(user) ?? user.emailAddress) : core.organizations.find(id)?.name;
      if (name === undefined) return reply.code(404).send({ error: 'not_found' });
      return reply
        .header('content-type', 'image/svg+xml')
        .header('content-security-policy', "default-src 'none'")
        .header('x-content-type-options', 'nosniff')
        .header('cross-origin-resource-policy', 'cross-origin')
        .header('cache-control', 'public, max-age=300')
        .send(draw(name, user !== undefined));
    });
  };
}

function draw(name: string, round: boolean): string {
  const initials = name
    .split(/\s+/)
    .map(([letter = '']) => letter)
    .slice(0, 2)
    .join('')
    .toUpperCase();
  const hue = Array.from(name).reduce(
    (sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 360,
    7,
  );
  const from = `hsl(${hue} 62% 52%)`;
  const to = `hsl(${(hue + 50) % 360} 66% 40%)`;
  return [
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96" width="96" height="96">',
    '<defs><linearGradient id="g" x1="0" y1="0" x2="1" y2="1">',
    `<stop offset="0" stop-color="${from}"/><stop offset="1" stop-color="${to}"/>`,
    '</linearGradient></defs>',
    `<rect width="96" height="96" rx="${round ? 48 : 22}" fill="url(#g)"/>`,
    '<text x="48" y="49" fill="#fff" font-family="system-ui,sans-serif" font-size="38"',
    ' font-weight="600" text-anchor="middle" dominant-baseline="central">',
    `${escapeHtml(initials)}</text></svg>`,
  ].join('');
}
