import { toast } from 'svelte-sonner';
import { ApiError } from './api-error.ts';

/** Whether it is gone. What something still needs stays, and a person is told what needs it. */
export const deleteUnlessNeeded = async (name: string, call: () => Promise<void>): Promise<boolean> => {
  try {
    await call();
    return true;
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 409)) throw error;
    toast.warning(`${name} is still needed`, { description: error.problem.detail });
    return false;
  }
};
