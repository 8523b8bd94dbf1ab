import type { Structure } from "../lower/nftables/structure.ts";

/** What packets need of a desired structure, plus everything that the kernel already has. Spare chains are added later. */
export function nextStructure(desired: Structure, applied: Structure): Structure {
  if (desired === applied) return desired;
  const { sets, chains, spares } = desired;
  const there = new Set(applied.chains.map(({ name }) => name));
  // If chains are made anyway, the likely next ones are made, too.
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
