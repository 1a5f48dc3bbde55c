import { startFauxqs } from '../testing/aws/fauxqs.js';
import { workspaceArchivesHarness } from '../testing/aws/harnesses.js';
import { describeWorkspaceArchivesConformance } from '../testing/index.js';

describeWorkspaceArchivesConformance(
  'aws',
  workspaceArchivesHarness(async () => {
    const { url, close } = await startFauxqs();
    return { endpoints: { s3: url }, close };
  }),
);
