import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Copy, DockerfileParser, Healthcheck, JSONInstruction } from 'dockerfile-ast';
import { describe, expect, it } from 'vitest';
import { Environment } from '../../src/app/environment.js';
import { admitted } from '../package/dockerfile.js';
import { read } from './files.js';

const ROOT = join(import.meta.dirname, '../..');
const instructions = DockerfileParser.parse(read('Dockerfile')).getInstructions();
const ofKeyword = (keyword: string) =>
  instructions.filter((instruction) => instruction.getKeyword() === keyword);
const argumentsOf = (keyword: string) =>
  ofKeyword(keyword).map((each) => each.getArguments().map((argument) => argument.getValue()));

describe('Dockerfile', () => {
  it('pins a version of the base image, with a supported major version of Node', () => {
    const images = new Set(argumentsOf('FROM').map(([image]) => image));
    expect([...images]).toEqual([`node:${read('.nvmrc').trim()}-bookworm-slim`]);
  });

  it('copies what .dockerignore admits, and .dockerignore admits nothing else', async () => {
    const copied = ofKeyword('COPY')
      .filter((copy) => !(copy as Copy).getFromFlag())
      .flatMap((copy) =>
        copy
          .getArguments()
          .slice(0, -1)
          .map((argument) => argument.getValue()),
      );
    const entries = await admitted(join(ROOT, '.dockerignore'));
    expect([...new Set(copied)].toSorted()).toEqual(entries.toSorted());
    expect(entries.filter((entry) => !existsSync(join(ROOT, entry)))).toEqual([]);
  });

  it('sets only variables that the service reads', () => {
    const names = argumentsOf('ENV').flatMap((pairs) => pairs.map((pair) => pair.split('=')[0]));
    expect(names.filter((name = '') => !(name in Environment.shape))).toEqual([]);
  });

  it('installs for production what docs/clerk-application.md says', () => {
    const [, , production] = argumentsOf('RUN').map((words) => words.join(' '));
    expect(production).toMatch(/^npm ci --omit=dev --omit=optional\b/);
    expect(read('docs/clerk-application.md')).toContain('`npm ci --omit=dev --omit=optional`');
  });

  it('ends as another user than root, with commands in exec form', () => {
    const [user] = argumentsOf('USER').at(-1) ?? [];
    expect(user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    const last = instructions.findLastIndex((each) => each.getKeyword() === 'FROM');
    expect(instructions.findLastIndex((each) => each.getKeyword() === 'USER')).toBeGreaterThan(
      last,
    );
    const [cmd] = ofKeyword('CMD');
    expect((cmd as JSONInstruction).getJSONStrings().map((text) => text.getJSONValue())).toEqual([
      'node',
      'dist/main.js',
    ]);
    const [healthcheck] = ofKeyword('HEALTHCHECK') as Healthcheck[];
    expect(healthcheck?.getArgumentsContent()).toContain('/health/live');
    expect(healthcheck?.getArgumentsContent()).toMatch(/CMD \["node"/);
  });
});
