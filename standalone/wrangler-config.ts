/**
 * What the Worker and the app are bound to, read from the same wrangler.toml files that are deployed, so that this machine
 * and the edge cannot drift apart. What `npm start` could not honor is refused rather than ignored.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, TomlError } from 'smol-toml';
import { z } from 'zod';

const COMPATIBILITY = { compatibility_date: z.string(), compatibility_flags: z.array(z.string()).default([]) };

const ApiConfig = z.strictObject({
  name: z.string(),
  main: z.string(),
  ...COMPATIBILITY,
  durable_objects: z.strictObject({ bindings: z.array(z.strictObject({ name: z.string(), class_name: z.string() })) }),
  migrations: z.array(z.strictObject({ tag: z.string(), new_sqlite_classes: z.array(z.string()) })),
  d1_databases: z.tuple([
    z.strictObject({
      binding: z.string(),
      database_name: z.string(),
      database_id: z.string(),
      migrations_dir: z.string(),
    }),
  ]),
  r2_buckets: z.array(z.strictObject({ binding: z.string(), bucket_name: z.string() })).default([]),
  // The clock of `npm start` knows whole minutes only.
  triggers: z.strictObject({ crons: z.array(z.literal('* * * * *')) }).default({ crons: [] }),
  vars: z.record(z.string(), z.string()).default({}),
  observability: z.unknown().optional(),
});

const AppConfig = z.strictObject({
  name: z.string(),
  pages_build_output_dir: z.string(),
  ...COMPATIBILITY,
  services: z.tuple([z.strictObject({ binding: z.string(), service: z.string() })]),
});

export interface WranglerConfig {
  api: z.infer<typeof ApiConfig>;
  app: z.infer<typeof AppConfig>;
}

export type ReadConfig = { ok: true; config: WranglerConfig } | { ok: false; message: string };

/** Everything that is wrong with the two files comes back as one line that names the file. */
export function readWranglerConfig(root: string): ReadConfig {
  const api = readToml(root, 'wrangler.toml', ApiConfig);
  if (!api.ok) return api;
  const app = readToml(root, 'app/wrangler.toml', AppConfig);
  if (!app.ok) return app;
  const config = { api: api.value, app: app.value };
  const contradiction = findContradiction(config);
  return contradiction === undefined ? { ok: true, config } : { ok: false, message: contradiction };
}

function readToml<T extends z.ZodType>(root: string, file: string, schema: T) {
  const broken = (why: string) => ({ ok: false as const, message: `${file} is broken: ${why}` });
  try {
    const parsed = schema.safeParse(parse(readFileSync(join(root, file), 'utf8')));
    if (parsed.success) return { ok: true as const, value: parsed.data };
    const issue = parsed.error.issues[0];
    return broken(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not understood'}`);
  } catch (error) {
    if (error instanceof TomlError) return broken(`line ${error.line}: ${firstLine(error.message)}`);
    return broken(error instanceof Error ? firstLine(error.message) : String(error));
  }
}

function findContradiction({ api, app }: WranglerConfig): string | undefined {
  const declared = new Set(api.migrations.flatMap((migration) => migration.new_sqlite_classes));
  const missing = api.durable_objects.bindings.find((binding) => !declared.has(binding.class_name));
  if (missing) return `wrangler.toml is broken: no migration creates the class ${missing.class_name}`;
  const [service] = app.services;
  if (service.service !== api.name) return `app/wrangler.toml is broken: it calls ${service.service}, not ${api.name}`;
  return undefined;
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? text;
