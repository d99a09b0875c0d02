/** Environment variables as rows of a form. A secret value is typed once and never comes back from the server. */
import type { SpecEnvironment } from '#protocol/environment.ts';
import { nextKey } from './row-key.ts';

export interface EnvRow {
  key: number;
  name: string;
  value: string;
  secret: boolean;
}

export const emptyEnvRow = (): EnvRow => ({ key: nextKey(), name: '', value: '', secret: false });

const specValue = ({ value, secret }: EnvRow): unknown => {
  if (!secret) return value;
  // Without a value the schema asks for it: that of an earlier deployment is not kept in readable form.
  return value === '' ? { secret: true } : { secret: true, value };
};

export const environmentOf = (rows: readonly EnvRow[]): Record<string, unknown> =>
  Object.fromEntries(
    rows.filter((row) => row.name !== '' || row.value !== '').map((row) => [row.name, specValue(row)]),
  );

export const envRows = (env: SpecEnvironment): EnvRow[] =>
  Object.entries(env).map(([name, value]) =>
    typeof value === 'string'
      ? { key: nextKey(), name, value, secret: false }
      : { key: nextKey(), name, value: '', secret: true },
  );
