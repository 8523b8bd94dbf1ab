import type { Family } from "../../model/address.ts";
import type { Chain, Table } from "../../nft/ruleset.ts";
import { type RememberShape, rememberName } from "../lower/nftables/affinity.ts";
import { type Shape, shapeName } from "../lower/nftables/shape.ts";
import { type Structure, structure } from "../lower/nftables/structure.ts";
import type { Settings } from "../settings.ts";
import { UseCounts } from "./use-counts.ts";

/** Counts what is in use in a table, and derives its structure. */
export class StructureUses {
  readonly #family: Family;
  readonly #shapes = new UseCounts<Shape>();
  readonly #remember = new UseCounts<RememberShape>();
  /** For each set that has elements, the chains that they lead to; the empty name for elements that lead to none. */
  readonly #targets = new Map<string, UseCounts<string>>();
  /** The chains of shapes, by name: they depend on the settings. */
  readonly #chains = new Map<string, Chain>();
  #settings: Settings;
  /** Undefined if something came into use, or out of use, since it was made. */
  #latest: Structure | undefined;

  constructor(family: Family, settings: Settings) {
    this.#family = family;
    this.#settings = settings;
  }

  setSettings(settings: Settings): void {
    this.#settings = settings;
    this.#latest = undefined;
    this.#chains.clear();
  }

  /** Counts elements of a set that lead to one chain, as one use. */
  countElements(set: string, chain: string, by: 1 | -1): void {
    const targets = this.#targets.get(set) ?? new UseCounts<string>();
    this.#targets.set(set, targets);
    this.#note(targets.count(chain, chain, by));
  }

  countChains(shapes: readonly Shape[], remember: readonly RememberShape[], by: 1 | -1): void {
    for (const shape of shapes) this.#note(this.#shapes.count(shapeName(shape), shape, by));
    for (const each of remember) this.#note(this.#remember.count(rememberName(each), each, by));
  }

  /** @param besides another table, whose sets count as filled with elements that lead to its chains */
  structure(besides?: Pick<Table, "sets" | "chains">): Structure {
    if (besides === undefined) {
      this.#latest ??= this.#make(new Map());
      return this.#latest;
    }
    const chains = [...besides.chains.keys()];
    return this.#make(new Map(Array.from(besides.sets.keys(), (set) => [set, chains])));
  }

  #make(more: ReadonlyMap<string, readonly string[]>): Structure {
    const filled = new Map(more);
    for (const [set, targets] of this.#targets) {
      if (targets.size > 0) filled.set(set, [...(more.get(set) ?? []), ...targets.keys()]);
    }
    const uses = { shapes: this.#shapes.values(), remember: this.#remember.values(), filled };
    return structure(this.#family, this.#settings, uses, this.#chains);
  }

  #note(change: 1 | 0 | -1): void {
    if (change !== 0) this.#latest = undefined;
  }
}
