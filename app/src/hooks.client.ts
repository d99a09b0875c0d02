import type { HandleClientError } from '@sveltejs/kit';

/** A page's code that cannot be fetched means that the server is not there; SvelteKit would call it an internal error. */
export const handleError: HandleClientError = ({ error, message }) =>
  error instanceof TypeError && /import|fetch|load/i.test(error.message)
    ? { message: 'The server cannot be reached. Check the connection and try again.' }
    : { message };
