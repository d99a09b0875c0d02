import { describe, expect, it } from 'vitest';
import { Spec, type SpecInput } from '#protocol/spec.ts';
import { itemsOf, type ResolvedItem } from './items.ts';
import { planContent, planDifferences } from './plan.ts';

const contentOf = (input: Partial<SpecInput> & Pick<SpecInput, 'action'>) => {
  const spec = Spec.parse(input);
  const items = itemsOf(spec.action, { catalogue: [], files: [], script: null });
  const resolved = items.map((item): ResolvedItem => ({ ...item, health_check: spec.health_check, side: null }));
  return planContent(spec, resolved, [], 1);
};

const command = (extra = {}) => ({ kind: 'command' as const, command: 'install', ...extra });
const secret = (value: string) => ({ env: { TOKEN: { secret: true as const, value } } });

describe('what was confirmed', () => {
  it('holds no secret, and is the same whether its secrets are sealed or not', () => {
    const open = contentOf({ action: command(secret('hunter22')) });
    expect(JSON.stringify(open)).not.toContain('hunter22');
    expect(open).toEqual(contentOf({ action: command(secret('sealed:v1:abc')) }));
  });

  it('is the same under another name, and with defaults given or left out', () => {
    const plain = contentOf({ action: command() });
    expect(contentOf({ action: command({ shell: 'sh', undo: null }), name: 'A name', retries: 0 })).toEqual(plain);
  });

  it('is another with another undo command', () => {
    const before = contentOf({ action: command({ undo: { command: 'remove' } }) });
    const now = contentOf({ action: command({ undo: { command: 'remove everything' } }) });
    expect(now).not.toEqual(before);
    expect(planDifferences(before, now)).toEqual([{ path: 'options', message: 'the options of the spec are others' }]);
  });
});
