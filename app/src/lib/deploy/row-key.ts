/** Keys of rows in a form: each keeps its controls when rows before it go away. */
let lastKey = 0;
export const nextKey = (): number => ++lastKey;
