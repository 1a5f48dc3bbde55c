/** The repository cannot be had as asked. The message is for a person and holds no credential. */
export class RepositoryError extends Error {
  override readonly name = 'RepositoryError';
}
