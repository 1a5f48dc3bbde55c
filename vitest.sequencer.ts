import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What takes longest of all files, whatever their size, by which Vitest would sort those that it has not run before. */
const LONG =
  /\.soak\.ts$|\/(agents\.cli|api-fuzz|cli-changes|cli-dispatch|collect-changes\.property|conformance|contention|disk-watch|fairness|install|model)\.test\.ts$/;

/** A run ends with what began last: what takes long begins first. */
export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- Of Vitest, not of an array.
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean => LONG.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
