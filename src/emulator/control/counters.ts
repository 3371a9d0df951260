import { type EndpointGroup, endpointGroup } from './endpoint-groups.js';

/** How many requests came in, those that a fault answered included. */
export class Counters {
  readonly #byEndpoint = new Map<string, number>();
  readonly #byGroup = new Map<EndpointGroup, number>();

  /** @param route the pattern: `GET /v1/users/:id` is counted as one endpoint */
  count(method: string, route: string): void {
    const endpoint = `${method} ${route}`;
    this.#byEndpoint.set(endpoint, this.of(endpoint) + 1);
    const group = endpointGroup(route);
    if (group) this.#byGroup.set(group, this.ofGroup(group) + 1);
  }

  /** Requests to one endpoint, such as `GET /v1/jwks` or `GET /v1/users/:id`. */
  of(endpoint: string): number {
    return this.#byEndpoint.get(endpoint) ?? 0;
  }

  /** Requests to a group: `jwks` counts key fetches at both APIs. */
  ofGroup(group: EndpointGroup): number {
    return this.#byGroup.get(group) ?? 0;
  }

  /** Everything that was counted, by endpoint. */
  all(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#byEndpoint);
  }

  reset(): void {
    this.#byEndpoint.clear();
    this.#byGroup.clear();
  }
}
