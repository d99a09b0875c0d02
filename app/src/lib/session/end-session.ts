/** What ends the session of a page. A whole new page follows, so that nothing of this one stays in memory. */
import { api } from '../api/api.ts';
import { reportFailure } from '../api/report-failure.ts';

const leaveFor = async (address: string, end: () => Promise<unknown>): Promise<void> => {
  try {
    await end();
    location.assign(address);
  } catch (error) {
    reportFailure(error);
  }
};

export const signOut = (): Promise<void> => leaveFor('/login', () => api.auth.logout());

export const switchTeam = (teamId: string): Promise<void> => leaveFor('/', () => api.team.switchTeam(teamId));
