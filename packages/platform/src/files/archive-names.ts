const NAME = /^(\d+)\.tar\.gz$/;

export function archiveName(generation: number): string {
  return `${generation}.tar.gz`;
}

/** Of these names, those of archives of generations before one, but for another. */
export function generationsToRemove(
  names: readonly string[],
  { before, except }: { readonly before: number; readonly except: number | undefined },
): readonly string[] {
  return names.filter((name) => {
    const generation = Number(NAME.exec(name)?.[1] ?? Number.NaN);
    return generation < before && generation !== except;
  });
}
