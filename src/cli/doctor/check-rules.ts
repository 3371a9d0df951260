import type { INestApplicationContext, Type } from '@nestjs/common';
import { GuardedRoutes } from '../../clerk/guarded-routes.js';
import { ScopeCheck } from '../../mcp/catalog/scope-check.js';
import { UsageError } from '../command.js';
import { bootApplication } from '../application/boot-application.js';
import { type Check, ok, warning } from './report.js';

/**
 * Checks that clients are told to request every scope that the access rules of an application need.
 * Starts the application without its HTTP server.
 *
 * @param location compiled file of the root module, with `#Name` if the class is not `AppModule`
 */
export async function checkRules(location: string): Promise<readonly Check[]> {
  const app = await bootApplication(location);
  try {
    const sources = [...providersOf(app, ScopeCheck), ...providersOf(app, GuardedRoutes)];
    if (sources.length === 0) {
      throw new UsageError(
        'The application does not import McpModule or ClerkAuthModule of this package. Run the nestjs-clerk-mcp that is installed in its node_modules.',
      );
    }
    const found = sources.flatMap((one) => one.findUnpublished());
    if (found.length === 0) {
      return [
        ok('rule-scopes', 'Clients are told to request the scopes that the access rules need'),
      ];
    }
    return found.map(({ message, cure }) => warning('rule-scopes', message, cure));
  } finally {
    await app.close();
  }
}

/** The providers of a class in all modules; an application need not have any. */
function providersOf<T>(app: INestApplicationContext, type: Type<T>): readonly T[] {
  try {
    return app.get<T, T>(type, { strict: false, each: true });
  } catch {
    return [];
  }
}
