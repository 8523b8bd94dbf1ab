/** One of each queue in turn: nobody waits for all that somebody else has. */
export function inTurn<T>(queues: Iterable<readonly T[]>): readonly T[] {
  const order: T[] = [];
  let left = [...queues];
  for (let round = 0; left.length > 0; round++) {
    left = left.filter(({ length }) => length > round);
    for (const queue of left) order.push(...queue.slice(round, round + 1));
  }
  return order;
}
