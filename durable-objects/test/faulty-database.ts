/** D1 as it is on a bad day, for all objects: they share the bindings of the test. Heal it after each test. */
import { env } from 'cloudflare:test';

const database = env.DB;

const unchanged = (key: string | symbol): unknown => {
  const value: unknown = Reflect.get(database, key);
  return typeof value === 'function' ? value.bind(database) : value;
};

/** From now on `before` comes before each batch of writes: it may throw, or take its time. */
export const beforeWrites = (before: () => Promise<void>): void => {
  const batch = async (statements: D1PreparedStatement[]) => {
    await before();
    return database.batch(statements);
  };
  Reflect.set(env, 'DB', new Proxy(database, { get: (_target, key) => (key === 'batch' ? batch : unchanged(key)) }));
};

export const healWrites = (): void => {
  Reflect.set(env, 'DB', database);
};
