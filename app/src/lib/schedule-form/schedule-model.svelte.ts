/** A schedule while it is filled in, new or edited: what is wrong with it, the runs to come, and sending it. */
import { secretsIn } from '#protocol/environment.ts';
import type { Schedule } from '#protocol/http/schedules.ts';
import type { FieldIssue } from '#protocol/issues.ts';
import { CreateSchedule, UpdateSchedule } from '#protocol/schedule.ts';
import { api } from '../api/api.ts';
import { envOf } from '../deploy/action-form.ts';
import { issuesByField } from '../deploy/check-form.ts';
import { CheckedForm } from '../deploy/checked-form.svelte.ts';
import { KeyPerBody } from '../deploy/key-per-body.ts';
import type { SpecModel } from '../deploy/spec-model.ts';
import { checkSchedule, hasScheduleControl, type RunsQuestion, runsQuestion } from './check-schedule.ts';
import { RunsPreview } from './runs-preview.svelte.ts';
import { changesOf } from './schedule-changes.ts';
import { formOfSchedule, type ScheduleForm, scheduleInput } from './schedule-form.ts';

const secretNames = ({ action }: Schedule): ReadonlySet<string> =>
  new Set(secretsIn('env' in action ? action.env : {}).map(([name]) => name));

const runs = (): RunsPreview =>
  new RunsPreview({
    ask: (question) => api.schedules.preview(question),
    wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  });

export class ScheduleModel extends CheckedForm implements SpecModel {
  form: ScheduleForm;
  /** The schedule that is edited; null for a new one. */
  readonly edited: Schedule | null;
  readonly runs = runs();
  readonly question: RunsQuestion | null = $derived.by(() => runsQuestion(this.form));
  readonly #kept: ReadonlySet<string> | null;
  readonly #before: Record<string, unknown>;
  readonly #firstQuestion: string;
  /** What is lost nobody misses; null when all of it would be missed. */
  #unchanged: string | null;
  #sentOnce = false;
  readonly #keys = new KeyPerBody(() => crypto.randomUUID());

  private constructor(form: ScheduleForm, edited: Schedule | null) {
    super({
      check: () => checkSchedule(this.form, { kept: this.#kept, preview: this.#previewIssues() }),
      place: (refusal) => issuesByField(refusal.problem.errors ?? [], envOf(this.form)),
      hasControl: hasScheduleControl,
    });
    this.edited = edited;
    this.#kept = edited === null ? null : secretNames(edited);
    this.#before = scheduleInput(form);
    this.#firstQuestion = JSON.stringify(runsQuestion(form));
    this.#unchanged = JSON.stringify(form);
    this.form = $state(form);
  }

  /** `isTyped`: a person has filled it in elsewhere, and would miss it. */
  static create(form: ScheduleForm, isTyped: boolean): ScheduleModel {
    const model = new ScheduleModel(form, null);
    if (isTyped) model.#unchanged = null;
    return model;
  }

  static edit(schedule: Schedule): ScheduleModel {
    return new ScheduleModel(formOfSchedule(schedule), schedule);
  }

  get isChanged(): boolean {
    return JSON.stringify(this.form) !== this.#unchanged;
  }

  get isSent(): boolean {
    return this.#sentOnce;
  }

  get keepsSecrets(): boolean {
    return (this.#kept?.size ?? 0) > 0;
  }

  keepsSecret(name: string): boolean {
    return this.#kept?.has(name) ?? false;
  }

  /** What was made, or null: then the errors say why not. */
  async create(): Promise<readonly Schedule[] | null> {
    return this.#sent(async (body) => {
      const { schedules } = await api.schedules.create(CreateSchedule.parse(body), this.#keys.keyOf(body));
      return schedules;
    });
  }

  /** The schedule as it is now, or null: then the errors say why not. */
  async save(): Promise<Schedule | null> {
    const { edited } = this;
    if (edited === null) return null;
    return this.#sent(async (body) => {
      const changes = changesOf(this.#before, body);
      return Object.keys(changes).length === 0
        ? edited
        : await api.schedules.update(edited.id, UpdateSchedule.parse(changes));
    });
  }

  /** Times that an edit leaves alone may have passed: that is no mistake of the edit. */
  #previewIssues(): readonly FieldIssue[] {
    const { edited, question } = this;
    const isLeftAlone = edited !== null && JSON.stringify(question) === this.#firstQuestion;
    return isLeftAlone ? [] : this.runs.issuesOf(question);
  }

  async #sent<Answer>(call: (body: Record<string, unknown>) => Promise<Answer>): Promise<Answer | null> {
    const filledIn = JSON.stringify(this.form);
    const answer = await this.send(call);
    if (answer === null) return null;
    this.#unchanged = filledIn;
    this.#sentOnce = true;
    return answer;
  }
}
