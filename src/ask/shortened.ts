/** The first of many, and the number of others. */
export function shortened(all: readonly string[]): string {
  return all.length <= 4 ? all.join(", ") : `${all.slice(0, 3).join(", ")} and ${all.length - 3} more`;
}
