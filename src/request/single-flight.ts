/** Lets concurrent callers with the same key share one call. */
export class SingleFlight<T> {
  private readonly flights = new Map<string, Promise<T>>();

  /** Number of running calls. */
  get size(): number {
    return this.flights.size;
  }

  /** Joins the running call of this key, or starts one. */
  run(key: string, work: () => Promise<T>): Promise<T> {
    const flying = this.flights.get(key);
    if (flying) return flying;
    const flight = work().finally(() => this.flights.delete(key));
    this.flights.set(key, flight);
    return flight;
  }
}
