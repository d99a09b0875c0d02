/** A row of a form; its key keeps its controls when rows before it go away. */
export interface KeyedRow {
  key: number;
}
