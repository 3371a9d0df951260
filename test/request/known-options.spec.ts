import { describe, expect, it } from 'vitest';
import { nearestName, optionProblem } from '../../src/request/known-options.js';

const KNOWN = { baseURL: true, guards: true, limits: { timeoutMs: true, max: true } } as const;

describe('optionProblem', () => {
  it.each([
    [{ baseURL: 1, guards: [], limits: { timeoutMs: 1 } }],
    [{}],
    [{ limits: undefined }],
    [{ limits: 'none' }],
  ])('finds nothing wrong with %j', (options) => {
    expect(optionProblem(options, KNOWN)).toBeUndefined();
  });

  it.each([
    [{ baseUrl: 1 }, 'unknown option `baseUrl`: write `baseURL`.'],
    [{ guard: undefined }, 'unknown option `guard`: write `guards`.'],
    [{ limits: { timeoutMS: 1 } }, 'unknown option `limits.timeoutMS`: write `limits.timeoutMs`.'],
    [
      { limits: { zebra: 1 } },
      'unknown option `limits.zebra`: remove it. The options are `limits.timeoutMs`, `limits.max`.',
    ],
    [{ url: 1 }, 'unknown option `url`: write `baseURL`.'],
    [JSON.parse('{"__proto__": 1}'), /^unknown option `__proto__`: remove it/],
    [{ constructor: 1 }, /^unknown option `constructor`: remove it/],
  ])('names what is meant by %j', (options, problem) => {
    expect(optionProblem(options, KNOWN, { url: '`baseURL`' })).toMatch(problem);
  });

  it('names another option only where it exists', () => {
    const problem = optionProblem({ url: 1 }, { name: true }, { url: '`baseURL`' });
    expect(problem).toBe('unknown option `url`: remove it. The options are `name`.');
  });

  it('does not look into instances of classes', () => {
    class Limits {
      readonly own = 1;
    }
    expect(optionProblem({ limits: new Limits() }, KNOWN)).toBeUndefined();
  });
});

describe('nearestName', () => {
  it.each([
    ['secretkey', 'secretKey'],
    ['clerkDomian', 'clerkDomain'],
    ['scope', 'scopes'],
    ['scpoes', 'scopes'],
    ['descripton', 'description'],
    ['nmae', 'name'],
    ['xyz', undefined],
    ['', undefined],
  ])('of %j is %j', (misspelt, name) => {
    const names = ['secretKey', 'clerkDomain', 'scopes', 'description', 'name'];
    expect(nearestName(misspelt, names)).toBe(name);
  });
});
