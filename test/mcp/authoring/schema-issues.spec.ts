import { describe, expect, it } from 'vitest';
import { readIssues } from '../../../src/mcp/authoring/schema.js';

describe('readIssues', () => {
  it('keeps the first twenty, and says how many are left', () => {
    const issues = (count: number) =>
      Array.from({ length: count }, (_, at) => ({ path: ['list', at], message: 'wrong' }));
    expect(readIssues(issues(20))).toHaveLength(20);
    const read = readIssues(issues(100_000));
    expect(read).toHaveLength(21);
    expect(read[0]).toEqual({ path: 'list.0', message: 'wrong' });
    expect(read.at(-1)).toEqual({ path: '', message: 'and 99980 more' });
  });

  it('cuts what a caller makes long: a message, a name, a path', () => {
    const long = 'x'.repeat(100_000);
    const path = Array.from({ length: 100_000 }, () => 'a');
    const read = readIssues([
      { path: [long], message: long },
      { path, message: '' },
    ]);
    for (const text of read.flatMap((issue) => [issue.path, issue.message])) {
      expect(text.length).toBeLessThanOrEqual(301);
    }
  });
});
