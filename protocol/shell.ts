import { z } from 'zod';

export const Shell = z.enum(['sh', 'bash', 'powershell', 'cmd']);
export type Shell = z.infer<typeof Shell>;
