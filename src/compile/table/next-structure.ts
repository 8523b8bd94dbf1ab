import type { Structure } from "../lower/structure.ts";

/** What packets need of a desired structure, and all that the kernel has besides: chains that are spare come later. */
export function nextStructure(desired: Structure, applied: Structure): Structure {
  if (desired === applied) return desired;
  const { sets, chains, spares } = desired;
  const there = new Set(applied.chains.map(({ name }) => name));
  // Where chains are made anyway, those that are likely to be next come with them.
  const makesChains = chains.some(({ name }) => !there.has(name) && !spares.has(name));
  const isOurs = new Set([...sets, ...chains].map(({ name }) => name));
  const isLeft = ({ name }: { readonly name: string }) => !isOurs.has(name);
  return {
    sets: [...sets, ...applied.sets.filter(isLeft)],
    chains: [
      ...chains.filter(({ name }) => makesChains || there.has(name) || !spares.has(name)),
      ...applied.chains.filter(isLeft),
    ],
    spares,
  };
}
