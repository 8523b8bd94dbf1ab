import { decodeConfig, defaultConfig } from "../config/config.ts";
import { InputError } from "../io/files/input-error.ts";
import { failureWords, readText } from "../io/files/read.ts";

/** The configuration in a file, or the default one. Rejects with an InputError where it cannot be used. */
export async function readConfig(file: string | undefined) {
  if (file === undefined) return { config: defaultConfig, problems: [] };
  const text = await readText(file).catch((cause) => {
    throw new InputError(`${file} ${failureWords(cause)}`, [], { cause });
  });
  const { config, problems, errors } = decodeConfig(text, file);
  if (config === undefined) throw new InputError("the configuration cannot be used", errors);
  return { config, problems };
}
