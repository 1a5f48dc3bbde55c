import { createTestClients } from '../testing/aws/clients.js';
import { startSecretsManager } from '../testing/aws/secrets-manager.js';
import { describeManifestSignerConformance } from '../testing/index.js';
import { createAwsManifestSigner } from './manifest-signer.js';

describeManifestSignerConformance('Secrets Manager', {
  async create() {
    const server = await startSecretsManager();
    const { secrets, destroy } = createTestClients({ secrets: server.url });
    return {
      open: () => createAwsManifestSigner({ secrets }),
      async cleanup() {
        destroy();
        await server.close();
      },
    };
  },
});
