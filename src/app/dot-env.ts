import { existsSync } from 'node:fs';

/** Reads `.env` in the working directory, if there is one. A variable of the environment wins over it. */
export function readDotEnv(): void {
  if (existsSync('.env')) process.loadEnvFile();
}
