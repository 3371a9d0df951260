import { serveSubject } from '../subject.js';
import { configureService } from './service-environment.js';

/** The service as `node dist/main.js` starts it. Arguments: those of `configureService()`. */
await serveSubject(async () => {
  const port = await configureService(process.argv.slice(2));
  await import('../../../dist/main.js');
  return { port };
});
