import { NothingToMeasureError, serveLibrary } from './library-process.js';

/** A package that might have a client: tells which of its exports speak of one. */
await serveLibrary(async ({ load }) => {
  const name = process.env['PACKAGE'] ?? '';
  const exports = Object.keys(await load(name)).filter((each) => /client/i.test(each));
  if (exports.length > 0) throw new Error(`exports ${exports.join(', ')}`);
  throw new NothingToMeasureError(
    `exports no client (${Object.keys(await load(name)).length} names)`,
  );
});
