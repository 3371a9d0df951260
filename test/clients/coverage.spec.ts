import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { CLIENTS } from './clients.js';
import { readRows } from './page.js';

const page = await readFile(new URL('../../docs/clients.md', import.meta.url), 'utf8');
const rows = readRows(page);

it.each(CLIENTS)(
  'docs/clients.md has $name in each era, at the version that is installed',
  (client) => {
    const own = rows.filter((row) => row.client === client.name);
    expect(new Set(own.map(({ era }) => era))).toEqual(new Set(client.driver.eras));
    const [{ version }] = client.packages;
    expect(new Set(own.map((row) => row.version))).toEqual(new Set([version]));
  },
);

it('docs/clients.md has no client that is not measured', () => {
  const names = CLIENTS.map(({ name }) => name);
  expect(rows.filter(({ client }) => !names.includes(client))).toEqual([]);
});

it('each client is pinned to exact versions', () => {
  const versions = CLIENTS.flatMap(({ packages }) => packages.map(({ version }) => version));
  expect(versions.filter((version) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
});
