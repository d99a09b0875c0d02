import { toast } from 'svelte-sonner';
import { goto } from '$app/navigation';
import { loginAddress } from '../session/login-address.ts';
import { ApiError, failureText } from './api-error.ts';

/** Tells a person that what they asked for did not happen. A session that ended leads to the sign-in page and back. */
export const reportFailure = (error: unknown): void => {
  if (error instanceof ApiError && error.status === 401) {
    toast.info('Your session has ended. Sign in again.');
    void goto(loginAddress(`${location.pathname}${location.search}`));
    return;
  }
  toast.error(failureText(error));
};
