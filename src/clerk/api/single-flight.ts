/** Lets callers that want the same thing at the same time share one piece of work. */
export class SingleFlight<T> {
  private readonly flights = new Map<string, Promise<T>>();

  /** Pieces of work under way. */
  get size(): number {
    return this.flights.size;
  }

  /** Joins the work under way for this key, or starts it. */
  run(key: string, work: () => Promise<T>): Promise<T> {
    const flying = this.flights.get(key);
    if (flying) return flying;
    const flight = work().finally(() => this.flights.delete(key));
    this.flights.set(key, flight);
    return flight;
  }
}
