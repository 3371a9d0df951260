/**
 * Marks a controller of this package. Its routes are absent from the OpenAPI document of the application,
 * and a route of the application at the same path stops the boot.
 *
 * @param routes what the routes are for, and how one of two equal paths can be changed
 */
export const OwnRoutes =
  (routes: RoutesDescription): ClassDecorator =>
  (controller) => {
    Reflect.defineMetadata(OWN_ROUTES, routes, controller);
    // What `@ApiExcludeController()` of @nestjs/swagger writes, which an application may not have.
    Reflect.defineMetadata('swagger/apiExcludeController', [true], controller);
  };

/** For the error when an application has the same route. */
export interface RoutesDescription {
  /** Such as `the endpoint`. */
  readonly name: string;
  /** Such as `Give one of them another path: …`. */
  readonly cure: string;
}

/** The description of a controller of this package; `undefined` for one of the application. */
export function ownRoutesOf(controller: object): RoutesDescription | undefined {
  return Reflect.getMetadata(OWN_ROUTES, controller);
}

const OWN_ROUTES = 'nestjs-clerk-mcp:own-routes';

/** Routes that are registered on the HTTP framework itself, without a controller. */
export abstract class FrameworkRoutes {
  abstract readonly description: RoutesDescription;

  /** Full paths that answer `GET`. Called once the global prefix is known. */
  abstract paths(): readonly string[];
}
