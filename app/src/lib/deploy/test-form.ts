/** A form for tests that is right as it is; each test changes what it is about. */
import { type DeployForm, emptyForm } from './form.ts';
import { id } from './test-ids.ts';

export const device1 = id('dev', 1);

export const form = (change: (form: DeployForm) => void): DeployForm => {
  const made = emptyForm();
  made.command.command = 'uptime';
  made.deviceIds = [device1];
  change(made);
  return made;
};
