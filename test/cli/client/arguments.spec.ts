import { describe, expect, it } from 'vitest';
import { runCommand } from '../fake-terminal.js';

describe('arguments of list, call and token', () => {
  it.each([
    [['token'], 'Pass one URL.'],
    [['token', 'a', 'b'], 'Pass one URL.'],
    [['token', 'mcp.example.com'], 'is not an http or https URL'],
    [['token', 'http://mcp.example.com'], 'is not https, so that no token is sent to it'],
    [['token', 'https://a.example', '--as', 'a@b.c', '--client-id', 'x'], 'cannot be combined'],
    [['token', 'https://a.example', '--wait', 'x'], '--wait must be a number of seconds'],
    [['list'], 'Pass one URL.'],
    [['list', 'https://a.example', '--era', 'old'], '--era must be one of auto, modern, legacy'],
    [['list', 'https://a.example', '--token', '--sign-in'], 'Pass one of --token and --sign-in.'],
    [['list', 'https://a.example', '--client-id', 'x'], '--client-id requires --sign-in.'],
    [['list', 'https://a.example', '--token'], 'The standard input contains no token.'],
    [['list', 'http://mcp.example.com', '--token'], 'is not https'],
    [['call', 'https://a.example'], 'Pass a URL, a tool, and its arguments'],
    [['call', 'https://a.example', 'x', '[1]'], 'The arguments are not a JSON object.'],
    [['call', 'https://a.example', 'x', '{'], 'The arguments are not a JSON object.'],
    [['call', 'https://a.example', 'x', '--timeout', '0'], '--timeout must be a number'],
  ])('refuses %j', async (args, message) => {
    const { code, stdout, stderr } = await runCommand(args);
    expect({ code, stdout, stderr }).toEqual({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining(message),
    });
  });
});
