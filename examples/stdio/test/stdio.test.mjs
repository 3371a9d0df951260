// Talks to the program as a client does: messages of JSON, one in each line.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';

const call = {
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'roll', arguments: { sides: 2 } },
};
const { stdout, status } = spawnSync(process.execPath, ['dist/main.js'], {
  input: `${JSON.stringify(call)}\n`,
  encoding: 'utf8',
});
assert.equal(status, 0);
const { result } = JSON.parse(stdout);
assert.ok([1, 2].includes(result.structuredContent.rolled));
