/** Schema of an object's SQLite: an append-only list; the number of entries applied is kept beside the data. */
export const migrate = (storage: DurableObjectStorage, migrations: readonly string[]): void => {
  const applied = storage.kv.get('schema_version');
  const from = typeof applied === 'number' ? applied : 0;
  if (from >= migrations.length) return;
  storage.transactionSync(() => {
    for (const migration of migrations.slice(from)) storage.sql.exec(migration);
    storage.kv.put('schema_version', migrations.length);
  });
};
