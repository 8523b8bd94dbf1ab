/** How much is read, and how long is waited for more of it: neither a pipe without an end nor a silent one holds a command. */
export type ReadLimits = { readonly megabytes: number; readonly seconds: number };

export const usualLimits: ReadLimits = { megabytes: 256, seconds: 60 };
