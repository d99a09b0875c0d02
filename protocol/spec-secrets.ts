/** Secrets of a spec: what is sealed before it is stored, and left out of every answer. */
import type { SecretValue, SpecEnvironment } from './environment.ts';
import type { Spec } from './spec.ts';

const mapEnvironment = (env: SpecEnvironment, change: (secret: SecretValue) => SecretValue): SpecEnvironment =>
  Object.fromEntries(
    Object.entries(env).map(([name, value]) => [name, typeof value === 'string' ? value : change(value)]),
  );

/** The spec with each of its secrets changed. */
export const mapSecrets = <Given extends Pick<Spec, 'action'>>(
  spec: Given,
  change: (secret: SecretValue) => SecretValue,
): Given => {
  const { action } = spec;
  if (action.kind !== 'command' && action.kind !== 'script') return spec;
  return { ...spec, action: { ...action, env: mapEnvironment(action.env, change) } };
};

/** What may be shown: that there is a secret, and not which. */
export const withoutSecrets = <Given extends Pick<Spec, 'action'>>(spec: Given): Given =>
  mapSecrets(spec, () => ({ secret: true }));
