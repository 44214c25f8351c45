const freshMs = 60_000;

/** What changes seldom is read once a minute; a failure is not kept. */
export class Kept<T> {
  readonly #read: () => Promise<T>;
  #known: { readonly atMs: number; readonly value: Promise<T> } | null = null;

  constructor(read: () => Promise<T>) {
    this.#read = read;
  }

  async get(): Promise<T> {
    if (this.#known !== null && Date.now() - this.#known.atMs < freshMs) {
      return await this.#known.value;
    }
    const value = this.#read();
    this.#known = { atMs: Date.now(), value };
    try {
      return await value;
    } catch (error) {
      this.#known = null;
      throw error;
    }
  }
}
