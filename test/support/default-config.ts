import type { Config } from "../../src/config/config.ts";
import { configFromFlags } from "../../src/config/flags.ts";

/** The configuration without a file and flags. */
export const defaultConfig: Config = readDefaults();

function readDefaults(): Config {
  const { config, errors } = configFromFlags(new Map());
  if (config === undefined) throw new Error(JSON.stringify(errors));
  return config;
}
