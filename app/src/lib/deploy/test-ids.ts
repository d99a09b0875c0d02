/** Ids for tests: of the right form, told apart by their number. */
export const id = (prefix: string, number = 0): string => `${prefix}_${String(number).padStart(26, '0')}`;
