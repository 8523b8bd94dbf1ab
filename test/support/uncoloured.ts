/** Jest's workers have FORCE_COLOR in their environment where Jest itself runs on a terminal. */
export function uncoloured({ FORCE_COLOR: _, NO_COLOR: __, ...env }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return env;
}
