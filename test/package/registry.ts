import { run } from './packed.js';

/** Whether packages can be fetched: most tests link what is installed here already. */
export function registryIsReachable(): Promise<boolean> {
  return run('npm', ['ping', '--fetch-retries=0'], '.').then(
    () => true,
    () => false,
  );
}
