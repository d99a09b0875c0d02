/** Questions that are put while one types: asked after a pause, and only the answer to the last one counts. */
export interface QuestionSource<Question, Answer> {
  ask: (question: Question) => Promise<Answer>;
  wait: (milliseconds: number) => Promise<void>;
}

/** `overtaken`: another question was put meanwhile. `withdrawn`: there is nothing to ask any more. */
export type Outcome<Answer> =
  | { type: 'answered'; answer: Answer }
  | { type: 'failed' }
  | { type: 'overtaken' }
  | { type: 'withdrawn' };

/** Not for every letter. */
const PAUSE_MS = 250;

export class LastQuestion<Question, Answer> {
  readonly #source: QuestionSource<Question, Answer>;
  #latest = 0;

  constructor(source: QuestionSource<Question, Answer>) {
    this.#source = source;
  }

  async put(question: Question | null): Promise<Outcome<Answer>> {
    const mine = ++this.#latest;
    if (question === null) return { type: 'withdrawn' };
    await this.#source.wait(PAUSE_MS);
    if (mine !== this.#latest) return { type: 'overtaken' };
    const outcome = await this.#source.ask(question).then(
      (answer): Outcome<Answer> => ({ type: 'answered', answer }),
      (): Outcome<Answer> => ({ type: 'failed' }),
    );
    return mine === this.#latest ? outcome : { type: 'overtaken' };
  }
}
