const SUITE = '/@modelcontextprotocol/conformance/dist/';

export async function resolve(specifier, context, next) {
  const isFs = specifier === 'fs' || specifier === 'node:fs';
  if (!isFs || !context.parentURL?.includes(SUITE)) return next(specifier, context);
  return { url: new URL('./fs-with-glob.mjs', import.meta.url).href, shortCircuit: true };
}
