/** One catalogue entry while it is filled in. */
import { CreateSoftware } from '#protocol/http/software.ts';
import { checkBody, issuesByField } from './check-form.ts';
import { CheckedForm } from './checked-form.svelte.ts';
import { type PackageRow, packageInput } from './package-row.ts';

export class PackageModel extends CheckedForm {
  row: PackageRow;

  constructor(row: PackageRow) {
    super({
      check: () => checkBody(CreateSoftware, packageInput(this.row)),
      place: (refusal) => issuesByField(refusal.problem.errors ?? [], []),
      hasControl: (path) => path in packageInput(this.row),
    });
    this.row = $state(row);
  }
}
