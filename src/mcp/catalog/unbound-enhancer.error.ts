/** Nest would silently skip a guard, pipe, interceptor or filter of a tool. Stops the boot. */
export class UnboundEnhancerError extends Error {
  readonly code = 'UNBOUND_ENHANCER';

  constructor(enhancer: string, source: string, host: string) {
    super(
      `${enhancer} on ${source} would never run: ${host} comes from useFactory or useValue, and Nest binds enhancers to classes only. Provide the class itself.`,
    );
    this.name = 'UnboundEnhancerError';
  }
}
