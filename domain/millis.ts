/** Times are epoch milliseconds throughout `domain/`. */
export type Millis = number;
