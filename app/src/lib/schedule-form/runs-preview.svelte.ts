/** The runs to come of what is filled in, asked of the server while one types. */
import type { Preview } from '#protocol/http/schedules.ts';
import type { FieldIssue } from '#protocol/issues.ts';
import type { RunsQuestion } from './check-schedule.ts';
import { LastQuestion, type QuestionSource } from './last-question.ts';

type Answered = { question: string; preview: Preview };

export class RunsPreview {
  readonly #questions: LastQuestion<RunsQuestion, Preview>;
  #answered = $state.raw<Answered | null>(null);
  #asking = $state(false);
  #failed = $state(false);

  constructor(source: QuestionSource<RunsQuestion, Preview>) {
    this.#questions = new LastQuestion(source);
  }

  /** The last answer; while `asking` it is of the question before. */
  get shown(): Preview | null {
    return this.#answered?.preview ?? null;
  }

  get asking(): boolean {
    return this.#asking;
  }

  /** The last question had no answer. */
  get failed(): boolean {
    return this.#failed;
  }

  /** What is wrong, as far as the server has said so of just this question. */
  issuesOf(question: RunsQuestion | null): readonly FieldIssue[] {
    const answered = this.#answered;
    if (question === null || answered?.question !== JSON.stringify(question)) return [];
    const { valid, errors, error } = answered.preview;
    if (valid) return [];
    return errors ?? [{ path: '', message: error ?? 'is not valid' }];
  }

  /** Null: there is nothing to ask about. */
  async request(question: RunsQuestion | null): Promise<void> {
    this.#asking = question !== null;
    const outcome = await this.#questions.put(question);
    if (outcome.type === 'overtaken') return;
    this.#asking = false;
    this.#failed = outcome.type === 'failed';
    if (outcome.type === 'answered') this.#answered = { question: JSON.stringify(question), preview: outcome.answer };
    // What was worked out for something else would look like the answer.
    const isOther = this.#answered?.question !== JSON.stringify(question);
    if (outcome.type === 'withdrawn' || (outcome.type === 'failed' && isOther)) this.#answered = null;
  }
}
