// npm run version: removes the changesets, and writes the next version and the changelog. The changelog
// stands at the top of the repository, and the service has the version of the package.
import { execSync } from 'node:child_process';
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

const PACKAGE = 'packages/nestjs-clerk-mcp';
const CHANGELOG = `${PACKAGE}/CHANGELOG.md`;
const run = (command) => execSync(command, { stdio: 'inherit' });

copyFileSync('CHANGELOG.md', CHANGELOG);
run('npm run changeset version');
copyFileSync(CHANGELOG, 'CHANGELOG.md');
rmSync(CHANGELOG);
const { version } = JSON.parse(readFileSync(`${PACKAGE}/package.json`, 'utf8'));
const service = JSON.parse(readFileSync('package.json', 'utf8'));
writeFileSync('package.json', `${JSON.stringify({ ...service, version }, null, 2)}\n`);
run('npm install --package-lock-only --ignore-scripts --no-audit --no-fund');
