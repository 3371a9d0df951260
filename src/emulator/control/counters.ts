import { type EndpointGroup, endpointGroup } from './endpoint-groups.js';

/** Number of requests by endpoint and by group, including requests with a fault. */
export class Counters {
  readonly #byEndpoint = new Map<string, number>();
  readonly #byGroup = new Map<EndpointGroup, number>();

  /** @param route pattern of the route, such as `/v1/users/:id` */
  count(method: string, route: string): void {
    const endpoint = `${method} ${route}`;
    this.#byEndpoint.set(endpoint, this.of(endpoint) + 1);
    const group = endpointGroup(route);
    if (group) this.#byGroup.set(group, this.ofGroup(group) + 1);
  }

  /** Number of requests to an endpoint, such as `GET /v1/jwks` or `GET /v1/users/:id`. */
  of(endpoint: string): number {
    return this.#byEndpoint.get(endpoint) ?? 0;
  }

  /** Number of requests to a group. `jwks` counts requests to both APIs. */
  ofGroup(group: EndpointGroup): number {
    return this.#byGroup.get(group) ?? 0;
  }

  /** Number of requests by endpoint. */
  all(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#byEndpoint);
  }

  reset(): void {
    this.#byEndpoint.clear();
    this.#byGroup.clear();
  }
}
