/**
 * One value of an object's storage, with a copy in memory that saves reading and parsing it again. The copy is only ever what was
 * written or read: an eviction loses nothing. After a transaction that failed, `forget` makes it read the truth again.
 */
import type { z } from 'zod';

export class Cell<Value> {
  readonly #storage: DurableObjectStorage;
  readonly #key: string;
  readonly #schema: z.ZodType<Value>;
  readonly #initial: Value;
  #copy: { value: Value } | null = null;
  #unwritten = false;

  constructor(storage: DurableObjectStorage, key: string, schema: z.ZodType<Value>, initial: Value) {
    this.#storage = storage;
    this.#key = key;
    this.#schema = schema;
    this.#initial = initial;
  }

  get(): Value {
    this.#copy ??= { value: this.#read() };
    return this.#copy.value;
  }

  set(value: Value): void {
    this.#storage.kv.put(this.#key, value);
    this.#copy = { value };
    this.#unwritten = false;
  }

  /** For what may be lost in a crash without harm: written with the next `flush`. */
  setLater(value: Value): void {
    this.#copy = { value };
    this.#unwritten = true;
  }

  get isUnwritten(): boolean {
    return this.#unwritten;
  }

  flush(): void {
    if (this.#unwritten && this.#copy !== null) this.set(this.#copy.value);
  }

  forget(): void {
    this.#copy = null;
    this.#unwritten = false;
  }

  #read(): Value {
    const stored = this.#storage.kv.get(this.#key);
    return stored === undefined ? this.#initial : this.#schema.parse(stored);
  }
}
