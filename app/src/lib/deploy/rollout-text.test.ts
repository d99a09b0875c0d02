import { describe, expect, it } from 'vitest';
import type { DeploymentSummary, Gate } from '#protocol/http/deployments.ts';
import { DeploymentStatus, isFinalDeployment } from '#protocol/states.ts';
import { controlsOf, effectOf, gateText, waveTitle } from './rollout-text.ts';

const now = Date.parse('2026-01-01T12:00:00.000Z');
const canary = { strategy: 'canary', wave: 1, waves: 2, parent: null } as const;
const until = '2026-01-01T12:01:30.000Z';
const pause: Gate = { kind: 'pause', until };

describe('waves', () => {
  it('have the names of their strategy', () => {
    expect([waveTitle(canary, 1), waveTitle(canary, 2)]).toEqual(['Canary', 'The others']);
    expect(waveTitle({ ...canary, strategy: 'rolling', waves: 9 }, 4)).toBe('Wave 4');
    expect(waveTitle({ ...canary, strategy: 'blue_green' }, 2)).toBe('Switch');
  });
  it('have numbers where everybody is the canary', () => expect(waveTitle({ ...canary, waves: 1 }, 1)).toBe('Wave 1'));
});

describe('what is waited for', () => {
  it('is a time that runs down', () => {
    expect(gateText(pause, canary, now).title).toBe('Waits 1 min 30 s');
    expect(gateText(pause, canary, now + 89_000).title).toBe('Waits 1 s');
    expect(gateText(pause, canary, now + 200_000).title).toBe('Waits 0 s');
  });
  it('is a person, and what happens without one', () => {
    const text = gateText({ kind: 'promotion', until }, canary, now);
    expect(text.title).toBe('Waits for a person');
    expect(text.detail).toContain('The others goes when somebody promotes it');
    expect(text.detail).toContain('the rest is skipped');
  });
});

describe('what a person can say', () => {
  it('is nothing once it has ended', () => {
    for (const status of DeploymentStatus.options)
      expect(controlsOf({ status, gate: null }).length === 0).toBe(isFinalDeployment(status));
  });
  it('is to promote only while it waits between waves', () => {
    expect(controlsOf({ status: 'in_progress', gate: pause })).toContain('promote');
    expect(controlsOf({ status: 'in_progress', gate: null })).not.toContain('promote');
    expect(controlsOf({ status: 'paused', gate: pause })).toEqual(['resume', 'cancel']);
  });
  it('is told with its effect', () => {
    const going: Pick<DeploymentSummary, 'pending' | 'running' | 'gate'> = { pending: 8, running: 1, gate: pause };
    expect(effectOf('pause', { ...canary, ...going })).toContain('8 targets wait');
    expect(effectOf('pause', { ...canary, ...going })).toContain('1 target goes on to its end');
    expect(effectOf('promote', { ...canary, ...going })).toBe('The others goes now, without waiting any longer.');
    expect(effectOf('cancel', { ...canary, ...going })).toContain('9 targets have not ended');
  });
});
