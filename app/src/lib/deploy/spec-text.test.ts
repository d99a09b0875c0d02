import { describe, expect, it } from 'vitest';
import { Spec } from '#protocol/spec.ts';
import { factsOf, headlineOf } from './spec-text.ts';
import { id } from './test-ids.ts';

const command = (fields: Record<string, unknown> = {}): Spec =>
  Spec.parse({ action: { kind: 'command', command: 'uptime\nls' }, device_ids: [id('dev')], ...fields });
const names = (spec: Spec) => factsOf(spec).map(([name]) => name);
const fact = (spec: Spec, name: string) => factsOf(spec).find(([other]) => other === name)?.[1];

describe('a spec in words', () => {
  it('begins with what it does', () => {
    expect(headlineOf(command(), null)).toBe('uptime');
    const script = Spec.parse({ action: { kind: 'script', script_id: id('scr'), parameters: '--smoke' } });
    expect(headlineOf(script, 'check')).toBe('Run check --smoke');
    expect(headlineOf(script, null)).toBe('Run a script --smoke');
  });

  it('says of a plain command what one asks first, and no more', () =>
    expect(names(command())).toEqual(['Shell', 'Order', 'Time limit', 'If a host is offline']));

  it('names secrets as such and never a value', () => {
    const env = { PLAIN: 'visible', TOKEN: { secret: true } };
    const spec = command({ action: { kind: 'command', command: 'x', env } });
    expect(fact(spec, 'Environment')).toBe('PLAIN, TOKEN (secret)');
    expect(JSON.stringify(factsOf(spec))).not.toContain('visible');
  });

  it('says how a rollout goes', () => {
    const strategy = { type: 'canary', canary_percent: 5, bake_seconds: 90, promote: 'manual' };
    const spec = command({ strategy, rollback_on_failure: true, health_check: { type: 'tcp', port: 80 } });
    expect(fact(spec, 'Order')).toBe('canary of 5%, watched for 1 min 30 s, promoted by a person');
    expect(fact(spec, 'Failures allowed')).toBe('0');
    expect(fact(spec, 'Health check')).toBe('127.0.0.1:80 takes connections, 4 tries');
    expect(fact(spec, 'When it fails')).toBe('it is rolled back');
  });
});
