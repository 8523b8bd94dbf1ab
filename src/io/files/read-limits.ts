/** How much to read, and how long to wait for more: neither an endless nor a silent pipe blocks a command. */
export type ReadLimits = { readonly megabytes: number; readonly seconds: number };

export const usualLimits: ReadLimits = { megabytes: 256, seconds: 60 };
