/** The application runs on an HTTP framework that the endpoint cannot take requests from. Stops the boot. */
export class UnsupportedAdapterError extends Error {
  readonly code = 'UNSUPPORTED_ADAPTER';

  constructor(type: string) {
    super(
      `The MCP endpoint cannot run on the HTTP adapter "${type}". Use FastifyAdapter of @nestjs/platform-fastify or ExpressAdapter of @nestjs/platform-express.`,
    );
    this.name = 'UnsupportedAdapterError';
  }
}
