import { DurableObject } from 'cloudflare:workers';
import type { ScheduleState } from '#protocol/http/schedules.ts';
import type { Env } from '../env.ts';
import type { ControlAnswer, ExecuteAnswer, ScheduleRpc } from './schedule-rpc.ts';

export class ScheduleObject extends DurableObject<Env> implements ScheduleRpc {
  async define(): Promise<ControlAnswer> {
    return { ok: false, message: 'not there yet' };
  }
  async state(): Promise<ScheduleState | null> {
    return null;
  }
  async control(): Promise<ControlAnswer> {
    return { ok: false, message: 'not there yet' };
  }
  async execute(): Promise<ExecuteAnswer> {
    return { ok: false, message: 'not there yet' };
  }
  async remove(): Promise<void> {}
  async look(): Promise<string[]> {
    return [];
  }
  async reportRun(): Promise<void> {}
}
