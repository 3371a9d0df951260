// node .ci/mutation.mjs [ROOM ...]: changes the code of what decides and what verifies in thousands of places,
// one by one. At least nine of ten changes must turn a test of their room red.
import { spawnSync } from 'node:child_process';

const named = process.argv.slice(2);
const rooms = named.length > 0 ? named : ['access', 'clerk/tokens', 'mcp/protocol'];
const failed = rooms.filter((room) => {
  console.log(`\n=== ${room}`);
  const { status } = spawnSync('npx', ['stryker', 'run'], {
    stdio: 'inherit',
    env: { ...process.env, ROOM: room },
  });
  return status !== 0;
});
if (failed.length > 0) {
  console.error(`\nBelow 90 %: ${failed.join(', ')}. The reports are in build/mutation.`);
  process.exitCode = 1;
}
