import { type Config, type DecodedConfig, decodeConfig } from "../config/config.ts";
import { configFromFlags, type FlagValues } from "../config/flags.ts";
import { visible } from "../decode/quote.ts";
import { InputError } from "../io/files/input-error.ts";
import { failureWords, readText } from "../io/files/read.ts";

/** A valid configuration. */
export type Configuration = Pick<DecodedConfig, "problems" | "notes"> & { readonly config: Config };

/** The configuration from a file, if one is given, and flags. Rejects with an InputError if it is invalid. */
export async function readConfiguration(file: string | undefined, flags: FlagValues): Promise<Configuration> {
  const ofFile = file ? await readFile(file) : undefined;
  const { config, problems, notes, errors } = configFromFlags(flags, ofFile?.config);
  if (config === undefined) throw new InputError("the flags cannot be used", errors);
  return {
    config,
    problems: [...(ofFile?.problems ?? []), ...problems],
    notes: [...(ofFile?.notes ?? []), ...notes],
  };
}

async function readFile(file: string): Promise<Configuration> {
  const text = await readText(file).catch((cause) => {
    throw new InputError(`${visible(file)} ${failureWords(cause)}`, [], { cause });
  });
  const { config, problems, notes, errors } = decodeConfig(text, visible(file));
  if (config === undefined) throw new InputError("the configuration cannot be used", errors);
  return { config, problems, notes };
}
